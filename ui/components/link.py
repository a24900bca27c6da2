"""Links ES modules into one module text: no build step, and no Node. Knows imports and exports of names, and nothing else of a script."""

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

COMPONENTS = Path(__file__).parent

_IMPORT = re.compile(r'^import \{\s*(\w+(?:,\s+\w+)*),?\s*\} from "(\.{1,2}/[\w./]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:(?:async )?function\*? |class |const )(\w+))", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class LinkError(Exception):
    """Modules that cannot be linked: the message names them."""


@dataclass(frozen=True)
class Module:
    """A script as it is linked: `scope` is its text as a constant that holds what it exports."""

    name: str  # path below the folder
    imports: tuple[str, ...]  # names of modules
    exports: tuple[str, ...]
    has_default: bool
    scope: str


def link(entry: str, arguments: Mapping[str, str] | None = None, *, folder: Path = COMPONENTS) -> str:
    """A module and all that it imports as the text of one module with the same exports; the same text at every call.

    Args:
        entry: path of the module below `folder`, such as "film/film.js".
        arguments: texts by name. With them the default export, a function, is called, and what it returns is exported in its place.
        folder: where modules lie. A file is read once in a process.

    Raises:
        LinkError: a module or a name that is imported does not exist, modules import each other in a circle, or an import or export
            is of another form than `import { a, b } from "./x.js";`, `export function`, `class` or `const`, and `export default`.
    """
    modules = linked(entry, folder)
    last, place = modules[-1], _place(entry)
    names = f"export const {{ {', '.join(last.exports)} }} = {place};\n" if last.exports else ""
    call = "" if arguments is None else f"({json.dumps(dict(arguments))})"
    default = f"export default {place}.$default{call};\n" if last.has_default else ""
    return "".join(module.scope for module in modules) + names + default


def linked(entry: str, folder: Path = COMPONENTS) -> list[Module]:
    """The modules that `entry` is linked from, each once and after those that it imports; itself the last."""
    found: dict[str, Module] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise LinkError(f"{' -> '.join((*above[above.index(name) :], name))}: modules import each other in a circle")
        if name in found:
            return
        module = _module(name, folder)
        for other in module.imports:
            visit(other, (*above, name))
        found[name] = module

    visit(entry, ())
    return list(found.values())


@cache
def _module(name: str, folder: Path) -> Module:
    text = _read(name, folder)
    imports = {}
    for names, path in _IMPORT.findall(text):
        other = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        imports[path] = other
        _check_names(name, re.findall(r"\w+", names), other, folder)
    exports, has_default = _EXPORT.findall(text), bool(_DEFAULT.search(text))
    body = _IMPORT.sub(lambda found: f"const {{ {found[1]} }} = {_place(imports[found[2]])};", text)
    body = _DEFAULT.sub("const $default = ", _EXPORT.sub("", body))
    if unknown := _UNKNOWN.search(body):
        raise LinkError(f"{name}: no such import or export can be linked: {unknown[0]}")
    answer = ", ".join([*exports, *(["$default"] if has_default else [])])
    scope = f"const {_place(name)} = (() => {{\n{body}return {{ {answer} }};\n}})();\n"
    return Module(name, tuple(imports.values()), tuple(exports), has_default, scope)


def _read(name: str, folder: Path) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise LinkError(f"there is no module {name}") from error


def _check_names(name: str, names: list[str], other: str, folder: Path) -> None:
    missing = set(names) - set(_EXPORT.findall(_read(other, folder)))
    if missing:
        raise LinkError(f"{name} imports {', '.join(sorted(missing))} from {other}, which does not export it")


def _place(name: str) -> str:
    """The constant that holds what a module exports."""
    return "$" + name.removesuffix(".js").replace("/", "$")

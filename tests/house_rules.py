"""What an architecture test asks of sources: who imports whom, circles, arrows that point up, sizes. Knows no particular module."""

import ast
import functools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

Sources = Mapping[str, str]
"""Text by dotted module name; the stub of a package, which names what it offers, is called as the package with `.__stub__`."""

MOST_LINES, MOST_MEMBERS, MOST_FUNCTION_LINES = 300, 25, 60

parse = functools.cache(ast.parse)


def read(root: Path, *folders: str) -> dict[str, str]:
    """The sources in some folders and files of a project."""
    paths = [path for name in folders for path in ([root / name] if name.endswith(".py") else (root / name).rglob("*.py*"))]
    return {_module(path.relative_to(root)): path.read_text(encoding="utf-8") for path in paths if path.suffix in (".py", ".pyi")}


def imports(sources: Sources, module: str) -> set[str]:
    """The modules of `sources` that a module imports, anywhere in it; what a package offers counts as its home."""
    tree, found = parse(sources[module]), set()
    packages: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                home = _home(sources, node.module, alias.name)
                found.add(home)
                if f"{home}.__stub__" in sources:
                    packages[alias.asname or alias.name] = home
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in packages:
            found.add(_home(sources, packages[node.value.id], node.attr))
    return {name for name in found if name in sources} - {module}


def circles(sources: Sources) -> list[list[str]]:
    """Modules that import each other in a circle, a list for each circle met first."""
    edges = {module: sorted(imports(sources, module)) for module in sources}
    found, done = [], set()

    def visit(module: str, above: list[str]) -> None:
        if module in above:
            found.append([*above[above.index(module) :], module])
        elif module not in done:
            for other in edges[module]:
                visit(other, [*above, module])
            done.add(module)

    for module in edges:
        visit(module, [])
    return found


def upward(sources: Sources, package: str, order: Sequence[str]) -> list[str]:
    """Imports within a package from a room to one that stands later in its order, and rooms that have no place in it."""
    found = []
    for module in sources:
        here = _room(module, package)
        if here is None:
            continue
        if here not in order:
            found.append(f"{module}: {here} has no place in the order")
            continue
        for other in sorted(imports(sources, module)):
            there = _room(other, package)
            if there in order and order.index(there) > order.index(here):
                found.append(f"{module} imports {other}")
    return found


def too_long(sources: Sources, most: int = MOST_LINES) -> dict[str, int]:
    """Modules with more lines than that."""
    lengths = {module: len(text.splitlines()) for module, text in sources.items()}
    return {module: length for module, length in lengths.items() if length > most}


def too_many_members(sources: Sources, most: int = MOST_MEMBERS) -> dict[str, int]:
    """Classes with more methods and fields than that; what `__init__` sets counts."""
    found = {}
    for module, text in sources.items():
        for node in ast.walk(parse(text)):
            if isinstance(node, ast.ClassDef) and len(members := set(_members(node))) > most:
                found[f"{module}.{node.name}"] = len(members)
    return found


def too_long_functions(sources: Sources, most: int = MOST_FUNCTION_LINES) -> dict[str, int]:
    """Functions with more lines than that."""
    return {
        f"{module}.{node.name}": node.end_lineno - node.lineno
        for module, text in sources.items()
        for node in ast.walk(parse(text))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= most
    }


def _members(node: ast.ClassDef) -> Iterator[str]:
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            yield item.name
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            yield item.target.id
        elif isinstance(item, ast.Assign):
            yield from (target.id for target in item.targets if isinstance(target, ast.Name))
    for item in ast.walk(node):
        if (
            isinstance(item, ast.Attribute)
            and isinstance(item.ctx, ast.Store)
            and isinstance(item.value, ast.Name)
            and item.value.id == "self"
        ):
            yield item.attr


def _home(sources: Sources, package: str, name: str) -> str:
    """The module that a name of a package is, or that the package's stub says it comes from."""
    if f"{package}.{name}" in sources:
        return f"{package}.{name}"
    for node in parse(sources.get(f"{package}.__stub__", "")).body:
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            return _home(sources, f"{package}.{node.module}", name)
    return package


def _module(path: Path) -> str:
    name = ".".join(path.with_suffix("").parts)
    if path.suffix == ".pyi":
        return name.removesuffix("__init__") + "__stub__"
    return name.removesuffix(".__init__")


def _room(module: str, package: str) -> str | None:
    """The part of a package that a module belongs to; None for one of another package, and for the package itself and its stubs."""
    parts = module.split(".")
    return parts[1] if parts[0] == package and len(parts) > 1 and "__stub__" not in parts else None


def undeclared_keys(sources: Sources, home: str) -> list[str]:
    """Names of URL parameters or of Streamlit's session that a module makes up, though `home` alone may.

    A key is either a name of `home` or `name.of(part, …)`; a component may put a part behind the `key` that it is given.
    """
    parameters = _fields(sources[home], "Address")
    return [f"{module}, {offence}" for module, text in sources.items() if module != home for offence in _made_up_in(text, parameters)]


@functools.cache
def _made_up_in(text: str, parameters: frozenset[str]) -> list[str]:
    return [f"line {node.lineno}: {offence}" for node in ast.walk(parse(text)) if (offence := _made_up(node, parameters))]


def _made_up(node: ast.AST, parameters: frozenset[str]) -> str | None:
    if isinstance(node, ast.Attribute) and node.attr == "query_params":
        return "query_params"
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Key", "state.Key"):
        return "Key(…)"
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "state.update_url":
        return next((word.arg for word in node.keywords if word.arg and word.arg not in parameters), None)
    return next((ast.unparse(key) for key in _keys(node) if any(_is_text(part) for part in _outside_of(key))), None)


def _keys(node: ast.AST) -> Iterator[ast.expr]:
    """What names a widget or a value of the session in a node."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "st.session_state":
        yield node.slice
    if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "key" for target in node.targets):
        yield node.value
    if isinstance(node, ast.Call):
        yield from (word.value for word in node.keywords if word.arg == "key" and not isinstance(word.value, ast.Lambda))
        if ast.unparse(node.func) in ("state.initialise", *(f"st.session_state.{verb}" for verb in ("get", "pop", "setdefault"))):
            yield from node.args[:1]


def _outside_of(key: ast.expr) -> Iterator[ast.AST]:
    """The parts of a key's expression, without what stands in `….of(…)` or behind a component's own `{key}`."""
    if isinstance(key, ast.Call) and isinstance(key.func, ast.Attribute) and key.func.attr == "of":
        yield from _outside_of(key.func.value)
    elif not (isinstance(key, ast.JoinedStr) and ast.unparse(key).startswith(("f'{key}", 'f"{key}'))):
        yield key
        for part in ast.iter_child_nodes(key):
            yield from _outside_of(part) if isinstance(part, ast.expr) else ()


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def families_by_name(sources: Sources, names: Collection[str]) -> list[str]:
    """Comparisons with the name of a family of models, in Python and in JavaScript (a module of which is called by its path)."""
    in_script = re.compile(rf"[!=]==? *[\"'](?:{'|'.join(names)})[\"']|family *[!=]==?")
    found = []
    for module, text in sources.items():
        if module.endswith(".js"):
            found += [f"{module}: {match.group()}" for match in in_script.finditer(text)]
            continue
        compared = [node for node in ast.walk(parse(text)) if isinstance(node, ast.Compare)]
        found += [f"{module}, line {node.lineno}: {ast.unparse(node)}" for node in compared if _constants(node) & set(names)]
    return found


def _constants(node: ast.AST) -> set[object]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}


def _fields(text: str, name: str) -> frozenset[str]:
    """The annotated fields of a class."""
    [found] = [node for node in parse(text).body if isinstance(node, ast.ClassDef) and node.name == name]
    return frozenset(item.target.id for item in found.body if isinstance(item, ast.AnnAssign))

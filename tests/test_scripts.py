"""How scripts hang together: what the linker joins and refuses, who may import whom, and how long a module may be."""

import re
from pathlib import Path

import pytest

from ui.components.link import COMPONENTS, LinkError, link, linked

SCRIPTS = sorted(path.relative_to(COMPONENTS).as_posix() for path in COMPONENTS.rglob("*.js"))
MOST_LINES = 350


def entries() -> set[str]:
    """Modules that Python mounts or gives to a worker."""
    texts = [path.read_text() for path in COMPONENTS.rglob("*.py")]
    return {found for text in texts for found in re.findall(r'(?:script=|worker=|link\()"([\w/]+\.js)"', text)}


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder


def test_each_module_stands_once_and_after_what_it_imports(tmp_path: Path) -> None:
    one = "export const one = 1;\n"
    two = 'import { one } from "./one.js";\n\nexport function two() {\n  return 2 * one;\n}\n'
    last = 'import {\n  one,\n} from "./one.js";\nimport { two } from "./two.js";\n\nexport default (given) => [one, two(), given];\n'
    folder = write(tmp_path, one=one, two=two, last=last)
    assert [module.name for module in linked("last.js", folder)] == ["one.js", "two.js", "last.js"]
    text = link("last.js", folder=folder)
    assert text.count("const one = 1;") == 1
    assert "import" not in text
    assert text.endswith("export default $last.$default;\n")
    assert link("last.js", {"a": "</b>\n"}, folder=folder).endswith('export default $last.$default({"a": "</b>\\n"});\n')
    assert link("two.js", folder=folder).endswith("export const { two } = $two;\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('import { b } from "./other.js";\n', r"main.js imports b from other.js, which does not export it"),
        ('import { a } from "./nowhere.js";\n', r"there is no module nowhere.js"),
        ('import { circle } from "./circle.js";\nexport const main = 1;\n', r"main.js -> circle.js -> main.js: modules import each other"),
        ('import { a as b } from "./other.js";\n', r'main.js: no such import .*import \{ a as b \} from "./other.js"'),
        ('import other from "./other.js";\n', r"no such import"),
        ('import "./other.js";\n', r"no such import"),
        ("const a = 1;\nexport { a };\n", r"main.js: no such import or export can be linked: export \{ a \}"),
        ("export let a = 1;\n", r"no such import or export"),
    ],
)
def test_what_cannot_be_linked_is_named(tmp_path: Path, text: str, message: str) -> None:
    circle = 'import { main } from "./main.js";\nexport const circle = 1;\n'
    folder = write(tmp_path, main=text, other="export const a = 1;\n", circle=circle)
    with pytest.raises(LinkError, match=message):
        link("main.js", folder=folder)


def test_the_text_of_a_component_is_the_same_at_every_mount() -> None:
    for entry in entries():
        assert link(entry) == link(entry)


def test_every_module_is_a_part_of_something_that_is_mounted() -> None:
    used = {module.name for entry in entries() for module in linked(entry)}
    assert used == set(SCRIPTS)


def upward(script: str) -> list[str]:
    """What a module imports from a folder that is not below its own."""
    order = ["runtime", "view", "model"]
    folder = script.split("/")[0]
    below = order[: order.index(folder)] if folder in order else order
    shared = {"reconstruction": ["sketch/pad.js"]}.get(folder, [])
    return [other for other in linked(script)[-1].imports if other.split("/")[0] not in [folder, *below] and other not in shared]


def test_imports_run_downwards() -> None:
    assert {script: found for script in SCRIPTS if (found := upward(script))} == {}


def scripts_with(pattern: str, within: str = "") -> list[str]:
    """The modules of a folder whose text has the pattern."""
    return [script for script in SCRIPTS if script.startswith(within) and re.search(pattern, (COMPONENTS / script).read_text())]


def test_the_runtime_needs_no_page() -> None:
    assert scripts_with(r"\b(document|window|navigator|localStorage|requestAnimationFrame)\b[.(]", "runtime/") == []


def test_modules_are_short_and_say_what_they_are() -> None:
    assert scripts_with(r"\A// ") == SCRIPTS
    assert [script for script in SCRIPTS if (COMPONENTS / script).read_text().count("\n") > MOST_LINES] == []


def test_types_are_checked_everywhere() -> None:
    assert scripts_with("@ts-nocheck") == []

"""The documents name everything there is, their links lead somewhere, and what they tell one to type works."""

import ast
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from documents import DOCUMENTS, ROOT, blocks
from visiting import wait_until

from vae_core import __main__ as command_line
from vae_core import data, runs
from vae_core.presets import PRESETS, configure

README, ARCHITECTURE = DOCUMENTS["README.md"], DOCUMENTS["architecture.md"]
SMALL = ('{"epochs": 5', '{"epochs": 1, "images": 600')  # what the snippets say, and what is tested
SNIPPETS = ["\n".join(lines) for lines in blocks("python")]


def committed() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("this is no git checkout")
    return listing.stdout.split()


def test_every_top_level_file_is_named():
    for name in {path.split("/")[0] for path in committed()}:
        assert name in ARCHITECTURE, name


@pytest.mark.parametrize(
    ("document", "names"),
    [("models.md", [*PRESETS, *runs.SHIPPED]), ("data.md", [name for name in data.names() if not data.describe(name).own])],
)
def test_every_preset_data_set_and_shipped_model_is_named(document, names):
    for name in names:
        assert f"`{name}`" in DOCUMENTS[document], name


def test_every_room_is_in_the_architecture():
    rooms = {Path(path).parts[1].removesuffix(".py") for path in committed() if re.fullmatch(r"vae_core/[\w/]+\.py", path)} - {"__init__"}
    for room in rooms:
        assert re.search(rf"`{room}/?`", ARCHITECTURE), room


def anchors(text: str) -> set[str]:
    """What a link may point to within a document."""
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.M)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_and_picture_leads_somewhere(document):
    home = ROOT if (ROOT / document).exists() else ROOT / "docs"
    for target in re.findall(r"\]\(([^)\s]+)\)", DOCUMENTS[document]):
        path, _, anchor = target.partition("#")
        if "://" not in path:
            assert (home / path).exists(), target
            assert not anchor or anchor in anchors((home / path).read_text(encoding="utf-8")), target


def test_every_document_is_reached_from_the_readme():
    for name in DOCUMENTS.keys() - {"README.md"}:
        assert f"{name})" in README, name


def test_the_two_commands_are_there():
    assert "pip install -r requirements.txt && streamlit run app.py" in README
    assert "pip install -r requirements-dev.txt && pytest" in README
    assert "<http://localhost:8501>, or <http://127.0.0.1:8501>" in README


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.splitlines()[0])
def test_every_python_snippet_runs(snippet, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "checkpoints" / "mnist-2d", tmp_path / "mnist-2d")
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path))
    small = snippet.replace(*SMALL)
    assert ("epochs" in small) <= (small != snippet), f"a training in a snippet begins with {SMALL[0]}"
    names = {}
    exec(small, names)
    if "run" in names:
        wait_until(lambda: names["run"].status.state == "finished")


@pytest.mark.parametrize("line", [line for block in blocks("sh") for line in block if line.startswith("python -m vae_core ")])
def test_every_command_is_one(line):
    options = command_line._parser().parse_args(shlex.split(line)[3:])
    assert not getattr(options, "set", None) or configure(options.preset, command_line._settings(options.set))


def test_third_party_data_is_credited():
    credits = (ROOT / "THIRD_PARTY_DATA.md").read_text(encoding="utf-8")
    for word in ("MNIST", "Noto", "Apache", "scikit-learn"):
        assert word in credits


def glossary() -> list[tuple[str, str]]:
    """Words and what the code calls them."""
    rows = re.findall(r"^\| (.+?) \| (.*?) \| .+ \|$", DOCUMENTS["glossary.md"], re.M)
    return [(word, code) for word, code in rows if word not in ("word", "---")]


def test_every_word_of_the_glossary_is_that_of_the_code():
    sources = [file for folder in ("vae_core", "ui", "pages") for file in (ROOT / folder).rglob("*") if file.suffix in (".py", ".js")]
    code = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    assert len(glossary()) > 50
    for word, name in ((word, name) for word, names in glossary() for name in re.findall(r"`([^`]+)`", names)):
        path = any((ROOT / folder / name).exists() for folder in ("", "vae_core"))
        assert path or all(re.search(rf"\b{part}\b", code) for part in re.findall(r"\w+", name)), f"{word}: {name}"


def identifiers(path: Path) -> set[str]:
    """Names that code uses; of Python what is defined, called or imported, of JavaScript every word outside comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        return set(re.findall(r"\w+", re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)))
    return {getattr(node, field) for node in ast.walk(ast.parse(text)) for field in ("name", "attr", "id") if hasattr(node, field)}


WAYS = ARCHITECTURE[ARCHITECTURE.index("## Four ways") :]
STEPS = re.findall(r"^(?:server|process|page)? +([\w/]+\.\w+) +([\w, ]+?)(?:: .*)?$", WAYS, re.M)


@pytest.mark.parametrize(("path", "names"), STEPS)
def test_every_step_of_the_four_ways_is_in_the_code(path, names):
    assert set(names.split(", ")) <= identifiers(ROOT / path)


def test_all_steps_of_the_four_ways_are_followed():
    assert len(STEPS) == len(re.findall(r"\.(?:py|js) ", WAYS))

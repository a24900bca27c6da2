"""The README names everything there is, and its commands are the ones that work."""

import re
import subprocess
from pathlib import Path

import pytest

from vae_core import data, runs
from vae_core.presets import PRESETS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def committed() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("this is no git checkout")
    return listing.stdout.split()


def test_every_top_level_file_is_named():
    for name in {path.split("/")[0] for path in committed()} - {"README.md"}:
        assert name in README, name


@pytest.mark.parametrize("name", [*PRESETS, *(name for name in data.names() if not data.describe(name).own), *runs.SHIPPED])
def test_every_preset_data_set_and_shipped_model_is_named(name):
    assert f"`{name}`" in README


def test_every_room_is_in_the_architecture():
    rooms = {Path(path).parts[1].removesuffix(".py") for path in committed() if re.fullmatch(r"vae_core/[\w/]+\.py", path)} - {"__init__"}
    for room in rooms:
        assert re.search(rf"`{room}/?`", ARCHITECTURE), room


def test_every_script_and_style_sheet_has_its_line_among_the_components():
    components = ROOT / "ui" / "components"
    named = (components / "README.md").read_text()
    files = [path for path in components.rglob("*") if path.suffix in (".js", ".css")]
    assert files
    for path in files:
        assert path.relative_to(components).as_posix() in named, path


def test_every_picture_is_there():
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).is_file(), picture


def test_the_two_commands_are_there():
    assert "pip install -r requirements.txt && streamlit run app.py" in README
    assert "pip install -r requirements-dev.txt && pytest" in README
    assert "<http://localhost:8501>, or <http://127.0.0.1:8501>" in README


def test_third_party_data_is_credited():
    credits = (ROOT / "THIRD_PARTY_DATA.md").read_text()
    for word in ("MNIST", "Noto", "Apache", "scikit-learn"):
        assert word in credits

"""The wheel: it holds all of `vae_core`, names what that imports, and works where the repository is not. Needs no network."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BROUGHT_BY_STREAMLIT = {"anyio", "starlette"}
TRAINING = """
import vae_core
from vae_core import Training, configure, load

config = configure("mnist-2d-quick", {"epochs": 1, "images": 600})
training = Training(config, load(config.train.dataset))
losses = [record.total for record in training if record.split == "validation"]
images = training.batches[training.validation_indices[:5]]
print(vae_core.__file__)
print(*losses, *training.model.reconstruct(images).shape)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = ["wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder, ROOT]
    subprocess.run([sys.executable, "-m", "pip", *build], check=True, cwd=folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheel and nothing else of this project; what it depends on is taken from the environment of the tests."""
    home = tmp_path_factory.mktemp("elsewhere") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    [packages] = home.glob("**/site-packages")
    packages.joinpath("dependencies.pth").write_text(sysconfig.get_path("purelib"))
    install = ["--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    return python


def run(python: Path, *arguments: str | Path) -> list[str]:
    """What a Python prints, started outside the repository."""
    done = subprocess.run([python, *arguments], cwd=python.parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_ten_lines_train_a_model_where_only_the_wheel_is(python: Path):
    assert len(TRAINING.strip().splitlines()) <= 10
    place, numbers = run(python, "-c", TRAINING)
    assert Path(place).is_relative_to(python.parents[1])
    loss, *shape = map(float, numbers.split())
    assert shape == [5, 1, 28, 28]
    assert 100 < loss < 500


def test_its_command_line_trains_into_the_folder_where_it_is_started(python: Path):
    run(python, "-m", "vae_core", "train", "--preset", "mnist-2d-quick", "--set", "epochs=1", "--set", "images=600", "--name", "first")
    assert (python.parents[2] / "checkpoints" / "first" / "network.bin").is_file()


def test_it_holds_every_file_of_the_core_and_nothing_else(wheel: Path):
    listing = subprocess.run(["git", "ls-files", "vae_core"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("this is no git checkout")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == set(listing.stdout.split())


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def imported(*places: str) -> set[str]:
    """The packages, by their names in a registry, of which the files import something."""
    files = [file for place in places for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))]
    found = set()
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    packages = importlib.metadata.packages_distributions()
    ours = {"vae_core", "ui", "pages", "app"}
    return {canonicalize_name(packages[name][0]) for name in found - set(sys.stdlib_module_names) - ours if name in packages}


def test_it_declares_what_it_imports():
    extras = PROJECT["optional-dependencies"]
    assert imported("vae_core") <= names(PROJECT["dependencies"] + extras["fast"])
    assert imported("ui", "pages", "app.py") - BROUGHT_BY_STREAMLIT <= names(PROJECT["dependencies"] + extras["app"])


@pytest.mark.parametrize(("file", "extras"), [("requirements.txt", ["app", "fast"]), ("requirements-dev.txt", ["dev"])])
def test_what_is_pinned_is_what_is_declared_and_within_its_bounds(file: str, extras: list[str]):
    declared = PROJECT["dependencies"] if "app" in extras else []
    declared = declared + [line for name in extras for line in PROJECT["optional-dependencies"][name]]
    pins = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / file).read_text(encoding="utf-8"), re.M))
    assert {canonicalize_name(name) for name in pins} == names(declared)
    for requirement in map(Requirement, declared):
        [version] = [version for name, version in pins.items() if canonicalize_name(name) == canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_nothing_edits_the_module_search_path():
    for file in (file for folder in ("vae_core", "ui", "pages", "benchmarks", "scripts") for file in (ROOT / folder).rglob("*.py")):
        assert "sys.path" not in file.read_text(encoding="utf-8"), file


def test_continuous_integration_runs_the_two_scripts():
    everywhere, debian = ((ROOT / file).read_text(encoding="utf-8") for file in (".github/workflows/ci.yml", ".ci/run"))
    assert {"scripts/check", "scripts/test"} <= set(debian.splitlines())
    assert "- run: .ci/run\n" in everywhere
    assert "- run: scripts/test\n" in everywhere

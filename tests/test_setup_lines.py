"""The README's set-up lines, run as written by a Python that refuses to install outside a virtual environment. Needs no network."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path, PureWindowsPath

import pytest
from documents import blocks, command

ROOT = Path(__file__).parents[1]
PIP = """#!/bin/sh
PYTHONPATH={packages} exec {python} -m pip "$@"
"""
SAYS = """
import sys
from pathlib import Path

def main():
    with open("said.txt", "a") as said:
        print("{name}", *sys.argv[1:], "in", Path(sys.prefix).name, file=said)

if __name__ == "__main__":
    main()
"""
BACKEND = """
import os
import zipfile

def build_editable(folder, settings=None, metadata=None):
    assert os.path.exists("pyproject.toml")
    with zipfile.ZipFile(os.path.join(folder, "vae_explorer-0-py3-none-any.whl"), "w") as wheel:
        for file, text in {files!r}.items():
            wheel.writestr("vae_explorer-0.dist-info/" + file, text)
    return "vae_explorer-0-py3-none-any.whl"
"""


def described(name: str, version: str) -> dict[str, str]:
    """The files that make a package of an archive."""
    return {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a Python as Debian's: its packages belong to the system, and pip refuses to add to them."""
    prefix, stdlib = tmp_path_factory.mktemp("system"), Path(sysconfig.get_path("stdlib"))
    here = prefix / "lib" / stdlib.name
    here.mkdir(parents=True)
    for part in stdlib.iterdir():
        if part.name not in ("EXTERNALLY-MANAGED", "site-packages", "__pycache__"):
            (here / part.name).symlink_to(part)
    (here / "EXTERNALLY-MANAGED").write_text("[externally-managed]\nError=This system's packages are installed otherwise\n")
    (prefix / "bin").mkdir()
    python, pip = prefix / "bin" / "python3", prefix / "bin" / "pip"
    shutil.copy(os.path.realpath(sys._base_executable), python)
    packages = Path(__import__("pip").__file__).parents[1]
    pip.write_text(PIP.format(packages=packages, python=python))
    pip.chmod(0o755)
    found = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], capture_output=True, text=True)
    if found.stdout.strip() != str(here):
        pytest.skip(f"this Python cannot be given another home ({found.stderr.strip() or found.stdout.strip()})")
    return prefix / "bin"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For everything that is pinned an empty package of that version; streamlit and pytest note how they were called.

    hatchling makes an empty package of whatever it is to build.
    """
    folder = tmp_path_factory.mktemp("wheels")
    pins = re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.txt").read_text() + (ROOT / "requirements-dev.txt").read_text(), re.M)
    for name, version in pins:
        stem = f"{name.replace('-', '_').lower()}-{version}"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            if name in ("streamlit", "pytest"):
                wheel.writestr(f"{name}.py", SAYS.format(name=name))
                wheel.writestr(f"{stem}.dist-info/entry_points.txt", f"[console_scripts]\n{name} = {name}:main\n")
            if name == "hatchling":
                wheel.writestr("hatchling/build.py", BACKEND.format(files=described("vae-explorer", "0")))
            for file, text in described(name, version).items():
                wheel.writestr(f"{stem}.dist-info/{file}", text)
    return folder


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the lines need of the program; the environment is made here once and again over itself, which is quicker."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def said(clone: Path) -> list[str]:
    """What was started since this was asked last."""
    file = clone / "said.txt"
    lines = file.read_text().splitlines()
    file.unlink()
    return lines


def run(line: str, clone: Path, managed: Path, wheels: Path) -> subprocess.CompletedProcess[str]:
    """A line in a shell whose Python is the system's, and whose pip knows only the wheels."""
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment = {"PATH": f"{managed}:/usr/bin:/bin", "HOME": str(clone), **pip}
    return subprocess.run(["sh", "-c", line], cwd=clone, env=environment, capture_output=True, text=True)


def test_this_python_refuses_to_install_for_itself(clone: Path, managed: Path, wheels: Path) -> None:
    refused = run("pip install -r requirements.txt", clone, managed, wheels)
    assert refused.returncode != 0
    assert "externally-managed-environment" in refused.stderr


def test_the_lines_for_linux_and_macos_work_there(clone: Path, managed: Path, wheels: Path) -> None:
    for line in (command("venv", "app.py"), command("venv", "pytest")):
        done = run(line, clone, managed, wheels)
        assert done.returncode == 0, done.stderr
    assert said(clone) == ["streamlit run app.py in .venv", "pytest in .venv"]


def test_the_lines_for_windows_work_there(clone: Path, managed: Path, wheels: Path) -> None:
    """With the launcher and the folders of Windows put in place of those that are here."""
    [lines] = blocks("powershell")
    for line in lines:
        program, *arguments = line.split(" ")
        assert not {"&&", "source", "."} & set(arguments)  # Windows PowerShell 5.1 has no &&
        path = PureWindowsPath(program)
        assert "/" not in line
        assert path.suffix == "", "scripts do not run under the usual policy"
        assert path.parts in (("py",), (".venv", "Scripts", "python"))
        here = "python3" if path.parts == ("py",) else path.as_posix().replace("Scripts", "bin")
        done = run(" ".join([here, *arguments]), clone, managed, wheels)
        assert done.returncode == 0, done.stderr
    assert said(clone) == ["streamlit run app.py in .venv"]

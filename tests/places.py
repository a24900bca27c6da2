"""Places that refuse to be written to, for real: read-only, full, somebody else's. Where they cannot be had, the test is skipped."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _mount(*words: str) -> None:
    if shutil.which("mount") is None:
        pytest.skip("there is no mount here")
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here ({done.stderr.strip()})")


def _unmount(place: Path) -> None:
    subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that nobody can write to, not even root."""
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,ro,bind", str(folder))
        yield
    finally:
        _unmount(folder)


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A disk of so many bytes, such as 4m."""
    place.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
    try:
        yield place
    finally:
        _unmount(place)


def fill(place: Path) -> None:
    """Leave no byte of room on a disk."""
    with suppress(OSError), (place / "ballast").open("ab", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))


@contextmanager
def open_to_all() -> Iterator[Path]:
    """A folder that every user can get at; pytest's own are its user's alone."""
    with tempfile.TemporaryDirectory(prefix="vae-tests-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def as_nobody(*words: str) -> str:
    """What a Python program prints that becomes nobody."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    known = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"}
    done = subprocess.run([sys.executable, *words], env=os.environ | known, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def become_nobody() -> None:
    """From here on this process has no rights but everybody's. What it needs has to be imported: Python itself may be out of its reach."""
    somebody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setresgid(*[somebody.pw_gid] * 3)
    os.setresuid(*[somebody.pw_uid] * 3)

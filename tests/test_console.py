"""Consoles that lack letters, are closed, or full: the command line and its children do their work and say what they can."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from odd_archives import Entry, archive, picture

from vae_core.data import own

PROJECT = Path(__file__).parents[1]
LETTERS = "Bäume × 树 😀"


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ZIP whose import has much to say in many letters."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    entries = [Entry(f"{LETTERS}/{number}.png", picture(number)) for number in range(5)]
    file = tmp_path / "pictures.zip"
    file.write_bytes(archive(*entries, Entry(f"{LETTERS}/{LETTERS}.png", b"no picture")))
    return file


def run(*words: str, encoding: str = "utf-8", **how: object) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    return subprocess.run([sys.executable, "-m", "vae_core", *words], cwd=PROJECT, env=environment, check=False, **how)


@pytest.mark.parametrize("encoding", ["ascii", "cp1251", "cp437:strict", "utf-8"])
def test_letters_that_a_console_lacks_are_escaped(pictures: Path, encoding: str) -> None:
    done = run("import", str(pictures), "--title", LETTERS, encoding=encoding, capture_output=True)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    [made] = own.infos()
    assert (made.title, made.count) == (LETTERS, 5)
    said = done.stdout.decode(encoding.partition(":")[0])
    assert said.startswith(f"{made.name}: Kept 5, skipped 1: 1 ")
    assert ("树" in said) == (encoding == "utf-8")
    assert ("\\u6811" in said) == (encoding != "utf-8")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_closed_end_ends_nothing(pictures: Path, stream: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    other = "stderr" if stream == "stdout" else "stdout"
    done = run("import", str(pictures), "--title", "Closed", **{stream: writing, other: subprocess.PIPE})
    os.close(writing)
    assert (done.returncode, [info.count for info in own.infos()]) == (0, [5])
    assert b"BrokenPipe" not in (getattr(done, other) or b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_console_on_a_full_disk_ends_nothing(pictures: Path) -> None:
    with open("/dev/full", "wb") as full:
        assert run("import", str(pictures), "--title", "Full", stdout=full, stderr=full).returncode == 0
    assert [info.title for info in own.infos()] == ["Full"]


@pytest.mark.skipif(os.name == "nt", reason="a shell of another kind")
def test_no_console_at_all(pictures: Path) -> None:
    line = f'exec "{sys.executable}" -m vae_core list >&- 2>&-'
    assert subprocess.run(["sh", "-c", line], cwd=PROJECT, check=False).returncode == 0


def test_help_is_shown_in_ascii() -> None:
    done = run("train", "--help", encoding="ascii", capture_output=True)
    assert (done.returncode, b"presets:" in done.stdout) == (0, True)


@pytest.mark.parametrize("module", ["vae_core.training.worker", "vae_core.projections.worker"])
def test_a_child_says_in_ascii_why_it_ended(module: str, tmp_path: Path) -> None:
    """Its log gets what it prints."""
    place = tmp_path / LETTERS
    place.mkdir()
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-m", module, str(place)], cwd=PROJECT, env=environment, capture_output=True, check=False)
    assert b"UnicodeEncodeError" not in done.stderr
    assert done.stderr.isascii()


def test_text_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from vae_core import console

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii"))
    console.tolerate_encoding_errors()
    console.write_output("a × b\n")
    assert raw.getvalue() == b"a \\xd7 b\n"

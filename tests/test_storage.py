"""Where the two folders are, what is said of a disk's refusals, and the room that is kept for last words."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import places
import pytest

from vae_core import runs
from vae_core.data import torchvision_sets
from vae_core.errors import DataError, ExplorerError, RunError
from vae_core.files import storage
from vae_core.files.storage import CHECKPOINTS, DATA, PROGRAM, StorageFolder, release, reserve, sentence

HOMES = {"checkpoints": (CHECKPOINTS, runs.root), "data": (DATA, torchvision_sets.root)}


@pytest.mark.parametrize("name", HOMES)
@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, "{program}/{name}"),
        ("", "{program}/{name}"),
        ("  ", "{program}/{name}"),
        ("elsewhere/of mine", "{program}/elsewhere/of mine"),
        ("~", "{me}"),
        ("~/class/models", "{me}/class/models"),
        ("{me}/whole", "{me}/whole"),
    ],
)
def test_both_folders_follow_one_rule_wherever_one_stands(
    name: str, given: str | None, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, root = HOMES[name]
    me = tmp_path / "me"
    monkeypatch.setenv("HOME", str(me))
    monkeypatch.setenv("USERPROFILE", str(me))
    monkeypatch.chdir(tmp_path)
    if given is None:
        monkeypatch.delenv(home.variable, raising=False)
    else:
        monkeypatch.setenv(home.variable, given.format(me=me))
    assert root() == home.path == Path(found.format(program=PROGRAM, name=name, me=me))


@pytest.mark.parametrize("name", HOMES)
def test_the_folder_of_nobody_is_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    home, root = HOMES[name]
    monkeypatch.setenv(home.variable, "~nobody-of-that-name/models")
    with pytest.raises(home.error, match=f"{home.variable} is '~nobody-of-that-name/models'.*give the whole path"):
        root()


@pytest.mark.parametrize("home", [CHECKPOINTS, DATA], ids=lambda home: home.name)
def test_every_error_of_a_system_is_one_sentence_with_a_remedy(home: StorageFolder, tmp_path: Path) -> None:
    numbered = [OSError(number, os.strerror(number), str(tmp_path / "secret" / "file")) for number in errno.errorcode]
    for error in (*numbered, OSError("of no number")):
        with pytest.raises(home.error) as caught, home.writing("it cannot be done"):
            raise error
        text = str(caught.value)
        assert text.startswith("it cannot be done: ")
        assert f"set {home.variable} to a folder" in text
        assert str(tmp_path) not in text
        assert "\n" not in text
        assert len(text) < 300


def test_what_is_no_error_of_the_system_passes() -> None:
    with pytest.raises(RunError, match=r"^mine$"), DATA.writing("it cannot be done"):
        raise RunError("mine")
    with pytest.raises(ZeroDivisionError), DATA.writing("it cannot be done"):
        print(1 / 0)


def test_the_file_in_question_is_named_within_its_folder_and_no_temporary_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path))
    (tmp_path / "mine").mkdir()
    for refused, named in (
        ("mine/worker.lock", "“mine/worker.lock” in the"),
        ("mine/.status.json.x.tmp", "“mine” in the"),
        (".new-x", "the"),
    ):
        error = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / refused))
        assert f"this program may not use {named} checkpoints folder; let its owner allow it" in str(CHECKPOINTS.refusal("no", error))


def test_an_error_that_nobody_expected_names_the_file_alone(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as caught:
        (tmp_path / "absent.txt").read_text()
    assert sentence(caught.value).startswith("absent.txt cannot be read or written (No such file or directory); ")
    assert sentence(OSError("odd")).startswith("a file cannot be read or written (odd); ")


def test_a_warning_is_given_when_and_only_when_something_is_known(tmp_path: Path) -> None:
    assert CHECKPOINTS.warning(tmp_path / "not" / "yet") == ""
    (tmp_path / "file").touch()
    assert "a file is in the way" in CHECKPOINTS.warning(tmp_path / "file" / "below")
    with places.read_only(tmp_path):
        assert "the checkpoints folder is read-only; " in CHECKPOINTS.warning(tmp_path)


def test_reserved_room_lets_a_last_word_be_written_on_a_full_disk(tmp_path: Path) -> None:
    with places.small_disk(tmp_path / "small", "1m") as place:
        reserve(place)
        places.fill(place)
        with pytest.raises(OSError, match="No space"):
            (place / "word").write_bytes(bytes(3000))
        (place / "word").unlink()
        release(place)
        (place / "word").write_bytes(bytes(3000))
        places.fill(place)
        reserve(place)  # no room, no error
        release(place)
        release(place)


def test_every_home_has_an_error_of_this_package() -> None:
    assert {home.error for home, _ in HOMES.values()} == {RunError, DataError}
    assert issubclass(storage.CHECKPOINTS.error, ExplorerError)


def test_an_installed_package_keeps_its_folders_where_it_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(PROGRAM / "vae_core", tmp_path / "site" / "vae_core", ignore=shutil.ignore_patterns("assets", "__pycache__"))
    (tmp_path / "work").mkdir()
    question = "from vae_core.files.storage import CHECKPOINTS, DATA; print(CHECKPOINTS.path, DATA.path, sep='\\n')"
    for variable in ("VAE_CHECKPOINTS", "VAE_DATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))

    def folders() -> list[str]:
        command = [sys.executable, "-c", question]
        return subprocess.run(command, cwd=tmp_path / "work", capture_output=True, text=True, check=True).stdout.splitlines()

    assert folders() == [str(tmp_path / "work" / name) for name in ("checkpoints", "data")]
    (tmp_path / "site" / "app.py").touch()
    assert folders() == [str(tmp_path / "site" / name) for name in ("checkpoints", "data")]

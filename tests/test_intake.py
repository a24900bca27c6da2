"""Imports in a process of their own: heard, cancelled, waiting for their turn, and what is left of them."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from odd_archives import ordinary, picture

from vae_core import data
from vae_core.data import own
from vae_core.data.own import intake
from vae_core.data.own.intake import Intake

ROOT = Path(__file__).parents[1]
HOW = {"image_shape": (1, 8, 8), "fit": "crop"}
MANY = 16_000


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder; whatever a test does, no import outlives it."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    yield tmp_path / "data" / "own"
    for one in intake.every():
        one.cancel()
        ended(one)


@pytest.fixture(scope="module")
def large() -> bytes:
    """A ZIP that takes some seconds to import."""
    buffer, file = io.BytesIO(), picture(7)
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(MANY):
            archive.writestr(f"{number}.png", file)
    return buffer.getvalue()


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def ended(one: Intake) -> Intake:
    wait_until(lambda: one.state != intake.RUNNING)
    return one


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_zip_is_taken_in(folder: Path) -> None:
    one = ended(intake.begin(ordinary(), title="Flowers", file_name="my flowers.zip", **HOW))
    assert (one.state, one.name, one.sentence, one.fraction) == (intake.FINISHED, "own-flowers-001", "Kept 6", 1.0)
    assert data.load(one.name).info.class_names == ("rose", "tulip")
    assert data.describe(one.name).source == "Imported from my flowers.zip"
    assert left(folder) == ["own-flowers-001"]
    assert intake.find(one.id) is one


def test_a_folder_is_taken_in(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / f"{number}.png").write_bytes(picture(number))
    (tmp_path / "mine" / "notes.txt").write_text("hello")
    one = ended(intake.begin(tmp_path / "mine", title="Mine", **HOW))
    assert one.state == intake.FINISHED
    assert one.sentence.startswith("Kept 5, skipped 1: 1 × ")
    assert data.describe(one.name).count == 5


def test_a_refusal_is_a_sentence(folder: Path) -> None:
    one = ended(intake.begin(b"no ZIP at all", title="Nothing", **HOW))
    assert (one.state, one.name) == (intake.REFUSED, "")
    assert "no ZIP file" in one.sentence
    assert left(folder) == []


def test_progress_is_heard_and_cancelling_leaves_nothing(folder: Path, large: bytes) -> None:
    one = intake.begin(large, title="Many", **HOW)
    wait_until(lambda: one.fraction > 0)
    assert f"of {MANY:,} files" in one.sentence
    assert left(folder)[0].startswith(".import-")
    one.cancel()
    assert (ended(one).state, one.sentence) == (intake.CANCELLED, "Cancelled")
    assert left(folder) == []


def test_cancelling_at_once_leaves_nothing(folder: Path, large: bytes) -> None:
    one = intake.begin(large, title="Many", **HOW)
    one.cancel()
    assert ended(one).state == intake.CANCELLED
    assert left(folder) == []


def test_a_folder_that_is_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for number in range(3000):
        (mine / f"{number}.png").write_bytes(picture(number))
    one = intake.begin(mine, title="Mine", **HOW)
    wait_until(lambda: one.fraction > 0.4)
    one.cancel()
    assert ended(one).state == intake.CANCELLED
    [work] = own.unfinished()
    assert (work.folder, work.title, work.total, work.active) == (mine, "Mine", 3000, False)
    assert work.looked >= 500
    again = intake.begin(work.folder, title=work.title, image_shape=work.image_shape, fit=work.fit)
    wait_until(lambda: again.fraction > 0)
    assert again.fraction >= 0.99 * work.looked / work.total
    assert ended(again).sentence == "Kept 3,000"
    assert own.unfinished() == []


def test_the_third_waits_for_its_turn_and_can_be_cancelled_there(folder: Path, large: bytes) -> None:
    first, second, third = [intake.begin(large, title=title, **HOW) for title in ("One", "Two", "Three")]
    wait_until(lambda: first.fraction > 0 and second.fraction > 0)
    wait_until(lambda: third.sentence == "Waiting for its turn")
    third.cancel()
    assert ended(third).state == intake.CANCELLED
    assert (first.state, second.state) == (intake.RUNNING, intake.RUNNING)
    first.cancel()
    fourth = intake.begin(ordinary(), title="Four", **HOW)
    assert ended(fourth).state == intake.FINISHED
    second.cancel()
    ended(second)
    assert left(folder) == ["own-four-001"]


def test_a_process_that_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def dying() -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    monkeypatch.setattr(intake, "_start", dying)
    one = ended(intake.begin(ordinary(), title="Dies", **HOW))
    assert one.state == intake.REFUSED
    assert "try fewer pictures" in one.sentence


def test_the_death_of_who_asked_cancels(folder: Path, large: bytes) -> None:
    request = {"folder": None, "file_name": "", "bytes": len(large), "how": {"title": "Orphan", "image_shape": [1, 8, 8], "fit": "crop"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "vae_core.data.own.intake"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
    )
    with process:
        process.stdin.write(json.dumps(request).encode() + b"\n" + large)
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["fraction"] >= 0
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 1
    assert left(folder) == []


def test_only_the_last_ones_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_REMEMBERED", 2)
    monkeypatch.setattr(intake, "_start", lambda: (_ for _ in ()).throw(OSError(12, "no memory")))
    ones = [ended(intake.begin(b"", title=str(number), **HOW)) for number in range(4)]
    assert "no process could be started (no memory)" in ones[0].sentence
    assert [one.title for one in intake.every()][-3:] == ["1", "2", "3"]
    assert intake.find(ones[0].id) is None

"""Run folders: whole or absent, honest about their state, and harmless when they are broken or foreign."""

import dataclasses
import errno
import io
import json
import os
import random
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vae_core import runs
from vae_core.config import RunConfig
from vae_core.errors import RunDamaged, RunError, RunNotFound
from vae_core.files.atomic import read_whole
from vae_core.files.locks import LAUNCHED, TAKEN, hold_lock, is_locked, mark, release_lock, take_lock
from vae_core.files.pictures import read, webp
from vae_core.files.records import append_line, read_json, write_json
from vae_core.presets import configure
from vae_core.runs import collection
from vae_core.runs import run as run_module
from vae_core.runs.collection import archive, create, delete, find, list_runs, rename, restore
from vae_core.runs.run import Run
from vae_core.runs.status import STARTING_SECONDS, Status

CONFIG = configure("mnist-2d-quick")
FINISHED = Status("finished", epoch=20, epochs=20, step=2500, steps=2500, seconds=12.5)

# Waits for the starting shot, then creates fifty runs.
CREATE_FIFTY = """
import sys, pathlib
from vae_core.presets import configure
from vae_core.runs import create
root = pathlib.Path(sys.argv[1])
config = configure("mnist-2d-quick")
print("ready", flush=True)
sys.stdin.readline()
print(*[create(config, root).id for _ in range(50)])
"""


def finished_run(root: Path) -> Run:
    run = create(CONFIG, root)
    run.weights.write_bytes(b"weights")
    run.write_status(FINISHED)
    return run


def test_the_root_is_beside_the_program_unless_the_environment_says_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAE_CHECKPOINTS", raising=False)
    assert runs.root() == Path(runs.__file__).parents[2] / "checkpoints"
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path / "mine"))
    assert list_runs() == []
    run = create(CONFIG)
    assert run.path.parent == tmp_path / "mine"
    assert find(run.id) == run


def test_a_new_run_knows_its_config_and_waits(tmp_path: Path) -> None:
    before = time.time()
    run = create(CONFIG, tmp_path)
    assert (run.id, run.title, run.shipped) == ("mnist-2d-quick-001", "mnist-2d-quick-001", False)
    assert run.config == CONFIG
    assert run.status == Status("queued", epochs=CONFIG.train.epochs, updated=run.status.updated)
    assert before - 1 < run.created <= run.status.updated < before + 60
    assert (run.metrics(), run.card()) == ([], None)
    assert sorted(os.listdir(run.path)) == ["config.json", "status.json"]


def test_numbers_go_up_and_a_deleted_number_is_not_given_again(tmp_path: Path) -> None:
    first, second = create(CONFIG, tmp_path), finished_run(tmp_path)
    delete(second)
    assert create(CONFIG, tmp_path).id == "mnist-2d-quick-003"
    (tmp_path / "mnist-2d-quick-0x9").mkdir()
    (tmp_path / "mnist-2d-quick-999").mkdir()
    (tmp_path / "mnist-2d-quick-999" / "notes.txt").touch()
    assert (first.id, second.id) == ("mnist-2d-quick-001", "mnist-2d-quick-002")
    assert create(CONFIG, tmp_path).id == "mnist-2d-quick-1000"
    assert create(configure("mnist-2d"), tmp_path).id == "mnist-2d-001"


def test_eight_processes_create_four_hundred_runs_and_no_two_get_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CREATE_FIFTY, tmp_path]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    assert all(child.stdout.readline() == "ready\n" for child in children)
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    given = [name for child in children for name in child.communicate()[0].split()]
    assert [child.returncode for child in children] == [0] * 8
    assert sorted(given) == [f"mnist-2d-quick-{number:03d}" for number in range(1, 401)]
    assert {run.stored_status().state for run in list_runs(tmp_path)} == {"queued"}


def test_someone_takes_the_number_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished_run(tmp_path)
    monkeypatch.setattr(collection, "_highest_number", lambda *_: 0)
    assert create(CONFIG, tmp_path).id == "mnist-2d-quick-002"
    assert find("mnist-2d-quick-001", tmp_path).status.state == "finished"


@pytest.mark.parametrize("failing", [1, 2])
def test_a_full_disk_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    writes, genuine = [], collection.write_json

    def full(path: Path, value: object) -> None:
        writes.append(path)
        if len(writes) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        genuine(path, value)

    monkeypatch.setattr(collection, "write_json", full)
    monkeypatch.setattr(run_module, "write_json", full)
    with pytest.raises(RunError, match=r"the model cannot be stored: the disk .* is full; .* VAE_CHECKPOINTS"):
        create(CONFIG, tmp_path)
    assert os.listdir(tmp_path) == []


def test_runs_that_were_being_made_when_their_maker_was_killed_go_after_a_while(tmp_path: Path) -> None:
    for name, age in ((".new-old", 2 * collection.DRAFT_SECONDS), (".new-young", 1.0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").touch()
        os.utime(tmp_path / name, (time.time() - age, time.time() - age))
    create(CONFIG, tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".new-young", "mnist-2d-quick-001"]


@pytest.mark.parametrize("preset", ["../up", "", "Mnist", "a b", "x" * 61, "-a", "a\n"])
def test_a_preset_that_cannot_name_a_folder_is_refused(tmp_path: Path, preset: str) -> None:
    config = dataclasses.replace(CONFIG, preset=preset)
    with pytest.raises(RunError, match="cannot name a run"):
        create(config, tmp_path / "root")
    assert os.listdir(tmp_path) == []


def test_own_runs_come_first_newest_first_then_the_shipped_in_their_order(tmp_path: Path) -> None:
    own = [create(CONFIG, tmp_path) for _ in range(3)]
    for age, run in zip((10, 30, 20), own, strict=True):
        os.utime(run.path / "config.json", (1e9 - age, 1e9 - age))
    for name in reversed(runs.SHIPPED):
        shutil.copytree(own[0].path, tmp_path / name)
    (tmp_path / "README.md").touch()
    (tmp_path / ".slots").mkdir()
    assert [run.id for run in list_runs(tmp_path)] == [own[0].id, own[2].id, own[1].id, *runs.SHIPPED]
    assert find("mnist-2d", tmp_path).shipped


def test_five_hundred_runs_are_listed_with_their_states_within_a_second(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    contents = {name: (run.path / name).read_bytes() for name in os.listdir(run.path)}
    for number in range(2, 501):
        folder = tmp_path / f"mnist-2d-quick-{number:03d}"
        folder.mkdir()
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    start = time.process_time()  # what other processes take of the machine does not count
    states = [run.status.state for run in list_runs(tmp_path)]
    assert time.process_time() - start < 1
    assert states == ["finished"] * 500


HOSTILE_IDS = [
    *("../../etc", "..", ".", "", "/", "/etc/passwd", "../good", "mnist-2d-quick-001/", "mnist-2d-quick-001/..", "./mnist-2d-quick-001"),
    *(
        "mnist-2d-quick-001\n",
        "\nmnist-2d-quick-001",
        " mnist-2d-quick-001",
        "mnist-2d-quick-001 ",
        "MNIST-2D-QUICK-001",
        "mnist-2d-quick-001\0",
    ),
    *(
        "mnist-2d-quick-001\0.json",
        ".trash",
        ".slots",
        "..\\..\\windows",
        "C:\\",
        "c:",
        "con",
        "nul",
        "aux.txt",
        "~",
        "~root",
        "$HOME",
        "%2e%2e%2f",
    ),
    *(
        "%00",
        "*",
        "mnist-*",
        "?",
        "[a-z]",
        "file:///etc/passwd",
        "http://localhost",
        "a" * 65,
        "a" * 100_000,
        "-rf",
        "--help",
        "a;ls",
        "`id`",
        "$(id)",
    ),
    *("<script>alert(1)</script>", "’", "ｍnist", "m\u202enist", "😀", "mnist_2d", "outside", "mnist-2d-quick-002", "none", "0"),
]
_opened: list[str] = []
_watching = False


def _watch(event: str, arguments: tuple) -> None:
    if _watching and event in ("open", "os.listdir", "os.scandir"):
        _opened.append(str(arguments[0]))


sys.addaudithook(_watch)


def test_no_id_reaches_a_file_outside_the_root(tmp_path: Path) -> None:
    global _watching
    root = tmp_path / "root"
    good, outside = create(CONFIG, root), create(CONFIG, tmp_path / "elsewhere")
    outside.path.rename(tmp_path / "outside")
    (root / "mnist_2d").mkdir()  # listed, but under a name that no link may carry
    assert len(HOSTILE_IDS) >= 50
    _opened.clear()
    _watching = True
    try:
        refusals = [_refusal(lambda name=name: find(name, root)) for name in HOSTILE_IDS]
        assert find(good.id, root).status.state == "queued"
    finally:
        _watching = False
    assert all(len(refusal) < 64 * 6 + 100 for refusal in refusals)
    assert any(str(good.path) in place for place in _opened)  # the hook sees what is opened
    assert [place for place in _opened if Path(place) != root and root not in Path(place).parents] == []


def _refusal(action: Callable[[], object]) -> str:
    with pytest.raises(RunNotFound) as caught:
        action()
    return str(caught.value)


def _rewrite(name: str, **changes: object) -> Callable[[Path], None]:
    """Other values, with the checksum that fits them."""
    return lambda folder: write_json(folder / name, {**read_json(folder / name), **changes})


def _unsigned(name: str, **changes: object) -> Callable[[Path], None]:
    """The same values and others, without a checksum."""
    return lambda folder: (folder / name).write_text(json.dumps({**read_json(folder / name), **changes}))


def _edited(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    """What an editor does."""

    def spoil(folder: Path) -> None:
        content = (folder / name).read_bytes()
        assert old in content
        (folder / name).write_bytes(content.replace(old, new))

    return spoil


def _content(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def _link(name: str, target: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return spoil


def _folder_link(target: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        shutil.move(folder, folder.parent.parent / "moved")
        folder.symlink_to(target, target_is_directory=True)

    return spoil


def _pipe(folder: Path) -> None:
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")


def _big(folder: Path) -> None:
    with (folder / "status.json").open("r+b") as file:
        file.truncate(1 << 40)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty folder": (lambda folder: [path.unlink() for path in folder.iterdir()], "config.json is missing"),
    "foreign folder": (lambda folder: [path.rename(folder / f"{path.name}.txt") for path in folder.iterdir()], "config.json is missing"),
    "config missing": (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
    "config truncated": (_content("config.json", b'{"format": 1, "mod'), "config.json cannot be read"),
    "config empty": (_content("config.json", b""), "config.json cannot be read"),
    "config garbage": (_content("config.json", bytes(range(256))), "config.json cannot be read"),
    "config list": (_content("config.json", b"[]"), "config.json holds a list"),
    "config of another program": (_content("config.json", b'{"model_type": "bert"}'), "config format is None"),
    "config of the future": (_rewrite("config.json", format=4), "config format is 4"),
    "config edited": (
        _edited("config.json", b'"learning_rate": 0.012', b'"learning_rate": 0.112'),
        "config.json does not match its checksum",
    ),
    "config without checksum": (_unsigned("config.json"), "config.json carries no checksum"),
    "config with another key": (_edited("config.json", b'"checksum"', b'"checksun"'), "config.json carries no checksum"),
    "config of thousands of layers": (
        _rewrite("config.json", model=CONFIG.to_json()["model"] | {"hidden": [4] * 100_000}),
        "hidden has 100,000 numbers; at most 64",
    ),
    "config without model": (_rewrite("config.json", model=None), "no model section"),
    "config with unknown setting": (_rewrite("config.json", model={"wings": 2}), "no setting 'wings'"),
    "config out of range": (_rewrite("config.json", train={"epochs": 0}), "epochs is 0"),
    "config a link": (_link("config.json", "/etc/hostname"), "config.json is no plain file"),
    "config a link loop": (_link("config.json", "config.json"), "config.json is no plain file"),
    "config a pipe": (_pipe, "config.json is no plain file"),
    "status missing": (lambda folder: (folder / "status.json").unlink(), "status.json is missing"),
    "status truncated": (_content("status.json", b'{"state": "fin'), "status.json cannot be read"),
    "status garbage": (_content("status.json", b"\0" * 500), "status.json cannot be read"),
    "status list": (_content("status.json", b'["finished"]'), "status.json holds a list"),
    "status edited": (_edited("status.json", b'"epoch": 20', b'"epoch": 28'), "status.json does not match its checksum"),
    "status without checksum": (_unsigned("status.json"), "status.json carries no checksum"),
    "status foreign": (_rewrite("status.json", state="COMPLETED"), "the state 'COMPLETED'"),
    "status derived": (_rewrite("status.json", state="interrupted"), "the state 'interrupted'"),
    "status state a list": (_rewrite("status.json", state=["finished"]), "holds the state"),
    "status negative": (_rewrite("status.json", epoch=-1), "holds '-1' as epoch"),
    "status NaN": (_unsigned("status.json", seconds=float("nan")), "status.json carries no checksum"),
    "status huge": (_rewrite("status.json", step=10**400), "as step"),
    "status fraction": (_rewrite("status.json", steps=2.5), "holds '2.5' as steps"),
    "status true": (_rewrite("status.json", epochs=True), "holds 'True' as epochs"),
    "status text": (_rewrite("status.json", epochs="20"), "holds '20' as epochs"),
    "status message": (_rewrite("status.json", message=None), "as message"),
    "status of a terabyte": (_big, "status.json is no plain file of at most"),
    "finished without weights": (lambda folder: (folder / "weights.safetensors").unlink(), "weights.safetensors is missing"),
    "weights a link": (_link("weights.safetensors", "/dev/zero"), "weights.safetensors is missing"),
    "folder a link": (_folder_link("../moved"), "this is a link"),
    "folder a dangling link": (_folder_link("../nowhere"), "this is a link"),
    "folder a link loop": (_folder_link("mnist-2d-quick-002"), "this is a link"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_run_says_why_and_harms_no_other(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "root"
    good, broken, other = finished_run(root), finished_run(root), finished_run(root)
    spoil, reason = BROKEN[kind]
    spoil(broken.path)
    states = {run.id: run.status for run in list_runs(root)}
    assert states.keys() == {good.id, broken.id, other.id}
    assert states[broken.id].state == "damaged"
    assert reason in states[broken.id].message
    assert states[good.id].state == states[other.id].state == "finished"
    assert find(broken.id, root).title == broken.id
    delete(broken)
    assert [run.id for run in list_runs(root)] == [other.id, good.id]


def test_forty_broken_folders_at_once(tmp_path: Path) -> None:
    """Names that are no ids are listed too, so that a person learns what is wrong with the folder."""
    good = [finished_run(tmp_path) for _ in range(3)]
    for name in ("Vacation 2019", "mnist-2d-quick-001 (1)", "x" * 65, "ünicode", "UPPER"):
        shutil.copytree(good[0].path, tmp_path / name)
    for number in range(35):
        (tmp_path / f"empty-{number}").mkdir()
    states = [run.status for run in list_runs(tmp_path)]
    assert sorted(status.state for status in states) == ["damaged"] * 40 + ["finished"] * 3
    assert sum("name is no run id" in status.message for status in states) == 5


@pytest.mark.parametrize("name", ["config.json", "status.json"])
def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    run, genuine = finished_run(tmp_path), os.lstat

    def forbidden(path: Path, **options: int) -> os.stat_result:
        if Path(path).name == name:
            raise PermissionError(errno.EACCES, "Permission denied")
        return genuine(path, **options)

    monkeypatch.setattr(os, "lstat", forbidden)
    assert run.status == Status("damaged", message=f"{name} cannot be read (Permission denied)")


VALUES = [None, True, -1, 0, 1e308, float("nan"), float("inf"), 10**30, "", "x", "1,2", "../..", [], [1], [[1]], [None], {}, {"a": 1}]


def test_no_config_makes_anything_but_a_config_or_a_reason(tmp_path: Path) -> None:
    """Every field of the file, each with every kind of nonsense."""
    run = finished_run(tmp_path)
    whole = CONFIG.to_json()
    places = [(part, name) for part in ("model", "train") for name in whole[part]] + [(None, name) for name in whole]
    damaged = 0
    for part, name in places:
        for value in VALUES:
            spoilt = {**whole, name: value} if part is None else {**whole, part: {**whole[part], name: value}}
            try:
                write_json(run.path / "config.json", spoilt)
            except ValueError:  # not to be said in JSON
                (run.path / "config.json").write_text(json.dumps(spoilt))
            status = run.status
            assert status.state in ("finished", "damaged")
            damaged += status.state == "damaged"
            assert status.state == "damaged" or isinstance(run.config, RunConfig)
    assert damaged > len(places) * len(VALUES) / 3


def test_no_flipped_byte_in_the_small_files_makes_an_exception(tmp_path: Path) -> None:
    run, chance = finished_run(tmp_path), random.Random(0)
    rename(run, "A title")
    for name in ("config.json", "status.json", "about.json"):
        whole = (run.path / name).read_bytes()
        for _ in range(100):
            place = chance.randrange(len(whole))
            (run.path / name).write_bytes(whole[:place] + chance.randbytes(1) + whole[place + 1 :])
            assert run.status.state in ("finished", "damaged")
            assert 1 <= len(run.title) <= 60
        (run.path / name).write_bytes(whole)


@pytest.mark.parametrize("title", ["Another", " Another "])
def test_a_title_that_another_run_has_is_refused(tmp_path: Path, title: str) -> None:
    run, other = create(CONFIG, tmp_path), create(CONFIG, tmp_path, title="Another")
    with pytest.raises(RunError, match="another model called “Another”"):
        rename(run, title)
    rename(other, title)
    assert other.title == "Another"


def test_a_title_of_blanks_is_called_empty(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="the name is empty"):
        rename(create(CONFIG, tmp_path), "   ")


def test_a_status_is_stamped_and_read_back(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    assert dataclasses.replace(run.status, updated=0.0) == FINISHED
    assert abs(run.status.updated - time.time()) < 5
    with pytest.raises(RunError, match="'interrupted'"):
        run.write_status(Status("interrupted"))
    assert run.status.state == "finished"


def test_a_run_is_running_only_while_somebody_holds_its_lock(tmp_path: Path) -> None:
    run = create(CONFIG, tmp_path)
    run.write_status(Status("running", epoch=3, step=375))
    held = take_lock(run.lock)
    assert run.status.state == "running"
    os.close(held)
    assert (run.status.state, run.status.epoch, run.status.step) == ("interrupted", 3, 375)
    assert run.stored_status().state == "running"


def test_a_copy_of_a_run_at_work_is_not_at_work(tmp_path: Path) -> None:
    run = create(CONFIG, tmp_path)
    run.write_status(Status("running"))
    held = take_lock(run.lock)
    run.lock.write_text("1")  # a process id that certainly lives says nothing
    shutil.copytree(run.path, tmp_path / "copy")
    assert run.status.state == "running"
    assert find("copy", tmp_path).status.state == "interrupted"
    os.close(held)


def test_the_files_of_many_runs_are_read_once_until_one_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [finished_run(tmp_path) for _ in range(20)]
    for run in many:
        rename(run, f"The model {run.id}")
    time.sleep(0.2)
    read, reads = run_module.read_json, []
    monkeypatch.setattr(run_module, "read_json", lambda path, **demand: reads.append(path) or read(path, **demand))

    def facts() -> list[tuple]:
        return [(run.title, run.status.state, run.config.preset) for run in list_runs(tmp_path)]

    first = facts()
    once = len(reads)  # less than all where making them took so long that some are known
    assert once <= 60
    assert [facts() for _ in range(5)] == [first] * 5
    assert len(reads) == once
    rename(many[7], "Another name")
    many[8].write_status(Status("stopped"))
    assert [row for row in facts() if row not in first] == [(many[8].title, "stopped", CONFIG.preset), ("Another name", *first[0][1:])]


def test_a_worker_that_dies_is_seen_at_once_although_no_file_changes(tmp_path: Path) -> None:
    run = create(CONFIG, tmp_path)
    lock = take_lock(run.lock)
    run.write_status(Status("running", epochs=20))
    time.sleep(0.2)
    assert [run.status.state for _ in range(3)] == ["running"] * 3
    os.close(lock)
    assert [one.status.state for one in list_runs(tmp_path)] == ["interrupted"]


def test_a_worker_that_ends_while_it_is_looked_at_is_not_called_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = finished_run(tmp_path)
    run.write_status(Status("running"))

    def ends_now(_: Path) -> bool:
        run.write_status(FINISHED)
        return False

    monkeypatch.setattr("vae_core.runs.status.is_locked", ends_now)
    assert run.status.state == "finished"


def test_a_queued_run_without_a_worker_is_interrupted_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, now = create(CONFIG, tmp_path), time.time()
    assert run.status.state == "queued"
    monkeypatch.setattr(time, "time", lambda: now + STARTING_SECONDS + 1)
    assert run.status.state == "interrupted"
    assert "log.txt" in run.status.message
    monkeypatch.setattr(time, "time", lambda: now - 3600)  # the clock was set back
    assert run.status.state == "interrupted"


@pytest.mark.parametrize("clock", [0, 1.9e9])  # seconds since 1970 that the lock file says: it does not matter
def test_a_lock_marked_since_the_launch_ends_the_wait(tmp_path: Path, clock: float) -> None:
    run = create(CONFIG, tmp_path)
    run.lock.touch()
    for size, state in ((LAUNCHED, "queued"), (TAKEN, "interrupted")):
        mark(run.lock, size)
        os.utime(run.lock, (clock, clock))
        assert run.status.state == state


def test_stopped_in_the_queue_is_no_damage_but_stopped_later_without_weights_is(tmp_path: Path) -> None:
    run = create(CONFIG, tmp_path)
    run.write_status(Status("stopped"))
    assert run.status.state == "stopped"
    run.write_status(Status("stopped", epoch=2))
    assert run.status.state == "damaged"


def test_asking_for_a_lock_disturbs_no_other_question_and_makes_no_file(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    lock = tmp_path / "worker.lock"
    assert not is_locked(lock)
    assert not lock.exists()
    os.close(take_lock(lock))
    with lock.open() as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert not is_locked(lock)
        assert take_lock(lock) is None
    assert not is_locked(lock)


@pytest.mark.skipif(os.name == "nt", reason="descriptors are inherited otherwise there")
def test_a_released_lock_is_free_although_a_starting_child_still_has_its_descriptor(tmp_path: Path, monkeypatch) -> None:
    genuine, copies = os.open, []

    def opened(*arguments: object) -> int:
        descriptor = genuine(*arguments)
        copies.append(os.dup(descriptor))  # as a fork makes one, which exec closes later
        return descriptor

    lock = tmp_path / "worker.lock"
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", opened)
        with hold_lock(lock, 1.0, RunError("held")):
            pass
        assert not is_locked(lock)
        release_lock(take_lock(lock))
    assert not is_locked(lock)
    for copy in copies:
        os.close(copy)
    assert len(copies) == 3


@pytest.mark.skipif(os.name == "nt", reason="descriptors are inherited otherwise there")
@pytest.mark.parametrize("inheritable", [False, True])
def test_a_child_process_does_not_inherit_the_lock(tmp_path: Path, inheritable: bool) -> None:
    """The inheritable case shows the trap that the other one avoids."""
    lock = tmp_path / "worker.lock"
    descriptor = take_lock(lock)
    if inheritable:
        os.set_inheritable(descriptor, True)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as child:
        os.close(descriptor)
        assert is_locked(lock) is inheritable
        child.stdin.close()
    assert not is_locked(lock)


def test_metrics_and_card_are_read_from_the_folder_only(tmp_path: Path) -> None:
    run = create(CONFIG, tmp_path)
    for step in (1, 2):
        append_line(run.metrics_file, {"step": step})
    with run.metrics_file.open("ab") as file:
        file.write(b'{"step": 3}\n{"st')
    write_json(run.card_file, {"elbo": -146.0})
    assert run.metrics() == [{"step": 1}, {"step": 2}]
    assert run.card() == {"elbo": -146.0}
    (run.path / "card.json").write_bytes(b'{"elbo"')
    with pytest.raises(RunDamaged, match=r"card\.json"):
        run.card()
    shutil.move(run.path / "metrics.jsonl", tmp_path / "elsewhere")
    (run.path / "metrics.jsonl").symlink_to(tmp_path / "elsewhere")
    assert run.metrics() == []


def test_a_run_of_the_first_format_is_believed_and_what_is_written_now_is_checked(tmp_path: Path) -> None:
    """Runs made before there were checksums: their files carry none, and those written since do."""
    run = finished_run(tmp_path)
    old = CONFIG.to_json() | {"format": 1}
    (run.path / "config.json").write_text(json.dumps(old))
    _unsigned("status.json")(run.path)
    run.card_file.write_text('{"elbo": -146.0}')
    (run.path / "about.json").write_text('{"title": "Old one"}')
    run.metrics_file.write_bytes(b'{"step": 1}\n{"st')
    append_line(run.metrics_file, {"step": 2})
    picture = webp(np.full((8, 8), 7, np.uint8), lossless=True)
    run.cover.write_bytes(b"RIFF" + (len(picture) - 48).to_bytes(4, "little") + picture[8:-40])
    assert (run.signed, run.config, run.status.state, run.card(), run.title) == (False, CONFIG, "finished", {"elbo": -146.0}, "Old one")
    assert run.metrics() == [{"step": 1}, {"step": 2}]
    assert (read(run.picture(run.cover)) == 7).all()
    run.write_status(FINISHED)
    _edited("status.json", b'"epoch": 20', b'"epoch": 28')(run.path)
    assert "does not match its checksum" in run.status.message
    _edited("metrics.jsonl", b'"step": 2', b'"step": 6')(run.path)
    assert run.metrics() == [{"step": 1}]


@pytest.mark.parametrize("name", ["metrics.jsonl", "weights.safetensors", "codes.npz", "cover.webp", "network.bin"])
def test_a_file_of_a_terabyte_is_refused_unread(tmp_path: Path, name: str) -> None:
    from vae_core.latent import codes
    from vae_core.models import weights

    run = finished_run(tmp_path)
    read = {
        "metrics.jsonl": run.metrics,
        "weights.safetensors": lambda: weights.load_model(run),
        "codes.npz": lambda: codes.load(run.codes),
        "cover.webp": lambda: run.picture(run.cover),
        "network.bin": lambda: read_whole(run.network),
    }
    with (run.path / name).open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(RunDamaged, match=f"{name} has 1,099,511,627,776 bytes"):
        read[name]()
    if hasattr(os, "mkfifo") and name != "metrics.jsonl":  # that one is empty then
        (run.path / name).unlink()
        os.mkfifo(run.path / name)
        with pytest.raises(RunDamaged, match="is no plain file"):
            read[name]()


def test_a_title_is_kept_and_the_id_stays(tmp_path: Path) -> None:
    run = create(CONFIG, tmp_path)
    rename(run, "  Ünser 1. Modell 😀 ")
    assert (run.title, run.id) == ("Ünser 1. Modell 😀", "mnist-2d-quick-001")
    for bad in ("", "   ", "x" * 61, "two\nlines", "a\tb", "bidi \u202e", "\0"):
        with pytest.raises(RunError, match="expected 1 to 60 printable"):
            rename(run, bad)
    assert run.title == "Ünser 1. Modell 😀"


@pytest.mark.parametrize("about", [b"", b"[]", b'{"title": 5}', b'{"title": ""}', b'{"title": "a\\nb"}', b'{"name": "x"}'])
def test_a_spoilt_title_falls_back_to_the_id(tmp_path: Path, about: bytes) -> None:
    run = finished_run(tmp_path)
    (run.path / "about.json").write_bytes(about)
    assert run.title == run.id
    assert run.status.state == "finished"


def test_a_deleted_run_can_be_brought_back(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    trashed = delete(run)
    assert trashed.parent == tmp_path / ".trash"
    assert list_runs(tmp_path) == []
    with pytest.raises(RunNotFound):
        find(run.id, tmp_path)
    assert restore(trashed) == run
    assert (run.status.state, run.weights.read_bytes()) == ("finished", b"weights")


def test_restoring_harms_no_run_and_reaches_nothing_else(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    trashed = delete(run)
    shutil.copytree(trashed, run.path)
    with pytest.raises(RunError, match="another run"):
        restore(trashed)
    for place in (run.path, tmp_path / ".trash" / "gone-20250101-000000-000000", tmp_path):
        with pytest.raises(RunError, match="not in the trash"):
            restore(place)
    assert trashed.exists()


def test_a_shipped_run_and_one_at_work_are_not_deleted(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    shutil.copytree(run.path, tmp_path / "mnist-2d")
    with pytest.raises(RunError, match="came with the program"):
        delete(find("mnist-2d", tmp_path))
    for spoil in (lambda: None, lambda: run.write_status(Status("running")), lambda: (run.path / "status.json").unlink()):
        held = take_lock(run.lock)
        spoil()
        with pytest.raises(RunError, match="still at work"):
            delete(run)
        os.close(held)
    assert len(list_runs(tmp_path)) == 2
    with pytest.raises(RunError, match="still at work"):
        delete(create(CONFIG, tmp_path))


class Pipe(io.RawIOBase):
    """A target that can only be written to."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)


def test_an_archive_holds_the_run_and_nothing_else(tmp_path: Path) -> None:
    run, target = finished_run(tmp_path / "root"), Pipe()
    run.previews.mkdir()
    (run.previews / "001.png").write_bytes(b"picture")
    os.utime(run.previews / "001.png", (0, 0))  # older than any zip can say
    for path in (run.lock, run.stop_file, run.resume, run.path / ".status.json.x.tmp"):
        path.write_bytes(b"not for others")
    (tmp_path / "secret").write_bytes(b"secret")
    (run.path / "codes.npz").symlink_to(tmp_path / "secret")
    (run.path / "projections").symlink_to(tmp_path, target_is_directory=True)
    archive(run, target)
    with zipfile.ZipFile(io.BytesIO(target.data)) as file:
        assert file.testzip() is None
        expected = ["config.json", "status.json", "weights.safetensors", "previews/001.png"]
        assert sorted(file.namelist()) == sorted(f"{run.id}/{name}" for name in expected)
        file.extractall(tmp_path / "copy")
    copy = find(run.id, tmp_path / "copy")
    assert (copy.config, copy.status) == (run.config, run.status)
    assert (copy.previews / "001.png").read_bytes() == b"picture"


def test_a_link_is_neither_archived_nor_renamed(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "elsewhere")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(run.path, target_is_directory=True)
    link = find("link", tmp_path / "root")
    for action in (lambda: archive(link, io.BytesIO()), lambda: rename(link, "mine"), link.metrics, link.card, lambda: link.config):
        with pytest.raises(RunDamaged, match="is a link"):
            action()
    assert not (run.path / "about.json").exists()

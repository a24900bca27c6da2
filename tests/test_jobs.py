"""Trainings as processes: killed, raced, orphaned, queued and stopped for real, with a worker that trains nothing."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vae_core import runs
from vae_core.errors import RunError
from vae_core.files.atomic import draft
from vae_core.files.records import read_lines
from vae_core.files.tensors import read_packed
from vae_core.presets import configure
from vae_core.runs.collection import create, delete, find, list_runs
from vae_core.runs.run import Run
from vae_core.runs.status import PLACES, Status
from vae_core.training import jobs
from vae_core.training.jobs import alive, begin, held, is_waiting, launch, queue_position, resume, runs_before, start, stop, stop_requested

CONFIG = configure("mnist-2d-quick")
TESTS = Path(__file__).parent

# A server in small: launches a run, says its id, and waits to be killed.
SERVER = """
import sys, pathlib
from vae_core.training import jobs
from vae_core.presets import configure
jobs.WORKER, jobs.SLOTS = "fake_worker", 8
run = jobs.launch(configure("mnist-2d-quick"), pathlib.Path(sys.argv[1]))
print(run.id, flush=True)
sys.stdin.read()
"""

# Another tab: waits for the starting shot, then resumes.
TAB = """
import sys, pathlib
from vae_core.training import jobs
from vae_core.errors import RunError
from vae_core.runs import Run
jobs.WORKER, jobs.SLOTS = "fake_worker", 8
run = Run(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
try:
    jobs.resume(run)
    print("started")
except RunError:
    print("refused")
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for runs whose workers do not survive the test."""
    workers_are(monkeypatch, "fake_worker")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), str(TESTS.parent)]))
    pace(monkeypatch, steps=2000, seconds=0.005)
    before = set(threading.enumerate())
    yield tmp_path
    shutil.rmtree(tmp_path / PLACES, ignore_errors=True)  # whoever waits is not started any more
    for run in list_runs(tmp_path):
        kill(run)
    for thread in set(threading.enumerate()) - before:
        thread.join(5)


def workers_are(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """What is started for a run, here and by the workers themselves."""
    monkeypatch.setattr(jobs, "WORKER", module)
    monkeypatch.setenv("FAKE_WORKER", module)


def pace(monkeypatch: pytest.MonkeyPatch, *, steps: int, seconds: float, slots: int = 8) -> None:
    monkeypatch.setattr(jobs, "SLOTS", slots)
    for name, value in (("STEPS", steps), ("SECONDS", seconds), ("SLOTS", slots)):
        monkeypatch.setenv(f"FAKE_{name}", str(value))


def kill(run: Run) -> None:
    """End the worker that took the lock last, if it still holds it."""
    if alive(run):
        os.kill(lives(run, "pid")[-1], signal.SIGKILL)


def until(condition: Callable[[], object], seconds: float = 10.0) -> float:
    """Seconds until the condition held."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, "it did not come about in time"
        time.sleep(0.01)
    return time.monotonic() - begin


def state(run: Run) -> str:
    return run.status.state


def lives(run: Run, event: str) -> list:
    """What the run's workers said: `pid` as soon as they held the lock, `begin` and `end` (times) of their work."""
    return [life[event] for life in read_lines(run.path / "lives.jsonl") if event in life]


def test_a_training_runs_to_its_end_in_another_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace(monkeypatch, steps=5, seconds=0.0)
    run = launch(CONFIG, root)
    until(lambda: state(run) == "finished")
    until(lambda: not alive(run))
    assert lives(run, "pid") != [os.getpid()]
    assert [record["step"] for record in run.metrics()] == [1, 2, 3, 4, 5]
    assert run.log.read_bytes() == b""
    with pytest.raises(RunError, match="is finished and cannot be resumed"):
        resume(run)
    with pytest.raises(RunError, match="start a new training"):
        start(run)
    with pytest.raises(RunError, match="only a run at work"):
        stop(run)


@pytest.mark.skipif(os.name == "nt", reason="there are no zombies and no sessions there")
def test_the_worker_leads_its_own_session_and_leaves_no_zombie(root: Path) -> None:
    run = launch(CONFIG, root)
    until(lambda: state(run) == "running")
    (pid,) = lives(run, "pid")
    assert os.getsid(pid) == pid != os.getsid(0)
    kill(run)
    until(lambda: not _exists(pid))


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_twenty_kills_at_random_moments_lose_and_damage_nothing(root: Path) -> None:
    chance, run, delays = random.Random(7), launch(CONFIG, root), []
    for life in range(1, 21):
        until(lambda life=life: len(lives(run, "pid")) == life)
        time.sleep(chance.uniform(0, 0.1))
        saved = _saved_step(run)
        kill(run)
        delays.append(until(lambda: state(run) == "interrupted", 3.0))
        steps = [record["step"] for record in run.metrics()]
        assert _saved_step(run) >= saved
        assert steps == sorted(steps)
        assert set(steps) >= set(range(1, _saved_step(run) + 1))
        resume(run)
    until(lambda: len(lives(run, "pid")) == 21 and state(run) == "running")
    stop(run)
    until(lambda: state(run) == "stopped")
    assert _saved_step(run) == run.status.step > 0
    assert max(delays) < 3.0


def _saved_step(run: Run) -> int:
    """The step in the resume state; raises if it is damaged."""
    return int(read_packed(run.resume)[0]["step"][0]) if run.resume.exists() else 0


def test_a_worker_that_cannot_even_begin_is_noticed_at_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workers_are(monkeypatch, "no_such_worker")
    run = launch(CONFIG, root)
    assert run.stored_status().state == "queued"
    until(lambda: state(run) == "interrupted", 3.0)
    assert "log.txt" in run.status.message
    assert b"no_such_worker" in run.log.read_bytes()
    workers_are(monkeypatch, "fake_worker")
    resume(run)
    until(lambda: state(run) == "running")


def test_a_worker_that_let_go_is_gone_however_fresh_the_launch(root: Path) -> None:
    run = create(CONFIG, root)
    time.sleep(0.02)  # file systems count time more coarsely than the status does
    with held(run):
        assert state(run) == "queued"
    assert state(run) == "interrupted"


def test_no_process_at_all_leaves_a_failed_run_with_the_reason(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(root / "nothing"))
    with pytest.raises(RunError, match="could not be started"):
        launch(CONFIG, root)
    (run,) = list_runs(root)
    assert state(run) == "failed"
    assert "no process could be started" in run.status.message


def test_five_tabs_that_resume_together_start_one_worker(root: Path) -> None:
    run = create(CONFIG, root)
    for _ in range(2):
        run.write_status(Status("stopped"))
        before = lives(run, "pid")
        tabs = [
            subprocess.Popen([sys.executable, "-c", TAB, run.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(5)
        ]
        assert all(tab.stdout.readline() == "ready\n" for tab in tabs)
        for tab in tabs:
            tab.stdin.write("go\n")
            tab.stdin.flush()
        answers = [tab.communicate()[0].strip() for tab in tabs]
        assert sorted(answers) == ["refused"] * 4 + ["started"]
        until(lambda: state(run) == "running")
        assert len(lives(run, "pid")) == len(before) + 1
        kill(run)
        until(lambda: not alive(run))


def test_threads_of_one_server_do_not_start_two_workers(root: Path) -> None:
    run, answers = create(CONFIG, root), []

    def press() -> None:
        try:
            start(run)
            answers.append("started")
        except RunError:
            answers.append("refused")

    threads = [threading.Thread(target=press) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["refused"] * 4 + ["started"]
    until(lambda: state(run) == "running")
    assert len(lives(run, "pid")) == 1


def test_a_second_worker_on_the_same_run_gives_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LOCK_PATIENCE_SECONDS", 0.1)
    run = launch(CONFIG, root)
    until(lambda: state(run) == "running")
    with pytest.raises(RunError, match="already at work in another process"), held(run):
        pytest.fail("two workers on one run")
    with pytest.raises(RunError, match="already at work"):
        start(run)
    with pytest.raises(RunError, match="running and cannot be resumed"):
        resume(run)


def test_a_question_about_the_lock_does_not_turn_a_worker_away(root: Path) -> None:
    run, busy = create(CONFIG, root), threading.Event()
    questions = [threading.Thread(target=lambda: [alive(run) for _ in iter(busy.is_set, True)]) for _ in range(3)]
    for thread in questions:
        thread.start()
    try:
        for _ in range(30):
            with held(run):
                assert alive(run)
    finally:
        busy.set()
        for thread in questions:
            thread.join()
    assert not alive(run)


@pytest.mark.skipif(os.name == "nt", reason="needs these signals")
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_training_outlives_the_server_that_launched_it(root: Path, blow: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        run = find(server.stdout.readline().strip(), root)
        until(lambda: state(run) == "running" and run.status.step > 0)
        server.send_signal(blow)
    step = run.status.step
    until(lambda: run.status.step > step + 2)
    assert state(run) == "running"
    stop(run)
    until(lambda: state(run) == "stopped")


def test_stopped_and_resumed_a_run_goes_on_where_it_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace(monkeypatch, steps=60, seconds=0.005)
    run = launch(CONFIG, root)
    until(lambda: run.status.step >= 5)
    stop(run)
    until(lambda: state(run) == "stopped")
    step = run.status.step
    assert step < 60
    until(lambda: not alive(run))
    resume(run)
    assert not stop_requested(run)
    until(lambda: state(run) == "finished")
    assert [record["step"] for record in run.metrics()] == list(range(1, 61))


def test_a_worker_sweeps_what_killed_ones_left(root: Path) -> None:
    run = create(CONFIG, root)
    run.previews.mkdir()
    for path in (run.path / "network.bin", run.path / "status.json", run.previews / "0001-sheet.webp"):
        script = "import os, pathlib, signal, sys; from vae_core.files import draft\nwith draft(pathlib.Path(sys.argv[1])): "
        subprocess.run([sys.executable, "-c", script + "os.kill(os.getpid(), signal.SIGKILL)", path], check=False)
    assert len(list(run.path.rglob(".*.tmp"))) == 3
    with draft(run.path / "about.json") as named, jobs.held(run):
        assert list(run.path.rglob(".*.tmp")) == [named]


def test_a_failed_run_is_resumed_only_from_a_saved_state(root: Path) -> None:
    run = create(CONFIG, root)
    run.write_status(Status("failed", message="the loss is not finite at step 3"))
    with pytest.raises(RunError, match="cannot be resumed: the loss is not finite at step 3"):
        resume(run)
    run.resume.write_bytes(runs.SHIPPED[0].encode())
    resume(run)
    until(lambda: b"RunDamaged" in run.log.read_bytes())  # the worker refuses what is no state of its own
    until(lambda: state(run) == "interrupted")


def test_a_damaged_run_is_not_resumed(root: Path) -> None:
    run = create(CONFIG, root)
    (run.path / "config.json").unlink()
    with pytest.raises(RunError, match=r"damaged and cannot be resumed: config\.json is missing"):
        resume(run)


def test_one_slot_serves_in_the_order_of_the_launches(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace(monkeypatch, steps=4, seconds=0.1, slots=1)
    waiting = [create(CONFIG, root) for _ in range(4)]
    order = [waiting[2], waiting[0], waiting[3], waiting[1]]
    for run in order:
        start(run)
    until(lambda: state(order[0]) == "running")
    assert [queue_position(run) for run in order] == [0, 0, 1, 2]
    assert [(state(run), is_waiting(run), alive(run), lives(run, "pid")) for run in order[1:]] == [("queued", True, False, [])] * 3
    until(lambda: all(state(run) == "finished" for run in order))
    begun = [lives(run, "begin")[0] for run in order]
    ended = [lives(run, "end")[0] for run in order]
    assert begun == sorted(begun)
    assert all(end < begin for end, begin in zip(ended, begun[1:], strict=False))


def test_a_killed_worker_gives_its_slot_back_and_a_stopped_run_its_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace(monkeypatch, steps=2000, seconds=0.01, slots=1)
    first = launch(CONFIG, root)
    until(lambda: state(first) == "running")
    second, third = launch(CONFIG, root), launch(CONFIG, root)
    assert queue_position(third) == 1
    stop(second)
    assert state(second) == "stopped"
    assert queue_position(third) == 0
    assert state(third) == "queued"
    kill(first)
    until(lambda: state(third) == "running", 3.0)


@pytest.mark.parametrize(
    ("epoch", "sentence"),
    [
        (0, "Stopped before it began"),
        (1, "Stopped while it waited to go on; it has 1 epoch"),
        (5, "Stopped while it waited to go on; it has 5 epochs"),
    ],
)
def test_a_run_that_is_stopped_in_the_queue_says_how_far_it_had_come(epoch: int, sentence: str) -> None:
    assert jobs.stopped_waiting(Status("queued", epoch=epoch)) == sentence


def test_a_waiting_run_is_deleted_once_it_is_stopped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace(monkeypatch, steps=2000, seconds=0.01, slots=1)
    first = launch(CONFIG, root)
    second, third = launch(CONFIG, root), launch(CONFIG, root)
    with pytest.raises(RunError, match="still at work; stop it before"):
        delete(second)
    stop(second)
    delete(second)
    shutil.rmtree(third.path)  # by hand
    fourth = launch(CONFIG, root)
    stop(first)
    until(lambda: state(fourth) == "running")
    assert list_runs(root) == [fourth, first]


def test_a_worker_that_comes_twice_trains_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace(monkeypatch, steps=3, seconds=0.0)
    run = launch(CONFIG, root)
    until(lambda: state(run) == "finished" and not alive(run))
    with held(run):
        assert not begin(run)
    assert state(run) == "finished"


def test_a_run_is_stopped_while_it_waits(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace(monkeypatch, steps=2000, seconds=0.01, slots=1)
    first = launch(CONFIG, root)
    until(lambda: state(first) == "running")
    second = launch(CONFIG, root)
    stop(second)  # as early as can be: the process may not even have begun
    until(lambda: state(second) == "stopped")
    assert lives(second, "begin") == []
    assert second.metrics() == []
    assert state(first) == "running"


def test_there_are_as_many_at_work_as_there_are_slots(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace(monkeypatch, steps=2000, seconds=0.01, slots=2)
    ones = [launch(CONFIG, root) for _ in range(4)]
    until(lambda: state(ones[0]) == state(ones[1]) == "running")
    assert [state(run) for run in ones[2:]] == ["queued"] * 2
    stop(ones[0])
    until(lambda: state(ones[2]) == "running")
    assert [state(run) for run in ones] == ["stopped", "running", "running", "queued"]


def test_a_run_that_does_not_wait_has_nobody_before_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SLOTS", 0)
    for stored in ("finished", "stopped", "failed"):
        run = create(CONFIG, root)
        run.write_status(Status(stored))
        assert queue_position(run) == 0
    waiting = launch(CONFIG, root)
    (root / "foreign").mkdir()
    assert queue_position(waiting) == 0
    last = launch(CONFIG, root)
    assert queue_position(last) == 1
    assert (runs_before(waiting), runs_before(last)) == ([], [waiting])


# ---- Clocks that were wrong ----------------------------------------------------------------------------------------------

AHEAD, BEHIND = 1_924_992_000.0, 1_000_000.0  # the year 2031, and 1970


def dated(folder: Path, moment: float) -> None:
    """Every file and folder as if it had been written at that moment."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (moment, moment))


@pytest.mark.parametrize("moment", [AHEAD, BEHIND])
def test_a_run_of_another_time_is_resumed_like_any_other(root: Path, monkeypatch: pytest.MonkeyPatch, moment: float) -> None:
    run = launch(CONFIG, root)
    until(lambda: state(run) == "running" and run.resume.exists())
    kill(run)
    until(lambda: state(run) == "interrupted" and not alive(run))
    dated(root, moment)
    workers_are(monkeypatch, "late_worker")
    resume(run)
    seen = {state(run)}
    until(lambda: seen.add(state(run)) or state(run) == "running")
    assert seen == {"queued", "running"}
    stop(run)
    until(lambda: state(run) == "stopped")


@pytest.mark.parametrize("moment", [AHEAD, BEHIND])
def test_a_training_is_started_in_a_folder_of_another_time(root: Path, moment: float) -> None:
    create(CONFIG, root).write_status(Status("stopped"))
    dated(root, moment)
    run = launch(CONFIG, root)
    assert state(run) == "queued"
    until(lambda: state(run) == "running")


def queued(root: Path, moment: float, patch: pytest.MonkeyPatch) -> Run:
    """A run that was put into the queue when the clock said so."""
    with patch.context() as clock:
        clock.setattr(time, "time", lambda: moment)
        clock.setattr(time, "time_ns", lambda: int(moment * 1e9))
        return launch(CONFIG, root)


def test_a_queue_keeps_its_order_over_a_clock_that_was_put_right(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two were queued in 2031, as the clock had it; then it was put right."""
    monkeypatch.setattr(jobs, "SLOTS", 0)
    first, second = queued(root, AHEAD, monkeypatch), queued(root, AHEAD + 5, monkeypatch)
    later = [launch(CONFIG, root) for _ in range(2)]
    dated(root, BEHIND)
    assert [queue_position(run) for run in (first, second, *later)] == [0, 1, 2, 3]
    assert {state(run) for run in (first, second, *later)} == {"queued"}


def test_launching_needs_neither_torch_nor_streamlit() -> None:
    code = "import sys, vae_core.training.jobs; sys.exit(bool({'torch', 'streamlit'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=TESTS.parent).returncode == 0

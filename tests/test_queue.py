"""Queues with real processes: many jobs at once, over killed servers, each once, in order, and no more at work than there are slots."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from vae_core.errors import RunDamaged, RunError
from vae_core.files.records import read_lines
from vae_core.latent import codes
from vae_core.latent.codes import Codes
from vae_core.processes.job import JobFolder
from vae_core.processes.priority import NICENESS
from vae_core.processes.queue import MAX_LAUNCHES, Queue, has_place
from vae_core.projections import jobs as projection_jobs
from vae_core.projections.computation import compute
from vae_core.projections.request import Request
from vae_core.projections.stored import save
from vae_core.runs.collection import list_runs
from vae_core.runs.run import Run
from vae_core.runs.status import PLACES

TESTS = Path(__file__).parent
STARTS, PROJECTIONS, SLOTS = 30, 20, 2

# A server in small, as all its pages: asks for what is not asked for yet, then follows it. Says how much memory it needs for that.
SERVER = """
import os, pathlib, resource, sys, time
import numpy as np
from vae_core.presets import configure
from vae_core.projections import Request, jobs as projection_jobs
from vae_core.runs import Run, list_runs
from vae_core.training import jobs
jobs.WORKER = projection_jobs.WORKER = "fake_turn"
jobs.SLOTS = projection_jobs.SLOTS = int(os.environ["FAKE_SLOTS"])
root, starts, projections = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
config, clouds = configure("mnist-2d-quick"), Run(root / "clouds")
drawn = [projection_jobs.Job(clouds, Request("tsne", seed=seed)) for seed in range(projections)]
memory = lambda: int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
idle = memory()
for number in range(max(starts, projections)):
    if number < starts:
        print("run", jobs.launch(config, root, title=f"Run {number}").id, flush=True)
    if number < projections:
        print("projection", projection_jobs.start(clouds, drawn[number].request).folder.name, flush=True)
print("asked", flush=True)
while True:
    jobs.advance(root)
    for job in drawn:
        if job.folder.exists():
            job.poll()
    print("memory", memory() - idle, flush=True)
    time.sleep(0.2)
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for runs, one of which has codes; nothing in it goes on after the test."""
    monkeypatch.setenv("FAKE_SLOTS", str(SLOTS))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), str(TESTS.parent)]))
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    clouds = Run(tmp_path / "clouds")
    clouds.path.mkdir()
    mean = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    codes.save(Codes(mean, np.zeros_like(mean), np.zeros(40, int), np.arange(40), np.zeros(40, np.float32), 40), clouds.codes)
    save(compute(mean, Request("pca", noise=True)), tmp_path / "some.projection")
    yield tmp_path
    shutil.rmtree(tmp_path / ".queue", ignore_errors=True)
    until(lambda: not workers(tmp_path))


def until(condition: Callable[[], object], seconds: float = 160.0) -> None:
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, "it did not come about in time"
        time.sleep(0.02)


def workers(root: Path) -> dict[int, str]:
    """The living worker processes of a folder, each with the kind of its job."""
    found = subprocess.run(["ps", "-ww", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True).stdout.splitlines()
    mine = [line.split() for line in found if f" -m fake_turn {root}/" in line]
    return {int(pid): kind_of(words[-1]) for pid, stat, *words in mine if not stat.startswith("Z")}


def kind_of(job: str) -> str:
    return "projections" if "/.projecting/" in job else "trainings"


def turns(root: Path, kind: str) -> list[dict]:
    """What workers noted of their turns, in the order of their beginnings."""
    return sorted((line for line in read_lines(root / "turns.jsonl") if line["kind"] == kind), key=lambda line: line["begin"])


class Server:
    """A process that asks for jobs and follows them, until it is killed."""

    def __init__(self, root: Path, starts: int, projections: int) -> None:
        command = [sys.executable, "-c", SERVER, str(root), str(starts), str(projections)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.asked: dict[str, list[str]] = {"run": [], "projection": []}
        self.grown = 0

    def read(self, lines: int) -> None:
        """Hear it say so much more."""
        for _ in range(lines):
            kind, _, what = self.process.stdout.readline().strip().partition(" ")
            if kind in self.asked:
                self.asked[kind].append(what)
            elif kind == "memory":
                self.grown = max(self.grown, int(what))

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *error: object) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.read(10_000)
        self.process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="ps, signals and /proc")
def test_thirty_trainings_and_twenty_projections_over_two_killed_servers(root: Path) -> None:
    processes = Counter()
    asked: dict[str, list[str]] = {"run": [], "projection": []}
    for lines in (13, 24, None):  # the first two servers are killed while they are asked
        left = STARTS - len(asked["run"])
        with Server(root, left, PROJECTIONS) as server:
            server.read(lines or left + PROJECTIONS)
            if not lines:
                until(lambda: watch(root, processes) or not waiting(root))
        for kind, names in asked.items():
            names += [name for name in server.asked[kind] if name not in names]
    until(lambda: not workers(root))
    trained, drawn = turns(root, "trainings"), turns(root, "projections")
    runs = {run.id: run.status.state for run in list_runs(root) if run.id != "clouds"}
    assert set(runs.values()) == {"finished"}
    assert STARTS <= len(runs) <= STARTS + 2  # a server may have been killed before it said what it had started
    for done, wanted in ((trained, sorted(runs)), (drawn, asked["projection"])):
        assert sorted(turn["job"] for turn in done) == sorted(wanted)
        assert all(abs(place - wanted.index(turn["job"])) < 2 * SLOTS for place, turn in enumerate(done))  # some side by side
        assert all(sum(other["begin"] <= turn["begin"] < other["end"] for other in done) <= SLOTS for turn in done)
    assert max(processes.values()) <= SLOTS
    assert server.grown <= 10e6


def waiting(root: Path) -> list[Path]:
    return [place for queue in (PLACES, projection_jobs.PLACES) for place in (root / queue).glob("0*")]


def watch(root: Path, most: Counter) -> None:
    """Note how many processes are at their work; one that has ended and started the next is about to go."""
    living = workers(root)
    ended = {turn["pid"] for turn in read_lines(root / "turns.jsonl")}
    most |= Counter(kind for pid, kind in living.items() if pid not in ended)
    time.sleep(0.2)


@pytest.fixture
def line(tmp_path: Path) -> Queue:
    """A queue with one slot, and with folders for three jobs."""
    for name in ("one", "two", "three"):
        (tmp_path / "jobs" / name).mkdir(parents=True)
    return Queue(tmp_path / "places", tmp_path / "jobs", "no_such_worker", 1, refuse=lambda job, error: (job.path / "refused").touch())


def added(line: Queue, *names: str) -> None:
    with line.held():
        for name in names:
            line.add(name)


def launched(line: Queue, name: str) -> None:
    """As it looks when who launched a job was killed in that moment."""
    place = line.find(name)
    os.truncate(place.path, place.launches + 1)


def stands(line: Queue, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whom the queue would launch now."""
    started: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(JobFolder, "launch", lambda job, module, on_end: started.append(job.path.name))
        line.advance()
    return started


def test_places_keep_their_order_and_one_comes_last_that_is_taken_again(line: Queue) -> None:
    added(line, "one", "two", "three", "one")
    assert [line.position(name) for name in ("two", "three", "one")] == [0, 1, 2]
    assert line.leave("three")
    assert not line.leave("three")
    assert [line.position(name) for name in ("two", "three", "one")] == [0, None, 1]


def test_before_a_waiting_job_are_those_at_work_and_those_that_came_earlier(line: Queue) -> None:
    added(line, "one", "two", "three")
    launched(line, "one")
    assert [line.before(name) for name in ("one", "two", "three", "nobody")] == [[], ["one"], ["one", "two"], []]
    JobFolder(line.home / "one").give_up()  # its process has died
    assert line.before("three") == ["two"]


def test_a_slot_is_free_again_when_a_process_has_ended_however(line: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    added(line, "one", "two", "three")
    assert stands(line, monkeypatch) == ["one"]
    assert stands(line, monkeypatch) == []  # it is starting
    with JobFolder(line.home / "one").held(0.0, RunError("taken")):
        assert stands(line, monkeypatch) == []
        assert not line.leave("one")
    assert stands(line, monkeypatch) == ["two"]
    shutil.rmtree(line.home / "two")
    assert stands(line, monkeypatch) == ["three"]


def test_a_launch_that_died_with_its_launcher_is_repeated_but_not_for_ever(line: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    added(line, "one", "two")
    launched(line, "one")
    assert stands(line, monkeypatch) == []
    for _ in range(MAX_LAUNCHES - 1):
        os.utime(line.find("one").path, (0, 0))
        assert has_place(line.places, JobFolder(line.home / "one"))
        assert stands(line, monkeypatch) == ["one"]
    os.utime(line.find("one").path, (0, 0))
    assert stands(line, monkeypatch) == ["two"]
    assert not has_place(line.places, JobFolder(line.home / "one"))


def test_a_process_that_dies_at_once_gives_its_slot_back_at_once(line: Queue) -> None:
    added(line, "one", "two", "three")
    line.advance()
    until(lambda: list(line.places.glob("0*")) == [])
    assert all(b"no_such_worker" in JobFolder(line.home / name).log.read_bytes() for name in ("one", "two", "three"))


def test_who_cannot_be_started_is_refused_and_the_next_one_is_tried(line: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(line.home / "nothing"))
    added(line, "one", "two")
    line.advance()
    assert sorted(path.parent.name for path in line.home.glob("*/refused")) == ["one", "two"]


def test_a_lock_that_nobody_may_open_holds_nobody_up(line: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path) -> bool:
        raise RunDamaged("worker.lock cannot be opened")

    added(line, "one", "two")
    launched(line, "one")
    JobFolder(line.home / "one").give_up()
    monkeypatch.setattr("vae_core.processes.job.is_locked", closed)
    assert stands(line, monkeypatch) == ["two"]


def test_a_worker_started_by_a_worker_is_as_low_as_that(tmp_path: Path) -> None:
    if not hasattr(os, "nice"):
        pytest.skip("no priorities")
    code = "import os; from vae_core.processes import lower_priority; lower_priority(); lower_priority(); print(os.nice(0))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=TESTS.parent, capture_output=True, text=True, check=True)
    assert int(answer.stdout) == max(NICENESS, os.nice(0))

"""Projections of a run: found in its cache, or computed by a process of their own that shows every stage."""

import os
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from vae_core.errors import ExplorerError, RunDamaged
from vae_core.files.atomic import sweep
from vae_core.files.metadata import age, modified
from vae_core.files.records import read_json, write_json
from vae_core.files.storage import CHECKPOINTS, DATA
from vae_core.files.tensors import read_packed
from vae_core.latent import codes, encoded_sets
from vae_core.latent.codes import Codes
from vae_core.processes import queue
from vae_core.processes.job import JobFolder
from vae_core.processes.queue import Queue, has_place
from vae_core.processes.subprocesses import spawn_detached
from vae_core.projections.computation import compute, with_noise
from vae_core.projections.methods import METHODS
from vae_core.projections.numba_cache import compiled_mark
from vae_core.projections.projection import Projection
from vae_core.projections.request import Request
from vae_core.projections.stored import load, save
from vae_core.runs import collection, derived
from vae_core.runs.run import Run

WORKER = "vae_core.projections.worker"
SLOTS = queue.SLOTS
PATIENCE_SECONDS = 90.0
"""A projection that waits for its turn and that nobody has asked for in this time is dropped; hidden pages ask once a minute."""
LAST_WORDS_SECONDS = 10.0
"""Until a process is gone that has said its last word."""
KEPT_SECONDS = 3600.0  # of a job that failed, was stopped without a picture, or died
JOBS, PLACES = ".projecting", Path(".queue", "projections")
ENCODING = "encoding"
MEASURING = "measuring noise"
STOPPED_BEFORE = "Stopped before it began."


@dataclass(frozen=True)
class State:
    """Where a job stands: waiting, running, finished, stopped, failed or interrupted, with a sentence for the last two.

    While it runs, the message names what comes before the drawing, `ENCODING` (then iterations count images), or after it, `MEASURING`:
    then the projection is there already.
    """

    state: str
    iteration: int = 0
    iterations: int = 0
    message: str = ""


@dataclass(frozen=True)
class Job:
    """One computation for all who ask for the same; may be made anew at any time, in any process, to look at it."""

    run: Run
    request: Request

    @cached_property
    def result_file(self) -> Path:
        """Where the finished projection is."""
        return derived.projections(self.run) / f"{self.request.key(self.run)[:32]}.projection"

    @cached_property
    def folder(self) -> Path:
        """What the process works in: request, state, lock, stages and log."""
        return self.run.path.parent / JOBS / f"{self.run.id}-{self.result_file.stem}"

    def state(self) -> State:
        """How it stands; one whose process died is interrupted."""
        stored = self._stored()
        try:
            if stored.state not in ("waiting", "running") or self._is_queued() or self._is_alive():
                return stored
        except RunDamaged as error:
            return replace(stored, state="failed", message=str(error))
        again = self._stored()
        if again != stored:
            return again
        warning = CHECKPOINTS.warning(self.run.path.parent)
        why = f" Now {warning}." if warning else ""
        return State("interrupted", stored.iteration, stored.iterations, f"The computation ended without a word; start it again.{why}")

    def frames(self, after: int = -1) -> list[tuple[int, np.ndarray]]:
        """The stages (iteration, points float32 (N, dims)) later than iteration `after` that there are so far, in order."""
        files = sorted(self.folder.glob("*.frame"))
        if not files and (found := read(self.result_file)) is not None:
            return [(iteration, points) for iteration, points in found.frames if iteration > after]
        stages = []
        for file in files:
            with suppress(RunDamaged):
                if int(file.stem) > after:
                    stages.append((int(file.stem), read_packed(file)[0]["points"]))
        return stages

    def stop(self) -> None:
        """Ask the process to stop and to keep its last stage, marked as stopped early. Nothing happens when none is at work or waits.

        Raises RunError when the disk refuses.
        """
        with CHECKPOINTS.writing("the projection cannot be stopped"), suppress(FileNotFoundError):
            (self.folder / "stop").touch()
            if _queue(self.run.path.parent).leave(self.folder.name):
                write_json(self.folder / "state.json", asdict(State("stopped", message=STOPPED_BEFORE)))

    def poll(self) -> State:
        """How it stands, for somebody who goes on asking: as long as somebody does, it keeps its place in the queue.

        One that was dropped since nobody did takes the last place. Raises what `start` raises.
        """
        state = self.state()
        if state.state == "waiting":
            _queue(self.run.path.parent).touch(self.folder.name)
            advance(self.run.path.parent)
            return self.state()
        if state.state == "interrupted" and not self.folder.exists():
            return start(self.run, self.request).state()
        return state

    def position(self) -> int | None:
        """How many projections wait before this one; None for one that does not wait."""
        return _queue(self.run.path.parent).position(self.folder.name)

    def _stored(self) -> State:
        """What was said last, or what the result says."""
        try:
            return State(**read_json(self.folder / "state.json"))
        except (RunDamaged, TypeError):
            found = read(self.result_file)
        if found is None:
            return State("interrupted", message="Nobody is at work on this projection; start it.")
        iteration = int(str(found.facts["iterations"]))
        return State("stopped" if found.facts["stopped_early"] else "finished", iteration, iteration)

    def _is_alive(self) -> bool:
        return JobFolder(self.folder).is_alive()

    def _is_queued(self) -> bool:
        """Whether it has a place in the queue, and a process will come or come back."""
        return has_place(self.run.path.parent / PLACES, JobFolder(self.folder))


def codes_of(run: Run, request: Request) -> Codes | None:
    """The codes that a request draws from, mapped from the disk where they are those of a data set; None if it is not encoded yet.

    Raises RunDamaged when the run has no usable codes, and DataError for a data set that is unknown, absent or of another shape.
    """
    return encoded_sets.find(run, request.data) if request.data else codes.load(run.codes)


def find(run: Run, request: Request) -> Projection | None:
    """The projection if it is there already. A flat view of codes is computed on the spot; a damaged file counts as absent.

    Raises RunDamaged when the run has no usable codes, ConfigError or DataError when they cannot be drawn so.
    """
    job = Job(run, request)
    found = read(job.result_file)
    if METHODS[request.method].is_long or (found is not None and not found.lacks_noise):
        return found
    kept = codes_of(run, request)
    if kept is None:
        return None
    found = with_noise(compute(kept.mean, request, labels=kept.labels), kept.mean)
    with suppress(OSError):  # a picture that cannot be kept can still be shown
        keep(found, job.result_file)
    return found


def start(run: Run, request: Request) -> Job:
    """Put it into the queue unless it is there, under way or finished; of any number of simultaneous calls, in any processes, one does.

    What was stopped early or died is begun anew; for a projection that lacks nothing but its noise, only that is measured.
    Raises RunError when no process can be started or the disk refuses.
    """
    job = Job(run, request)
    if not METHODS[request.method].is_long and find(run, request) is not None:
        return job
    line = _queue(run.path.parent)
    with CHECKPOINTS.writing("the projection cannot be started"), line.held():
        if _is_needed(job):
            _enter(job, line)
            line.start_next()
    return job


def discard(run: Run, request: Request) -> None:
    """Forget a result, so that it is computed again for whoever asks. Raises RunError when the disk refuses."""
    with CHECKPOINTS.writing("the projection cannot be computed again"):
        Job(run, request).result_file.unlink(missing_ok=True)


def advance(root: Path | None = None) -> None:
    """Start whichever projection's turn it is among those of the runs in `root`; where the disk refuses, nothing happens."""
    with suppress(OSError, ExplorerError):
        _queue(collection.root() if root is None else root).advance()


def _enter(job: Job, line: Queue) -> None:
    """Make the folder of the job and give it a place; the queue is held. An OSError leaves nothing of it."""
    _sweep(job.folder.parent, line)
    shutil.rmtree(job.folder, ignore_errors=True)
    try:
        job.folder.mkdir(parents=True)
        write_json(job.folder / "state.json", asdict(State("waiting")))
        write_json(job.folder / "request.json", {"run": str(job.run.path.resolve()), "request": job.request.to_json()})
        line.add(job.folder.name)
    except OSError:
        shutil.rmtree(job.folder, ignore_errors=True)
        raise


def _queue(root: Path) -> Queue:
    return Queue(root / PLACES, root / JOBS, WORKER, SLOTS, refuse=_refuse, abandon=_abandon, patience=PATIENCE_SECONDS)


def _refuse(job: JobFolder, error: OSError) -> None:
    """Say in a job's state that no process could be started."""
    message = f"no process could be started ({error.strerror}); try again when the machine is less busy"
    with suppress(OSError):
        write_json(job.path / "state.json", asdict(State("failed", message=message)))


def _abandon(job: JobFolder) -> None:
    shutil.rmtree(job.path, ignore_errors=True)


def keep(projection: Projection, path: Path) -> None:
    """Write a projection into the cache."""
    path.parent.mkdir(exist_ok=True)
    sweep(path.parent)
    save(projection, path)


def read(path: Path) -> Projection | None:
    """A projection of the cache, or None when it is absent or not exactly as it was written."""
    with suppress(RunDamaged):
        return load(path)
    return None


def warm_up() -> None:
    """Compile in the background what UMAP and PaCMAP need, once a machine; it costs a core half a minute at low priority.

    Nothing happens where NUMBA_CACHE_DIR names another place: whoever keeps compiled code there knows when to make it.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    with suppress(OSError, ExplorerError):
        cache = DATA.path / ".numba"
        cache.mkdir(parents=True, exist_ok=True)
        if not compiled_mark(cache).exists():
            spawn_detached(WORKER, "warm", cache / "log.txt")


def _is_needed(job: Job) -> bool:
    """Whether a process is to be started: nobody is at work, and there is no whole result or its noise is not measured."""
    if job._is_queued() and job._stored().state == "waiting":
        return False
    deadline = time.monotonic() + LAST_WORDS_SECONDS
    while job._is_alive():
        if job._stored().state in ("waiting", "running") or time.monotonic() > deadline:
            return False
        time.sleep(0.01)  # it has said its last word and is about to go
    found = read(job.result_file)
    return found is None or found.lacks_noise or bool(found.facts["stopped_early"])


def _sweep(home: Path, line: Queue) -> None:
    """Remove the folders of jobs that ended long ago without a result, and those that a worker was killed at removing."""
    for old in home.iterdir() if home.exists() else ():
        if old.name.startswith("."):
            shutil.rmtree(old, ignore_errors=True)
            continue
        with suppress(RunDamaged):
            if old.is_dir() and age(modified(old)) > KEPT_SECONDS and not line.find(old.name) and not JobFolder(old).is_alive():
                shutil.rmtree(old, ignore_errors=True)

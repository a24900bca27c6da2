"""Projections of a run: found in its cache, or computed by a process of their own that shows every stage."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from vae_core.errors import ExplorerError, RunDamaged, RunError
from vae_core.files.homes import CHECKPOINTS, DATA, PROGRAM
from vae_core.files.locks import LAUNCHED, TAKEN, is_locked, is_marked, mark, take_lock
from vae_core.files.packed import read_packed
from vae_core.files.records import read_json, write_json
from vae_core.files.stat import age
from vae_core.files.whole import sweep
from vae_core.latent import codes, encoded_sets
from vae_core.latent.codes import Codes
from vae_core.projections.computation import compute, with_noise
from vae_core.projections.methods import METHODS
from vae_core.projections.numba_cache import compiled_mark
from vae_core.projections.projection import Projection
from vae_core.projections.request import Request
from vae_core.projections.stored import load, save
from vae_core.runs import derived
from vae_core.runs.run import Run

STARTING_SECONDS = 10.0
LOCK_PATIENCE_SECONDS = 10.0
KEPT_SECONDS = 3600.0  # of a job that failed, was stopped without a picture, or died
WORKPLACE = ".projecting"
ENCODING = "encoding"
MEASURING = "measuring noise"


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
    def workplace(self) -> Path:
        """The folder of the process: request, state, lock, stages and log."""
        return self.run.path.parent / WORKPLACE / f"{self.run.id}-{self.result_file.stem}"

    def state(self) -> State:
        """How it stands, honestly: a process that died shows as interrupted."""
        stored = self._stored()
        try:
            if stored.state not in ("waiting", "running") or self._is_starting() or self._is_alive():
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
        files = sorted(self.workplace.glob("*.frame"))
        if not files and (found := read(self.result_file)) is not None:
            return [(iteration, points) for iteration, points in found.frames if iteration > after]
        stages = []
        for file in files:
            with suppress(RunDamaged):
                if int(file.stem) > after:
                    stages.append((int(file.stem), read_packed(file)[0]["points"]))
        return stages

    def stop(self) -> None:
        """Ask the process to stop and to keep its last stage, marked as stopped early. Nothing happens when none is at work.

        Raises RunError when the disk refuses.
        """
        with CHECKPOINTS.writing("the projection cannot be stopped"), suppress(FileNotFoundError):
            (self.workplace / "stop").touch()

    def _stored(self) -> State:
        """What was said last, or what the result says."""
        try:
            return State(**read_json(self.workplace / "state.json"))
        except (RunDamaged, TypeError):
            found = read(self.result_file)
        if found is None:
            return State("interrupted", message="Nobody is at work on this projection; start it.")
        iteration = found.facts["iterations"]
        return State("stopped" if found.facts["stopped_early"] else "finished", iteration, iteration)

    def _is_alive(self) -> bool:
        return is_locked(self.workplace / "worker.lock")

    def _is_starting(self) -> bool:
        """Whether a process was launched so recently that it may not hold its lock yet; a process marks the lock once it has it."""
        launched = _changed(self.workplace / "request.json")
        return age(launched) < STARTING_SECONDS and not is_marked(self.workplace / "worker.lock")


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
    """Start computing unless it is under way or finished; of any number of simultaneous calls, in any processes, one does.

    What was stopped early or died is begun anew; for a projection that lacks nothing but its noise, only that is measured.
    Raises RunError when no process can be started or the disk refuses.
    """
    job = Job(run, request)
    if not METHODS[request.method].is_long and find(run, request) is not None:
        return job
    with CHECKPOINTS.writing("the projection cannot be started"):
        _start(job)
    return job


def _start(job: Job) -> None:
    """What `start` does; an OSError leaves nothing of it."""
    home = job.workplace.parent
    home.mkdir(exist_ok=True)
    with _locked(home / "launch.lock"):
        if not _is_needed(job):
            return
        _sweep(home)
        shutil.rmtree(job.workplace, ignore_errors=True)
        try:
            job.workplace.mkdir()
            (job.workplace / "worker.lock").touch()
            mark(job.workplace / "worker.lock", LAUNCHED)
            write_json(job.workplace / "state.json", asdict(State("waiting")))
            write_json(job.workplace / "request.json", {"run": str(job.run.path.resolve()), "request": job.request.to_json()})
            spawn(str(job.workplace.resolve()), job.workplace)
        except OSError:
            shutil.rmtree(job.workplace, ignore_errors=True)
            raise


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
            spawn("warm", cache)


def _is_needed(job: Job) -> bool:
    """Whether a process is to be started: nobody is at work, and there is no whole result or its noise is not measured."""
    if job._is_starting() and job._stored().state == "waiting":
        return False
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while job._is_alive():
        if job._stored().state in ("waiting", "running") or time.monotonic() > deadline:
            return False
        time.sleep(0.01)  # it has said its last word and is about to go
    found = read(job.result_file)
    return found is None or found.lacks_noise or bool(found.facts["stopped_early"])


def _sweep(home: Path) -> None:
    """Remove the folders of jobs that ended long ago without a result."""
    for old in home.iterdir():
        with suppress(FileNotFoundError, RunDamaged):
            if old.is_dir() and age(old.stat().st_mtime) > KEPT_SECONDS and not is_locked(old / "worker.lock"):
                shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while (descriptor := take_lock(path)) is None:
        if time.monotonic() > deadline:
            raise RunError("another page keeps starting projections; try again in a moment")
        time.sleep(0.01)
    try:
        yield
    finally:
        os.close(descriptor)


def spawn(argument: str, place: Path) -> None:
    """Start the projection process in a session of its own, so that it outlives this process, with its log in `place`."""
    flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW if os.name == "nt" else 0
    with (place / "log.txt").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "vae_core.projections.worker", argument],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=PROGRAM,
            close_fds=True,
            start_new_session=True,
            creationflags=flags,
        )
    launched = _changed(place / "request.json")
    threading.Thread(target=_reap, args=(process, place, launched), name=f"wait for projection {process.pid}", daemon=True).start()


def _reap(process: subprocess.Popen, place: Path, launched: float) -> None:
    """Wait for the process, so that it leaves no zombie; a mark in its lock ends the time that this launch is given."""
    process.wait()
    with suppress(OSError):
        if _changed(place / "request.json") == launched:
            mark(place / "worker.lock", TAKEN)


def _changed(path: Path) -> float:
    """Seconds since 1970, or 0 for a file that is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0

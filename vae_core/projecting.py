"""Projections of a run: found in its cache, or computed by a process of their own that shows every stage.

`python -m vae_core.projecting FOLDER` is that process, `python -m vae_core.projecting warm` compiles what UMAP and PaCMAP need.
Knows neither what a method does nor any screen. A job's folder lives beside the runs only while it is at work or has failed.
"""

import atexit
import itertools
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from vae_core import codes, console, encoding, jobs
from vae_core.codes import Codes
from vae_core.errors import DataError, ExplorerError, RunDamaged, RunError
from vae_core.files import pack, read_json, read_packed, sweep, write_atomic, write_json
from vae_core.projection import METHODS, Projection, Request, Stop, compute, load, save, with_noise
from vae_core.runs import LAUNCHED, TAKEN, Run, age, is_locked, is_marked, mark, take_lock
from vae_core.storage import CHECKPOINTS, DATA, release, reserve

STARTING_SECONDS = 10.0
LOCK_PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.2
KEPT_SECONDS = 3600.0  # of a job that failed, was stopped without a picture, or died
USUAL_COUNT = 5000  # of codes that are drawn unless more are asked for
SHIPPED_METHODS = ("tsne", "umap", "pacmap")
WORKPLACE = ".projecting"
ENCODING = "encoding"
MEASURING = "measuring noise"
REFUSED = "the projection cannot be kept"

log = logging.getLogger(__name__)


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
        return folder(self.run) / f"{self.request.key(self.run)[:32]}.projection"

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
        if not files and (found := _read(self.result_file)) is not None:
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
            found = _read(self.result_file)
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


def folder(run: Run) -> Path:
    """The folder of the run's finished projections, a file each, named by everything that determines it."""
    return run.path / "projections"


def codes_of(run: Run, request: Request) -> Codes | None:
    """The codes that a request draws from, mapped from the disk where they are those of a data set; None if it is not encoded yet.

    Raises RunDamaged when the run has no usable codes, and DataError for a data set that is unknown, absent or of another shape.
    """
    return encoding.find(run, request.data) if request.data else codes.load(run.codes)


def find(run: Run, request: Request) -> Projection | None:
    """The projection if it is there already. A flat view of codes is computed on the spot; a damaged file counts as absent.

    Raises RunDamaged when the run has no usable codes, ConfigError or DataError when they cannot be drawn so.
    """
    job = Job(run, request)
    found = _read(job.result_file)
    if METHODS[request.method].is_long or (found is not None and not found.lacks_noise):
        return found
    kept = codes_of(run, request)
    if kept is None:
        return None
    found = with_noise(compute(kept.mean, request, labels=kept.labels), kept.mean)
    with suppress(OSError):  # a picture that cannot be kept can still be shown
        _keep(found, job.result_file)
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
            _spawn(str(job.workplace.resolve()), job.workplace)
        except OSError:
            shutil.rmtree(job.workplace, ignore_errors=True)
            raise


def tidy(run: Run) -> None:
    """Remove the projections of codes that are there no more."""
    for path in folder(run).glob("*.projection"):
        with suppress(OSError):
            if not _belongs(path, run):
                path.unlink()


def _belongs(path: Path, run: Run) -> bool:
    found = _read(path)
    try:
        return found is not None and Job(run, found.request).result_file == path
    except DataError:  # its data set is not on this machine
        return True


def project_all(run: Run, count: int = USUAL_COUNT) -> list[Path]:
    """Compute into the run what is usually asked for: its first `count` codes by every long method, without the stages.

    In three dimensions, too, unless the codes have no more than two. Returns the files.
    """
    set_numba_cache()
    kept, files = codes.load(run.codes), []
    for method, dims in itertools.product(SHIPPED_METHODS, (2, 3) if kept.mean.shape[1] > 2 else (2,)):
        request = Request(method, dims, count=min(count, len(kept.mean)))
        found = with_noise(compute(kept.mean, request, labels=kept.labels), kept.mean)
        files.append(Job(run, request).result_file)
        _keep(replace(found, frames=()), files[-1])
    return files


def set_numba_cache() -> None:
    """Keep compiled code in the data folder, or for this process alone: call it before numba is imported."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    cache = DATA.path / ".numba"
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
    if not os.access(cache, os.W_OK | os.X_OK):
        cache = Path(tempfile.mkdtemp(prefix="numba-"))
        atexit.register(shutil.rmtree, cache, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(cache)


def warm_up() -> None:
    """Compile in the background what UMAP and PaCMAP need, once a machine; it costs a core half a minute at low priority.

    Nothing happens where NUMBA_CACHE_DIR names another place: whoever keeps compiled code there knows when to make it.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    with suppress(OSError, ExplorerError):
        cache = DATA.path / ".numba"
        cache.mkdir(parents=True, exist_ok=True)
        if not _warm_mark(cache).exists():
            _spawn("warm", cache)


def main() -> int:
    """Work in the folder named on the command line, or compile; politely. Returns the exit status."""
    console.forgive()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    jobs.be_polite()
    set_numba_cache()
    if sys.argv[1] == "warm":
        with suppress(OSError):
            _warm()
        return 0
    workplace = Path(sys.argv[1])
    lock = take_lock(workplace / "worker.lock")
    if lock is None:
        return 0
    mark(workplace / "worker.lock", TAKEN)
    reserve(workplace)
    try:
        finished = _work(workplace)
    finally:
        os.close(lock)
    return 0 if finished else 1


def _work(workplace: Path) -> bool:
    """Compute what the folder asks for; the folder goes when all of it is in its place. Whether that came about."""
    try:
        asked = read_json(workplace / "request.json")
        job = Job(Run(Path(asked["run"])), Request.from_json(asked["request"]))
        with _slot(workplace.parent, workplace / "stop") as turn:
            if not turn:
                return _say(workplace, State("stopped", message="Stopped before it began."))
            _carry_out(job, workplace)
    except Stop:
        return _say(workplace, State("stopped", message="Stopped before it began."))
    except OSError as error:
        log.exception("the disk")
        return _say(workplace, State("failed", message=str(CHECKPOINTS.refusal(REFUSED, error))))
    except ExplorerError as error:
        return _say(workplace, State("failed", message=str(error)))
    except MemoryError:
        return _say(workplace, State("failed", message="there is not enough memory for so many codes; project fewer of them"))
    except Exception as error:
        log.exception("an error that this program does not know")
        return _say(
            workplace, State("failed", message=f"the computation met an unexpected {type(error).__name__}; try another method or seed")
        )
    _remove(workplace)
    return True


def _carry_out(job: Job, workplace: Path) -> None:
    """Encode, draw and keep what is not there yet; then measure the same on noise and keep the projection again."""

    def encode(done: int, total: int) -> None:
        _tell(workplace, State("running", done, total, ENCODING))

    def show(iteration: int, iterations: int, points: np.ndarray) -> None:
        write_atomic(workplace / f"{iteration:06d}.frame", pack({"points": np.asarray(points, np.float32)}, {}))
        _tell(workplace, State("running", iteration, iterations))

    def measure(iteration: int, iterations: int, points: np.ndarray) -> None:
        _tell(workplace, State("running", iteration, iterations, MEASURING))

    kept, found = codes_of(job.run, job.request), _read(job.result_file)
    if kept is None:
        kept = encoding.encode_set(job.run, job.request.data, encode)
    if found is None or found.facts["stopped_early"]:
        found = compute(kept.mean, job.request, labels=kept.labels, on_frame=show)
        _keep(found, job.result_file)
    complete = with_noise(found, kept.mean, measure)
    if complete is not found:
        _keep(complete, job.result_file)


def _tell(workplace: Path, state: State) -> None:
    """Write how far it is. Raises Stop when somebody asked for that."""
    write_json(workplace / "state.json", asdict(state))
    if (workplace / "stop").exists():
        raise Stop


def _keep(projection: Projection, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    sweep(path.parent)
    save(projection, path)


def _read(path: Path) -> Projection | None:
    """A projection of the cache, or None when it is absent or not exactly as it was written."""
    with suppress(RunDamaged):
        return load(path)
    return None


def _say(workplace: Path, state: State) -> bool:
    """Make room, then say how it ended."""
    release(workplace)
    for stage in workplace.glob("*.frame"):
        stage.unlink()
    with suppress(OSError):
        write_json(workplace / "state.json", asdict(state))
    return False


def _remove(workplace: Path) -> None:
    """Take the folder away at once, under another name first, so that nobody finds half of it or begins anew in it."""
    away = workplace.with_name(f".{workplace.name}.{os.getpid()}")
    try:
        workplace.rename(away)
    except OSError:  # Windows keeps a folder with an open file in its place
        away = workplace
    shutil.rmtree(away, ignore_errors=True)


def _is_needed(job: Job) -> bool:
    """Whether a process is to be started: nobody is at work, and there is no whole result or its noise is not measured."""
    if job._is_starting() and job._stored().state == "waiting":
        return False
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while job._is_alive():
        if job._stored().state in ("waiting", "running") or time.monotonic() > deadline:
            return False
        time.sleep(0.01)  # it has said its last word and is about to go
    found = _read(job.result_file)
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


@contextmanager
def _slot(home: Path, stop_file: Path) -> Iterator[bool]:
    """Wait for one of the places in which projections are computed, one for every four cores; False if told to stop instead."""
    places = [home / f"{place}.lock" for place in range(max(1, (os.cpu_count() or 1) // 4))]
    while not stop_file.exists():
        descriptor = next((taken for taken in map(take_lock, places) if taken is not None), None)
        if descriptor is not None:
            try:
                yield True
            finally:
                os.close(descriptor)
            return
        time.sleep(POLL_SECONDS)
    yield False


def _spawn(argument: str, place: Path) -> None:
    """Start this module in a session of its own, so that it outlives this process, with its log in `place`."""
    flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW if os.name == "nt" else 0
    with (place / "log.txt").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "vae_core.projecting", argument],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=jobs.PROGRAM,
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


def _warm() -> None:
    """Run both compiled methods on a few codes; leave a mark when their code is on the disk."""
    cache = Path(os.environ["NUMBA_CACHE_DIR"])
    cache.mkdir(parents=True, exist_ok=True)
    lock = take_lock(cache / "worker.lock")
    if lock is None:
        return
    few = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    for request in (Request("umap", parameters={"epochs": 2}), Request("pacmap")):
        compute(few, request)
    _warm_mark(cache).touch()
    os.close(lock)


def _warm_mark(cache: Path) -> Path:
    """Its presence says that these versions of the libraries have been compiled here."""
    import hashlib
    import importlib.metadata

    versions = [importlib.metadata.version(package) for package in ("numba", "umap-learn", "pacmap")]
    return cache / f"warm-{hashlib.sha256(repr(versions).encode()).hexdigest()[:12]}"


if __name__ == "__main__":
    sys.exit(main())

"""Trainings as processes of their own: launch, stop, resume, and whose turn it is. Knows nothing of what a worker computes.

A training is alive while its lock is held; process ids are not asked, so a restart of the server, a reboot or a copied
folder cannot mislead. A launched worker should call `held` before it imports anything slow.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from vae_core.config import RunConfig
from vae_core.errors import ExplorerError, RunError
from vae_core.files.locks import hold_lock
from vae_core.files.storage import CHECKPOINTS
from vae_core.processes import queue
from vae_core.processes.job import JobFolder
from vae_core.processes.queue import Queue
from vae_core.runs import collection, titles
from vae_core.runs.collection import create, list_runs, tidy
from vae_core.runs.run import Run
from vae_core.runs.source import source_of
from vae_core.runs.status import PLACES, Status

WORKER = "vae_core.training.worker"
SLOTS = queue.SLOTS
LOCK_PATIENCE_SECONDS = 2.0
_NO_PROCESS = "no process could be started"


def launch(config: RunConfig, root: Path | None = None, *, title: str = "") -> Run:
    """Make a run and start its training; without a title it is called by what differs from its recipe. A number makes a title unique.

    Raises RunError for a title that is none, for a run to start from that cannot be used, when no process can be started, and when the disk
    refuses: then no run is left.
    """
    source_of(config, root)
    taken = {run.title for run in list_runs(root)}
    run = create(config, root, title=titles.unique(title.strip() or titles.suggest(config), taken))
    try:
        start(run)
    except RunError:
        if run.stored_status().state == "queued":  # as it was made: nobody was asked to train it
            shutil.rmtree(run.path, ignore_errors=True)
        raise
    return run


def start(run: Run) -> None:
    """Give the run the last place in the queue; when its turn comes, a worker is started that outlives this process.

    Of any number of simultaneous calls, in any processes, one does so. Raises RunError when there is a place or a worker already, nothing
    is left to train, no process can be started, or the disk refuses.
    """
    line = _queue(run.path.parent)
    with CHECKPOINTS.writing("the training cannot be started"), line.held():
        _enter(run, line)
        line.start_next()
    status = run.stored_status()
    if status.state == "failed" and status.message.startswith(_NO_PROCESS):
        raise RunError(f"{run.id} could not be started: {status.message}; try again when the machine is less busy")


def stop(run: Run) -> None:
    """Take the run out of the queue, or ask its worker to stop and to keep what it has: `execution.train` sees the stop file.

    Raises RunError when the run is not at work, or the disk refuses.
    """
    state = run.status.state
    if state not in ("queued", "running"):
        raise RunError(f"{run.id} is {state}; only a run at work can be stopped")
    with CHECKPOINTS.writing("the training cannot be stopped"):
        run.stop_file.touch()
        if _queue(run.path.parent).leave(run.id):
            run.write_status(replace(run.stored_status(), state="stopped", message=stopped_waiting(run.stored_status())))


def resume(run: Run) -> None:
    """Go on with an interrupted or stopped training, or with a failed one that saved its state. Raises RunError otherwise."""
    status = run.status
    if status.state not in ("interrupted", "stopped") and not (status.state == "failed" and run.resume.is_file()):
        reason = f": {status.message}" if status.message else ""
        raise RunError(f"{run.id} is {status.state} and cannot be resumed{reason}")
    start(run)


def alive(run: Run) -> bool:
    """Whether a process works on this run, on this machine, now."""
    return JobFolder(run.path).is_alive()


def queue_position(run: Run) -> int:
    """How many launched runs wait before this one; 0 for the next and for one that does not wait."""
    return _queue(run.path.parent).position(run.id) or 0


def runs_before(run: Run) -> list[Run]:
    """The runs at work and those whose turn comes before a waiting one, in their order; none for one that does not wait."""
    home = run.path.parent
    return [Run(home / name) for name in _queue(home).before(run.id)]


def is_waiting(run: Run) -> bool:
    """Whether the run has a place in the queue, and no worker yet."""
    return _queue(run.path.parent).is_waiting(run.id)


def advance(root: Path | None = None) -> None:
    """Start whoever's turn it is among the runs in `root`; where the disk refuses, nothing happens.

    To be called by whoever ends a training or asks how one stands: nobody else watches over the queue.
    """
    with suppress(OSError, ExplorerError):
        _queue(collection.root() if root is None else root).advance()


def stopped_waiting(status: Status) -> str:
    """What is said of a training that was stopped while it was in the queue."""
    if not status.epoch:
        return "Stopped before it began"
    return f"Stopped while it waited to go on; it has {status.epoch} epoch{'s' if status.epoch != 1 else ''}"


def stop_requested(run: Run) -> bool:
    """Whether somebody asked this run to stop."""
    return JobFolder(run.path).stop_file.exists()


@contextmanager
def held(run: Run) -> Iterator[None]:
    """Hold the run's lock, a worker's sign of life, to the end of the block or of the process, however it ends.

    What workers before it left half written goes. Raises RunError when another process keeps the lock, or the disk refuses.
    """
    with ExitStack() as stack:
        with CHECKPOINTS.writing("the training cannot be taken up"):
            stack.enter_context(JobFolder(run.path).held(LOCK_PATIENCE_SECONDS, _at_work_elsewhere(run)))
        tidy(run)
        yield


def begin(run: Run) -> bool:
    """Mark a run as running whose turn has come and whose lock is held; False if it is to stop instead, or was trained meanwhile.

    Raises RunError when the disk refuses.
    """
    if stop_requested(run) or run.stored_status().state != "queued":
        return False
    with CHECKPOINTS.writing("the training cannot begin"):
        run.write_status(replace(run.stored_status(), state="running"))
    return True


def _enter(run: Run, line: Queue) -> None:
    """Give the run a place in the queue, which is held; an OSError leaves the run as it was."""
    if alive(run):
        raise RunError(f"{run.id} is already at work; stop it first")
    place = line.find(run.id)
    if place is not None and not place.is_over():
        raise RunError(f"{run.id} has just been started; give it a moment")
    status = run.stored_status()
    if status.state == "finished":
        raise RunError(f"{run.id} is finished; start a new training instead")
    new = [path for path in (run.lock, run.log) if not path.exists()]
    try:
        with hold_lock(run.lock, LOCK_PATIENCE_SECONDS, _at_work_elsewhere(run)):
            line.add(run.id)
            run.log.touch()
            run.write_status(replace(status, state="queued", message=""))
    except OSError:
        with suppress(OSError):
            line.remove(run.id)
            for path in new:
                path.unlink(missing_ok=True)
        raise


def _at_work_elsewhere(run: Run) -> RunError:
    return RunError(f"{run.id} is already at work in another process; stop it first")


def _queue(root: Path) -> Queue:
    return Queue(root / PLACES, root, WORKER, SLOTS, refuse=_refuse)


def _refuse(job: JobFolder, error: OSError) -> None:
    """Write into the run why its worker could not be started."""
    run = Run(job.path)
    with suppress(OSError, ExplorerError):
        run.write_status(replace(run.stored_status(), state="failed", message=f"{_NO_PROCESS} ({error.strerror})"))

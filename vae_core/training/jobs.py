"""Trainings as processes of their own: launch, stop, resume, and who may compute now. Knows nothing of what a worker computes.

A training is alive while its lock is held; process ids are not asked, so a restart of the server, a reboot or a copied
folder cannot mislead. A launched worker should call `held` before it imports anything slow.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from vae_core.config import RunConfig
from vae_core.errors import RunError
from vae_core.files.homes import CHECKPOINTS, PROGRAM, release, reserve
from vae_core.files.locks import LAUNCHED, TAKEN, is_locked, mark, take_lock
from vae_core.runs import titles
from vae_core.runs.collection import create, list_runs, tidy
from vae_core.runs.run import Run, is_starting
from vae_core.runs.status import Status

WORKER = "vae_core.training.worker"
LOCK_PATIENCE_SECONDS = 2.0
QUEUE_POLL_SECONDS = 0.2


def launch(config: RunConfig, root: Path | None = None, *, title: str = "") -> Run:
    """Make a run and start its training; without a title it is called by what differs from its recipe.

    Raises RunError for a title that is none, when no process can be started, and when the disk refuses: then no run is left.
    """
    taken = {run.title for run in list_runs(root)}
    run = create(config, root, title=title.strip() or titles.unique(titles.suggest(config), taken))
    try:
        start(run)
    except RunError:
        if run.stored_status().state == "queued":  # as it was made: nobody was asked to train it
            shutil.rmtree(run.path, ignore_errors=True)
        raise
    return run


def start(run: Run) -> None:
    """Start a worker that outlives this process. Raises RunError when there is one already, nothing is left to train, or the disk refuses.

    Of any number of simultaneous calls, in any processes, one starts a worker.
    """
    with CHECKPOINTS.writing("the training cannot be started"):
        _start(run)


def stop(run: Run) -> None:
    """Ask the worker to stop and to keep what it has. Raises RunError when the run is not at work, or the disk refuses."""
    state = run.status.state
    if state not in ("queued", "running"):
        raise RunError(f"{run.id} is {state}; only a run at work can be stopped")
    with CHECKPOINTS.writing("the training cannot be stopped"):
        run.stop_file.touch()


def resume(run: Run) -> None:
    """Go on with an interrupted or stopped training, or with a failed one that saved its state. Raises RunError otherwise."""
    status = run.status
    if status.state not in ("interrupted", "stopped") and not (status.state == "failed" and run.resume.is_file()):
        reason = f": {status.message}" if status.message else ""
        raise RunError(f"{run.id} is {status.state} and cannot be resumed{reason}")
    start(run)


def alive(run: Run) -> bool:
    """Whether a process works on this run, on this machine, now."""
    return is_locked(run.lock)


def queue_position(run: Run) -> int:
    """How many launched runs wait before this one; 0 for the next and for one that does not wait."""
    mine = run.status
    if mine.state != "queued":
        return 0
    others = ((other.status, other.id) for other in list_runs(run.path.parent) if other.id != run.id)
    return sum(status.state == "queued" and _place(status, name) < _place(mine, run.id) for status, name in others)


def _place(status: Status, name: str) -> tuple[bool, float, str]:
    """Runs in the order of these were queued one after the other. A time that lies ahead was taken before the clock was put right."""
    return status.updated <= time.time(), status.updated, name


def stop_requested(run: Run) -> bool:
    """Whether somebody asked this run to stop."""
    return run.stop_file.exists()


@contextmanager
def held(run: Run) -> Iterator[None]:
    """Hold the run's lock, a worker's sign of life, to the end of the block or of the process, however it ends.

    What workers before it left half written goes. Raises RunError when another process keeps the lock, or the disk refuses.
    """
    with ExitStack() as stack:
        with CHECKPOINTS.writing("the training cannot be taken up"):
            stack.enter_context(_locked(run))
            mark(run.lock, TAKEN)
        tidy(run)
        reserve(run.path)
        try:
            yield
        finally:
            release(run.path)


@contextmanager
def slot(run: Run, *, slots: int | None = None, should_stop: Callable[[], bool] | None = None) -> Iterator[bool]:
    """Wait for a turn to compute, first come first served, then mark the run as running; False if it is to stop instead.

    `slots` trainings run at once, by default one for every four cores. A place in the queue is the time at which the status
    became queued, so a waiting worker must not write its status. Raises RunError when the disk refuses.
    """
    places = slots or max(1, (os.cpu_count() or 1) // 4)
    with CHECKPOINTS.writing("the training cannot wait for its turn"):
        descriptor = _wait(run, places, should_stop or (lambda: stop_requested(run)))
    if descriptor is None:
        yield False
        return
    try:
        with CHECKPOINTS.writing("the training cannot begin"):
            run.write_status(replace(run.stored_status(), state="running"))
        yield True
    finally:
        os.close(descriptor)


def _start(run: Run) -> None:
    """What `start` does; an OSError leaves the run as it was."""
    if alive(run):
        raise RunError(f"{run.id} is already at work; stop it first")
    new = [path for path in (run.lock, run.log) if not path.exists()]
    try:
        with _locked(run):
            _queue(run)
    except OSError:
        with suppress(OSError):
            for path in new:
                path.unlink(missing_ok=True)
        raise
    _spawn(run)


def _queue(run: Run) -> None:
    """Put the run into the queue; its lock is held. The status, which alone needs room, comes before what it brings about."""
    status = run.stored_status()
    if is_starting(run, status) and run.log.exists():
        raise RunError(f"{run.id} has just been started; give it a moment")
    if status.state == "finished":
        raise RunError(f"{run.id} is finished; start a new training instead")
    run.log.touch()
    run.write_status(replace(status, state="queued", message=""))
    run.stop_file.unlink(missing_ok=True)
    mark(run.lock, LAUNCHED)


@contextmanager
def _locked(run: Run) -> Iterator[None]:
    """The run's lock, with patience, for a question about it can occupy it for an instant."""
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while (descriptor := take_lock(run.lock)) is None:
        if time.monotonic() > deadline:
            raise RunError(f"{run.id} is already at work in another process; stop it first")
        time.sleep(0.01)
    try:
        yield
    finally:
        os.close(descriptor)


def _wait(run: Run, places: int, should_stop: Callable[[], bool]) -> int | None:
    """The descriptor of a slot's lock, or None when told to stop. Places are looked at first, which is cheap, then the queue."""
    folder = run.path.parent / ".slots"
    folder.mkdir(exist_ok=True)
    locks = [folder / f"{place}.lock" for place in range(places)]
    while not should_stop():
        free = [lock for lock in locks if not is_locked(lock)]
        if free and queue_position(run) == 0:
            descriptor = take_lock(free[0])
            if descriptor is not None:
                return descriptor
        time.sleep(QUEUE_POLL_SECONDS)
    return None


def _spawn(run: Run) -> None:
    """Start the worker in a session of its own, so that it outlives this one; a thread waits for it and leaves no zombie."""
    command = [sys.executable, "-m", WORKER, str(run.path.resolve())]
    flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW if os.name == "nt" else 0
    try:
        with run.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=PROGRAM,
                close_fds=True,
                start_new_session=True,
                creationflags=flags,
            )
    except OSError as error:
        run.write_status(replace(run.stored_status(), state="failed", message=f"no process could be started ({error.strerror})"))
        raise RunError(f"{run.id} could not be started ({error.strerror}); try again when the machine is less busy") from error
    threading.Thread(target=_reap, args=(process, run), name=f"wait for {run.id}", daemon=True).start()


def _reap(process: subprocess.Popen, run: Run) -> None:
    """Wait for the worker; a mark in its lock ends the time that a launch is given, should it have died at once."""
    process.wait()
    with suppress(OSError):
        mark(run.lock, TAKEN)

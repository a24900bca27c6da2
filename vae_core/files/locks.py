"""Lock files: a process is alive for as long as it holds one. Knows no run."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vae_core.errors import ExplorerError, RunDamaged
from vae_core.files.metadata import is_plain

if os.name == "nt":
    import msvcrt
else:
    import fcntl

LAUNCHED, TAKEN = 1, 2  # bytes of a lock file since the last launch: nobody has held it yet; a worker has


def is_locked(path: Path) -> bool:
    """Whether a living process holds this lock file; asking disturbs nobody. Raises RunDamaged when it cannot be opened."""
    if not is_plain(path):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        reason = f"{path.name} cannot be opened ({error.strerror}), so nobody can tell whether a process is at work"
        raise RunDamaged(f"{reason}; let the owner of the folder allow it") from None
    try:
        _probe(descriptor)
    except (BlockingIOError, PermissionError):
        return True
    finally:
        release_lock(descriptor)
    return False


def take_lock(path: Path) -> int | None:
    """Hold this lock file until the returned descriptor is released or the process ends, however it ends; None if it is held.

    The descriptor is close-on-exec, so a child process does not hold the lock too.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def release_lock(descriptor: int) -> None:
    """Give a lock back at once: a child process that another thread is just starting still has the descriptor for an instant."""
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@contextmanager
def hold_lock(path: Path, seconds: float, refusal: ExplorerError) -> Iterator[None]:
    """Hold this lock file to the end of the block, with patience, for a question about it can occupy it for an instant.

    Raises `refusal` when it is held by others for so many seconds, and OSError.
    """
    deadline = time.monotonic() + seconds
    while (descriptor := take_lock(path)) is None:
        if time.monotonic() > deadline:
            raise refusal
        time.sleep(0.01)
    try:
        yield
    finally:
        release_lock(descriptor)


def mark(lock: Path, size: int) -> None:
    """Say in a lock file, by its size, that it is `LAUNCHED` or `TAKEN`: times would be wrong where a clock was. Needs no room."""
    os.truncate(lock, size)


def is_marked(lock: Path) -> bool:
    """Whether a process has held this lock since the last launch."""
    try:
        return os.lstat(lock).st_size >= TAKEN
    except OSError:
        return False


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        if os.fstat(descriptor).st_size == 0:
            os.write(descriptor, b"\n")
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _probe(descriptor: int) -> None:
    """Fail if the lock is held. Probes do not get in each other's way: they share the lock, or (Windows) read the locked byte."""
    if os.name == "nt":
        os.read(descriptor, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

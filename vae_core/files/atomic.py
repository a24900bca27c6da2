"""Files written whole or not at all, which survive a kill at any moment, and read within limits. Knows no format."""

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vae_core.errors import RunDamaged

if os.name != "nt":
    import fcntl

MAX_PACKED_BYTES = 1 << 32
DRAFT_SECONDS = 60.0


def write_atomic(path: Path, data: bytes) -> None:
    """Replace `path` with `data` or leave it as it was; the new file is read back before it takes the name.

    Raises OSError (disk full, no permission) with the old file intact and no temporary file left.
    """
    with draft(path) as temporary:
        with temporary.open("r+b") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if temporary.read_bytes() != data:
            raise OSError(f"{path} did not read back as written; the disk may be failing")


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """An empty file beside `path` to write to: it takes that name when the block ends, and goes when the block raises.

    It stays locked for as long as its writer lives, by which `sweep` knows the files of writers that were killed.
    """
    temporary, lock = _temporary_beside(path)
    try:
        yield temporary
        os.chmod(temporary, 0o644)
        _replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        if lock is not None:
            os.close(lock)
    _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what writers in this folder left when they were killed; what a living process writes stays, and what cannot be removed."""
    for path in folder.glob(".*.tmp"):
        with suppress(OSError):
            _remove_orphan(path)


def read_whole(path: Path, most: int = MAX_PACKED_BYTES) -> bytes:
    """The bytes of a file. Raises RunDamaged when it is missing, no plain file or larger than any of ours; then nothing is read."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise RunDamaged(f"{path.name} is no plain file; it was not written by this program")
        if found.st_size > most:
            raise RunDamaged(f"{path.name} has {found.st_size:,} bytes; expected at most {most:,}, so it was not written by this program")
        return path.read_bytes()
    except OSError as error:
        raise RunDamaged(f"{path.name} cannot be read ({error.strerror})") from None


def _temporary_beside(path: Path) -> tuple[Path, int | None]:
    """A new file of another name, and a descriptor that holds its lock (none on Windows, where open files cannot be removed)."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        if os.name == "nt":
            os.close(descriptor)
            return Path(name), None
        with suppress(OSError):  # a disk without locks; there nothing is swept either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.path.exists(name):
            return Path(name), descriptor
        os.close(descriptor)  # swept before it was locked


def _remove_orphan(path: Path) -> None:
    """Remove a draft that nobody writes. Raises OSError when somebody does."""
    if os.name == "nt":
        if time.time() - path.stat().st_mtime > DRAFT_SECONDS:
            path.unlink()
        return
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    finally:
        os.close(descriptor)


def _replace(temporary: Path, path: Path) -> None:
    """os.replace, patient on Windows, where a reader or a virus scanner may hold the old file for a moment."""
    for attempt in range(10):
        try:
            return os.replace(temporary, path)
        except PermissionError:
            if os.name != "nt" or attempt == 9:
                raise
            time.sleep(0.001 * 2**attempt)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

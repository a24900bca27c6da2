"""Machine code kept between processes beside Python's own compiled modules, and marks of what crashed. Knows no compiler."""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import cache_from_source
from pathlib import Path

from vae_core import files
from vae_core.acceleration.mode import mode
from vae_core.files.locks import is_locked, release_lock, take_lock

FOLDER = Path(cache_from_source(__file__)).parent
DIGEST_BYTES = 32
MAX_FILES = 200  # the oldest go first


class Crashed(RuntimeError):
    """Compiled code ended a process when it ran for the first time."""


def load(source: str) -> bytes | None:
    """What was compiled from this source; None where it never was, or its file is damaged."""
    try:
        stored = _path(source, "code").read_bytes()
    except OSError:
        return None
    digest, code = stored[:DIGEST_BYTES], stored[DIGEST_BYTES:]
    return code if digest == hashlib.sha256(code).digest() else None


def save(source: str, code: bytes) -> None:
    """Keep what was compiled, unless Python has been told to keep none of its own, or the folder may not be written to."""
    if sys.dont_write_bytecode:
        return
    with suppress(OSError):
        FOLDER.mkdir(parents=True, exist_ok=True)
        files.sweep(FOLDER)
        files.write_atomic(_path(source, "code"), hashlib.sha256(code).digest() + code)
        for path in sorted(FOLDER.glob("*.code"), key=lambda path: path.stat().st_mtime)[:-MAX_FILES]:
            path.unlink(missing_ok=True)


def refuse_crashed(source: str) -> None:
    """Raises Crashed if this source's code ended a process in its first call, on any day; in mode `check` it is tried again."""
    mark = _path(source, "trial")
    if mode() != "check" and not is_locked(mark) and mark.exists():
        raise Crashed(f"it ended a process when it was tried; delete {mark} to try it again")


@contextmanager
def trial(source: str) -> Iterator[None]:
    """Leave a mark while code is tried: one whose process has gone tells of a crash."""
    mark, lock = _path(source, "trial"), None
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            FOLDER.mkdir(parents=True, exist_ok=True)
            draft = mark.with_name(f".{mark.name}.{os.getpid()}.tmp")
            lock = take_lock(draft)
            draft.replace(mark)  # it appears with its lock held
    try:
        yield
    finally:
        if lock is not None:
            mark.unlink(missing_ok=True)
            release_lock(lock)


def _path(source: str, kind: str) -> Path:
    return FOLDER / f"{hashlib.sha256(source.encode()).hexdigest()[:32]}.{kind}"

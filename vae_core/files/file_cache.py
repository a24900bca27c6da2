"""A cache of what was made of files, valid as long as the files stay as they are. Knows no file's meaning."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

Made = TypeVar("Made")
Stamp = tuple[int, int, int, int]

MAKERS = 16
SETTLED_SECONDS = 0.1
"""A file that was just written can be written again without a sign of it: clocks of file systems tick some milliseconds apart."""


class FileCache(Generic[Made]):
    """Values made of files, at most `max_entries` of them, each made again when one of its files changes. Any thread may ask.

    All who ask get the same object, so nobody may change it. Of those who ask for it at once, one makes it and the others wait.
    """

    def __init__(self, max_entries: int) -> None:
        self._max_entries, self._lock, self._makers = max_entries, threading.Lock(), [threading.RLock() for _ in range(MAKERS)]
        self._kept: OrderedDict[tuple[str, ...], tuple[tuple[Stamp | None, ...], Made]] = OrderedDict()

    def get(self, make: Callable[[], Made], *files: str) -> Made:
        """The value of these files as they are now.

        Args:
            make: reads the files; it is called when there is no value yet, or one of the files has changed since.
            files: paths, of files that need not exist.

        Raises what `make` raises, and keeps nothing then.
        """
        stamps = tuple(map(stamp_of, files))
        if not all(stamp is None or _has_settled(stamp) for stamp in stamps):
            return make()
        kept = self._find(files, stamps)
        if kept is None:
            with self._makers[hash(files) % MAKERS]:
                kept = self._find(files, stamps)
                if kept is None:
                    kept = stamps, make()
                    self._keep(files, *kept)
        return kept[1]

    def _find(self, files: tuple[str, ...], stamps: tuple[Stamp | None, ...]) -> tuple[tuple[Stamp | None, ...], Made] | None:
        with self._lock:
            kept = self._kept.get(files)
            if kept is None or kept[0] != stamps:
                return None
            self._kept.move_to_end(files)
            return kept

    def _keep(self, files: tuple[str, ...], stamps: tuple[Stamp | None, ...], made: Made) -> None:
        with self._lock:
            self._kept[files] = stamps, made
            self._kept.move_to_end(files)
            while len(self._kept) > self._max_entries:
                self._kept.popitem(last=False)


def stamp_of(path: str | Path) -> Stamp | None:
    """What changes whenever a file does: when it was written and changed, in nanoseconds, its size and number. None without a file."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _has_settled(stamp: Stamp) -> bool:
    return time.time() - max(stamp[:2]) / 1e9 > SETTLED_SECONDS

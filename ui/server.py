"""Settings of the server's process: many connections, memory that is given back, a short log without session ids."""

import ctypes
import functools
import logging
import re
import time
from contextlib import suppress

MAX_FILES = 65_536
RECORDS_PER_MINUTE = 10
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3  # of malloc.h
LARGE = 128 << 10  # bytes
_LOGGERS = ("asyncio", "uvicorn", "websockets", "streamlit")
_SESSION_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


@functools.cache
def prepare() -> None:
    """Raise the limit of open files, keep memory together, filter what the server logs: once a process, however often it is called."""
    _raise_file_limit()
    _give_memory_back()
    rate_limit = RateLimit()
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in _LOGGERS:
            logging.getLogger(name).addFilter(rate_limit)


def _raise_file_limit() -> None:
    """Every connection is an open file, and many systems allow 256 or 1,024 unless a process asks for more."""
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _give_memory_back() -> None:
    """Allocate large blocks, such as a model on its way to a browser, directly from the system, so that it gets them back.

    Threads share two places for what is small; otherwise each script's thread may get another one, of which little ever comes back.
    """
    with suppress(OSError, AttributeError, TypeError):  # another system's library
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, 2)
        library.mallopt(_M_MMAP_THRESHOLD, LARGE)


class RateLimit(logging.Filter):
    """Logs ten records a minute from each place in the code and counts the others; hides session ids."""

    def __init__(self) -> None:
        """Start without a record of any place."""
        super().__init__()
        self._since: dict[tuple[str, int], tuple[float, int]] = {}
        """For each place: when its minute began, and how many records have come since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is logged; session ids in it are replaced."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        began, count = self._since.get(place, (now, 0))
        left_out = max(0, count - RECORDS_PER_MINUTE)
        if now - began >= 60:
            began, count = now, 0
        self._since[place] = (began, count + 1)
        if count >= RECORDS_PER_MINUTE:
            return False
        text = _SESSION_ID.sub("…", record.getMessage())
        record.msg, record.args = (f"{text} ({left_out:,} more like this were left out)" if left_out and not count else text), None
        return True

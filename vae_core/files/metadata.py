"""What the system tells of a file without opening it: plain or not, when it changed, how long ago that is."""

import os
import stat
import time
from pathlib import Path


def age(moment: float) -> float:
    """Seconds between a moment and now. One that lies ahead, for a clock was wrong, is as old as one that lies as far behind."""
    return abs(time.time() - moment)


def modified(path: str | Path) -> float:
    """Seconds since 1970, or 0 for a file that is not there."""
    try:
        return os.lstat(path).st_mtime
    except OSError:
        return 0.0


def is_plain(path: Path) -> bool:
    """Whether it is a regular file, and no link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False

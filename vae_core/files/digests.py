"""The sha256 of files, taken once for as long as they stay as they are."""

import hashlib
from functools import lru_cache
from pathlib import Path


def sha256(path: Path, start: int = 0) -> str:
    """The digest of a file in hexadecimal, from a byte on. Raises OSError when it cannot be read."""
    found = path.stat()
    return _taken(str(path), start, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=256)
def _taken(path: str, start: int, modified: int, size: int) -> str:
    with open(path, "rb") as opened:
        opened.seek(start)
        return hashlib.file_digest(opened, "sha256").hexdigest()

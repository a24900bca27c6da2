"""Machine code kept between processes, beside Python's own compiled modules. Knows no compiler."""

import hashlib
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from vae_core import files

FOLDER = Path(cache_from_source(__file__)).parent
DIGEST_BYTES = 32
MOST = 200  # files; the oldest go first


def load(source: str) -> bytes | None:
    """What was compiled from this source; None where it never was, or its file is damaged."""
    try:
        stored = _path(source).read_bytes()
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
        files.write_atomic(_path(source), hashlib.sha256(code).digest() + code)
        for path in sorted(FOLDER.glob("*.code"), key=lambda path: path.stat().st_mtime)[:-MOST]:
            path.unlink(missing_ok=True)


def _path(source: str) -> Path:
    return FOLDER / f"{hashlib.sha256(source.encode()).hexdigest()[:32]}.code"

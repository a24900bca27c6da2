"""JSON objects and lines of them, each with its checksum. Knows no run."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vae_core.errors import RunDamaged
from vae_core.files import checksums
from vae_core.files.atomic import read_whole, write_atomic

MAX_LINES_BYTES = 1 << 26


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write an object as indented JSON with a checksum, whole or not at all."""
    write_atomic(path, (json.dumps(checksums.sign_object(value), indent=2, allow_nan=False) + "\n").encode())


def read_json(path: Path, *, signed: bool = False) -> dict[str, Any]:
    """The JSON object in `path`, without its checksum. Raises RunDamaged naming the file when it is missing, altered or no object.

    A file without a checksum is refused if it is known to be `signed`, or says a format that has one.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunDamaged(f"{path.name} is missing") from None
    except (OSError, ValueError, RecursionError) as error:
        raise RunDamaged(f"{path.name} cannot be read ({error.__class__.__name__})") from None
    if not isinstance(value, dict):
        raise RunDamaged(f"{path.name} holds a {type(value).__name__} where an object is expected")
    return checksums.check_object(value, path.name, demanded=signed)


def append_line(path: Path, record: Mapping[str, object]) -> None:
    """Append one JSON record as a line with its checksum by a single os.write: a kill leaves at most one torn last line."""
    line = checksums.sign_line(record)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, (b"\n" if _is_torn(descriptor) else b"") + line)
    finally:
        os.close(descriptor)


def write_lines(path: Path, records: Iterable[Mapping[str, object]]) -> None:
    """Write records as `append_line` does, in the place of those that are there, whole or not at all."""
    write_atomic(path, b"".join(map(checksums.sign_line, records)))


def read_lines(path: Path, *, signed: bool = False) -> list[dict[str, Any]]:
    """The JSON objects in `path`, one a line, oldest first; torn, altered and foreign lines are skipped, a missing file is empty.

    So are lines without a checksum if all are known to be `signed`. Raises RunDamaged when the file cannot be read.
    """
    if not path.exists():
        return []
    records = (checksums.check_line(line, demanded=signed) for line in read_whole(path, MAX_LINES_BYTES).split(b"\n"))
    return [record for record in records if record is not None]


def _is_torn(descriptor: int) -> bool:
    """Whether the file's last line has no end, which would swallow the next one."""
    if os.fstat(descriptor).st_size == 0:
        return False
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1) != b"\n"

"""Files that survive a kill at any moment and notice every flipped bit. Knows nothing of runs, networks or screens."""

import hashlib
import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from vae_core import checksums
from vae_core.errors import RunDamaged

if os.name != "nt":
    import fcntl

MAX_HEADER_BYTES = 1 << 20
MAX_PICTURE_BYTES = 1 << 26
MAX_LINES_BYTES = 1 << 26
MAX_PACKED_BYTES = 1 << 32
DRAFT_SECONDS = 60.0
_BLANK_DIGEST = "0" * 64
_DIGEST = re.compile(rb'"sha256":"([0-9a-f]{64})"')


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


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write an object as indented JSON with a checksum, whole or not at all."""
    write_atomic(path, (json.dumps(checksums.sign_object(value), indent=2, allow_nan=False) + "\n").encode())


def read_json(path: Path, *, signed: bool = False) -> dict:
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


def read_lines(path: Path, *, signed: bool = False) -> list[dict]:
    """The JSON objects in `path`, one a line, oldest first; torn, altered and foreign lines are skipped, a missing file is empty.

    So are lines without a checksum if all are known to be `signed`. Raises RunDamaged when the file cannot be read.
    """
    if not path.exists():
        return []
    records = (checksums.check_line(line, demanded=signed) for line in read_whole(path, MAX_LINES_BYTES).split(b"\n"))
    return [record for record in records if record is not None]


def read_picture(path: Path, *, signed: bool = False) -> bytes:
    """A WebP file as `pictures.webp` made it. Raises RunDamaged when it is missing, truncated, altered or too large.

    Without a checksum it is refused only if it is known to be `signed`.
    """
    picture = read_whole(path, MAX_PICTURE_BYTES)
    checksums.check_webp(picture, path.name, demanded=signed)
    return picture


def pack(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """Arrays and text in one safetensors blob that carries the sha256 of itself (computed with the digest blanked).

    Equal input gives equal bytes; the digest stands first in the header.
    """
    blob = save({name: np.asarray(array, order="C") for name, array in arrays.items()})
    start = 8 + int.from_bytes(blob[:8], "little")
    texts = {"sha256": _BLANK_DIGEST, **{name: metadata[name] for name in sorted(metadata)}}
    header = json.dumps({"__metadata__": texts, **json.loads(blob[8:start])}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    blank = len(header).to_bytes(8, "little") + header + blob[start:]
    return blank.replace(_BLANK_DIGEST.encode(), hashlib.sha256(blank).hexdigest().encode(), 1)


def unpack(blob: bytes, name: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays and metadata of a `pack`ed blob. Raises RunDamaged, calling it `name`, unless every bit is as written."""
    header = _header(blob, name)
    digest = _DIGEST.search(header)
    if digest is None:
        raise RunDamaged(f"{name} carries no checksum; it was not written by this program")
    start, end = digest.start(1) + 8, digest.end(1) + 8
    blank = hashlib.sha256(blob[:start])
    blank.update(_BLANK_DIGEST.encode())
    blank.update(memoryview(blob)[end:])
    if blank.hexdigest() != digest[1].decode():
        raise RunDamaged(f"{name} does not match its checksum; the file was altered or damaged")
    try:
        return load(blob), json.loads(header)["__metadata__"]
    except (SafetensorError, ValueError, KeyError) as error:
        raise RunDamaged(f"{name} cannot be read ({error})") from None


def read_packed(path: Path, most: int = MAX_PACKED_BYTES) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """`unpack` of a file of at most so many bytes. Raises RunDamaged when it is missing or not exactly as it was written."""
    return unpack(read_whole(path, most), path.name)


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


def _header(blob: bytes, name: str) -> bytes:
    length = int.from_bytes(blob[:8], "little")
    if len(blob) < 8 or length > min(MAX_HEADER_BYTES, len(blob) - 8):
        raise RunDamaged(f"{name} is truncated or no safetensors file ({len(blob):,} bytes)")
    return blob[8 : 8 + length]


def _is_torn(descriptor: int) -> bool:
    """Whether the file's last line has no end, which would swallow the next one."""
    if os.fstat(descriptor).st_size == 0:
        return False
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1) != b"\n"


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

"""Checksums inside files that other programs still read: JSON, lines of JSON and WebP. Knows no disk.

An object or a picture without one is older than they are (or no work of this program), and passes unless one is `demanded`.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

from vae_core.errors import RunDamaged

SINCE_FORMAT = 2  # an object that says this `format`, or a later one, carries a checksum
_KEY = "checksum"
_MARK = b', "checksum": "'
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_REMEDY = "restore it from a copy or make it anew"
_CHUNK = b"VSUM" + (32).to_bytes(4, "little")  # a RIFF chunk of a name that no decoder knows, and 32 bytes of sha256
_SIGNATURE = len(_CHUNK) + 32


class Unsigned(RunDamaged):
    """A checksum is demanded of a file that has none."""


def sign_object(value: Mapping[str, object]) -> dict[str, object]:
    """A JSON object with its checksum as the last entry. Raises ValueError for what JSON cannot say, such as NaN."""
    return {**value, _KEY: _digest(value)}


def check_object(value: dict[str, Any], name: str, *, demanded: bool = False) -> dict[str, Any]:
    """A JSON object without its checksum. Raises RunDamaged, calling it `name`, when the two do not fit, Unsigned when none is there."""
    rest = {key: entry for key, entry in value.items() if key != _KEY}
    stated = value.get("format")
    if _KEY not in value and (demanded or (isinstance(stated, int) and stated >= SINCE_FORMAT)):
        raise Unsigned(f"{name} carries no checksum; {_REMEDY}")
    if _KEY in value and not _fits(rest, value[_KEY]):
        raise RunDamaged(_altered(name))
    return rest


def sign_line(record: Mapping[str, object]) -> bytes:
    """A record as a line that ends with its checksum. Raises ValueError for NaN and for a record with no entries."""
    text = json.dumps(record, allow_nan=False).encode()[:-1]
    if not record:
        raise ValueError("an empty record is no line")
    return text + _MARK + _sum(text) + b'"}\n'


def check_line(line: bytes, *, demanded: bool = False) -> dict[str, Any] | None:
    """The record in a line, or None when it is torn, altered, no object, or without the checksum that is demanded."""
    whole = line.strip(b"\r").removeprefix(_BYTE_ORDER_MARK)
    text, mark, rest = whole.rpartition(_MARK)
    if mark and rest != _sum(text) + b'"}':
        return None
    try:
        record = json.loads(text + b"}" if mark else whole)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and (mark or not demanded) else None


def sign_webp(picture: bytes) -> bytes:
    """A WebP file with a chunk behind its last one, which decoders ignore: the sha256 of all that stands before it.

    One that is signed is signed anew.
    """
    chunks = (picture[12:-_SIGNATURE] if _is_signed(picture) else picture[12:]) + _CHUNK
    text = b"RIFF" + (4 + len(chunks) + 32).to_bytes(4, "little") + b"WEBP" + chunks
    return text + hashlib.sha256(text).digest()


def check_webp(picture: bytes, name: str, *, demanded: bool = False) -> None:
    """Raises RunDamaged, calling the picture file `name`, unless it is whole and as it was written; Unsigned when that cannot be told."""
    if picture[:4] != b"RIFF" or picture[8:12] != b"WEBP" or int.from_bytes(picture[4:8], "little") != len(picture) - 8:
        raise RunDamaged(f"{name} is truncated or no WebP picture; {_REMEDY}")
    if demanded and not _is_signed(picture):
        raise Unsigned(f"{name} carries no checksum; {_REMEDY}")
    if _is_signed(picture) and hashlib.sha256(picture[:-32]).digest() != picture[-32:]:
        raise RunDamaged(_altered(name))


def _is_signed(picture: bytes) -> bool:
    return picture[-_SIGNATURE:-32] == _CHUNK


def _digest(value: Mapping[str, object]) -> str:
    """The sha256 of an object, whatever its order and its white space. Raises ValueError for what JSON cannot say."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def _fits(value: Mapping[str, object], digest: object) -> bool:
    try:
        return _digest(value) == digest
    except (ValueError, RecursionError):
        return False


def _sum(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)


def _altered(name: str) -> str:
    return f"{name} does not match its checksum, so it was altered or damaged; {_REMEDY}"

"""The format ZIP: its list of entries and their bytes, by their places in the file. Knows no limit on their number and no picture.

zipfile refuses a whole archive for one name that is no UTF-8 and one field too short, and an entry whose two names differ; none of it
harms a picture. So names stay bytes here, and an entry is read where the list says. As a source of pictures a ZIP is in `archives`, and
classes are found in `members`.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

STORED, DEFLATED = 0, 8
ENCRYPTED, UTF8 = 0x1, 0x800
_END, _END64, _LOCATOR64, _LISTED, _LOCAL = (b"PK" + kind for kind in (b"\5\6", b"\6\6", b"\6\7", b"\1\2", b"\3\4"))
_END_BYTES, _END64_BYTES, _LOCATOR_BYTES, _LISTED_BYTES, _LOCAL_BYTES = 22, 56, 20, 46, 30
_MAX_COMMENT = 0xFFFF
_IN_64 = 0xFFFFFFFF
_PART = 1 << 14  # of which deflate can make 16 MB


class BadZip(Exception):
    """These bytes are no ZIP, or not all of one."""


class Damaged(Exception):
    """One entry cannot be unpacked; the others are not affected."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list says of one entry."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    """Bytes in the file."""
    size: int
    """Bytes when unpacked, as it is claimed."""
    mode: int
    """Unix' type and rights; 0 where there are none."""
    start: int
    """Where its header begins; it may lie outside the file."""
    unicode_name: str
    """From the field 0x7075, if its checksum is that of the name; else empty."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder and no file."""
        return self.name.endswith((b"/", b"\\")) and not self.size


def listed(file: BinaryIO, most_bytes: int) -> list[Entry]:
    """The entries of a ZIP, in the order of its list. Raises BadZip, and OverflowError for a list of more than `most_bytes`."""
    size = file.seek(0, os.SEEK_END)
    start, length, shift = _place_of_list(file, size)
    if length > most_bytes:
        raise OverflowError(f"a list of {length:,} bytes")
    return list(_entries(_at(file, start, length), shift))


def unpacked(file: BinaryIO, entry: Entry, most: int | None = None) -> bytes:
    """The bytes of an entry, never more than it claims; all of them, compared with their checksum, or the first `most`.

    Raises Damaged.
    """
    wanted = entry.size if most is None else min(most, entry.size)
    read = b"".join(_parts(file, entry, wanted))
    if most is None and zlib.crc32(read) != entry.crc:
        raise Damaged("wrong checksum")
    return read


def unpack(file: BinaryIO, entry: Entry, target: BinaryIO) -> None:
    """Write all bytes of an entry to another file, in parts. Raises Damaged."""
    crc = 0
    for part in _parts(file, entry, entry.size):
        crc = zlib.crc32(part, crc)
        target.write(part)
    if crc != entry.crc:
        raise Damaged("wrong checksum")


def overlapping(entries: list[Entry]) -> set[int]:
    """The places in the list of entries that use bytes of an earlier one; no honest archive has any."""
    found, end = set(), 0
    for place in sorted(range(len(entries)), key=lambda place: entries[place].start):
        entry = entries[place]
        if entry.start < end and not entry.is_folder:
            found.add(place)
        end = max(end, entry.start + _LOCAL_BYTES + entry.packed)
    return found


def _parts(file: BinaryIO, entry: Entry, wanted: int) -> Iterator[bytes]:
    """The first `wanted` bytes of an entry, in parts; fewer if there are no more. Raises Damaged."""
    try:
        header = _at(file, entry.start, _LOCAL_BYTES)
    except BadZip:
        header = b""
    if not header.startswith(_LOCAL):
        raise Damaged("no header")
    file.seek(entry.start + _LOCAL_BYTES + sum(struct.unpack("<HH", header[26:])))
    unpacker, left = zlib.decompressobj(-15) if entry.method == DEFLATED else None, entry.packed
    while wanted > 0 and left > 0 and not (unpacker and unpacker.eof):
        part = file.read(min(_PART, left))
        left = left - len(part) if part else 0
        part = _inflated(unpacker, part, wanted) if unpacker else part[:wanted]
        wanted -= len(part)
        yield part


def _inflated(unpacker: "zlib._Decompress", part: bytes, most: int) -> bytes:
    try:
        return unpacker.decompress(part, most)
    except zlib.error:
        raise Damaged("not deflated") from None


def _place_of_list(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Where the list begins, its length, and by how much the places in it are to be shifted.

    A comment may look like an end, and there may be bytes behind it: an end that is the file's counts before one that is not.
    """
    most = min(size, _END_BYTES + _MAX_COMMENT + _END64_BYTES + _LOCATOR_BYTES)
    tail = _at(file, size - most, most)
    found = [end for end in _ends(tail, size - most) if _is_list(file, start=end[2], length=end[3])]
    if not found:
        raise BadZip("no end of a list")
    _, _, start, length, shift = max(found, key=lambda end: (end[0] + _END_BYTES + end[1] == len(tail), end[3] > 0, end[0]))
    return start, length, shift


def _ends(tail: bytes, before: int) -> Iterator[tuple[int, int, int, int, int]]:
    """What could be the end of a ZIP: (its place in the tail, length of its comment, the list's place and length, shift)."""
    place = tail.rfind(_END, 0, len(tail) - _END_BYTES + len(_END))
    while place >= 0:
        *_, length, offset, comment = struct.unpack("<4HIIH", tail[place + 4 : place + _END_BYTES])
        end, length, offset = _in_64_bits(tail, place, before + place, length, offset)
        yield place, comment, end - length, length, end - length - offset
        place = tail.rfind(_END, 0, place + len(_END) - 1)


def _is_list(file: BinaryIO, start: int, length: int) -> bool:
    return start >= 0 and (not length or _at(file, start, len(_LISTED)) == _LISTED)


def _in_64_bits(tail: bytes, place: int, end: int, length: int, offset: int) -> tuple[int, int, int]:
    """The same numbers from the longer record before the end, if there is one."""
    first = place - _LOCATOR_BYTES - _END64_BYTES
    if first < 0 or not tail.startswith(_LOCATOR64, place - _LOCATOR_BYTES) or not tail.startswith(_END64, first):
        return end, length, offset
    length, offset = struct.unpack("<QQ", tail[first + 40 : first + _END64_BYTES])
    return end - _LOCATOR_BYTES - _END64_BYTES, length, offset


def _entries(data: bytes, shift: int) -> Iterator[Entry]:
    place = 0
    while place < len(data):
        if not data.startswith(_LISTED, place) or place + _LISTED_BYTES > len(data):
            raise BadZip("a list with gaps")
        numbers = struct.unpack("<6H3I5H2I", data[place + 4 : place + _LISTED_BYTES])
        maker, _, flags, method, _, _, crc, packed, size, in_name, in_extra, in_comment, _, _, outside, start = numbers
        after = place + _LISTED_BYTES + in_name
        name, extra = data[place + _LISTED_BYTES : after], data[after : after + in_extra]
        place = after + in_extra + in_comment
        fields = dict(_fields(extra))
        size, packed, start = _long(fields.get(1, b""), size, packed, start)
        mode = outside >> 16 if maker >> 8 in (3, 19) else 0
        yield Entry(name.partition(b"\0")[0], flags, method, crc, packed, size, mode, start + shift, _unicode_name(fields, name))


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The extra fields of an entry, as far as they are whole."""
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if len(extra) < 4 + length:
            return
        yield kind, extra[4 : 4 + length]
        extra = extra[4 + length :]


def _long(field: bytes, *numbers: int) -> tuple[int, ...]:
    """Sizes and places, from the field that holds those which need more than 32 bits."""
    longs = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
    return tuple(next(longs, number) if number == _IN_64 else number for number in numbers)


def _unicode_name(fields: dict[int, bytes], name: bytes) -> str:
    field = fields.get(0x7075, b"")
    if len(field) < 6 or field[0] != 1 or struct.unpack("<I", field[1:5])[0] != zlib.crc32(name):
        return ""
    try:
        return field[5:].decode().partition("\0")[0]
    except UnicodeDecodeError:
        return ""


def _at(file: BinaryIO, start: int, length: int) -> bytes:
    """Exactly these bytes of a file. Raises BadZip."""
    if start < 0:
        raise BadZip("a place before the file")
    file.seek(start)
    read = file.read(length)
    if len(read) < length:
        raise BadZip("a place behind the file")
    return read

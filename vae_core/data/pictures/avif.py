"""What the coded pictures in an AVIF say of their size, read before a decoder takes memory for them. Decodes nothing.

An AVIF says how large it is in a box, and each AV1 stream in it says so again; decoders believe the stream. ISO/IEC 14496-12
(boxes), AV1 bitstream specification section 5.5 (sequence header).
"""

import struct
from collections.abc import Iterator

MAX_SIZE_BITS = 25
"""Of width and height together: a frame may be as large as the bits of its sequence's size allow."""

_EXTENT = 1_000  # bytes that an extent counts for at least, so that there are not too many


class _Bits:
    """Big-endian bits of some bytes, from the first on."""

    def __init__(self, data: bytes) -> None:
        self._number, self._left = int.from_bytes(data), 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ValueError("the sequence header ends early")
        return self._number >> self._left & (1 << count) - 1


def is_as_large_as_it_says(file: bytes) -> bool:
    """Whether no AV1 stream of an AVIF's items could hold a picture of more than 33 million pixels.

    Raises ValueError, IndexError or struct.error for a file without items or with damaged ones.
    """
    meta = _child(file, 0, len(file), b"meta")
    if meta is None:
        raise ValueError("there is no meta box")
    streams = [stream for stream in _items(file, *meta) if not stream.startswith(b"\0")]  # which Exif and boxes do
    return all(sum(_size_bits(header)) <= MAX_SIZE_BITS for stream in streams for header in _sequence_headers(stream))


def still(file: bytes) -> bytes:
    """The same AVIF with its film left aside: a decoder then reads the picture among the items, which a film has too."""
    return file[:8] + b"avif" + file[12:] if file[8:12] == b"avis" else file


def _child(file: bytes, start: int, end: int, kind: bytes) -> tuple[int, int] | None:
    """Where the contents of the first box of that kind begin and end, among the boxes from `start` to `end`."""
    while start + 8 <= end:
        size, found = struct.unpack_from(">I4s", file, start)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", file, start + 8), 16
        stop = end if size == 0 else start + size
        if size and size < head:
            return None
        if found == kind:
            return start + head, min(stop, end)
        start = stop
    return None


def _items(file: bytes, start: int, end: int) -> Iterator[bytes]:
    """The contents of every item that the meta box locates."""
    place = _child(file, start + 4, end, b"iloc")
    if place is None:
        raise ValueError("there is no iloc box")
    idat = _child(file, start + 4, end, b"idat") or (0, 0)
    at, version = place[0] + 4, file[place[0]]
    offset_size, length_size, base_size, index_size = file[at] >> 4, file[at] & 15, file[at + 1] >> 4, file[at + 1] & 15
    wide = 4 if version == 2 else 2
    left, at = 2 * len(file) + 1_000 * _EXTENT, at + 2

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > place[1]:
            raise ValueError("the iloc box ends early")
        return int.from_bytes(file[at - size : at])

    for _ in range(number(wide)):
        number(wide)
        within = number(2) & 15 if version else 0
        number(2)
        base, parts = number(base_size), []
        for _ in range(number(2)):
            number(index_size if version else 0)
            first, length = base + number(offset_size) + (idat[0] if within == 1 else 0), number(length_size)
            parts.append(file[first : first + length] if length else file[first:])
            left -= len(parts[-1]) + _EXTENT
            if left < 0:
                raise ValueError("the items overlap")
        yield b"".join(parts)


def _sequence_headers(stream: bytes) -> Iterator[bytes]:
    """The sequence headers among a stream's units."""
    at, end = 0, len(stream)
    while at < end:
        kind, extended, sized = stream[at] >> 3 & 15, stream[at] >> 2 & 1, stream[at] >> 1 & 1
        at, size = at + 1 + extended, end
        if sized:
            size, at = _length(stream, at)
        if kind == 1:
            yield stream[at : at + min(size, 1024)]
        at += size


def _length(stream: bytes, at: int) -> tuple[int, int]:
    """A number in seven bits a byte, the lowest first, and where it ends."""
    value = 0
    for place, byte in enumerate(stream[at : at + 8]):
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value, at + place + 1
    return len(stream), len(stream)


def _size_bits(header: bytes) -> tuple[int, int]:
    """How many bits a width and a height have, in this sequence."""
    bits = _Bits(header)
    bits.take(4)
    if bits.take(1):  # a still picture's short header
        bits.take(5)
    else:
        _pass_operating_points(bits)
    return bits.take(4) + 1, bits.take(4) + 1


def _pass_operating_points(bits: _Bits) -> None:
    delay = 0
    if bits.take(1):  # timing
        bits.take(64)
        if bits.take(1):
            zeros = 0
            while not bits.take(1):
                zeros += 1
            bits.take(zeros if zeros < 32 else 0)
        if bits.take(1):  # decoder model
            delay = bits.take(5) + 1
            bits.take(42)
    initial_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay and bits.take(1):
            bits.take(2 * delay + 1)
        if initial_delay and bits.take(1):
            bits.take(4)

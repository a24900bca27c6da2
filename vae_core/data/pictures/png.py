"""Parts of a PNG that Pillow reads too much or too little of: comments, and the lower half of sixteen bits. Knows no limits of ours."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np

_KEPT_TEXTS = (b"Raw profile type exif\0", b"XML:com.adobe.xmp\0")  # which may say that a picture lies on its side
_MAX_TEXT_BYTES = 1 << 16
_MAX_INFLATED_BYTES = 1 << 20


def promised_bits(file: bytes) -> int:
    """The bits that a PNG's sBIT part promises, 0 without one."""
    return max((max(data[:3], default=0) for kind, data in _parts(file) if kind == b"sBIT"), default=0)


def without_metadata(file: bytes) -> bytes:
    """The same PNG without colour profile and comments, of which Pillow unpacks no more than a megabyte before it gives up."""
    texts: set[bytes] = set()
    start, kept = 8, [file[:8]]
    for kind, data in _parts(file):
        end = start + 12 + len(data)
        if kind not in (b"iCCP", b"tEXt", b"zTXt", b"iTXt") or _tells_orientation(kind, data, texts):
            kept.append(file[start:end])
        start = end
    return b"".join([*kept, file[start:]])


def exact_values(file: bytes, channels: int) -> np.ndarray:
    """uint16 (H, W, C) of a sixteen-bit PNG that is not interlaced; Pillow drops the lower half of colours' bits.

    A PNG's filters work on each byte of a pixel by itself, so the bytes make as many grey PNGs, which Pillow reads.
    Raises ValueError when pixels are missing.
    """
    width, height = struct.unpack_from(">II", file, 16)
    squeezed = b"".join(data for kind, data in _parts(file) if kind == b"IDAT")
    size = height * (1 + 2 * channels * width)
    rows = np.frombuffer(zlib.decompressobj().decompress(squeezed, size), np.uint8)
    if len(rows) < size:
        raise ValueError("pixels are missing")
    rows = rows.reshape(height, -1)
    bytes_of = rows[:, 1:].reshape(height, width, 2 * channels)
    planes = [_unfiltered(np.concatenate([rows[:, :1], bytes_of[..., place]], 1)) for place in range(2 * channels)]
    return np.stack([high.astype(np.uint16) << 8 | low for high, low in zip(planes[::2], planes[1::2], strict=True)], -1)


def _parts(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and contents of each part of a PNG before its end, as far as it is whole."""
    at = 8
    while at + 12 <= len(file):
        length, kind = struct.unpack_from(">I4s", file, at)
        if at + 12 + length > len(file) or kind == b"IEND":
            return
        yield kind, file[at + 8 : at + 8 + length]
        at += 12 + length


def _tells_orientation(kind: bytes, data: bytes, before: set[bytes]) -> bool:
    """Whether a comment is the first of those that may say how a picture lies, and is short."""
    keyword = next((word for word in _KEPT_TEXTS if data.startswith(word)), b"")
    if not keyword or keyword in before or len(data) > _MAX_TEXT_BYTES:
        return False
    before.add(keyword)
    if kind == b"zTXt":
        return _is_short_when_inflated(data[len(keyword) + 1 :])
    return kind == b"tEXt" or data[len(keyword)] == 0


def _is_short_when_inflated(squeezed: bytes) -> bool:
    try:
        return len(zlib.decompressobj().decompress(squeezed, _MAX_INFLATED_BYTES)) < _MAX_INFLATED_BYTES
    except zlib.error:
        return False


def _unfiltered(rows: np.ndarray) -> np.ndarray:
    """Grey pixels (H, W) of filtered rows (H, 1 + W), each behind the number of its filter."""
    from PIL import Image

    height, width = rows.shape[0], rows.shape[1] - 1
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [_part(b"IHDR", header), _part(b"IDAT", zlib.compress(rows.tobytes(), 0)), _part(b"IEND", b"")]
    with Image.open(io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(parts)), formats=["PNG"]) as grey:
        return np.asarray(grey)


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

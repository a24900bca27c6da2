"""Arrays and text in one safetensors blob that notices every flipped bit."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from vae_core.errors import RunDamaged
from vae_core.files.atomic import MAX_PACKED_BYTES, read_whole

MAX_HEADER_BYTES = 1 << 20
_BLANK_DIGEST = "0" * 64
_DIGEST = re.compile(rb'"sha256":"([0-9a-f]{64})"')


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


def _header(blob: bytes, name: str) -> bytes:
    length = int.from_bytes(blob[:8], "little")
    if len(blob) < 8 or length > min(MAX_HEADER_BYTES, len(blob) - 8):
        raise RunDamaged(f"{name} is truncated or no safetensors file ({len(blob):,} bytes)")
    return blob[8 : 8 + length]

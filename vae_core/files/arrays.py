"""Arrays in NumPy's archives (npz): whole, of the type that is expected, or refused. Knows nothing of what they mean."""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.errors import RunDamaged
from vae_core.files.atomic import read_whole

MAX_BYTES = 1 << 30


def npz(**arrays: np.ndarray) -> bytes:
    """A compressed archive; each array in it has a CRC-32."""
    buffer = io.BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez_compressed(buffer, **named)
    return buffer.getvalue()


def read_npz(path: Path, kinds: Mapping[str, type], optional: Collection[str] = ()) -> dict[str, np.ndarray]:
    """The arrays of an archive, which holds those of `kinds`, by name, and no others; the `optional` ones may be absent.

    Raises RunDamaged when the file is missing or altered, or when an array has another type or a size that is not the file's.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_whole(path, MAX_BYTES))) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            there = {name: kind for name, kind in kinds.items() if name not in optional or f"{name}.npy" in entries}
            if entries.keys() != {f"{name}.npy" for name in there} or len(entries) != len(archive.infolist()):
                raise ValueError("other arrays")
            if sum(entry.file_size for entry in entries.values()) > MAX_BYTES:
                raise ValueError("too large")
            return {name: _array(archive.read(entries[f"{name}.npy"]), np.dtype(kind)) for name, kind in there.items()}
    except (OSError, ValueError, EOFError, RuntimeError, MemoryError, struct.error, zlib.error, zipfile.BadZipFile) as error:
        raise RunDamaged(f"{path.name} cannot be read ({error.__class__.__name__})") from None


def _array(entry: bytes, dtype: np.dtype) -> np.ndarray:
    """An npy file as an array of one's own. Nothing is allocated before its header is known to be true."""
    file = io.BytesIO(entry)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("another version")
    shape, is_fortran, found = np.lib.format.read_array_header_1_0(file)
    if found != dtype or math.prod(shape) * dtype.itemsize != len(entry) - file.tell():
        raise ValueError("another type or size")
    return np.frombuffer(entry, dtype, offset=file.tell()).reshape(shape, order="F" if is_fortran else "C").copy()

"""The file of a projection."""

import json
import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vae_core.errors import ConfigError, RunDamaged
from vae_core.files.atomic import write_atomic
from vae_core.files.tensors import pack, read_packed

if TYPE_CHECKING:
    pass
from vae_core.projections.projection import Plane, Projection
from vae_core.projections.request import FORMAT, MAX_POINTS, Request

LEVELS = 15_002  # places between the least and the greatest coordinate that a file distinguishes
MOST_FRAMES = 64


def save(projection: Projection, path: Path) -> None:
    """Write a projection whole or not at all; coordinates are rounded to 1/30,000 of their extent. Raises OSError when it cannot."""
    stages = [projection.points, *(points for _, points in projection.frames)]
    scales = np.array([_scale(points) for points in stages])
    arrays = {f"points{place}": _packed(points, *scale) for place, (points, scale) in enumerate(zip(stages, scales, strict=True))}
    if projection.plane is not None:
        arrays |= {name: np.asarray(value, np.float64) for name, value in projection.plane._asdict().items()}
    about = {
        "format": FORMAT,
        "request": projection.request.to_json(),
        "quality": projection.quality,
        "noise": projection.noise,
        "facts": projection.facts,
        "shape": projection.points.shape,
        "iterations": [iteration for iteration, _ in projection.frames],
    }
    write_atomic(path, pack(arrays | {"scales": scales}, {"projection": json.dumps(about, allow_nan=False)}))


def load(path: Path) -> Projection:
    """Read a projection. Raises RunDamaged when the file is missing, altered, truncated or of another format."""
    arrays, metadata = read_packed(path)
    try:
        about = json.loads(metadata["projection"])
        (count, dims), scales, iterations = about["shape"], arrays["scales"], about["iterations"]
        if about["format"] != FORMAT or not (0 < count <= MAX_POINTS and dims in (2, 3) and len(iterations) <= MOST_FRAMES):
            raise ValueError("another format")
        stages = [_unpacked(arrays[f"points{place}"], (count, dims), *scale) for place, scale in enumerate(scales)]
        plane = Plane(arrays["origin"], arrays["basis"]) if "origin" in arrays else None
        frames = tuple(zip(iterations, stages[1:], strict=True))
        request = Request.from_json(about["request"])
        return Projection(request, stages[0], about["quality"], about["facts"], plane, frames, about["noise"])
    except (ValueError, KeyError, TypeError, IndexError, zlib.error, ConfigError) as error:
        raise RunDamaged(f"{path.name} is no projection of this program ({error.__class__.__name__})") from None


def _scale(points: np.ndarray) -> tuple[float, ...]:
    """The distance of two levels, and the least coordinate by axis."""
    low = points.min(axis=0)
    return float((points.max(axis=0) - low).max()) / (LEVELS - 1) or 1.0, *low.tolist()


def _packed(points: np.ndarray, step: float, *low: float) -> np.ndarray:
    """Points (N, dims) as levels, axis by axis: the low bytes as they are, which do not compress, then the high ones, which do."""
    levels = np.ascontiguousarray(np.rint((points.astype(np.float64) - low) / step).T.astype(np.uint16))
    compressor = zlib.compressobj(9, memLevel=6, strategy=zlib.Z_HUFFMAN_ONLY)
    high = compressor.compress((levels >> 8).astype(np.uint8).tobytes()) + compressor.flush()
    return np.frombuffer((levels & 255).astype(np.uint8).tobytes() + high, np.uint8)


def _unpacked(packed: np.ndarray, shape: tuple[int, int], step: float, *low: float) -> np.ndarray:
    count, dims = shape
    size = count * dims
    high = zlib.decompressobj().decompress(packed[size:].tobytes(), size + 1)
    if len(high) != size or len(low) != dims or not math.isfinite(step):
        raise ValueError("another size")
    levels = packed[:size].astype(np.float64) + 256.0 * np.frombuffer(high, np.uint8)
    return (levels.reshape(dims, count).T * step + low).astype(np.float32)

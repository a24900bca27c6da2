"""The previews of a training, a set an epoch, as they lie in the run folder: what is followed, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae_core.errors import RunDamaged
from vae_core.files.arrays import read_npz
from vae_core.files.file_cache import FileCache

SHEET_PIXELS = 512
SHEET_EXTENT = 2.5
"""Half the side of the square of the prior's plane that a sheet covers, in standard deviations."""


@dataclass(frozen=True)
class Followed:
    """The images whose codes are followed: labels int16 (N,), -1 for none; `held_out` (N,) is true for those the training does not see."""

    labels: np.ndarray
    held_out: np.ndarray


def sheet_side(image_shape: tuple[int, ...], classes: int = 0) -> int:
    """Tiles in a row of a film's sheet: up to twelve, fewer for large images, so that a frame stays about 512 pixels wide.

    As many rows for each of the classes that a conditional model is told, if there are rows enough.
    """
    return whole_rows(min(12, SHEET_PIXELS // max(image_shape[1:])), classes)


def whole_rows(most: int, classes: int) -> int:
    """The largest multiple of `classes` up to `most`; `most` itself where there is none."""
    return most // classes * classes if 0 < classes <= most else most


def frames(folder: Path) -> list[int]:
    """The epochs that have a complete frame, in order (the sheet is written last)."""
    return sorted(int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]-sheet.webp"))


def followed_in(folder: Path) -> Followed:
    """What the previews in `folder` follow: nothing before the training begins. Raises RunDamaged when that is altered."""
    path = folder / "probes.npz"
    if not path.exists():
        return Followed(np.zeros(0, np.int16), np.zeros(0, bool))
    return _FOLLOWED.get(lambda: _followed(path), str(path))


_FOLLOWED: FileCache[Followed] = FileCache(max_entries=64)


def _followed(path: Path) -> Followed:
    try:
        arrays = read_npz(path, {"labels": np.int16, "held_out": np.bool_})
    except RunDamaged:  # as it was written when only held-out images were followed
        labels = _read(path, "labels", np.int16, axes=1)
        return Followed(labels, np.ones(len(labels), bool))
    if arrays["labels"].ndim != 1 or arrays["labels"].shape != arrays["held_out"].shape:
        raise RunDamaged(f"{path.name} of the film holds arrays of other shapes; train the model again to have a film")
    return Followed(**arrays)


def spread_in(folder: Path) -> float:
    """The root mean square of the newest codes, 1 where they are as the prior wants them; 0 without codes. Raises RunDamaged."""
    epochs = frames(folder)
    if not epochs:
        return 0.0
    return _SPREADS.get(lambda: _spread(codes_in(folder, epochs[-1])), str(_codes_file(folder, epochs[-1])))


_SPREADS: FileCache[float] = FileCache(max_entries=64)


def _spread(codes: np.ndarray) -> float:
    finite = codes[np.isfinite(codes)].astype(np.float64)
    return float(np.sqrt(np.square(finite).mean())) if finite.size else 0.0


def codes_in(folder: Path, epoch: int) -> np.ndarray:
    """Codes float32 (N, D) of the followed images after an epoch. Raises RunDamaged when they are missing or altered."""
    return _read(_codes_file(folder, epoch), "mean", np.float16, axes=2).astype(np.float32)


def _codes_file(folder: Path, epoch: int) -> Path:
    return folder / f"{epoch:04}-codes.npz"


def _read(path: Path, name: str, kind: type, axes: int) -> np.ndarray:
    array = read_npz(path, {name: kind})[name]
    if array.ndim != axes:
        raise RunDamaged(f"{path.name} of the film holds an array of shape {array.shape}; train the model again to have a film")
    return array

"""The previews of a training, a set an epoch, as they lie in the run folder: what is followed, and what came of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vae_core.errors import RunDamaged
from vae_core.files.arrays import read_npz

SHEET_PIXELS = 512


def sheet_side(image_shape: tuple[int, ...]) -> int:
    """Tiles in a row of a film's sheet: up to twelve, fewer for large images, so that a frame stays about 512 pixels wide."""
    return min(12, SHEET_PIXELS // max(image_shape[1:]))


def frames(folder: Path) -> list[int]:
    """The epochs that have a complete frame, in order (the sheet is written last)."""
    return sorted(int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]-sheet.webp"))


def labels_in(folder: Path) -> np.ndarray:
    """Labels int16 (N,) of the images that are followed, -1 for none. Raises RunDamaged when they are missing or altered."""
    return _read(folder / "probes.npz", "labels", np.int16, axes=1)


def codes_in(folder: Path, epoch: int) -> np.ndarray:
    """Codes float32 (N, D) of the followed images after an epoch. Raises RunDamaged when they are missing or altered."""
    return _read(folder / f"{epoch:04}-codes.npz", "mean", np.float16, axes=2).astype(np.float32)


def _read(path: Path, name: str, kind: type, axes: int) -> np.ndarray:
    array = read_npz(path, {name: kind})[name]
    if array.ndim != axes:
        raise RunDamaged(f"{path.name} of the film holds an array of shape {array.shape}; train the model again to have a film")
    return array

"""The geometry of latent space: planes, grids, paths. Numpy only; knows no model and no picture."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Plane:
    """A square window on latent space: centre (D,), two directions (2, D), and half its side in latent units."""

    centre: np.ndarray
    directions: np.ndarray
    extent: float

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Plane coordinates (...,) in latent units -> points (..., D)."""
        points: np.ndarray = self.centre + np.asarray(x)[..., None] * self.directions[0] + np.asarray(y)[..., None] * self.directions[1]
        return points

    def grid(self, side: int) -> np.ndarray:
        """side x side points (side * side, D), each in the middle of its tile; row by row, the top row (largest y) first."""
        steps = self.extent * (2 * np.arange(side) + 1 - side) / side
        y, x = np.meshgrid(-steps, steps, indexing="ij")
        return self.at(x, y).reshape(side * side, -1)


def raw_plane(latent_dim: int, axes: tuple[int, int] = (0, 1), extent: float = 3.0) -> Plane:
    """The plane of two dimensions through the origin; one dimension alone is drawn as a strip (the second direction is zero)."""
    directions = np.zeros((2, latent_dim))
    for row, axis in enumerate(axes):
        if axis < latent_dim:
            directions[row, axis] = 1.0
    return Plane(np.zeros(latent_dim), directions, extent)


def principal_directions(codes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean (D,), first unit directions (count, D) and standard deviations (count,) of codes (N, D), by SVD.

    Each direction's sign is fixed: its largest component is positive.
    """
    centre = codes.mean(axis=0)
    _, singular, directions = np.linalg.svd(codes - centre, full_matrices=False)
    return centre, pointing_up(directions[:count]), singular[:count] / np.sqrt(max(1, len(codes) - 1))


def pointing_up(directions: np.ndarray) -> np.ndarray:
    """Directions (count, D), each with the sign that makes its largest component positive."""
    largest = np.abs(directions).argmax(axis=1)
    pointing: np.ndarray = directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]
    return pointing


def lerp(start: np.ndarray, end: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """Points (T, D) on the straight line from start (D,) to end (D,); fractions (T,) may overshoot 0..1."""
    points: np.ndarray = (1 - fractions[:, None]) * start + fractions[:, None] * end
    return points


def slerp(start: np.ndarray, end: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """Points (T, D) on the great arc from start (D,) to end (D,) (Shoemake 1985), with norms interpolated geometrically.

    Parallel, opposite or zero ends have no unique arc: the straight line is taken.
    """
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if min(lengths) == 0:
        return lerp(start, end, fractions)
    units = start / lengths[0], end / lengths[1]
    angle = np.arccos(np.clip(units[0] @ units[1], -1.0, 1.0))
    if np.sin(angle) < 1e-6:
        return lerp(start, end, fractions)
    weights = np.sin((1 - fractions) * angle) / np.sin(angle), np.sin(fractions * angle) / np.sin(angle)
    norms = lengths[0] ** (1 - fractions) * lengths[1] ** fractions
    points: np.ndarray = norms[:, None] * (weights[0][:, None] * units[0] + weights[1][:, None] * units[1])
    return points

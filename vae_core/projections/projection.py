"""A finished drawing of codes in two or three dimensions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    pass
from vae_core.projections.request import Request

ROWS = 4096  # of codes that are copied at once

OnFrame = Callable[[int, int, np.ndarray], None]


class Stop(Exception):
    """Raised by `on_frame` to stop a computation and to keep what there is."""


class Plane(NamedTuple):
    """Where a flat view lies in latent space: points (N, dims) are the codes `origin` (D,) + points @ `basis` (dims, D)."""

    origin: np.ndarray
    basis: np.ndarray

    def codes(self, points: np.ndarray) -> np.ndarray:
        """Points (N, dims) of the view -> codes (N, D), to be decoded."""
        return np.asarray(self.origin + points @ self.basis)

    def places(self, codes: np.ndarray) -> np.ndarray:
        """Codes (N, D) -> where the view shows them, float32 (N, dims)."""
        return np.concatenate([(part - self.origin) @ self.basis.T for part in in_parts(codes)]).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Projection:
    """A finished drawing of codes.

    `quality` has trustworthiness, continuity, neighbour_overlap, with labels knn_accuracy (on the map) and knn_accuracy_codes
    (in latent space), each from 0 to 1, and `of`, the number of codes they were asked for; it is empty for fewer than three.
    `noise` has the first three for the same request on standard normal noise; it is empty as long as they are not measured.
    `facts` has seconds, count, latent_dim, iterations and stopped_early, and where it applies explained_variance (shares, all
    axes), kl_divergence (nats), versions (of libraries) and note, a sentence for the reader. `frames` are (iteration, points) in
    the points' own units.
    """

    request: Request
    points: np.ndarray  # float32 (N, dims)
    quality: dict[str, float]
    facts: dict[str, object]
    plane: Plane | None = None
    frames: tuple[tuple[int, np.ndarray], ...] = ()
    noise: dict[str, float] = field(default_factory=dict)

    @property
    def lacks_noise(self) -> bool:
        """Whether it could be told what noise would give, and is not: never for noise itself nor for what was stopped early."""
        return bool(self.quality) and not (self.noise or self.request.noise or self.facts["stopped_early"])


def in_parts(codes: np.ndarray) -> Iterator[np.ndarray]:
    """Codes (N, D) as float64, some rows at a time."""
    for start in range(0, max(1, len(codes)), ROWS):
        yield codes[start : start + ROWS].astype(np.float64)

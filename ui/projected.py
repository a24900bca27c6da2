"""What the Embeddings page shows, derived from a run's codes and projections and kept. Knows no widget."""

from pathlib import Path

import numpy as np
import streamlit as st

from ui.components.scatter import Projection as Drawn
from ui.components.scatter import pack_frames, pack_points
from vae_core import codes, latent, projecting
from vae_core.projection import Projection, Request
from vae_core.runs import Run

CLUSTERS = 10
PARTS = 6  # frames in one part of a film


def found(run: Run, request: Request) -> Projection | None:
    """A finished projection, or None. Reading one takes milliseconds; they are not kept in memory."""
    return projecting.find(run, request)


def drawn(projection: Projection, name: str) -> Drawn:
    """A projection as the scatter takes it."""
    request, plane = projection.request, projection.plane
    axes = tuple(f"{kind}{index + 1}" for kind, index in _axes(request))
    decodable = (plane.origin, plane.basis) if plane is not None and request.dims == 2 and not request.noise else None
    return Drawn(name, projection.points, axes=axes, plane=decodable, film=film_name(projection.request) if projection.frames else "")


def points(run: Run, projections: tuple[Drawn, ...]) -> bytes:
    """The codes behind projections, with all that colours can mean, as one blob."""
    kept, count = codes.load(run.codes), len(projections[0].points)
    mean = kept.mean[:count]
    scalars = {"Reconstruction, nats": kept.reconstruction[:count], "Distance from the origin": np.linalg.norm(mean, axis=1)}
    if len(kept.log_var):
        scalars["KL, nats"] = kept.kl[:count].sum(1)
    return pack_points(
        mean,
        projections=projections,
        labels=kept.labels[:count] if (kept.labels[:count] >= 0).any() else None,
        clusters=clusters(run, count),
        scalars=scalars,
        index=kept.index[:count],
    )


@st.cache_data(max_entries=16, show_spinner="Looking for clusters")
def _clusters(path: str, stamp: int, count: int) -> np.ndarray:
    from scipy.cluster.vq import kmeans2

    mean = codes.load(Path(path)).mean[:count].astype(np.float64)
    return kmeans2(mean, min(CLUSTERS, len(np.unique(mean, axis=0))), minit="++", rng=0)[1]


def clusters(run: Run, count: int) -> np.ndarray:
    """Ten groups of the first `count` codes by k-means in latent space, the same every time."""
    return _clusters(str(run.codes), run.codes.stat().st_mtime_ns, count)


def film(request: Request, frames: list[tuple[int, np.ndarray]]) -> list[bytes]:
    """How a projection came about, in parts that stay the same as later frames come."""
    whole = [frames[start : start + PARTS] for start in range(0, len(frames), PARTS)]
    return [pack_frames(film_name(request), [step for step, _ in part], np.stack([points for _, points in part])) for part in whole]


def film_name(request: Request) -> str:
    """A name that ties frames to their projection."""
    return f"{request.method} {sorted(request.parameters.items())} {request.seed} {request.count} {request.noise}"


def histograms(run: Run) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The aggregate posterior by dimension: bin edges (B + 1,), densities (D, B), and the prior's density at the bins' middles (B,).

    The aggregate posterior mixes the posteriors of all held-out images: each code stands for its own normal distribution.
    """
    kept = codes.load(run.codes)
    mean = kept.mean[: kept.validation]
    spread = np.exp(0.5 * kept.log_var[: kept.validation]) if len(kept.log_var) else np.zeros_like(mean)
    drawn = mean + spread * np.random.default_rng(0).standard_normal(mean.shape)
    edges = np.linspace(-4, 4, 49)
    densities = np.stack([np.histogram(np.clip(column, -4, 4), edges, density=True)[0] for column in drawn.T])
    middles = (edges[1:] + edges[:-1]) / 2
    return edges, densities, np.exp(-0.5 * middles**2) / np.sqrt(2 * np.pi)


def biggest_hole(run: Run) -> np.ndarray:
    """The place within two standard deviations of the prior, on the plane of two dimensions, that is farthest from every code, (2,)."""
    mean = codes.load(run.codes).mean
    grid = latent.raw_plane(2, extent=2.0).grid(81)
    inside = grid[np.linalg.norm(grid, axis=1) <= 2]
    distances = np.sqrt(np.min(((inside[:, None] - mean[None, ::7]) ** 2).sum(2), axis=1))
    return inside[np.argmax(distances)]


def _axes(request: Request) -> list[tuple[str, int]]:
    if request.method == "raw":
        return [("z", int(request.parameters[name])) for name in ("x", "y", "z")[: request.dims]]
    return [("pc", index) for index in range(request.dims)] if request.method == "pca" else []

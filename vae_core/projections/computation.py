"""Codes drawn as requested. The libraries behind the long methods are imported when one of them is computed."""

import importlib.metadata
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vae_core.errors import ConfigError, DataError
from vae_core.latent import geometry
from vae_core.projections import algorithms

if TYPE_CHECKING:
    pass
from vae_core.projections.methods import METHODS
from vae_core.projections.projection import OnFrame, Plane, Projection, Stop, in_parts
from vae_core.projections.quality import quality
from vae_core.projections.request import Request

FEWEST_FOR_NEIGHBOURS = 8  # below this the long methods show the PCA plane instead
TRANSFORM_NEIGHBOURS = 5
NOISE_NUMBERS = ("trustworthiness", "continuity", "neighbour_overlap")


def compute(codes: np.ndarray, request: Request, *, labels: np.ndarray | None = None, on_frame: OnFrame | None = None) -> Projection:
    """Draw codes (N, D) as requested; labels (N,), -1 where there is none, serve only to measure.

    `on_frame(iteration, iterations, points)` sees every stage of a long method; when it raises Stop, that stage is the
    result. Raises DataError for codes that cannot be drawn and ConfigError for a parameter or a library that these codes lack.
    """
    began = time.perf_counter()
    shown = projected(codes, request)
    facts: dict[str, object] = {"count": len(shown), "latent_dim": shown.shape[1], "iterations": 0, "stopped_early": False}
    frames: tuple[tuple[int, np.ndarray], ...] = ()
    if METHODS[request.method].is_long:
        points, frames, found = _laid_out(shown, request, on_frame)
        plane = None
    else:
        plane, found = _plane(shown, request)
        points = plane.places(shown)
    known = None if labels is None or request.noise else labels[: len(shown)]
    measured = quality(shown, points, labels=known, seed=request.seed)
    return Projection(request, points, measured, facts | found | {"seconds": time.perf_counter() - began}, plane, frames)


def compared(found: Projection, twin: Projection) -> Projection:
    """The same projection with the quality numbers of its twin, the same request on noise; as it was if that was stopped early."""
    if twin.facts["stopped_early"] or not found.lacks_noise:
        return found
    return replace(found, noise={name: twin.quality[name] for name in NOISE_NUMBERS})


def with_noise(found: Projection, codes: np.ndarray, on_frame: OnFrame | None = None) -> Projection:
    """The same projection of codes (N, D) with `noise` measured, if it lacks it: the whole computation again on as many noise codes.

    When `on_frame` raises Stop, the projection stays as it was. Raises what `compute` raises.
    """
    if not found.lacks_noise:
        return found
    return compared(found, compute(codes, replace(found.request, noise=True), on_frame=on_frame))


def projected(codes: np.ndarray, request: Request) -> np.ndarray:
    """The codes float32 that a request draws out of codes (N, D), or the noise in their place. Raises DataError for unusable ones."""
    if codes.ndim != 2 or not codes.size:
        raise DataError(f"the codes have the shape {codes.shape}; expected at least one code of at least one number")
    chosen = codes[: request.count or None]
    if request.noise:
        return np.random.default_rng(request.seed).standard_normal(chosen.shape, np.float32)
    chosen = np.asarray(chosen, np.float32)
    if not np.isfinite(chosen).all():
        bad = int((~np.isfinite(chosen)).any(axis=1).sum())
        raise DataError(f"{bad:,} of {len(chosen):,} codes hold something else than numbers; the model went wrong, so train it again")
    return chosen


def transform(codes: np.ndarray, projection: Projection, new: np.ndarray) -> np.ndarray:
    """Places float32 (M, dims) of new codes (M, D) in a finished drawing of `codes` (N, D), as `projected` gives them.

    Flat views place them exactly. The other methods keep no model: a new code comes to the weighted mean place of its five
    nearest codes, closer ones counting more, and a code that is already there to its own place.
    """
    if projection.plane is not None:
        return projection.plane.places(new)
    count, places = min(TRANSFORM_NEIGHBOURS, len(codes)), np.empty((len(new), projection.points.shape[1]), np.float32)
    for place, code in enumerate(np.asarray(new, np.float64)):
        distances = np.square(codes - code).sum(axis=1)
        near = np.argpartition(distances, count - 1)[:count]
        weights = 1.0 / np.maximum(distances[near], 1e-12)
        places[place] = weights / weights.sum() @ projection.points[near]
    return places


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _plane(codes: np.ndarray, request: Request) -> tuple[Plane, dict[str, object]]:
    """The plane (or space) of a flat view; a direction that the codes do not have is zero, and the drawing flat along it."""
    latent_dim, basis = codes.shape[1], np.zeros((request.dims, codes.shape[1]))
    if request.method == "pca":
        origin, directions, variance = _principal_directions(codes)
        basis[: len(directions)] = directions[: request.dims]
        return Plane(origin, basis), {"explained_variance": (variance / (variance.sum() or 1.0)).tolist()}
    for row, name in zip(basis, ("x", "y", "z"), strict=False):
        axis = int(request.number(name))
        if axis >= max(latent_dim, request.dims):
            raise ConfigError(f"the {METHODS['raw'].parameters[name].label.lower()} is {axis}; these codes have 0 to {latent_dim - 1}")
        if axis < latent_dim:
            row[axis] = 1.0
    return Plane(np.zeros(latent_dim), basis), {}


def _principal_directions(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (D,), unit directions (R, D) and variances (R,) of codes (N, D), as `latent` has them, but without a copy of all codes."""
    centre = codes.mean(axis=0, dtype=np.float64)
    covariance = sum((part - centre).T @ (part - centre) for part in in_parts(codes)) / max(1, len(codes) - 1)
    variance, directions = np.linalg.eigh(covariance)
    order = slice(None, -min(codes.shape) - 1, -1)
    return centre, geometry.pointing_up(directions.T[order]), np.maximum(variance[order], 0.0)


def _laid_out(
    codes: np.ndarray, request: Request, on_frame: OnFrame | None
) -> tuple[np.ndarray, tuple[tuple[int, np.ndarray], ...], dict[str, object]]:
    """Points, frames and facts of a long method, or the PCA plane with a note where there are no neighbourhoods to keep."""
    if len(codes) < FEWEST_FOR_NEIGHBOURS or np.ptp(codes, axis=0).max() == 0:
        few = len(codes) < FEWEST_FOR_NEIGHBOURS
        note = f"{len(codes)} codes have no neighbourhoods to keep: this is their PCA plane." if few else "All codes are the same."
        plane, _ = _plane(codes, Request("pca", request.dims))
        return plane.places(codes), (), {"note": note}
    parameters, facts = _fitted(request, len(codes))
    facts["versions"] = {package: _version(package) for package in METHODS[request.method].packages}
    steps = _steps(codes, request, parameters)
    frames: list[tuple[int, np.ndarray]] = []
    for step in steps:
        frames.append((step.iteration, step.points))
        facts["iterations"] = step.iteration
        if step.kl_divergence is not None:
            facts["kl_divergence"] = step.kl_divergence
        try:
            if on_frame is not None:
                on_frame(step.iteration, step.iterations, step.points)
        except Stop:
            facts["stopped_early"] = step.iteration < step.iterations
            break
    return frames[-1][1], tuple(frames), facts


def _fitted(request: Request, count: int) -> tuple[dict[str, object], dict[str, object]]:
    """Parameters that so many codes allow, and a note where that changed one."""
    parameters: dict[str, object] = dict(request.parameters)
    name, most = {"tsne": ("perplexity", (count - 1) / 3)}.get(request.method, ("neighbours", count - 1))
    if request.number(name) <= most:
        return parameters, {}
    parameters[name] = most
    label = METHODS[request.method].parameters[name].label
    return parameters, {"note": f"{label} lowered from {request.number(name):g} to {most:.3g}: there are only {count} codes."}


def _steps(codes: np.ndarray, request: Request, parameters: Mapping[str, object]) -> Iterator[algorithms.Step]:
    try:
        yield from getattr(algorithms, request.method)(codes, request.dims, request.seed, **parameters)
    except ImportError as error:
        title = METHODS[request.method].title
        raise ConfigError(f"{title} needs the package {error.name}, which is not installed; pip install -r requirements.txt") from None

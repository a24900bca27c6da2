"""The parts of openTSNE, umap-learn and PaCMAP that they do not promise to keep, and what to do without. Knows no run and no request.

Each function answers with the public way, or with None, where a newer library lacks what is asked for here. A library that is not
installed raises ModuleNotFoundError.
"""

import importlib
import importlib.util
import logging
import sys
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np


class PaCMAPSteps(NamedTuple):
    """PaCMAP in parts: the pairs of an object, the weights of a step, the gradient, the move."""

    PaCMAP: Callable[..., Any]
    find_weight: Callable[..., Any]
    pacmap_grad: Callable[..., Any]
    update_embedding_adam: Callable[..., Any]


def tsne_affinities(codes: np.ndarray, near: np.ndarray, distances: np.ndarray, perplexity: float, cores: int) -> object:
    """openTSNE's affinities of codes, from neighbours that are known where it takes such.

    Args:
        codes: (N, D) float.
        near: (N, K) int, the nearest others of each code.
        distances: (N, K) float, how far they are.
        perplexity: about how many neighbours each code keeps.
        cores: threads to use.

    Returns:
        what `openTSNE.TSNEEmbedding` takes as affinities.
    """
    from openTSNE import affinity

    try:
        joint = affinity.joint_probabilities_nn(near, distances, [perplexity], n_jobs=cores)
        return affinity.PrecomputedAffinities(joint, normalize=False)
    except (AttributeError, TypeError):
        return affinity.PerplexityBasedNN(codes, perplexity, method="exact", n_jobs=cores)


def umap_epoch() -> Callable[..., None] | None:
    """One epoch of umap-learn's optimisation, not compiled yet; None where it is no function of its own any more.

    umap-learn compiles it anew in every process; compiled here, it is kept in numba's cache on disk.
    """
    try:
        return umap_loop()._optimize_layout_euclidean_single_epoch  # type: ignore[no-any-return]
    except ModuleNotFoundError as error:
        if error.name == "umap":
            raise
        return None
    except AttributeError:
        return None


def umap_loop() -> ModuleType:
    """The module of umap-learn's loop, without the rest: importing all of it compiles pynndescent for a quarter of a minute."""
    whole, spec = sys.modules.get("umap"), importlib.util.find_spec("umap")
    if spec is None:
        raise ModuleNotFoundError("No module named 'umap'", name="umap")
    if whole is None:
        sys.modules["umap"] = importlib.util.module_from_spec(spec)
    try:
        return importlib.import_module("umap.layouts")
    finally:
        if whole is None:
            del sys.modules["umap"]


def umap_whole(codes: np.ndarray, points: np.ndarray, seed: int, *, neighbours: int, min_distance: float, epochs: int) -> np.ndarray:
    """umap-learn's layout float32 (N, dims) of codes (N, D) from where points (N, dims) are, in one go."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap import UMAP

        count, dims = len(codes), points.shape[1]
        how = {"n_components": dims, "min_dist": min_distance, "n_epochs": epochs, "random_state": seed}
        return np.asarray(UMAP(n_neighbors=min(neighbours, count - 1), init=points, **how).fit_transform(codes), np.float32)


def pacmap_steps() -> PaCMAPSteps | None:
    """What one step of PaCMAP is made of; None where it cannot be taken apart any more."""
    package = _pacmap()
    try:
        return PaCMAPSteps(*(getattr(package, name) for name in PaCMAPSteps._fields))
    except AttributeError:
        return None


def pacmap_whole(codes: np.ndarray, points: np.ndarray, seed: int, snapshots: list[int], **how: object) -> list[np.ndarray]:
    """PaCMAP's layouts float32 (N, dims) of codes (N, D) after so many steps, from where points (N, dims) are, in one go.

    Args:
        codes: (N, D) float.
        points: (N, dims) float.
        seed: of everything random.
        snapshots: after which steps a layout is wanted.
        how: further arguments of `pacmap.PaCMAP`.

    Returns:
        a layout for each of the snapshots.
    """
    _pacmap()
    from pacmap import PaCMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = PaCMAP(points.shape[1], random_state=seed, intermediate=True, intermediate_snapshots=[0, *snapshots], **how)
        return list(np.asarray(one.fit_transform(codes, init=points), np.float32))[1:]


def _pacmap() -> ModuleType:
    """Its module, which logs and warns when it is imported."""
    logging.getLogger("pacmap").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module("pacmap.pacmap")
        except ModuleNotFoundError as error:
            if error.name == "pacmap":
                raise
            return importlib.import_module("pacmap")

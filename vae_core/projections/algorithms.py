"""t-SNE, UMAP and PaCMAP as loops that yield: whoever iterates decides what to keep and when to stop. Knows no run and no disk.

The three libraries are imported after the first stage, which needs none of them.
Neighbours are found exactly, by matrix products, and shared by t-SNE and UMAP.
"""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vae_core.latent import geometry
from vae_core.projections import library_internals

if TYPE_CHECKING:
    from scipy.sparse import coo_matrix

MAX_STEPS = 30
EXAGGERATED_ITERATIONS = 250
EARLY_EXAGGERATION = 12.0
BARNES_HUT_THETA = 0.7  # the larger, the coarser: a fifth quicker than 0.5, and trustworthiness is the same
MIN_GRID_AREA = 1200.0  # smaller layouts cost as much, for no grid of the FFT is smaller
PACMAP_PHASES = (100, 100, 250)
_BISECTIONS = 64
_MIN_BANDWIDTH = 1e-3  # of the mean distance to the neighbours


class Step(NamedTuple):
    """A layout after so many of its iterations: points float32 (N, dims), and t-SNE's Kullback-Leibler divergence in nats."""

    iteration: int
    iterations: int
    points: np.ndarray
    kl_divergence: float | None = None


def tsne(codes: np.ndarray, dims: int, seed: int, *, perplexity: float, iterations: int, exaggeration: float, start: str) -> Iterator[Step]:
    """Lay out codes (N, D) by openTSNE from the PCA plane or from random places; `iterations` follow the 250 exaggerated ones."""
    cores, count, total = _cores(), len(codes), EXAGGERATED_ITERATIONS + iterations
    points = 1e-4 * begin(codes, dims, seed, jitter=1e-2, start=start)
    yield Step(0, total, points)
    from openTSNE import TSNEEmbedding

    near, distances = neighbours(codes, min(count - 1, int(3 * perplexity)))
    affinities = library_internals.tsne_affinities(codes, near, distances, perplexity, cores)
    embedding = TSNEEmbedding(points.astype(np.float64), affinities, n_jobs=cores, random_state=seed)
    done, every = 0, -(-total // MAX_STEPS)
    while done < total:
        early = done < EXAGGERATED_ITERATIONS
        chunk = min(every, (EXAGGERATED_ITERATIONS if early else total) - done)
        embedding.optimize(
            chunk,
            exaggeration=EARLY_EXAGGERATION if early else exaggeration,
            momentum=0.8,
            inplace=True,
            negative_gradient_method=_gradient(np.asarray(embedding)),
            theta=BARNES_HUT_THETA,
        )
        done += chunk
        yield Step(done, total, np.array(embedding, np.float32), float(embedding.kl_divergence))


def _cores() -> int:
    """Threads to use: as many as OMP_NUM_THREADS allows, or one for every core."""
    return int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)


def _gradient(points: np.ndarray) -> str:
    """The quicker way to the repulsion of points (N, dims), as measured: a grid's cost grows with its area, a tree's with N."""
    area = max(float(np.ptp(points, axis=0).max()) ** 2, MIN_GRID_AREA)
    return "fft" if points.shape[1] == 2 and area < 0.6 * len(points) else "bh"


def umap(codes: np.ndarray, dims: int, seed: int, *, neighbours: int, min_distance: float, epochs: int) -> Iterator[Step]:
    """Lay out codes (N, D) by umap-learn's optimisation from the PCA plane; `epochs` = 0 chooses by N."""
    epochs = epochs or (300 if len(codes) <= 10_000 else 200)
    points = begin(codes, dims, seed, jitter=1e-4)
    points = (10.0 / np.ptp(points, axis=0).max() * (points - points.min(axis=0))).astype(np.float32)
    yield Step(0, epochs, points.copy())
    epoch = library_internals.umap_epoch()
    if epoch is None:
        whole = library_internals.umap_whole(codes, points, seed, neighbours=neighbours, min_distance=min_distance, epochs=epochs)
        yield Step(epochs, epochs, whole)
        return
    graph = fuzzy_graph(codes, min(neighbours, len(codes)))
    every, random = -(-epochs // MAX_STEPS), np.random.RandomState(seed)
    for done in umap_epochs(epoch, points, graph, epochs, random.randint(-(2**31) + 1, 2**31 - 1, 3), min_distance):
        if done % every == 0 or done == epochs:
            yield Step(done, epochs, points.copy())


def umap_epochs(
    epoch: Callable[..., None], points: np.ndarray, graph: "coo_matrix", epochs: int, random_state: np.ndarray, min_distance: float
) -> Iterator[int]:
    """Improve points in place by umap-learn's optimisation.

    Args:
        epoch: umap-learn's own, from `library_internals.umap_epoch`.
        points: (N, dims) float32.
        graph: (N, N), from `fuzzy_graph`.
        epochs: how many there will be; the steps grow smaller towards the last.
        random_state: (3,) int, the seed of negative samples.
        min_distance: how closely points may lie together.

    Yields:
        after every epoch, how many are done.
    """
    import numba

    epoch = numba.njit(epoch, fastmath=True, cache=True)
    a, b = umap_curve(min_distance)
    strong = graph.data >= graph.data.max() / epochs
    head, tail = graph.row[strong], graph.col[strong]
    wait = (graph.data.max() / graph.data[strong]).astype(np.float64)
    wait_negative, random = wait / 5.0, np.full((len(points), 3), random_state, np.int64)
    random += points[:, 0].astype(np.float64).view(np.int64)[:, None]
    next_negative, next_positive, unused = wait_negative.copy(), wait.copy(), np.zeros(1, np.float32)
    for done in range(epochs):
        alpha = 1.0 - max(0, done - 1) / epochs
        moving = (points, points, head, tail, len(points), wait, a, b, random, 1.0, points.shape[1], True, alpha)
        waiting = (wait_negative, next_negative, next_positive, done)
        density = (False, unused, unused, 0, 0, 0, 0, unused, unused, 0)
        epoch(*moving, *waiting, *density)
        yield done + 1


def umap_curve(min_distance: float) -> tuple[float, float]:
    """Fit a and b of 1 / (1 + a d^2b), UMAP's similarity of two places at a distance d.

    It is to be 1 up to `min_distance` and exp(min_distance - d) beyond (McInnes et al. 2018, section 4.2).
    """
    from scipy.optimize import curve_fit

    distances = np.linspace(0, 3, 300)
    similarities = np.exp(np.minimum(0.0, min_distance - distances))
    (a, b), _ = curve_fit(lambda d, a, b: 1.0 / (1.0 + a * d ** (2 * b)), distances, similarities)
    return float(a), float(b)


def fuzzy_graph(codes: np.ndarray, count: int) -> "coo_matrix":
    """UMAP's weighted neighbour graph of codes (N, D), sparse (N, N) and symmetric, from `count` neighbours, a code itself counted."""
    from scipy.sparse import coo_matrix

    near, distances = neighbours(codes, count - 1)
    nearest = np.min(distances, axis=1, where=distances > 0, initial=np.inf)
    beyond = np.maximum(distances - np.where(np.isfinite(nearest), nearest, 0.0)[:, None], 0.0)
    weights = np.exp(-beyond / _bandwidths(beyond, distances, np.log2(count))[:, None])
    rows = np.repeat(np.arange(len(codes), dtype=np.int32), count - 1)
    directed = coo_matrix((weights.ravel(), (rows, near.ravel())), shape=(len(codes), len(codes))).tocsr()
    return (directed + directed.T - directed.multiply(directed.T)).tocoo()


def _bandwidths(beyond: np.ndarray, distances: np.ndarray, target: float) -> np.ndarray:
    """For each row of `beyond` (N, K) the width (N,) whose weights exp(-beyond / width) add up to `target`, by bisection."""
    low, width = np.zeros(len(beyond)), np.ones(len(beyond))
    high = np.full(len(beyond), np.inf)
    for _ in range(_BISECTIONS):
        excess = np.exp(-beyond / width[:, None]).sum(axis=1) - target
        high, low = np.where(excess > 0, width, high), np.where(excess > 0, low, width)
        width = np.where(np.isfinite(high), (low + np.where(np.isfinite(high), high, 0.0)) / 2, 2 * width)
    mean = distances.mean(axis=1)
    return np.maximum(width, _MIN_BANDWIDTH * np.where(mean > 0, mean, distances.mean() or 1.0))


def pacmap(codes: np.ndarray, dims: int, seed: int, *, neighbours: int, mid_near: float, far: float) -> Iterator[Step]:
    """Lay out codes (N, D) by PaCMAP from the PCA plane, in its three phases."""
    total = sum(PACMAP_PHASES)
    points = 0.01 * begin(codes, dims, seed, jitter=1e-4)
    yield Step(0, total, points.copy())
    every, library = -(-total // MAX_STEPS), library_internals.pacmap_steps()
    if library is None:
        how = {"n_neighbors": neighbours, "MN_ratio": mid_near, "FP_ratio": far, "num_iters": PACMAP_PHASES}
        stages = list(range(every, total + 1, every))
        for done, stage in zip(stages, library_internals.pacmap_whole(codes, points, seed, stages, **how), strict=True):
            yield Step(done, total, stage)
        return
    scaled = np.ascontiguousarray((codes - codes.mean(axis=0)) / np.ptp(codes), np.float32)
    pairs = library.PaCMAP(dims, n_neighbors=neighbours, MN_ratio=mid_near, FP_ratio=far, random_state=seed)
    pairs.decide_num_pairs(len(codes))
    pairs.sample_pairs(scaled, False)
    first, second = np.zeros_like(points), np.zeros_like(points)
    for done in range(total):
        middle, close, apart = library.find_weight(1000.0, done, num_iters=PACMAP_PHASES)
        gradient = library.pacmap_grad(points, pairs.pair_neighbors, pairs.pair_MN, pairs.pair_FP, close, middle, apart)
        library.update_embedding_adam(points, gradient, first, second, 0.9, 0.999, 1.0, done)
        if (done + 1) % every == 0:
            yield Step(done + 1, total, points.copy())


def begin(codes: np.ndarray, dims: int, seed: int, *, jitter: float, start: str = "pca") -> np.ndarray:
    """Where a layout begins, float32 (N, dims) with a first axis of unit spread: the PCA plane shaken a little, or random places."""
    random = np.random.default_rng(seed)
    if start == "random":
        return random.normal(size=(len(codes), dims)).astype(np.float32)
    centre, directions, deviations = geometry.principal_directions(codes.astype(np.float64), dims)
    points = jitter * random.normal(size=(len(codes), dims))
    points[:, : len(directions)] += (codes - centre) @ directions.T / deviations[0]
    return points.astype(np.float32)


def neighbours(codes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` nearest other codes of each of codes (N, D): places int32 (N, count) and distances float32, nearest first."""
    import faiss

    codes = np.ascontiguousarray(codes - codes.mean(axis=0), np.float32)
    index = faiss.IndexFlatL2(codes.shape[1])
    index.add(codes)
    squares, places = index.search(codes, count + 1)
    others = places != np.arange(len(codes))[:, None]
    others[others.all(axis=1), -1] = False  # among equal codes one may not be found among its own nearest
    shape = len(codes), count
    return places[others].reshape(shape).astype(np.int32), np.sqrt(np.maximum(squares[others].reshape(shape), 0.0))

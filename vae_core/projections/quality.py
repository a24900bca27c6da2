"""How far a drawing can be trusted: neighbours in latent space against neighbours on the map."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    pass
from vae_core.projections.projection import ROWS

QUALITY_QUERIES = 300
QUALITY_NEIGHBOURS = 15
ACCURACY_NEIGHBOURS = 5
_DISTANCES = 1_000_000  # that are in memory at once


def quality(
    codes: np.ndarray,
    points: np.ndarray,
    *,
    labels: np.ndarray | None = None,
    seed: int = 0,
    queries: int = QUALITY_QUERIES,
    neighbours: int = QUALITY_NEIGHBOURS,
) -> dict[str, float]:
    """How far points (N, dims) tell the truth about codes (N, D), asked of `queries` codes chosen by seed, against all of them.

    Trustworthiness and continuity (Venna and Kaski 2001) as scikit-learn defines the first; the share of the `neighbours`
    nearest that stay so; and with labels (N,) how often the five nearest vote for the right one. Empty for fewer than three codes.
    """
    count = min(neighbours, (len(codes) - 1) // 2)
    if count < 1:
        return {}
    asked = np.random.default_rng(seed).permutation(len(codes))[:queries]
    sums, near, shown, size = np.zeros(3), [], [], max(1, _DISTANCES // len(codes))
    for start in range(0, len(asked), size):
        some = asked[start : start + size]
        for code, point in zip(_from_others(codes, some), _from_others(points, some), strict=True):
            near.append(_nearest(code, count))
            shown.append(_nearest(point, count))
            sums += _disagreement(code, shown[-1]), _disagreement(point, near[-1]), len(np.intersect1d(near[-1], shown[-1]))
    worst = count * (2 * len(codes) - 3 * count - 1) / 2 * len(asked)
    found = {"trustworthiness": 1 - sums[0] / worst, "continuity": 1 - sums[1] / worst, "neighbour_overlap": sums[2] / (count * len(asked))}
    if labels is not None and (labels[asked] >= 0).any():
        found |= {"knn_accuracy": _accuracy(shown, labels, asked), "knn_accuracy_codes": _accuracy(near, labels, asked)}
    return {name: float(value) for name, value in found.items()} | {"of": float(len(asked))}


def _from_others(space: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Squared distances (M, N) from `some` places in a space (N, ...) to all, less a constant a row; infinite to themselves."""
    centre, distances = space.mean(axis=0), np.empty((len(some), len(space)), np.float32)
    own = np.asarray(space[some] - centre, np.float32)
    for start in range(0, len(space), ROWS):
        part = np.asarray(space[start : start + ROWS] - centre, np.float32)
        distances[:, start : start + ROWS] = np.einsum("ij,ij->i", part, part) - 2.0 * (own @ part.T)
    distances[np.arange(len(some)), some] = np.inf
    return distances


def _nearest(distances: np.ndarray, count: int) -> np.ndarray:
    """Places of the `count` smallest of distances (N,), smallest first; a part of them bounds what has to be sorted."""
    part = distances[:: max(1, len(distances) // 1000)]
    candidates = np.flatnonzero(distances <= np.partition(part, count - 1)[count - 1])
    return candidates[np.argsort(distances[candidates], kind="stable")[:count]]


def _disagreement(distances: np.ndarray, places: np.ndarray) -> int:
    """By how many ranks `places` (K,), the nearest in another space, lie beyond the K nearest in this one, in all."""
    nearer = np.count_nonzero(distances < distances[places, None], axis=1)
    return int(np.maximum(nearer + 1 - len(places), 0).sum())


def _accuracy(near: list[np.ndarray], labels: np.ndarray, asked: np.ndarray) -> float:
    """How often the five nearest of the `asked` codes that have a label vote for it; the smallest label wins a draw."""
    votes = [(labels[places[:ACCURACY_NEIGHBOURS]], labels[own]) for places, own in zip(near, asked, strict=True) if labels[own] >= 0]
    return float(np.mean([np.bincount(voters + 1).argmax() - 1 == own for voters, own in votes]))

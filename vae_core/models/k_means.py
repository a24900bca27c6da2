"""Points grouped around means. Knows no model; scikit-learn would take a training longer to import than this to run."""

import torch
from torch import Tensor

ROUNDS = 100


def k_means(points: Tensor, count: int, *, seed: int = 0) -> tuple[Tensor, float]:
    """Means (count, D) of groups of points (N, D), and the mean squared distance of a point from the nearest of them.

    Lloyd 1982 from the beginning of Arthur & Vassilvitskii 2007 (k-means++). Of fewer distinct points than means, some means coincide.
    """
    means = _spread_out(points, count, torch.Generator().manual_seed(seed))
    for _ in range(ROUNDS):
        nearest = torch.cdist(points, means).argmin(1)
        members = torch.nn.functional.one_hot(nearest, count).to(points.dtype)
        sizes = members.sum(0)[:, None]
        moved = torch.where(sizes > 0, members.T @ points / sizes.clamp_min(1), means)
        if torch.equal(moved, means):
            break
        means = moved
    return means, float(torch.cdist(points, means).amin(1).square().mean())


def _spread_out(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """k-means++: each of `count` points (count, D) is drawn by its squared distance from the nearest one so far."""
    chosen = points[torch.randint(len(points), (1,), generator=generator)]
    for _ in range(count - 1):
        distances = torch.cdist(points, chosen).amin(1).square()
        weights = distances if distances.sum() > 0 else torch.ones_like(distances)
        chosen = torch.cat([chosen, points[torch.multinomial(weights, 1, generator=generator)]])
    return chosen

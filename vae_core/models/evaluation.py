"""How good a model is, in numbers with units. Nothing here depends on the size of a batch. Knows no disk."""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_core.data.batches import Batches
from vae_core.models import Model

BATCH = 1000


class Elbo(NamedTuple):
    """-ELBO of images split into its terms, nats per image; `kl_by_dimension` (D,) adds up to `kl`."""

    reconstruction: float
    kl: float
    kl_by_dimension: np.ndarray

    @property
    def total(self) -> float:
        """Reconstruction + KL."""
        return self.reconstruction + self.kl

    def bits_per_dimension(self, image_shape: tuple[int, ...]) -> float:
        """-ELBO in bits per pixel and channel."""
        return self.total / (math.prod(image_shape) * math.log(2))


@torch.inference_mode()
def elbo(model: Model, batches: Batches, indices: Tensor, *, seed: int = 0) -> Elbo:
    """The ELBO with one z an image, drawn from a fixed seed so that values can be compared from epoch to epoch."""
    model.eval()
    reconstruction, kl = 0.0, np.zeros(1)
    drawn = torch.randn(len(indices), model.config.latent_dim, generator=torch.Generator().manual_seed(seed))
    for some, eps in zip(torch.split(indices, BATCH), torch.split(drawn, BATCH), strict=True):
        x, labels = batches[some], batches.labels(some)
        posterior, noise = model.encode(x, labels), eps.to(x.device)[None]
        cost = model.reconstruction_cost(model.decode(posterior.at(noise)[0], labels), x)
        reconstruction += float(cost.sum(dtype=torch.float64))
        kl = kl + model.kl(posterior, noise).sum(0, dtype=torch.float64).cpu().numpy()
    return Elbo(reconstruction / len(indices), float(kl.sum()) / len(indices), kl / len(indices))


@torch.inference_mode()
def importance_weighted_bound(model: Model, batches: Batches, indices: Tensor, *, samples: int, seed: int = 0) -> float:
    """-log p(x) estimated with `samples` draws from the posterior, nats per image (Burda et al. 2016, eq. 8).

    One sample is the ELBO in expectation; more samples come closer to the true likelihood, from above.
    """
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    log_sum = torch.full((len(indices),), -math.inf, dtype=torch.float64)
    for _ in range(samples):
        noise = torch.randn(len(indices), model.config.latent_dim, generator=generator)
        weights = [
            _log_weights(model, batches[some], batches.labels(some), eps)
            for some, eps in zip(torch.split(indices, BATCH), torch.split(noise, BATCH), strict=True)
        ]
        log_sum = torch.logaddexp(log_sum, torch.cat(weights).cpu().double())
    return math.log(samples) - float(log_sum.mean())


def _log_weights(model: Model, x: Tensor, labels: Tensor | None, noise: Tensor) -> Tensor:
    """log p(x | z) + log p(z) - log q(z | x) for one z an image, (N,)."""
    posterior, noise = model.encode(x, labels), noise.to(x.device)
    return model.log_weight(posterior, noise) - model.reconstruction_cost(model.decode(posterior.at(noise), labels), x)


@torch.inference_mode()
def reconstruction_error(model: Model, batches: Batches, indices: Tensor) -> float:
    """Mean squared error per pixel of the decoded posterior means, for pixels in [0, 1]."""
    model.eval()
    total = 0.0
    for some in torch.split(indices, BATCH):
        x = batches[some]
        total += float((model.reconstruct(x, batches.labels(some)) - x).square().flatten(1).mean(1).sum(dtype=torch.float64))
    return total / len(indices)


def active_units(means: np.ndarray, threshold: float = 0.01) -> int:
    """Dimensions of codes (N, D) whose mean varies over the data by more than `threshold` (Burda et al. 2016, section 5.2)."""
    return int((means.var(axis=0) > threshold).sum())


def knn_accuracy(known: np.ndarray, known_labels: np.ndarray, asked: np.ndarray, labels: np.ndarray, *, neighbours: int = 5) -> float:
    """Part of the `asked` codes (M, D) whose nearest `known` codes (N, D) vote for the right label; the smallest label wins a draw."""
    space, votes, right = torch.from_numpy(known).double(), torch.from_numpy(known_labels), 0
    for some, truth in zip(torch.split(torch.from_numpy(asked).double(), BATCH), torch.split(torch.from_numpy(labels), BATCH), strict=True):
        near = torch.cdist(some, space).topk(min(neighbours, len(known)), largest=False).indices
        right += int((votes[near].mode(1).values == truth).sum())
    return right / len(asked)

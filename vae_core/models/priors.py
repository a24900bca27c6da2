"""Distributions that codes are drawn from, and what a posterior costs under them. Knows no network."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from vae_core.models.objective import kl_to_standard_normal
from vae_core.models.posteriors import Posterior


class Prior(ABC):
    """p(z)."""

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) (...,) in nats of codes (..., D)."""

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n codes (n, D), on the generator's device."""

    @abstractmethod
    def kl(self, posterior: Posterior, noise: Tensor | None = None) -> Tensor:
        """KL(q(z | x) || p(z)) in nats by image and dimension (N, D): exact where there is a formula.

        Elsewhere (N, 1), estimated at the codes that `noise` (samples, N, D) makes, or at the means.
        """

    def describe(self) -> Mapping[str, Any]:
        """What the browser has to know of it beside the family's traits, as plain JSON values by name."""
        return {}


class StandardNormal(Prior):
    """N(0, I) over so many dimensions."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) (...,) in nats of codes (..., D)."""
        return -0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n codes (n, D), on the generator's device."""
        return torch.randn(n, self.dimensions, generator=generator, device=generator.device)

    def kl(self, posterior: Posterior, noise: Tensor | None = None) -> Tensor:
        """The closed form by image and dimension (N, D); Kingma & Welling 2014, appendix B. Needs no noise."""
        assert posterior.log_var is not None, "a point has no KL to a prior"
        return kl_to_standard_normal(posterior.mean, posterior.log_var)

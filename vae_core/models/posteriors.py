"""What an encoder says of images: a point or a distribution of codes. Knows no network and no prior."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor


class Posterior(ABC):
    """q(z | x) of N images, by the standard normal noise that makes a code of it (the reparameterisation).

    Attributes:
        mean: (N, D), the code that stands for the image.
        log_var: (N, D), or None where the code is a point.
    """

    mean: Tensor
    log_var: Tensor | None

    @abstractmethod
    def noise(self, samples: int, generator: torch.Generator) -> Tensor:
        """Standard normal noise (samples, N, D) for `at`."""

    @abstractmethod
    def at(self, noise: Tensor) -> Tensor:
        """z (..., N, D) for given standard normal noise (..., N, D)."""

    @abstractmethod
    def log_prob(self, noise: Tensor) -> Tensor:
        """log q(z | x) (..., N) in nats at z = at(noise)."""

    def sample(self, generator: torch.Generator) -> Tensor:
        """One z (N, D) for each image."""
        return self.at(self.noise(1, generator))[0]


class Point(Posterior):
    """One code for each image, and no distribution."""

    def __init__(self, mean: Tensor) -> None:
        self.mean, self.log_var = mean, None

    def noise(self, samples: int, generator: torch.Generator) -> Tensor:
        """Zeros (samples, N, D); nothing is drawn."""
        return torch.zeros((samples, *self.mean.shape), device=self.mean.device)

    def at(self, noise: Tensor) -> Tensor:
        """The point, whatever the noise (..., N, D)."""
        return self.mean.expand(noise.shape)

    def log_prob(self, noise: Tensor) -> Tensor:
        """Raises ValueError: a point has no density."""
        raise ValueError("a plain autoencoder has no posterior to draw from")


class DiagonalNormal(Posterior):
    """A normal distribution with independent dimensions (Kingma & Welling 2014)."""

    def __init__(self, mean: Tensor, log_var: Tensor) -> None:
        self.mean, self.log_var = mean, log_var

    def noise(self, samples: int, generator: torch.Generator) -> Tensor:
        """Standard normal noise (samples, N, D)."""
        return torch.randn((samples, *self.mean.shape), generator=generator, device=self.mean.device)

    def at(self, noise: Tensor) -> Tensor:
        """mean + standard deviation * noise."""
        assert self.log_var is not None
        return self.mean + torch.exp(0.5 * self.log_var) * noise

    def log_prob(self, noise: Tensor) -> Tensor:
        """log q(z | x) (..., N) in nats at z = at(noise)."""
        assert self.log_var is not None
        return -0.5 * (noise.square() + self.log_var + math.log(2 * math.pi)).sum(-1)


class LevelSample(NamedTuple):
    """Codes of several levels that were sampled one after the other, (M, D) each."""

    code: Tensor
    log_var: Tensor
    """of each level's normal distribution, given the sample of the level before it"""
    kl: Tensor
    """in nats, given that sample"""


class Levels(Posterior):
    """A code of several levels: each has a normal distribution that depends on what was sampled of the level before it."""

    def __init__(self, sampler: Callable[[Tensor], LevelSample], images: int, dimensions: int, device: torch.device) -> None:
        self._sampler, self._zeros = sampler, torch.zeros(images, dimensions, device=device)
        self._last: tuple[Tensor, LevelSample] | None = None

    def noise(self, samples: int, generator: torch.Generator) -> Tensor:
        """Standard normal noise (samples, N, D)."""
        return torch.randn((samples, *self._zeros.shape), generator=generator, device=self._zeros.device)

    @cached_property
    def mean(self) -> Tensor:  # type: ignore[override]  # computed when somebody asks: a training step does not
        """(N, D), every level at its mean."""
        return self.at(self._zeros)

    @cached_property
    def log_var(self) -> Tensor:  # type: ignore[override]
        """(N, D), given the means."""
        return self._given(self._zeros).log_var

    def at(self, noise: Tensor) -> Tensor:
        """The levels one after the other: mean + standard deviation * noise."""
        return self._given(noise).code.view(noise.shape)

    def log_prob(self, noise: Tensor) -> Tensor:
        """The sum of log q of each level given the one before it (..., N), in nats at at(noise)."""
        log_var = self._given(noise).log_var.view(noise.shape)
        return -0.5 * (noise.square() + log_var + math.log(2 * math.pi)).sum(-1)

    def kl(self, noise: Tensor) -> Tensor:
        """KL in nats by image and dimension (N, D), the mean over the samples that noise (samples, N, D) makes."""
        return self._given(noise).kl.view(noise.shape).mean(0)

    def _given(self, noise: Tensor) -> LevelSample:
        """Computed once for the noise that is asked about several times."""
        if self._last is None or self._last[0] is not noise:
            self._last = noise, self._sampler(noise.reshape(-1, noise.shape[-1]))
        return self._last[1]

"""What an encoder says of images: a point or a distribution of codes. Knows no network and no prior."""

import math
from abc import ABC, abstractmethod

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

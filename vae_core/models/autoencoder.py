"""The plain autoencoder: an image becomes one point, and nothing says where points may lie. Knows no training."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.models import networks, objective


class Posterior(NamedTuple):
    """What an encoder says of images: mean (N, D) and log variance (N, D); no variance for a plain autoencoder."""

    mean: Tensor
    log_var: Tensor | None

    def sample(self, generator: torch.Generator) -> Tensor:
        """One z (N, D) for each image: mean + standard deviation * noise (the reparameterisation)."""
        return self.at(self.noise(1, generator))[0]

    def noise(self, samples: int, generator: torch.Generator) -> Tensor:
        """Standard normal noise (samples, N, D); none is drawn, and zeros given, where there is no distribution to draw from."""
        shape = (samples, *self.mean.shape)
        if self.log_var is None:
            return torch.zeros(shape, device=self.mean.device)
        return torch.randn(shape, generator=generator, device=self.mean.device)

    def at(self, noise: Tensor) -> Tensor:
        """z (..., N, D) for given standard normal noise (..., N, D)."""
        return self.mean.expand(noise.shape) if self.log_var is None else self.mean + torch.exp(0.5 * self.log_var) * noise

    def log_weight(self, noise: Tensor) -> Tensor:
        """log p(z) - log q(z | x) (..., N) of z = at(noise), for the prior N(0, I); the constants of both cancel."""
        if self.log_var is None:
            raise ValueError("a plain autoencoder has no posterior to draw from")
        return 0.5 * (noise.square() + self.log_var - self.at(noise).square()).sum(-1)


class Terms(NamedTuple):
    """The two costs of images in nats: reconstruction (N,), and KL by dimension (N, D)."""

    reconstruction: Tensor
    kl: Tensor


class Autoencoder(nn.Module):
    """Encoder, decoder and a likelihood of pixels."""

    statistics = 1

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = networks.encoder(config, self.statistics * config.latent_dim)
        self.decoder = networks.decoder(config)
        self.log_sigma = nn.Parameter(torch.tensor(math.log(config.sigma)), requires_grad=self._learns_sigma(config))

    def encode(self, x: Tensor) -> Posterior:
        """x (N, C, H, W) in [0, 1] -> posterior; deterministic."""
        return Posterior(self.encoder(x).float(), None)

    def decode(self, z: Tensor) -> Tensor:
        """z (N, D) -> (N, C, H, W): logits when the output is a sigmoid, else the mean itself."""
        decoded: Tensor = self.decoder(z)
        return decoded.float()

    def images(self, z: Tensor) -> Tensor:
        """z (N, D) -> mean images (N, C, H, W), in [0, 1] when the output is a sigmoid."""
        return self._mean(self.decode(z))

    def reconstruct(self, x: Tensor) -> Tensor:
        """x (N, C, H, W) -> the decoded posterior mean, same shape."""
        return self.images(self.encode(x).mean)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n images (n, C, H, W) decoded from z ~ N(0, I). A plain autoencoder never learned that prior: expect ghosts."""
        return self.images(torch.randn(n, self.config.latent_dim, generator=generator, device=self.log_sigma.device))

    def reconstruction_cost(self, decoded: Tensor, x: Tensor) -> Tensor:
        """-log p(x | z) in nats per image (N,), for what `decode` gave."""
        if self.config.likelihood == "bernoulli":
            return objective.bernoulli(decoded, x)
        return objective.gaussian(self._mean(decoded), x, self.log_sigma)

    def kl(self, posterior: Posterior) -> Tensor:
        """KL to the prior by image and dimension (N, D) in nats; zero where there is no distribution."""
        return torch.zeros_like(posterior.mean)

    def _mean(self, decoded: Tensor) -> Tensor:
        return torch.sigmoid(decoded) if self.config.output == "sigmoid" else decoded

    @staticmethod
    def _learns_sigma(config: ModelConfig) -> bool:
        return config.likelihood == "gaussian" and config.learn_sigma

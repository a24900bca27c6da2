"""The plain autoencoder: an image becomes one point, and nothing says where points may lie. Knows no training."""

import torch
from torch import Tensor

from vae_core.models.model import Model
from vae_core.models.posteriors import Point, Posterior
from vae_core.models.priors import Prior, StandardNormal


class Autoencoder(Model):
    """Hinton & Salakhutdinov 2006, trained as a whole: the code is a point."""

    statistics = 1

    @property
    def prior(self) -> Prior:
        """N(0, I), which it never learned."""
        return StandardNormal(self.config.latent_dim)

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (N, C, H, W) in [0, 1] -> a point; deterministic."""
        return Point(self.encoder(x).float())

    def kl(self, posterior: Posterior, noise: Tensor | None = None) -> Tensor:
        """Zeros (N, D): a point costs nothing."""
        return torch.zeros_like(posterior.mean)

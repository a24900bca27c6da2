"""The variational autoencoder: an image becomes a distribution, pulled towards a standard normal. Knows no training."""

from torch import Tensor

from vae_core.models.model import Model
from vae_core.models.posteriors import DiagonalNormal, Posterior
from vae_core.models.priors import Prior, StandardNormal


class VAE(Model):
    """Kingma & Welling 2014: a diagonal normal posterior and a standard normal prior."""

    statistics = 2

    @property
    def prior(self) -> Prior:
        """N(0, I)."""
        return StandardNormal(self.config.latent_dim)

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (N, C, H, W) in [0, 1] -> posterior; deterministic."""
        mean, log_var = self.encoder(x).float().chunk(2, dim=1)
        return DiagonalNormal(mean, log_var)

"""The variational autoencoder: an image becomes a distribution, pulled towards a standard normal. Knows no training."""

from torch import Tensor

from vae_core.models import objective
from vae_core.models.autoencoder import Autoencoder, Posterior


class VAE(Autoencoder):
    """Kingma & Welling 2014: a diagonal normal posterior and a standard normal prior."""

    statistics = 2

    def encode(self, x: Tensor) -> Posterior:
        """x (N, C, H, W) in [0, 1] -> posterior; deterministic."""
        mean, log_var = self.encoder(x).float().chunk(2, dim=1)
        return Posterior(mean, log_var)

    def kl(self, posterior: Posterior) -> Tensor:
        """KL to the prior by image and dimension (N, D) in nats."""
        assert posterior.log_var is not None, "a VAE's posterior has a variance"
        return objective.kl_to_standard_normal(posterior.mean, posterior.log_var)

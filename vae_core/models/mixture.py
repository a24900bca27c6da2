"""The VAE whose prior is a learned mixture of normal distributions. Knows no training."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.models.k_means import k_means
from vae_core.models.posteriors import Posterior
from vae_core.models.priors import Prior
from vae_core.models.vae import VAE
from vae_core.runs.measurements import Card

FLOOR = 0.05
"""The smallest standard deviation of a component: a narrower one would settle on a single image."""
FIRST_EPOCH = 1
"""The epoch, counted from 0, that begins with the mixture: before, there are no codes to put its means among."""


class MixtureVAE(VAE):
    """A VAE that learns its prior, too: the mixture of Gaussians of Tomczak & Welling 2018."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.mixture = NormalMixture(config.components, config.latent_dim)

    @property
    def prior(self) -> Prior:
        """The mixture."""
        return self.mixture

    def begin_epoch(self, epoch: int, codes: Callable[[], Tensor]) -> None:
        """Put the means of the components among the codes, once the encoder gives some that mean anything."""
        if epoch == FIRST_EPOCH:
            self.mixture.place(codes())

    @torch.no_grad()
    def facts(self, means: Tensor) -> Card:
        """How much of the codes (N, D) each component accounts for: its mean responsibility."""
        shares = self.mixture.responsibilities(means).mean(0)
        return {"component_shares": [round(share, 4) for share in shares.tolist()]}


class NormalMixture(nn.Module, Prior):
    """The sum of w_k N(m_k, diag s_k^2) over K components: N(0, I) until `place`, and learned from then on."""

    def __init__(self, components: int, dimensions: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(components))
        self.centres = nn.Parameter(torch.zeros(components, dimensions))
        self.log_scales = nn.Parameter(torch.zeros(components, dimensions))
        self.is_placed: Tensor
        self.register_buffer("is_placed", torch.tensor(False))

    @property
    def log_weights(self) -> Tensor:
        """log w (K,)."""
        return torch.log_softmax(self._learned(self.logits), 0)

    @property
    def means(self) -> Tensor:
        """m (K, D)."""
        return self._learned(self.centres)

    @property
    def deviations(self) -> Tensor:
        """s (K, D), above the floor; 1 where the parameter is 0."""
        return FLOOR + (1 - FLOOR) * self._learned(self.log_scales).exp()

    def log_joint(self, z: Tensor) -> Tensor:
        """log w_k + log N(z; m_k, diag s_k^2) (..., K) in nats of codes (..., D)."""
        standardised = (z[..., None, :] - self.means) / self.deviations
        normal = -0.5 * (standardised.square() + math.log(2 * math.pi)) - self.deviations.log()
        return self.log_weights + normal.sum(-1)

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) (...,) in nats of codes (..., D)."""
        return self.log_joint(z).logsumexp(-1)

    def responsibilities(self, z: Tensor) -> Tensor:
        """p(k | z) (..., K) of codes (..., D): how far each component accounts for them (Bishop 2006, eq. 9.13)."""
        return self.log_joint(z).softmax(-1)

    def sample(self, n: int, generator: torch.Generator, component: int | None = None) -> Tensor:
        """n codes (n, D), of all components or of one, on the generator's device."""
        weights = self.log_weights.exp()
        chosen = torch.multinomial(weights, n, replacement=True, generator=generator) if component is None else torch.full((n,), component)
        means, deviations = self.means[chosen], self.deviations[chosen]
        return means + deviations * torch.randn(means.shape, generator=generator, device=generator.device)

    def kl(self, posterior: Posterior, noise: Tensor | None = None) -> Tensor:
        """KL(q(z | x) || p(z)) in nats (N, 1), which has no formula: the mean of log q - log p at the codes that `noise` makes."""
        noise = torch.zeros((1, *posterior.mean.shape), device=posterior.mean.device) if noise is None else noise
        return (posterior.log_prob(noise) - self.log_prob(posterior.at(noise))).mean(0)[:, None]

    def describe(self) -> Mapping[str, Any]:
        """Weights, means and deviations as plain JSON values: of one component until `place`, when all are the same."""
        with torch.no_grad():
            some = slice(len(self.logits) if self.is_placed else 1)
            numbers = {"weights": self.log_weights[some].softmax(0), "means": self.means[some], "deviations": self.deviations[some]}
            return {"prior": {name: value.cpu().double().numpy().round(6).tolist() for name, value in numbers.items()}}

    @torch.no_grad()
    def place(self, codes: Tensor) -> None:
        """Put the means among codes (N, D) by k-means, as wide as these scatter around them, and let them learn."""
        means, squared_distance = k_means(codes, len(self.centres))
        deviation = max(math.sqrt(squared_distance / codes.shape[1]), 2 * FLOOR)
        self.centres.copy_(means)
        self.log_scales.fill_(math.log((deviation - FLOOR) / (1 - FLOOR)))
        self.is_placed.fill_(True)

    def _learned(self, parameter: nn.Parameter) -> Tensor:
        """A parameter, whose gradient is zero until the means are placed."""
        return torch.where(self.is_placed, parameter, parameter.detach())

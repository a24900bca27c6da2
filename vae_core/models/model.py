"""What every family of models has: encoder, decoder, a likelihood of pixels, a loss. Knows no training loop."""

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.batches import Batches
from vae_core.models import networks, objective
from vae_core.models.graph import Function, Program
from vae_core.models.posteriors import Posterior
from vae_core.models.priors import Prior
from vae_core.runs.measurements import Card

LEAST_SIGMA = 1e-3
"""Of a density."""


class Batch(NamedTuple):
    """Images of a training step."""

    images: Tensor
    """(N, C, H, W) in [0, 1], to be reconstructed"""
    seen: Tensor
    """the same as the encoder sees them: with noise or a mask, if these are wanted"""
    labels: Tensor | None
    """int64 (N,), where the data set has labels"""


@dataclass(frozen=True)
class Losses:
    """The losses of a batch.

    Attributes:
        objective: a scalar, what is minimised.
        reconstruction: (N,), -log p(x | z) in nats, the mean over the samples of an image.
        kl: (N, D) or (N, 1), what the code costs in nats.
        terms: scalars by the names that the family's traits declare.
    """

    objective: Tensor
    reconstruction: Tensor
    kl: Tensor
    terms: Mapping[str, Tensor] = field(default_factory=dict)


class Model(nn.Module):
    """A family says what an image is encoded to, where codes come from, and what a training minimises."""

    statistics: int
    """numbers that the encoder gives for each latent dimension"""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.decoder = self.build_networks(config)
        learned = config.learn_sigma if config.scoring.has_sigma else "no"
        shape = config.image_shape if learned == "pixel" else ()
        self.log_sigma = nn.Parameter(torch.full(shape, math.log(config.sigma)), requires_grad=learned != "no")

    def build_networks(self, config: ModelConfig) -> tuple[nn.Sequential, nn.Sequential]:
        """What images go through first, and what makes images."""
        return networks.encoder(config, self.statistics * config.latent_dim), networks.decoder(config, config.latent_dim + config.classes)

    @property
    @abstractmethod
    def prior(self) -> Prior:
        """What codes are drawn from; of a family without a prior, what they are drawn from all the same."""

    @property
    def pixel_log_sigma(self) -> Tensor:
        """Logarithm of a pixel's standard deviation, of all pixels () or of each (C, H, W).

        Under a density it is held above that of rounding to 256 values: where pixels never change, a density has no bound.
        """
        return self.log_sigma.clamp_min(math.log(LEAST_SIGMA)) if self.config.scoring.is_density else self.log_sigma

    def begin_training(self, images: Batches, indices: Tensor, seed: int) -> None:
        """Called by a training before its first step; `indices` (N,) are of the images that it learns from."""

    def begin_epoch(self, epoch: int, codes: Callable[[], Tensor]) -> None:
        """Called by a training at the beginning of each epoch, counted from 0; `codes` draws a code (N, D) of each of many images."""

    @abstractmethod
    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (N, C, H, W) in [0, 1], and labels (N,) if the family is conditional -> posterior; deterministic."""

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (N, D), and labels (N,) if the family is conditional -> (N, C, H, W): logits when the output is a sigmoid, else the mean."""
        decoded: Tensor = self.decoder(z)
        return decoded.float()

    def images(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (N, D) -> mean images (N, C, H, W), in [0, 1] when the output is a sigmoid."""
        return self._mean(self.decode(z, labels))

    def reconstruct(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """x (N, C, H, W) -> the decoded posterior mean, same shape."""
        return self.images(self.encode(x, labels).mean, labels)

    def sample(self, n: int, generator: torch.Generator, labels: Tensor | None = None) -> Tensor:
        """n images (n, C, H, W) decoded from codes of the prior. A plain autoencoder never learned one: expect ghosts."""
        return self.images(self.prior.sample(n, generator), labels)

    def reconstruction_cost(self, decoded: Tensor, x: Tensor) -> Tensor:
        """-log p(x | z) in nats per image (N,), for what `decode` gave."""
        if not self.config.scoring.has_sigma:
            return objective.bernoulli(decoded, x)
        cost = objective.gaussian if self.config.scoring.is_density else objective.logistic
        return cost(self._mean(decoded), x, self.pixel_log_sigma)

    def kl(self, posterior: Posterior, noise: Tensor | None = None) -> Tensor:
        """What codes cost in nats by image and dimension (N, D), or (N, 1); zero where there is no prior.

        noise: (samples, N, D), at which it is estimated where there is no formula; without, at the posterior's means.
        """
        return self.prior.kl(posterior, noise)

    def log_weight(self, posterior: Posterior, noise: Tensor) -> Tensor:
        """log p(z) - log q(z | x) (..., N) in nats at z = posterior.at(noise), noise (..., N, D)."""
        return self.prior.log_prob(posterior.at(noise)) - posterior.log_prob(noise)

    def losses(self, batch: Batch, settings: TrainConfig, beta: float, generator: torch.Generator) -> Losses:
        """The losses of a batch; noise comes from the generator alone."""
        samples, labels = settings.samples, batch.labels
        posterior = self.encode(batch.seen, labels)
        noise = posterior.noise(samples, generator)
        decoded = self.decode(posterior.at(noise).flatten(0, 1), None if labels is None else labels.repeat(samples))
        targets = batch.images.expand(samples, *batch.images.shape).flatten(0, 1)
        costs = self.reconstruction_cost(decoded, targets).view(samples, -1)
        reconstruction, kl = costs.mean(0), self.kl(posterior, noise)
        if settings.bound == "importance":
            minimised = objective.importance_weighted_loss(self.log_weight(posterior, noise) - costs)
        else:
            minimised = objective.training_loss(reconstruction, kl, beta, settings.free_bits)
        return Losses(minimised, reconstruction, kl)

    def facts(self, means: Tensor) -> Card:
        """What is to be said on the card of this family alone, measured on the means (N, D) of held-out images."""
        return {}

    def write(self, program: Program) -> None:
        """Write `encode` (x -> mean, and log_var where there is one) and `decode` (z -> image) for the browser.

        Raises ExportError naming a module that the browser's runtime does not have.
        """
        latent = self.config.latent_dim
        encode, decode = program.function("encode"), program.function("decode")
        statistics = self.write_encoder(encode)
        for index, name in enumerate(("mean", "log_var")[: self.statistics]):
            part = encode.slice(statistics, index * latent, (index + 1) * latent, name) if self.statistics > 1 else statistics
            encode.output(name, part)
        image = self.write_decoder(decode)
        if self.config.output == "sigmoid":
            decode.activate("sigmoid")
        decode.output("image", image)

    def write_encoder(self, encode: Function) -> str:
        """Write the inputs of `encode` and all that leads to the numbers of a posterior; their register."""
        return encode.chain(self.encoder, encode.input("x", self.config.image_shape))

    def write_decoder(self, decode: Function) -> str:
        """Write the inputs of `decode` and all that leads to what `decode` of the model gives; its register."""
        return decode.chain(self.decoder, decode.input("z", (self.config.latent_dim,)))

    def _mean(self, decoded: Tensor) -> Tensor:
        return torch.sigmoid(decoded) if self.config.output == "sigmoid" else decoded

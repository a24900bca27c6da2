"""The VAE with a perceptual loss: images are compared by absolute error and in features of a small frozen network. Knows no training."""

import math

import torch
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.batches import Batches
from vae_core.models import features, objective
from vae_core.models.model import Batch, Losses
from vae_core.models.vae import VAE

ERROR_WEIGHT, FEATURE_WEIGHT = 30.0, 3.0
"""What a pixel that is off by 1 costs, and by how much a pixel's part of the distance between features is multiplied, in nats."""


class PerceptualVAE(VAE):
    """As Hou et al. 2017, "Deep feature consistent variational autoencoder", with features that are learned here (Johnson et al. 2016)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.features = features.FeatureNetwork(config.image_shape[0])

    def begin_training(self, images: Batches, indices: Tensor, seed: int) -> None:
        """Teach the network that compares images what tells their classes apart."""
        features.teach(self.features, images, indices, seed)

    def losses(self, batch: Batch, settings: TrainConfig, beta: float, generator: torch.Generator) -> Losses:
        """The losses of a batch. What pixels cost under the likelihood is measured, and only a learned pixel sigma follows it."""
        posterior = self.encode(batch.seen)
        decoded = self.decode(posterior.sample(generator))
        made, pixels = self._mean(decoded), math.prod(self.config.image_shape)
        with torch.no_grad():
            wanted = self.features(batch.images)
        distance = features.distance(self.features(made), wanted)
        error = (made - batch.images).abs().mean((1, 2, 3))
        unlikeness = pixels * (ERROR_WEIGHT * error + FEATURE_WEIGHT * distance)
        kl, reconstruction = self.kl(posterior), self.reconstruction_cost(decoded.detach(), batch.images)
        minimised = objective.training_loss(unlikeness, kl, beta, settings.free_bits) + reconstruction.mean()
        return Losses(minimised, reconstruction, kl, {"error": error.mean(), "features": distance.mean()})

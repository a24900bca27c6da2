"""The conditional VAE: encoder and decoder are told the label, so the code need not say it. Knows no training."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core.config import ModelConfig
from vae_core.models import networks
from vae_core.models.graph import Function
from vae_core.models.posteriors import DiagonalNormal, Posterior
from vae_core.models.vae import VAE


class ConditionalVAE(VAE):
    """q(z | x, y) and p(x | z, y) with a prior p(z) that knows no label (Kingma et al. 2014, arXiv:1406.5298, the M2 model with labels).

    The one-hot label stands behind the flattened features of the image, and behind the code.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        layers = list(self.encoder)
        flat = [type(layer) for layer in layers].index(nn.Flatten) + 1
        self.features, self.encoder = nn.Sequential(*layers[:flat]), nn.Sequential(*layers[flat:])

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (N, C, H, W) in [0, 1] and their labels (N,) -> posterior; deterministic."""
        mean, log_var = self.encoder(self._with_label(self.features(x), labels)).float().chunk(2, dim=1)
        return DiagonalNormal(mean, log_var)

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (N, D) and labels (N,) -> (N, C, H, W): logits when the output is a sigmoid, else the mean."""
        return super().decode(self._with_label(z, labels))

    def write_encoder(self, encode: Function) -> str:
        """x and the one-hot y -> statistics."""
        convolutions = list(self.features)[:-1]
        maps = encode.chain(convolutions, encode.input("x", self.config.image_shape))
        features = encode.reshape(maps, (math.prod(networks.feature_shape(self.config)),))
        return encode.chain(self.encoder, encode.concat(features, encode.input("y", (self.config.classes,))))

    def write_decoder(self, decode: Function) -> str:
        """z and the one-hot y -> what `decode` gives."""
        z, y = decode.input("z", (self.config.latent_dim,)), decode.input("y", (self.config.classes,))
        return decode.chain(self.decoder, decode.concat(z, y))

    def _with_label(self, numbers: Tensor, labels: Tensor | None) -> Tensor:
        """numbers (N, K) -> (N, K + classes)."""
        assert labels is not None, "a conditional model is told the labels"
        return torch.cat((numbers, functional.one_hot(labels, self.config.classes).to(numbers)), 1)

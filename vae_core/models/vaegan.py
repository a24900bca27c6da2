"""The VAE-GAN: a VAE whose reconstructions are compared in features of a discriminator, not in pixels. Knows no training."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core.config import ModelConfig, TrainConfig
from vae_core.models import objective
from vae_core.models.model import Batch, Losses
from vae_core.models.vae import VAE

CHANNELS, KERNEL = (16, 32, 64), 3
FEATURE_WEIGHT = 0.3
"""What the paper calls gamma: how much the decoder is to reconstruct, beside being taken for real."""
COMPARED = 128
"""Images of a batch at most among which neighbours are looked for."""


class Discriminator(nn.Module):
    """Tells images of the data from those that a decoder made; without batch norm, so it judges each by itself."""

    def __init__(self, image_shape: tuple[int, ...]) -> None:
        super().__init__()
        inputs, height, width = image_shape
        first, second, third = CHANNELS
        places = -(-height // 8) * -(-width // 8)
        self.features = nn.Sequential(_halving(inputs, first), nn.ReLU(), _halving(first, second), nn.ReLU())
        self.verdict = nn.Sequential(_halving(second, third), nn.ReLU(), nn.Flatten(), nn.Linear(third * places, 1))

    def judge(self, features: Tensor) -> Tensor:
        """Features (N, C, h, w) of images -> logits (N,) of being real."""
        logits: Tensor = self.verdict(features)
        return logits.float().squeeze(1)


class VAEGAN(VAE):
    """Larsen et al. 2016, algorithm 1, with the non-saturating loss of Goodfellow et al. 2014 for the decoder."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.discriminator = Discriminator(config.image_shape)

    def losses(self, batch: Batch, settings: TrainConfig, beta: float, generator: torch.Generator) -> Losses:
        """The losses of a batch. The objective is the sum of three, each of which has a gradient for its own network alone.

        Encoder: feature loss + beta KL. Decoder: weighted feature loss, and its images are to be taken for real. Discriminator: to tell
        real images from reconstructions and draws. What pixels cost is measured, and only a learned pixel sigma follows it.
        """
        posterior, critic = self.encode(batch.seen), self.discriminator
        z = posterior.sample(generator)
        decoded = self.decode(z.detach())
        made = torch.cat([self._mean(decoded), self.images(self.prior.sample(len(z), generator))])
        with frozen(self.decoder):
            reconstructed = self.images(z)
        features = critic.features(torch.cat([batch.images, made.detach()]))
        real, *fakes = critic.judge(features).chunk(3)
        wanted = features[: len(z)].detach()
        with frozen(critic):
            of_encoder = feature_loss(critic.features(reconstructed), wanted)
            made_features = critic.features(made)
            of_decoder = feature_loss(made_features[: len(z)], wanted)
            passed = critic.judge(made_features).chunk(2)
        kl, pixels = self.kl(posterior), self.reconstruction_cost(decoded.detach(), batch.images)
        encoder_loss = objective.training_loss(of_encoder, kl, beta, settings.free_bits)
        decoder_loss = FEATURE_WEIGHT * of_decoder.mean() + sum(_real_loss(logits) for logits in passed)
        critic_loss = _real_loss(real) + sum(_real_loss(-logits) for logits in fakes)
        terms = {
            "features": of_encoder.mean(),
            "accuracy": accuracy(real, torch.cat(fakes)),
            "diversity": diversity(made[len(z) :].detach(), batch.images),
        }
        return Losses(encoder_loss + decoder_loss + critic_loss + pixels.mean(), pixels, kl, terms)


def feature_loss(features: Tensor, wanted: Tensor) -> Tensor:
    """-log N(features; wanted, v I) in nats (N,), less its constant; features (N, C, h, w).

    v is the variance of the `wanted` features of real images: without a norm, nothing else says on which scale a discriminator works.
    """
    wanted = wanted.float()
    return 0.5 * (features.float() - wanted).square().flatten(1).sum(1) / wanted.var().clamp_min(1e-6)


def accuracy(real: Tensor, fakes: Tensor) -> Tensor:
    """Part of verdicts that are right, in percent; real images (N,) count as much as fakes (M,), so guessing gives 50."""
    return 50 * ((real > 0).float().mean() + (fakes <= 0).float().mean())


def diversity(drawn: Tensor, images: Tensor) -> Tensor:
    """How far a draw is from the draw most like it, over the same of real images (N, C, H, W); 0 if all draws are alike."""
    return _nearest(drawn[:COMPARED]) / _nearest(images[:COMPARED]).clamp_min(1e-3)


def _nearest(images: Tensor) -> Tensor:
    """The mean distance of an image from its nearest neighbour; 0 of a single image."""
    flat = images.float().flatten(1)
    distances = torch.cdist(flat, flat).fill_diagonal_(torch.inf)
    return distances.amin(1).mean() if len(flat) > 1 else flat.new_zeros(())


def _real_loss(logits: Tensor) -> Tensor:
    """-log of the chance of being real, the mean over images."""
    return functional.softplus(-logits).mean()


def _halving(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, KERNEL, stride=2, padding=KERNEL // 2)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """What is computed meanwhile has gradients for its inputs, and none for the module's parameters."""
    learning = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)

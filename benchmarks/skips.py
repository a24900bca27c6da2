"""A tutorial's VAE whose decoder is handed the encoder's features: github.com/Rukayat-spec/Variational_Autoencoder (MIT).

With such skip connections the code has nothing to say: exchange the codes of two images, and neither reconstruction changes.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core.data.batches import Batches
from vae_core.data.image_set import load
from vae_core.models.layers import Residual

WIDTH, NARROW = 64, 8
"""Channels of the first convolution: the tutorial's, and one that a minute is enough for."""
STEPS, BATCH, LEARNING_RATE, WEIGHT_DECAY = 150, 32, 5e-4, 1e-5


class SkipNetwork(nn.Module):
    """The tutorial's layers for images of 64 x 64; a code is a map (4 * width, 4, 4), and past it go maps of all four sides."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        sizes = [width, 2 * width, 4 * width, 8 * width]
        self.down = nn.ModuleList([_stage(nn.Conv2d(3, width, 3, padding=1), width)])
        self.down.extend(_stage(nn.Conv2d(before, after, 4, 2, 1), after) for before, after in pairwise(sizes))
        self.mean, self.log_var = (nn.Conv2d(8 * width, 4 * width, 4, 2, 1) for _ in range(2))
        inputs = [4 * width, *(2 * size for size in reversed(sizes[1:]))]
        self.up = nn.ModuleList(
            _stage(nn.ConvTranspose2d(before, after, 4, 2, 1), after) for before, after in zip(inputs, reversed(sizes), strict=True)
        )
        last = nn.BatchNorm2d(width)
        self.image = nn.Sequential(nn.Conv2d(2 * width, width, 3, padding=1), last, nn.ReLU(), nn.Conv2d(width, 3, 3, padding=1), nn.Tanh())

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Images (N, 3, 64, 64) from -1 to 1 -> mean and log variance of the code, and what goes past it."""
        skips = []
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        return self.mean(x), self.log_var(x), skips

    def decode(self, z: Tensor, skips: Sequence[Tensor]) -> Tensor:
        """A code and the encoder's maps -> images (N, 3, 64, 64) from -1 to 1."""
        for stage, skip in zip(self.up, reversed(skips), strict=True):
            z = torch.cat([stage(z), skip], 1)
        image: Tensor = self.image(z)
        return image


def _stage(convolution: nn.Module, channels: int) -> nn.Sequential:
    body = [nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU()]
    body += [nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)]
    return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU(), Residual(*body), nn.ReLU())


def trained(width: int = NARROW, seed: int = 0) -> tuple[SkipNetwork, Tensor]:
    """The network after a minute of emoji by the tutorial's loss, without its VGG features; and held-out images from -1 to 1."""
    torch.manual_seed(seed)
    network, images = SkipNetwork(width), load("emoji")
    batches, indices = Batches(images.images, torch.device("cpu")), torch.from_numpy(images.train)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    for _ in range(STEPS):
        x = 2 * batches[indices[torch.randint(len(indices), (BATCH,))]] - 1
        mean, log_var, skips = network.encode(x)
        made = network.decode(mean + torch.exp(0.5 * log_var) * torch.randn_like(mean), skips)
        kl = 0.5 * (mean.square() + log_var.exp() - 1 - log_var).sum() / x.numel()
        loss = functional.mse_loss(made, x) + 0.7 * functional.l1_loss(made, x) + 0.5 * kl
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    return network.eval(), 2 * batches[torch.from_numpy(images.validation)] - 1


def exchanged() -> dict[str, float]:
    """What exchanging codes changes, in grey levels of 255; the error of reconstructions from 0 to 1; numbers that go past the code."""
    network, x = trained()
    with torch.inference_mode():
        z, _, skips = network.encode(x)
        own, others = network.decode(z, skips), network.decode(z.roll(1, 0), skips)
    return {
        "skips_error": float((own - x).square().mean()) / 4,
        "skips_exchange_mean": 127.5 * float((own - others).abs().mean()),
        "skips_exchange_most": 127.5 * float((own - others).abs().max()),
        "skips_numbers_past_the_code": sum(math.prod(skip.shape[1:]) for skip in skips),
    }

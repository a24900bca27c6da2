"""What a denoising model sees: noise and a black square on the input, while the clean image is to be reconstructed. Knows no data set.

Vincent et al. 2008; with the same objective it stays a bound for a VAE, of the corrupted image's posterior (Im et al. 2017).
"""

import torch
from torch import Tensor

from vae_core.config import TrainConfig


def corrupt(x: Tensor, config: TrainConfig, generator: torch.Generator) -> Tensor:
    """x (N, C, H, W) in [0, 1] -> what the encoder sees of it: each image with its own level of noise and its own place of the square.

    Without noise and mask it is x itself, and nothing is drawn.
    """
    if config.noise:
        sigma = config.noise * torch.rand(len(x), generator=generator, device=x.device)
        x = add_noise(x, sigma, generator)
    return blacken(x, config.mask, torch.rand(2, len(x), generator=generator, device=x.device)) if config.mask else x


def add_noise(x: Tensor, sigma: Tensor, generator: torch.Generator) -> Tensor:
    """Normal noise on images (N, C, H, W) of a standard deviation each (N,); what leaves [0, 1] is cut off."""
    noise = torch.randn(x.shape, generator=generator, device=x.device)
    return (x + sigma[:, None, None, None] * noise).clamp_(0, 1)


def blacken(x: Tensor, part: float, place: Tensor) -> Tensor:
    """Images (N, C, H, W) with a black rectangle, `part` of both sides, at `place` (2, N): 0 top or left, 1 bottom or right."""
    inside = [_covered(length, part, where) for length, where in zip(x.shape[2:], place, strict=True)]
    return x * ~(inside[0][:, None, :, None] & inside[1][:, None, None, :])


def _covered(length: int, part: float, place: Tensor) -> Tensor:
    """Which of `length` pixels are covered in each image: bool (N, length)."""
    size = max(1, round(part * length))
    start = (place * (length - size + 1)).long().clamp_max(length - size)[:, None]
    pixels = torch.arange(length, device=place.device)[None]
    return (pixels >= start) & (pixels < start + size)

"""Training images seen a little differently each time: flipped, turned, shifted, enlarged, brighter or darker. Knows no data set.

Every image draws its own change, on the device it is on, from the training's own generator: so a stopped training goes on exactly
as it would have. (torchvision's transforms change a whole batch alike and draw from the global generator.)
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from vae_core.config import TrainConfig


def is_wanted(config: TrainConfig) -> bool:
    """Whether the config asks for any change at all."""
    return any((config.flip, config.rotation, config.shift, config.zoom, config.brightness))


def augment(x: Tensor, config: TrainConfig, generator: torch.Generator) -> Tensor:
    """x (N, C, H, W) in [0, 1] -> the same, each image changed by its own draw; what comes in from outside continues the edge."""
    mirror, turn, grow, across, down, light = torch.rand(6, len(x), generator=generator, device=x.device)
    if config.brightness:
        x = (x * (1 + config.brightness * (2 * light - 1))[:, None, None, None]).clamp_(0, 1)
    if not any((config.flip, config.rotation, config.shift, config.zoom)):
        return x
    return warp(
        x,
        mirrored=mirror < (0.5 if config.flip else 0.0),
        angle=math.radians(config.rotation) * (2 * turn - 1),
        scale=1 + config.zoom * grow,
        shift=config.shift * (2 * torch.stack([across, down], dim=1) - 1),
    )


def warp(x: Tensor, *, mirrored: Tensor, angle: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Mirror, turn clockwise by radians about the middle, enlarge, then move images (N, C, H, W); bilinear.

    mirrored, angle, scale (N,); shift (N, 2): right and down, as fractions of the width and the height.
    """
    height, width = x.shape[2:]
    flip = 1.0 - 2.0 * mirrored.to(x.dtype)
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    right, down = 2 * shift.unbind(1)[0], 2 * shift.unbind(1)[1]
    aspect = height / width
    first = torch.stack([cos, sin * aspect, -(cos * right + sin * aspect * down)], dim=1) * flip[:, None]
    second = torch.stack([-sin / aspect, cos, sin / aspect * right - cos * down], dim=1)
    grid = functional.affine_grid(torch.stack([first, second], dim=1), list(x.shape), align_corners=False)
    return functional.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)


def preview(images: np.ndarray, config: TrainConfig, seed: int = 0) -> np.ndarray:
    """uint8 (N, C, H, W) -> the same after one change each, as a training would make it."""
    x = torch.from_numpy(images).float() / 255
    return (augment(x, config, torch.Generator().manual_seed(seed)) * 255).round().to(torch.uint8).numpy()

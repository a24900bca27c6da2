"""How good drawn images are as a set: how sharp, how evenly spread over classes, how far from real ones."""

import math

import numpy as np
import torch
from torch import Tensor, nn

HALF_NYQUIST = 0.25
"""In cycles per pixel; the Nyquist frequency is a half."""


def high_energy(images: Tensor) -> float:
    """Mean energy of images (N, C, H, W) above half the Nyquist frequency, however it lies."""
    height, width = images.shape[2:]
    frequency = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)[None])
    energy = torch.fft.fft2(images.double(), norm="ortho").abs().square()
    return float(energy[..., frequency > HALF_NYQUIST].sum() / len(images))


def sharpness(images: Tensor, real: Tensor) -> float:
    """Energy of images (N, C, H, W) above half the Nyquist frequency, over that of real ones (M, C, H, W)."""
    return high_energy(images) / high_energy(real)


@torch.inference_mode()
def class_entropy(judge: nn.Module, images: Tensor) -> float:
    """Entropy of the shares of classes among images, by a classifier, over that of even shares: 0 to 1."""
    logits = judge(images)
    shares = torch.bincount(logits.argmax(1), minlength=logits.shape[1]) / len(images)
    return float(torch.special.entr(shares).sum()) / math.log(logits.shape[1])


@torch.inference_mode()
def frechet(judge: nn.Sequential, images: Tensor, real: Tensor) -> float:
    """Fréchet distance between normal distributions of a classifier's last hidden features (Heusel et al. 2017, eq. 6)."""
    (mean, covariance), (wanted, real_covariance) = (_moments(judge[:-1](some)) for some in (images, real))
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ real_covariance @ root).clip(0)).sum()
    return float(np.square(mean - wanted).sum() + np.trace(covariance) + np.trace(real_covariance) - 2 * cross)


def _moments(features: Tensor) -> tuple[np.ndarray, np.ndarray]:
    values = features.double().numpy()
    return values.mean(0), np.cov(values, rowvar=False)

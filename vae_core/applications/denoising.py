"""The denoising bench: what a model makes of noisy images, beside the noisy images themselves and a median filter.

Computing needs torch, looking at what was computed does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vae_core import data
from vae_core.applications import images
from vae_core.errors import DataError
from vae_core.files.pictures import to_bytes
from vae_core.latent import encoded_sets
from vae_core.runs.run import Run

SIGMAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Standard deviations of the noise, for pixels in [0, 1]; what leaves [0, 1] is cut off."""
MOST = 500
"""Held-out images; which ones, a seed decides."""
SHOWN = 8
_AT_ONCE = 250


@dataclass(frozen=True, eq=False)
class Denoised:
    """What a model makes of noise, for each of `SIGMAS` (S).

    Attributes:
        noisy, median, model: float64 (S,), mean squared errors per pixel of the noisy images, of their 3 x 3 median, of the model's
            reconstructions; against the clean images.
        clean: uint8 (T, C, H, W), some of the images.
        noisy_images, median_images, model_images: uint8 (S, T, C, H, W), what became of these.
    """

    noisy: np.ndarray
    median: np.ndarray
    model: np.ndarray
    clean: np.ndarray
    noisy_images: np.ndarray
    median_images: np.ndarray
    model_images: np.ndarray


def measure(run: Run, other: Run) -> Denoised:
    """What `other` makes of held-out images of `run`, with seeded noise: the same for whichever model. Needs torch.

    A conditional model is told the true labels. Raises DataError without the images, and where `other` cannot take them; RunDamaged
    without usable weights.
    """
    import torch

    from vae_core.models import weights
    from vae_core.training.corruption import add_noise

    if not fits(other, images.dataset(run)):
        raise DataError(f"{other.id} cannot take the images of {run.id}; choose a model of images of the same size")
    known = images.load(run)
    places = images.some(known.validation, MOST)
    clean = torch.from_numpy(known.images[places].astype(np.float32) / 255)
    labels = torch.from_numpy(known.labels[places]) if other.config.model.traits.is_conditional and known.labels is not None else None
    model, stages = weights.load_model(other), []
    with torch.inference_mode():
        for sigma in SIGMAS:
            noisy = add_noise(clean, torch.full((len(clean),), sigma), torch.Generator().manual_seed(0))
            chunks = torch.split(torch.arange(len(clean)), _AT_ONCE)
            decoded = torch.cat([model.reconstruct(noisy[some], None if labels is None else labels[some]) for some in chunks])
            stages.append((noisy.numpy(), median(noisy.numpy()), decoded.numpy()))
    reference = clean.numpy()
    noisy_ones, median_ones, model_ones = zip(*stages, strict=True)

    def errors(kinds: Sequence[np.ndarray]) -> np.ndarray:
        return np.array([error(kind, reference) for kind in kinds])

    def pictures(kinds: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack([to_bytes(kind[:SHOWN]) for kind in kinds])

    return Denoised(
        noisy=errors(noisy_ones),
        median=errors(median_ones),
        model=errors(model_ones),
        clean=to_bytes(reference[:SHOWN]),
        noisy_images=pictures(noisy_ones),
        median_images=pictures(median_ones),
        model_images=pictures(model_ones),
    )


def error(made: np.ndarray, clean: np.ndarray) -> float:
    """The mean squared error per pixel."""
    return float(np.square(made.astype(np.float64) - clean).mean())


def psnr(squared_error: np.ndarray) -> np.ndarray:
    """The peak signal-to-noise ratio in dB of mean squared errors per pixel, for pixels in [0, 1]; infinite without an error."""
    with np.errstate(divide="ignore"):
        ratio: np.ndarray = -10 * np.log10(squared_error)
    return ratio


def median(noisy: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) with each pixel the median of the 3 x 3 pixels around it; at the border the outermost ones count again."""
    from scipy.ndimage import median_filter

    filtered: np.ndarray = median_filter(noisy, size=(1, 1, 3, 3), mode="nearest")
    return filtered


def fits(run: Run, dataset: str) -> bool:
    """Whether a run can take the images of a data set."""
    return not encoded_sets.obstacle(run, data.describe(dataset))

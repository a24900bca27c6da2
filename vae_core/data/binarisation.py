"""Grey images as black and white ones, drawn pixel by pixel: what published likelihoods of MNIST are measured on. Knows no model."""

from dataclasses import replace

import numpy as np

from vae_core.config import TrainConfig
from vae_core.data.image_set import ImageSet, leave_out, load

_SEED = 28_2016
_AT_ONCE = 1000


def load_for(config: TrainConfig) -> ImageSet:
    """The images of a training, without the classes left out. Raises DataError.

    They are black and white if such pixels are drawn once, the held-out ones if they are drawn each time.
    """
    images = leave_out(load(config.dataset, images=config.images), config.without)
    if config.binarise == "no":
        return images
    return binarised(images) if config.binarise == "once" else binarised(images, images.validation)


def binarised(images: ImageSet, index: np.ndarray | slice = slice(None)) -> ImageSet:
    """The same set with the images at `index` in black and white, the same at every call."""
    pixels = images.images.copy()
    pixels[index] = binarise(images.images[index], seed=_SEED)
    pixels.setflags(write=False)
    return replace(images, images=pixels)


def binarise(images: np.ndarray, *, seed: int) -> np.ndarray:
    """Images uint8 (N, ...) -> 0 or 255, white with the probability value / 255 (Salakhutdinov & Murray 2008)."""
    generator, drawn = np.random.default_rng(seed), np.empty_like(images)
    for start in range(0, len(images), _AT_ONCE):
        grey = images[start : start + _AT_ONCE]
        drawn[start : start + _AT_ONCE] = 255 * (generator.integers(0, 255, grey.shape, np.uint8) < grey)
    return drawn

"""What likelihoods of pixels say of colour pictures: a density's nats, and lengths of lossless codes beside those of files."""

import io
import math

import numpy as np
import torch
from PIL import Image
from recipes import Figures, trained

from vae_core.data.binarisation import load_for
from vae_core.models import evaluation
from vae_core.training.loop import Training
from vae_core.traits import LIKELIHOODS

FILES = {"png": {"optimize": True}, "webp": {"lossless": True, "method": 6, "exact": True}}


def likelihoods() -> Figures:
    """Of the recipe for emoji, with one sigma and one for each pixel: bits per dimension, beside lossless files of the same pictures."""
    figures: Figures = {}
    for name in [name for name, likelihood in LIKELIHOODS.items() if likelihood.has_sigma]:
        for learned in ("one", "pixel"):
            training = trained("emoji-32d", {"likelihood": name, "learn_sigma": learned, "epochs": 30})
            elbo = evaluation.elbo(training.model.eval(), training.batches, training.validation_indices)
            bits = elbo.bits_per_dimension(training.config.model.image_shape)
            figures |= {f"{name}_{learned}_nats": elbo.total, f"{name}_{learned}_bits": bits}
            figures[f"{name}_{learned}_residual"] = residual(training)
    images = load_for(training.config.train)
    return figures | {f"{kind}_bits": file_bits(kind, images.images[images.validation]) for kind in FILES}


@torch.inference_mode()
def residual(training: Training) -> float:
    """Variance of pixels around their decoded values over sigma squared, on training images: 1 if sigma is what it claims to be."""
    model, generator, found = training.model, torch.Generator().manual_seed(0), []
    for some in training.train_indices.split(500):
        x = training.batches[some]
        found.append(((x - model.images(model.encode(x).sample(generator))) * torch.exp(-model.pixel_log_sigma)).square().mean())
    return float(torch.stack(found).mean())


def file_bits(kind: str, images: np.ndarray) -> float:
    """Bits per pixel and channel of uint8 images (N, 3, H, W) as lossless files."""
    sizes = []
    for image in images.transpose(0, 2, 3, 1):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, kind, **FILES[kind])
        sizes.append(buffer.tell())
    return 8 * float(np.mean(sizes)) / math.prod(images.shape[1:])

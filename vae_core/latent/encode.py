"""Encode images to posterior means and log-variances."""

from __future__ import annotations

import typing

import numpy as np

if typing.TYPE_CHECKING:
    from vae_core.data.batches import Batches
    from vae_core.data.image_set import ImageSet
    from vae_core.models import Model
from vae_core.latent.codes import MAX_TRAINING_CODES, Codes, shuffled

DRAWS = 50  # of each posterior, where its KL is an estimate


def encode_images(model: Model, batches: Batches, data: ImageSet) -> Codes:
    """Encode the validation images and up to 10,000 training images of `data`."""
    index = shuffled(data.train, data.validation)[: len(data.validation) + MAX_TRAINING_CODES]
    mean, log_var, reconstruction = encode(model, batches, index)
    labels = np.full(len(index), -1) if data.labels is None else data.labels[index]
    kl = estimated_kl(model, mean, log_var)
    return Codes(mean, log_var, labels.astype(np.int64), index.astype(np.int64), reconstruction, len(data.validation), kl)


def encode(model: Model, batches: Batches, index: np.ndarray, batch_size: int = 1000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Encode images to their posteriors.

    Args:
        model: of any family; it is put into evaluation mode.
        batches: the images, by their places.
        index: places (N,) of the images to encode.
        batch_size: images in one pass, which bounds the memory.

    Returns:
        Means (N, D), log variances (N, D), which are (0, D) for a plain autoencoder, and the reconstruction's nats (N,).
    """
    import torch

    model.eval()
    means, log_vars, costs = [], [], []
    with torch.inference_mode():
        for some in torch.split(torch.from_numpy(np.asarray(index, np.int64)), batch_size):
            x, labels = batches[some], batches.labels(some)
            posterior = model.encode(x, labels)
            mean, log_var = posterior.mean, posterior.log_var
            means.append(mean.cpu().numpy())
            log_vars.append(mean[:0].cpu().numpy() if log_var is None else log_var.cpu().numpy())
            costs.append(model.reconstruction_cost(model.decode(mean, labels), x).cpu().numpy())
    return np.concatenate(means), np.concatenate(log_vars), np.concatenate(costs)


def estimated_kl(model: Model, mean: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    """KL to the prior (N,) in nats of posteriors (N, D), by seeded draws; empty (0,) where there is a formula for it."""
    import torch

    from vae_core.models.posteriors import DiagonalNormal, Point

    if model.config.traits.kl_by_dimension:
        return np.zeros(0, np.float32)
    place = model.log_sigma.device
    generator, found = torch.Generator(place).manual_seed(0), []
    with torch.inference_mode():
        for start in range(0, len(mean), 1000):
            some = [torch.from_numpy(array[start : start + 1000]).to(place) for array in (mean, log_var)]
            posterior = DiagonalNormal(*some) if len(log_var) else Point(some[0])
            found.append(model.kl(posterior, posterior.noise(DRAWS, generator)).squeeze(1).cpu().numpy())
    return np.concatenate(found)

"""Encode images to means and log-variances, and keep them beside the weights. Reading needs no torch."""

from __future__ import annotations

import io
import typing
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae_core.errors import RunDamaged
from vae_core.files import write_atomic

if typing.TYPE_CHECKING:
    from vae_core.batches import Batches
    from vae_core.data import ImageSet
    from vae_core.models import Autoencoder

MOST_TRAINING_CODES = 10_000
MOST_SHOWN = 1500  # of the validation codes have a thumbnail and are drawn on a map
THUMBNAIL_COLUMNS = 40


@dataclass(frozen=True)
class Codes:
    """Encoded images, validation first (in a shuffled order fixed by a seed), then up to 10,000 for training."""

    mean: np.ndarray  # float32 (N, D)
    log_var: np.ndarray  # float32 (N, D); empty (0, D) for a plain autoencoder
    labels: np.ndarray  # int64 (N,), -1 where there are none
    index: np.ndarray  # int64 (N,), places in the data set
    validation: int  # how many of them, from the start, were not trained on


def compute(model: Autoencoder, batches: Batches, data: ImageSet) -> Codes:
    """Encode the validation images and up to 10,000 training images of `data`."""
    shuffle = np.random.default_rng(0)
    training = shuffle.permutation(data.train)[:MOST_TRAINING_CODES]
    index = np.concatenate([shuffle.permutation(data.validation), training])
    mean, log_var = encode(model, batches, index)
    labels = np.full(len(index), -1) if data.labels is None else data.labels[index]
    return Codes(mean, log_var, labels.astype(np.int64), index.astype(np.int64), len(data.validation))


def encode(model: Autoencoder, batches: Batches, index: np.ndarray, batch_size: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Posterior means (N, D) and log variances (N, D; (0, D) for a plain autoencoder) of the images at `index` (N,)."""
    import torch

    model.eval()
    means, log_vars = [], []
    with torch.inference_mode():
        for some in torch.from_numpy(np.asarray(index, np.int64)).split(batch_size):
            posterior = model.encode(batches[some])
            means.append(posterior.mean.cpu().numpy())
            log_vars.append(posterior.mean[:0].cpu().numpy() if posterior.log_var is None else posterior.log_var.cpu().numpy())
    return np.concatenate(means), np.concatenate(log_vars)


def save(codes: Codes, path: Path) -> None:
    """Write codes whole or not at all, in half precision: off by less than 0.002 for values below 4."""
    buffer = io.BytesIO()
    halves = {"mean": codes.mean.astype(np.float16), "log_var": codes.log_var.astype(np.float16)}
    np.savez_compressed(buffer, **(vars(codes) | halves))
    write_atomic(path, buffer.getvalue())


def load(path: Path) -> Codes:
    """Read codes. Raises RunDamaged when the file is missing, truncated or altered."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            whole = {name: arrays[name].astype(np.float32) for name in ("mean", "log_var")}
            return Codes(**whole, labels=arrays["labels"], index=arrays["index"], validation=int(arrays["validation"]))
    except FileNotFoundError:
        raise RunDamaged(f"{path.name} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        raise RunDamaged(f"{path.name} cannot be read ({error.__class__.__name__})") from None

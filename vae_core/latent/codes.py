"""Codes, the encoded means of images, and their file beside the weights. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from vae_core.errors import RunDamaged
from vae_core.files.arrays import npz, read_npz
from vae_core.files.atomic import write_atomic

MAX_TRAINING_CODES = 10_000
MAX_SHOWN = 1500  # of the validation codes have a thumbnail and are drawn on a map
SMALL = 500  # images: of a smaller set all have
THUMBNAIL_COLUMNS = 40
PRECISION = {"mean": 11, "log_var": 7, "reconstruction": 11, "estimated_kl": 11}  # binary digits in a file: more than a screen shows
KINDS = {**dict.fromkeys(PRECISION, np.float32), **dict.fromkeys(("labels", "index", "validation"), np.int64)}  # of arrays in a file
OPTIONAL = ("estimated_kl",)


@dataclass(frozen=True)
class Codes:
    """Encoded images, validation first (in a shuffled order fixed by a seed), then those for training."""

    mean: np.ndarray  # float32 (N, D)
    log_var: np.ndarray  # float32 (N, D); empty (0, D) for a plain autoencoder
    labels: np.ndarray  # int64 (N,), -1 where there are none
    index: np.ndarray  # int64 (N,), places in the data set
    reconstruction: np.ndarray  # float32 (N,), nats: what the image costs when its mean is decoded
    validation: int  # how many of them, from the start, were not trained on
    estimated_kl: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    """float32 (N,), nats: the KL to a prior for which there is no formula; empty (0,) where it follows from mean and log_var"""

    @property
    def kl(self) -> np.ndarray:
        """KL to the prior by image and dimension (N, D) in nats, or (N, 1) if it is an estimate; zero for a plain autoencoder."""
        if len(self.estimated_kl):
            return self.estimated_kl[:, None]
        if not len(self.log_var):
            return np.zeros_like(self.mean)
        kl: np.ndarray = 0.5 * (self.mean**2 + np.exp(self.log_var) - 1.0 - self.log_var)
        return kl

    @property
    def cost(self) -> np.ndarray:
        """Nats (N,): reconstruction and KL. A little less than -ELBO, since the mean is decoded and not a draw around it."""
        cost: np.ndarray = self.reconstruction + self.total_kl
        return cost

    @property
    def total_kl(self) -> np.ndarray:
        """KL to the prior by image (N,) in nats, found in parts: of codes that are mapped from the disk, few are in memory at once."""
        if len(self.estimated_kl):
            return self.estimated_kl
        parts = (replace(self, mean=self.mean[some], log_var=self.log_var[some]) for some in _slices(len(self.mean)))
        return np.concatenate([part.kl.sum(1) for part in parts])


def shuffled(training: np.ndarray, validation: np.ndarray) -> np.ndarray:
    """Places in a data set in the order of codes, (V + T,): all for validation, then all for training, each part shuffled by seed 0."""
    shuffle = np.random.default_rng(0)
    later = shuffle.permutation(training)
    return np.concatenate([shuffle.permutation(validation), later])


def best_known(codes: Codes) -> int:
    """The held-out image of the first class that is reconstructed best, among those that are drawn: what a model shows of itself first."""
    labels = codes.labels[: min(MAX_SHOWN, codes.validation)]
    of_first_class = np.flatnonzero(labels == labels.min())
    return int(of_first_class[codes.reconstruction[of_first_class].argmin()])


def shown(codes: Codes) -> int:
    """How many codes, from the start, have a thumbnail and are drawn on a map."""
    return len(codes.mean) if len(codes.mean) < SMALL else min(MAX_SHOWN, codes.validation)


def _slices(count: int, size: int = 4096) -> list[slice]:
    return [slice(start, start + size) for start in range(0, max(1, count), size)]


def save(codes: Codes, path: Path) -> None:
    """Write codes whole or not at all, their numbers rounded to a few binary digits, which pack small."""
    short = {name: _shortened(getattr(codes, name), digits) for name, digits in PRECISION.items()}
    arrays = {name: array for name, array in (vars(codes) | short).items() if name not in OPTIONAL or len(array)}
    write_atomic(path, npz(**arrays))


def _shortened(values: np.ndarray, digits: int) -> np.ndarray:
    """float32 rounded to a mantissa of so many binary digits, after the leading one."""
    dropped = np.uint32(23 - digits)
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + (1 << (dropped - 1))) >> dropped << dropped).view(np.float32)


def load(path: Path) -> Codes:
    """Read codes. Raises RunDamaged when the file is missing, truncated or altered, or holds what are no codes."""
    arrays = read_npz(path, KINDS, OPTIONAL)
    count, latent_dim = (*arrays["mean"].shape, 0)[:2]
    has_variances = len(arrays["log_var"]) > 0
    shapes = {
        "mean": (count, latent_dim),
        "log_var": (count if has_variances else 0, latent_dim),
        **dict.fromkeys(("labels", "index", "reconstruction"), (count,)),
        "validation": (),
        **{name: (count,) for name in OPTIONAL if name in arrays},
    }
    if {name: array.shape for name, array in arrays.items()} != shapes or not 0 <= arrays["validation"] <= count:
        raise RunDamaged(f"{path.name} holds arrays that do not fit each other; evaluate the model again")
    if not all(np.isfinite(arrays[name]).all() for name in PRECISION if name in arrays):
        raise RunDamaged(f"{path.name} holds something else than numbers; evaluate the model again")
    validation = int(arrays.pop("validation"))
    return Codes(**arrays, validation=validation)

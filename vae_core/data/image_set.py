"""The one door to images: pixels, labels and a fixed split, by name. Does not know how any single set is stored."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vae_core.data import own, packaged, shapes, torchvision_sets
from vae_core.data.catalogue import DatasetInfo
from vae_core.data.own import collection
from vae_core.data.registry import describe
from vae_core.errors import DataError

TRAINING_SHARE = 0.8
_SPLIT_SEED = 20_130_506


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images in memory with what is known about each. `train` and `validation` together name every image once, but those left out."""

    info: DatasetInfo
    images: np.ndarray
    """uint8 (N, C, H, W), C-contiguous and read-only; those of an own set stay on the disk until they are used."""
    labels: np.ndarray | None
    """int64 (N,), an index into `info.class_names`; None when there are no classes."""
    train: np.ndarray
    """int64 indices, sorted."""
    validation: np.ndarray
    """int64 indices, sorted."""
    factors: np.ndarray | None = None
    """float32 (N, 5), shapes only: shape, scale, rotation in radians, x and y of the centre in pixels."""


def load(name: str, *, images: int = 0, seed: int = 0) -> ImageSet:
    """Load a data set with its split; never downloads.

    Args:
        name: one of `names()`.
        images: how many to take, in proportion from training and validation; 0 takes all. Of generated shapes any number is made.
        seed: decides which ones.

    Raises:
        DataError: the name is unknown, there are not so many images, or the set is not on this machine.
    """
    info = describe(name)
    if images < 0 or (images > info.count and name != "shapes"):
        raise DataError(f"{images:,} images of {name} were requested; it has {info.count:,}, and 0 takes them all")
    if name == "shapes":
        pixels, factors = shapes.generate(images or info.count, seed)
        return _image_set(info, pixels, factors[:, 0], *split(len(pixels)), factors)
    if info.own:
        pixels, labels = own.read(info)
        parts = split(len(pixels)) if labels is None or not info.split_by_class else split_by_class(labels)
        whole = _image_set(info, pixels, labels, *parts)
    elif info.download_mb:
        pixels, labels, training = torchvision_sets.read(info)
        whole = _image_set(info, pixels, labels, np.arange(training), np.arange(training, len(pixels)))
    else:
        pixels, labels = packaged.read(name)
        whole = _image_set(info, pixels, labels, *split(len(pixels)))
    return _subset(whole, images, seed) if 0 < images < len(pixels) else whole


def split(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sorted training and validation indices of `count` images, 80 to 20; always the same for the same count."""
    order = np.random.default_rng(_SPLIT_SEED).permutation(count)
    training = _training_count(count, TRAINING_SHARE)
    return np.sort(order[:training]), np.sort(order[training:])


def split_by_class(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sorted training and validation indices, 80 to 20 in every class of the labels (N,): one is held out from two images on.

    Always the same for the same labels. Where every class has one image, one of them all is held out.
    """
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(labels))
    members = [order[labels[order] == label] for label in np.unique(labels)]
    counts = [_training_count(len(some), TRAINING_SHARE) for some in members]
    validation = np.concatenate([some[count:] for some, count in zip(members, counts, strict=True)])
    if not len(validation):
        validation = order[1:][-1:]
    return np.sort(np.setdiff1d(order, validation)), np.sort(validation)


def leave_out(images: ImageSet, classes: Collection[int]) -> ImageSet:
    """The same set with no image of some classes in `train` and `validation`. Raises DataError without labels, and if too few are left."""
    if not classes:
        return images
    if images.labels is None:
        raise DataError(f"{images.info.name} has no labels, so no class of it can be left out; set without to none")
    kept = ~np.isin(images.labels, list(classes))
    train, validation = (part[kept[part]] for part in (images.train, images.validation))
    if len(train) < 2 or not len(validation):
        raise DataError(
            f"without these classes, {images.info.name} has {len(train)} images to train on and {len(validation)} to validate; "
            "leave out fewer classes"
        )
    return replace(images, train=train, validation=validation)


def is_available(name: str) -> bool:
    """Whether `load` can be tried now, without a network; looks for the files but not into them. Raises DataError: unknown name."""
    info = describe(name)
    return not info.download_mb or not torchvision_sets.missing(name)


def files(name: str) -> list[Path]:
    """The files whose bytes say which images are in a set. Raises DataError, saying what to do, when they are not there."""
    info = describe(name)
    if info.own:
        return [collection.home() / name / collection.ABOUT]
    if not info.download_mb:
        return sorted(packaged.ASSETS.glob(f"{name}.*"))
    if not is_available(name):
        load(name)
    return [torchvision_sets.root() / path for path in torchvision_sets.FILES[name]]


def download(name: str, progress: Callable[[float, str], None]) -> None:
    """Fetch a data set into the data folder, replacing what is there; `progress` is called with a fraction from 0 to 1 and a sentence.

    Raises DataError for a set that needs no download and when it cannot be fetched or stored; nothing half-done is left then.
    """
    info = describe(name)
    if not info.download_mb:
        raise DataError(f"{name} comes with the program; there is nothing to download, just use it")
    torchvision_sets.download(info, progress)


def _image_set(
    info: DatasetInfo,
    images: np.ndarray,
    labels: np.ndarray | None,
    train: np.ndarray,
    validation: np.ndarray,
    factors: np.ndarray | None = None,
) -> ImageSet:
    images.setflags(write=False)
    labels = None if labels is None else labels.astype(np.int64)
    return ImageSet(info, images, labels, train.astype(np.int64), validation.astype(np.int64), factors)


def _subset(whole: ImageSet, count: int, seed: int) -> ImageSet:
    """`count` images of a set in their old order, a copy of these alone; each stays on its side of the split."""
    random = np.random.default_rng(seed)
    training = _training_count(count, len(whole.train) / len(whole.images))
    train = random.choice(whole.train, training, replace=False)
    kept = np.sort(np.concatenate([train, random.choice(whole.validation, count - training, replace=False)]))
    of_train = np.isin(kept, train)
    labels = None if whole.labels is None else whole.labels[kept]
    return _image_set(whole.info, whole.images[kept], labels, np.flatnonzero(of_train), np.flatnonzero(~of_train))


def _training_count(count: int, share: float) -> int:
    """Images to train on: the share, but at least one, and from two images on at least one is left to validate on."""
    return max(1, min(round(count * share), count - 1))

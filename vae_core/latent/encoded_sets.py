"""Codes of any data set by a run's encoder, kept in the run's folder and mapped from there. Looking at them needs no torch.

A file begins with the sha256 of all that follows, then says in JSON what it holds; behind these 4,096 bytes lie the arrays of
`Codes`, one after the other.
"""

import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from vae_core import data
from vae_core.config import TrainConfig
from vae_core.data.binarisation import binarised
from vae_core.data.catalogue import DatasetInfo
from vae_core.data.image_set import ImageSet, leave_out
from vae_core.errors import DataError, DeviceError, ExplorerError, RunDamaged
from vae_core.files.atomic import draft, sweep
from vae_core.files.digests import sha256
from vae_core.files.locks import release_lock, take_lock
from vae_core.files.storage import CHECKPOINTS
from vae_core.latent import codes
from vae_core.latent.codes import Codes
from vae_core.runs import derived
from vae_core.runs.run import Run

FORMAT = 1
HEADER_BYTES = 4096
BATCH_BYTES = 800_000  # of images in one batch, which bounds what the layers need
MAX_IN_BATCH = 1000
POLL_SECONDS = 0.2
_DIGEST_BYTES = 65  # in hexadecimal, and the end of the line
_NAME_END = len("-.codes") + 32

OnProgress = Callable[[int, int], None]
Columns = dict[str, tuple[int, np.dtype, tuple[int, ...]]]


def fitting(run: Run) -> list[str]:
    """The names of the data sets that the run can encode: of its images' shape and, if it is told labels, of the same classes."""
    return [name for name in data.names() if not obstacle(run, data.describe(name))]


def obstacle(run: Run, info: DatasetInfo) -> str:
    """Why a run cannot encode a data set; empty if it can."""
    model, own = run.config.model, run.config.train.dataset
    if info.image_shape != tuple(model.image_shape):
        theirs, ours = (" × ".join(map(str, shape)) for shape in (info.image_shape, model.image_shape))
        return f"the images of {info.name} are {theirs}, but {run.id} takes {ours}"
    if model.traits.is_conditional and info.name != own and (own not in data.names() or info.class_names != data.describe(own).class_names):
        return f"{run.id} is told labels, and those of {info.name} are not those of {own}"
    return ""


def key(run: Run, name: str) -> str:
    """A hex digest of all that determines the codes: weights, data set and its files, what was learned from, preprocessing, format.

    Raises DataError for a set that is unknown, absent or of another shape than the run's images, RunDamaged without weights.
    """
    info, config = data.describe(name), run.config
    if reason := obstacle(run, info):
        raise DataError(f"{reason}; choose one of {', '.join(fitting(run))}")
    try:
        weights = sha256(run.weights)
    except OSError as error:
        raise RunDamaged(f"{run.weights.name} cannot be read ({error.strerror})") from None
    facts = [FORMAT, weights, name, info.count, [sha256(path) for path in data.files(name)], info.image_shape]
    learned = [config.train.dataset, config.train.images, *config.train.without]
    return hashlib.sha256(json.dumps(facts + learned).encode()).hexdigest()


def file(run: Run, name: str) -> Path:
    """Where the codes of a data set are, or will be. Raises what `key` raises."""
    return derived.encoded(run) / f"{name}-{key(run, name)[:32]}.codes"


def find(run: Run, name: str) -> Codes | None:
    """The codes of a data set, mapped from the disk; None when it is not encoded yet or the file is damaged. Raises what `key` raises."""
    path = file(run, name)
    with suppress(RunDamaged):
        return _mapped(path)
    return None


def encode_set(run: Run, name: str, on_progress: OnProgress = lambda done, total: None) -> Codes:
    """Encode a whole data set and keep the codes, held-out images first, in the order of the run's own codes. Needs torch.

    Of any number of simultaneous calls one computes, and the others wait.

    Args:
        run: a trained run.
        name: a data set whose images have the shape that the run takes.
        on_progress: called with how many images are done, of how many; what it raises ends the work, and nothing is left.

    Raises:
        DataError: the set is unknown, absent or of another shape.
        RunDamaged: the run has no weights.
        RunError: the disk refuses.
    """
    path = file(run, name)
    with CHECKPOINTS.writing("the codes cannot be kept"):
        path.parent.mkdir(exist_ok=True)
        with _exclusive(path.with_name(f"{name}.lock"), lambda: on_progress(0, data.describe(name).count)):
            if find(run, name) is None:
                sweep(path.parent)
                _write(run, name, path, on_progress)
                tidy(run)
    return _mapped(path)


def tidy(run: Run) -> None:
    """Remove what other weights encoded, and what was encoded of sets that have changed since."""
    for path in (derived.encoded(run)).glob("*.codes"):
        with suppress(ExplorerError, OSError):
            if path != file(run, path.name[:-_NAME_END]):
                path.unlink()


def _mapped(path: Path) -> Codes:
    """The codes in a file, none of them in memory before it is used. Raises RunDamaged unless every bit is as it was written."""
    try:
        with path.open("rb") as opened:
            header = opened.read(HEADER_BYTES)
        if header[: _DIGEST_BYTES - 1].decode() != sha256(path, _DIGEST_BYTES):
            raise RunDamaged(f"{path.name} does not match its checksum; the file was altered or damaged")
        about = json.loads(header[_DIGEST_BYTES:])
        validation, whole = about.pop("validation"), np.memmap(path, np.uint8, "r")
        arrays = {
            column: whole[start : start + dtype.itemsize * math.prod(shape)].view(dtype).reshape(shape)
            for column, (start, dtype, shape) in _columns(**about).items()
        }
        return Codes(**arrays, validation=validation)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunDamaged(f"{path.name} cannot be read ({error.__class__.__name__})") from None


def _columns(count: int, latent_dim: int, has_variances: bool, estimates_kl: bool = False) -> Columns:
    """Where each array begins in a file, its type and its shape."""
    number, real = np.dtype("<i8"), np.dtype("<f4")
    kinds: dict[str, tuple[np.dtype, tuple[int, ...]]] = {
        "labels": (number, (count,)),
        "index": (number, (count,)),
        "mean": (real, (count, latent_dim)),
        "log_var": (real, (count if has_variances else 0, latent_dim)),
        "reconstruction": (real, (count,)),
        "estimated_kl": (real, (count if estimates_kl else 0,)),
    }
    columns, start = {}, HEADER_BYTES
    for column, (dtype, shape) in kinds.items():
        columns[column] = start, dtype, shape
        start += dtype.itemsize * math.prod(shape)
    return columns


def _write(run: Run, name: str, path: Path, on_progress: OnProgress) -> None:
    """Encode into a file beside `path`, batch by batch, and give it that name when it is whole."""
    images, held_out = _loaded(run, name)
    everything = np.arange(len(held_out))
    index = codes.shuffled(everything[~held_out], everything[held_out])
    labels = np.full(len(index), -1) if images.labels is None else images.labels[index]
    model = run.config.model
    kind = {"has_variances": model.traits.is_stochastic, "estimates_kl": not model.traits.kl_by_dimension}
    columns = _columns(len(index), model.latent_dim, **kind)
    about = {"count": len(index), "latent_dim": model.latent_dim, **kind, "validation": int(held_out.sum())}
    with draft(path) as temporary, temporary.open("r+b") as opened:
        opened.write((b" " * (_DIGEST_BYTES - 1) + b"\n" + json.dumps(about).encode()).ljust(HEADER_BYTES))
        _put(opened, columns, 0, labels=labels, index=index)
        for done, batch in _encoded(run, images, index):
            _put(opened, columns, done, **batch)
            on_progress(done + len(batch["mean"]), len(index))
        _seal(opened)


def _encoded(run: Run, images: ImageSet, index: np.ndarray) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Batches of columns, each with the place of its first row, for the images at `index` (N,)."""
    from vae_core import device
    from vae_core.data.batches import Batches
    from vae_core.latent import encode
    from vae_core.models import weights

    try:
        place = device.choose(run.config.train.device)
    except DeviceError:  # it was trained on another machine
        place = device.choose("auto")
    labels = images.labels if run.config.model.traits.is_conditional else None
    model, batches = weights.load_model(run).to(place), Batches(images.images, place, labels)
    size = max(1, min(MAX_IN_BATCH, BATCH_BYTES // images.images[0].size))
    for start in range(0, len(index), size):
        mean, log_var, reconstruction = encode.encode(model, batches, index[start : start + size])
        kl = encode.estimated_kl(model, mean, log_var)
        yield start, {"mean": mean, "log_var": log_var, "reconstruction": reconstruction, "estimated_kl": kl}


def _put(opened: BinaryIO, columns: Columns, row: int, **values: np.ndarray) -> None:
    """Write values into their columns from a row on; written, not mapped, since a full disk is an error only so."""
    for column, array in values.items():
        start, dtype, shape = columns[column]
        opened.seek(start + row * dtype.itemsize * math.prod(shape[1:]))
        opened.write(np.ascontiguousarray(array, dtype).data)


def _seal(opened: BinaryIO) -> None:
    """Put the digest in and bring everything to the disk."""
    opened.flush()
    opened.seek(_DIGEST_BYTES)
    digest = hashlib.file_digest(cast(BufferedRandom, opened), "sha256").hexdigest()
    opened.seek(0)
    opened.write(digest.encode())
    opened.flush()
    os.fsync(opened.fileno())


def _loaded(run: Run, name: str) -> tuple[ImageSet, np.ndarray]:
    """A whole data set, in black and white for a run that learned from such images, and what `_unseen` says of it."""
    images, unseen = _unseen(run.config.train, name)
    return (images if run.config.train.binarise == "no" else binarised(images)), unseen


def _unseen(recipe: TrainConfig, name: str) -> tuple[ImageSet, np.ndarray]:
    """A whole data set, and bool (N,): whether a training never saw an image, not even by another set's name."""
    if name == recipe.dataset and recipe.images in (0, data.describe(name).count):
        images = data.load(name)
        return images, ~np.isin(np.arange(len(images.images)), leave_out(images, recipe.without).train)
    learned = _learned(recipe)
    images = data.load(name)
    return images, ~np.isin(_fingerprints(images.images, np.arange(len(images.images))), learned)


def _learned(recipe: TrainConfig) -> np.ndarray:
    """Fingerprints of the images that a run was trained on; none when they are not on this machine."""
    try:
        known = leave_out(data.load(recipe.dataset, images=recipe.images), recipe.without)
    except DataError:
        return np.zeros(0, np.uint64)
    return _fingerprints(known.images, known.train)


def _fingerprints(images: np.ndarray, index: np.ndarray) -> np.ndarray:
    """A number uint64 (n,) for each of the images at `index`, the same for the same pixels."""
    digests = (hashlib.blake2b(np.ascontiguousarray(images[place]).data, digest_size=8).digest() for place in index)
    return np.fromiter((int.from_bytes(digest, "little") for digest in digests), np.uint64, len(index))


@contextmanager
def _exclusive(lock: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold a lock, after whoever holds it now."""
    while (descriptor := take_lock(lock)) is None:
        on_wait()
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        release_lock(descriptor)

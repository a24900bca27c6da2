"""The sets to download, in torchvision's file layout: find, read, fetch. Knows nothing of splits beyond their official parts.

The MNIST family is read here with numpy alone; torchvision, and torch with it, is imported only to read CIFAR-10 and SVHN. Downloads run
in a process of their own, which can be stopped, and which keeps torch out of the one that asked.
"""

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from vae_core.data.catalogue import DatasetInfo
from vae_core.errors import DataError
from vae_core.files.storage import DATA
from vae_core.processes.subprocesses import spawn

STALLED_SECONDS = 120.0

_KINDS = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "kmnist": "KMNIST", "cifar10": "CIFAR10", "svhn": "SVHN"}
_IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
_CIFAR_FILES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta")
FILES = {name: tuple(f"{_KINDS[name]}/raw/{file}" for file in _IDX_FILES) for name in ("mnist", "fashion_mnist", "kmnist")} | {
    "cifar10": tuple(f"cifar-10-batches-py/{file}" for file in _CIFAR_FILES),
    "svhn": ("train_32x32.mat", "test_32x32.mat"),
}


def root() -> Path:
    """The data folder: what VAE_DATA names (`storage.StorageFolder.path`), else `data` in the project."""
    return DATA.path


def missing(name: str) -> list[str]:
    """The files of a set that are not in the data folder, as paths within it."""
    return [file for file in FILES[name] if not (root() / file).is_file()]


def read(info: DatasetInfo) -> tuple[np.ndarray, np.ndarray, int]:
    """Images uint8 (N, C, H, W) and labels int64 (N,), training part first, and how many images that part has.

    Raises DataError, saying what to do, when a file is absent or damaged.
    """
    absent = missing(info.name)
    if absent:
        raise DataError(f"{info.name} is not in {root()} ({absent[0]} is missing); {_remedy(info)}")
    try:
        return _read_idx_set(info) if info.name not in ("cifar10", "svhn") else _read_colour_set(info)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise DataError(f"{info.name} in {root()} cannot be read ({_last_line(str(error))}); {_remedy(info)}") from None


def download(info: DatasetInfo, progress: Callable[[float, str], None]) -> None:
    """Fetch a set beside the data folder's files and move them in when all are whole and readable.

    Raises DataError when it cannot be fetched or stored. What `progress` raises stops the download.
    """
    with DATA.writing(f"{info.name} cannot be stored"):
        root().mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=root(), prefix=".download-", ignore_cleanup_errors=True) as staging:
            _fetch(info, Path(staging), progress)
            for file in FILES[info.name]:
                (root() / file).parent.mkdir(parents=True, exist_ok=True)
                os.replace(Path(staging, file), root() / file)
    progress(1.0, f"{info.title}: ready")


def _read_idx_set(info: DatasetInfo) -> tuple[np.ndarray, np.ndarray, int]:
    """Both parts of a set of the MNIST family, copied once, from the mapped files into their place."""
    train_images, train_labels, test_images, test_labels = (_map_idx(root() / file) for file in FILES[info.name])
    count, training = len(train_images) + len(test_images), len(train_images)
    images, labels = np.empty((count, *info.image_shape), np.uint8), np.concatenate([train_labels, test_labels])
    for part, place in ((train_images, images[:training]), (test_images, images[training:])):
        if part.shape[1:] != info.image_shape[1:]:
            raise ValueError(f"its images have shape {part.shape[1:]} where {info.image_shape[1:]} is expected")
        place[:, 0] = part
    if (len(train_labels), len(test_labels)) != (training, len(test_images)) or labels.max(initial=0) >= len(info.class_names):
        raise ValueError("its labels do not belong to its images")
    return images, labels.astype(np.int64), training


def _map_idx(path: Path) -> np.ndarray:
    """The bytes of an IDX file, mapped: two zeros, 8 for bytes, the number of axes, each size as four big-endian bytes, the data."""
    axes = 3 if "idx3" in path.name else 1
    start = 4 + 4 * axes
    with path.open("rb") as file:
        header = file.read(start)
    shape = tuple(int.from_bytes(header[place : place + 4], "big") for place in range(4, start, 4))
    if header[:4] != bytes((0, 0, 8, axes)) or 0 in shape:
        raise ValueError(f"{path.name} is no IDX file of bytes along {axes} axes")
    expected, found = start + math.prod(shape), path.stat().st_size
    if expected != found:
        raise ValueError(f"{path.name} has {found:,} bytes where its header promises {expected:,}")
    return np.memmap(path, np.uint8, "r", start, shape)


def _read_colour_set(info: DatasetInfo) -> tuple[np.ndarray, np.ndarray, int]:
    """Both parts of CIFAR-10 or SVHN, whose checksums torchvision compares before it opens them."""
    from vae_core.data.torchvision_import import open_part

    parts = []
    for training in (True, False):
        part = open_part(_KINDS[info.name], root(), training=training)
        channels_first = part.data if info.name == "svhn" else part.data.transpose(0, 3, 1, 2)
        parts.append((channels_first, part.labels if info.name == "svhn" else part.targets))
    (train_images, train_labels), (test_images, test_labels) = parts
    images = np.empty((len(train_images) + len(test_images), *info.image_shape), np.uint8)
    np.concatenate([train_images, test_images], out=images)
    return images, np.concatenate([train_labels, test_labels]), len(train_images)


def _fetch(info: DatasetInfo, staging: Path, progress: Callable[[float, str], None]) -> None:
    """Run torchvision's downloader until it ends, telling how far the archives have grown; a stalled one is ended."""
    log = staging / "download.log"
    with log.open("wb") as output:
        child = spawn(*_arguments(info.name, staging), stdout=output, stderr=output)
    done, grown = -1, time.monotonic()
    try:
        while child.poll() is None:
            now = sum(path.stat().st_size for path in staging.rglob("*") if path.suffix in (".gz", ".mat"))
            done, grown = (now, time.monotonic()) if now > done else (done, grown)
            if time.monotonic() - grown > STALLED_SECONDS:
                raise DataError(f"the download of {info.name} stood still for {STALLED_SECONDS:.0f} seconds; {_retry(info)}")
            fraction = done / (info.download_mb * 1e6)
            state = f"{done / 1e6:.0f} of {info.download_mb} MB" if fraction < 0.99 else "unpacking"
            progress(min(fraction, 0.99), f"{info.title}: {state}")
            time.sleep(0.2)
    finally:
        child.kill()
        child.wait()
    if child.returncode:
        if warning := DATA.warning():
            raise DataError(f"{info.name} cannot be stored: {warning}")
        reason = _last_line(log.read_text(encoding="utf-8", errors="replace"))
        raise DataError(f"{info.name} could not be downloaded ({reason}); {_retry(info)}")


def _arguments(name: str, staging: Path) -> list[str]:
    return ["-m", "vae_core.data.torchvision_import", _KINDS[name], str(staging)]


def _remedy(info: DatasetInfo) -> str:
    return f"download it on the Train page or with `python -m vae_core download {info.name}`, or copy {_layout(info)} there"


def _retry(info: DatasetInfo) -> str:
    return f"check the network connection and try again, or copy {_layout(info)} to {root()}"


def _layout(info: DatasetInfo) -> str:
    return f"{FILES[info.name][0]} and the other files of torchvision's layout"


def _last_line(text: str) -> str:
    """The last line that says something, cut to the length of a sentence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no reason given"

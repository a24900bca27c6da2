"""An own set in the making: pictures are appended to a hidden folder, which gets its name when it is whole."""

import errno
import hashlib
import math
import os
import re
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vae_core.data.equal_images import are_the_same, refusal
from vae_core.data.own.collection import (
    ABOUT,
    BY_CLASS,
    FORMAT,
    HEADER_BYTES,
    IMAGES,
    LABELS,
    PROGRESS,
    TRASHED,
    classes,
    digest_of,
    folders,
    home,
    npy_header,
)
from vae_core.data.own.labels import UNSORTED
from vae_core.errors import DataError
from vae_core.files.atomic import sweep, write_atomic
from vae_core.files.records import write_json
from vae_core.files.storage import DATA

_STALE_SECONDS = 60.0


class Staging:
    """A set in the making: pictures are appended to a hidden folder, and `publish` gives it its name."""

    def __init__(self, folder: Path, image_shape: tuple[int, int, int]) -> None:
        self.folder, self.image_shape, self.count = folder, image_shape, 0
        self._file: BinaryIO | None = None

    @property
    def _pixels(self) -> BinaryIO:
        assert self._file is not None, "open it first"
        return self._file

    def open(self, count: int = 0) -> None:
        """Begin with no picture, or with the first `count` of those written before. Raises ValueError when there are fewer."""
        path, size = self.folder / IMAGES, HEADER_BYTES + count * math.prod(self.image_shape)
        if count and path.stat().st_size < size:
            raise ValueError(f"{path.name} holds fewer than {count:,} pictures")
        self.count, self._digest = count, digest_of(path, size) if count else hashlib.sha256()
        self._file = path.open("r+b" if count else "wb")
        self._pixels.truncate(size)
        self._pixels.seek(size)

    def append(self, image: np.ndarray) -> None:
        """Add one picture, uint8 (C, H, W)."""
        pixels = image.tobytes()
        self._pixels.write(pixels)
        self._digest.update(pixels)
        self.count += 1

    def flush(self) -> None:
        """Bring everything appended so far to the disk."""
        self._pixels.flush()
        os.fsync(self._pixels.fileno())

    def publish(self, title: str, labels: Sequence[str], source: str, skipped: int, reasons: Sequence[str]) -> str:
        """Make it a set, with everything on the disk, and return the name that it got.

        Args:
            title: what people call it.
            labels: a text an image; all are empty where there are no classes.
            source: where the pictures come from, as a sentence says it.
            skipped: how many files were left out.
            reasons: why, the commonest first.
        """
        self._pixels.seek(0)
        self._pixels.write(npy_header(np.dtype(np.uint8), (self.count, *self.image_shape)))
        self.flush()
        if are_the_same(np.memmap(self.folder / IMAGES, np.uint8, "r", HEADER_BYTES, (self.count, *self.image_shape))):
            raise DataError(refusal(self.count))
        digests = {IMAGES: self._digest.hexdigest()}
        class_names = classes(labels)
        if class_names:
            places = {name: place for place, name in enumerate(class_names)}
            numbers = np.array([places[label or UNSORTED] for label in labels], "<i8").tobytes()
            write_atomic(self.folder / LABELS, npy_header(np.dtype("<i8"), (self.count,)) + numbers)
            digests[LABELS] = hashlib.sha256(numbers).hexdigest()
        about = {"format": FORMAT, "title": title.strip(), "class_names": class_names, "image_shape": self.image_shape, "count": self.count}
        about |= {
            "source": source,
            "created": time.time(),
            "skipped": skipped,
            "reasons": list(reasons),
            "sha256": digests,
            "split": BY_CLASS,
        }
        write_json(self.folder / ABOUT, about)
        self.close()
        return _publish(self.folder, _slug(title))

    def close(self) -> None:
        """Let go of the file; what was flushed stays."""
        if self._file is not None:
            with suppress(OSError):  # a full disk takes the rest no more than it did before
                self._file.close()


@contextmanager
def new_set(image_shape: tuple[int, int, int], folder_name: str = "") -> Iterator[Staging]:
    """A set in the making, to be opened. Unless published, nothing of it is left at the end of the block.

    With a folder name, what was made so far stays when the block is left by anything but a DataError. Raises DataError while another
    process works in that folder.
    """
    from vae_core.files.locks import release_lock, take_lock

    home().mkdir(parents=True, exist_ok=True)
    _sweep()
    folder = home() / folder_name if folder_name else Path(tempfile.mkdtemp(dir=home(), prefix=".import-"))
    folder.mkdir(exist_ok=True)
    lock = take_lock(lock_of(folder))
    if lock is None:
        raise DataError("these pictures are being imported already; wait for the end of that")
    made, stays = Staging(folder, image_shape), False
    try:
        yield made
    except BaseException as error:
        stays = bool(folder_name) and not isinstance(error, DataError)
        raise
    finally:
        made.close()
        if not stays:
            shutil.rmtree(folder, ignore_errors=True)
        release_lock(lock)
        lock_of(folder).unlink(missing_ok=True)


def lock_of(folder: Path) -> Path:
    """The lock of a hidden folder, beside it: so it is held until the folder has its name, and Windows can rename the folder."""
    return folder.with_name(f"{folder.name}.lock")


def storing() -> AbstractContextManager[None]:
    """Turns what the disk refuses within the block into a DataError."""
    return DATA.writing("the pictures cannot be stored")


def _publish(folder: Path, slug: str) -> str:
    """Give a finished folder the next free name. A rename onto a folder with files fails, so of several processes one wins each."""
    (folder / PROGRESS).unlink(missing_ok=True)
    sweep(folder)
    folder.chmod(0o755)
    number = _highest_number(slug)
    while True:
        number += 1
        name = f"own-{slug}-{number:03d}"
        try:
            os.rename(folder, home() / name)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
        else:
            return name


def _highest_number(slug: str) -> int:
    """Deleted sets count: a model that learned from one must not show another."""
    trash = home() / ".trash"
    trashed = [match["name"] for match in map(TRASHED.fullmatch, os.listdir(trash) if trash.is_dir() else []) if match]
    matches = (re.fullmatch(rf"own-{slug}-([0-9]{{3,9}})", name) for name in (*folders(), *trashed))
    return max((int(match[1]) for match in matches if match), default=0)


def _slug(title: str) -> str:
    """A title in lower-case letters, digits and hyphens, at most 30."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or "set"


def _sweep() -> None:
    """Remove what a killed import left. A folder whose lock is held, or so young that it may not be locked yet, is left alone."""
    from vae_core.files.locks import release_lock, take_lock
    from vae_core.files.metadata import age

    for folder in home().glob(".import-*"):
        with suppress(FileNotFoundError, PermissionError):  # somebody else sweeps too, or began it
            young = age(folder.stat().st_mtime) < _STALE_SECONDS
            lock = None if young or not folder.is_dir() else take_lock(lock_of(folder))
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                release_lock(lock)
                lock_of(folder).unlink(missing_ok=True)

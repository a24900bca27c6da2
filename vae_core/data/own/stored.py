"""Own sets on disk: where they lie, what is known of each, how one is made, read and deleted. Knows no picture file and no ZIP.

A set is a folder with `images.npy`, `labels.npy` when there are classes, and `about.json`. It is made in a hidden folder that a lock
protects, and gets its name in one step when all of it is there.
"""

import datetime
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

from vae_core.data import torchvision_sets
from vae_core.data.own.labels import MOST_CHARACTERS, MOST_SHOWN, UNSORTED, clean, fitted
from vae_core.data.registry import DatasetInfo
from vae_core.data.variety import are_the_same, refusal
from vae_core.errors import DataError, RunDamaged
from vae_core.files import read_json, sweep, write_atomic, write_json
from vae_core.storage import DATA

FORMAT = 1
FEWEST_IMAGES = 4
MOST_CLASSES = 200
MOST_TITLE = 60
VERIFIED_BYTES = 256_000_000
"""Up to here the pixels are compared with their checksum whenever a set is loaded; it takes a fraction of a second."""

IMAGES, LABELS, ABOUT, PROGRESS = "images.npy", "labels.npy", "about.json", "progress.json"
BY_CLASS = "by class"
"""How images are held out of sets that say so; older sets keep the split that goes without classes."""
_HEADER_BYTES = 128
_MOST_ABOUT_BYTES = 1 << 20
_STALE_SECONDS = 60.0
_NAME = re.compile(r"own-[a-z0-9-]{1,40}")
_TRASHED = re.compile(r"(?P<name>.+)-\d{8}-\d{6}-\d{6}")


def home() -> Path:
    """The folder of all own sets, within the data folder."""
    return torchvision_sets.root() / "own"


def infos() -> list[DatasetInfo]:
    """The facts about every own set that is whole, oldest first."""
    found = []
    for folder in _folders().values():
        with suppress(DataError):
            about = _about(folder)
            found.append((about["created"], folder.name, _info(folder, about)))
    return [info for *_, info in sorted(found, key=lambda entry: entry[:2])]


def damaged() -> dict[str, str]:
    """The names of the own sets that `infos` leaves out, each with what is wrong."""
    found = {}
    for name, folder in sorted(_folders().items()):
        try:
            _info(folder, _about(folder))
        except DataError as error:
            found[name] = str(error)
    return found


def find(name: str) -> DatasetInfo | None:
    """The facts about one own set, None when there is none; the name never becomes part of a path. Raises DataError: damaged."""
    folder = _folders().get(name)
    return None if folder is None else _info(folder, _about(folder))


def read(info: DatasetInfo) -> tuple[np.ndarray, np.ndarray | None]:
    """Images uint8 (N, C, H, W), mapped from the disk, and labels int64 (N,), None without classes; both read-only.

    Raises DataError, saying what to do, when a file is absent, altered or damaged.
    """
    folder = _folders().get(info.name)
    if folder is None:
        raise DataError(f"{info.name} is not in {home()} any more; import it again")
    digests = _about(folder)["sha256"]
    try:
        images = _map(folder / IMAGES, np.dtype(np.uint8), (info.count, *info.image_shape), digests)
        labels = _map(folder / LABELS, np.dtype("<i8"), (info.count,), digests) if info.class_names else None
    except (OSError, ValueError) as error:
        raise _damaged(folder, str(error)) from None
    if labels is not None and not 0 <= labels.min() <= labels.max() < len(info.class_names):
        raise _damaged(folder, "its labels do not belong to its classes")
    return images, labels


def delete(name: str) -> None:
    """Move an own set into the folder `.trash` beside it. Raises DataError for a name that is no own set, and when it cannot be moved."""
    folder = _folders().get(name)
    if folder is None:
        raise DataError(f"{str(name)[:64]!r} is no data set of your own, so it cannot be deleted; choose one from the list")
    with DATA.writing("the data set cannot be moved to the trash"):
        trash = home() / ".trash"
        trash.mkdir(exist_ok=True)
        os.rename(folder, trash / f"{name}-{datetime.datetime.now():%Y%m%d-%H%M%S-%f}")


def check_request(title: str, image_shape: Sequence[int], fit: str) -> None:
    """Raises DataError unless the title, the shape of the images and the fit can be those of a set."""
    if not 1 <= len(title.strip()) <= MOST_TITLE or not title.isprintable():
        given = f"the title has {len(title)} characters" if title.isprintable() else "the title has characters that cannot be shown"
        raise DataError(f"{given}; expected 1 to {MOST_TITLE} printable ones on one line: choose another name of the data set (--title)")
    if not _is_shape(list(image_shape)):
        raise DataError(f"images of {tuple(image_shape)} were asked for; expected 1 or 3 channels and sides from 8 to 128 pixels")
    if fit not in ("crop", "pad"):
        raise DataError(f"the fit is {fit[:40]!r}; choose crop (the middle of a picture) or pad (all of it)")


class Staging:
    """A set in the making: pictures are appended to a hidden folder, and `publish` gives it its name."""

    def __init__(self, folder: Path, image_shape: tuple[int, int, int]) -> None:
        self.folder, self.image_shape, self.count = folder, image_shape, 0
        self._file: BinaryIO | None = None

    def open(self, count: int = 0) -> None:
        """Begin with no picture, or with the first `count` of those written before. Raises ValueError when there are fewer."""
        path, size = self.folder / IMAGES, _HEADER_BYTES + count * math.prod(self.image_shape)
        if count and path.stat().st_size < size:
            raise ValueError(f"{path.name} holds fewer than {count:,} pictures")
        self.count, self._digest = count, _digest(path, size) if count else hashlib.sha256()
        self._file = path.open("r+b" if count else "wb")
        self._file.truncate(size)
        self._file.seek(size)

    def append(self, image: np.ndarray) -> None:
        """Add one picture, uint8 (C, H, W)."""
        pixels = image.tobytes()
        self._file.write(pixels)
        self._digest.update(pixels)
        self.count += 1

    def flush(self) -> None:
        """Bring everything appended so far to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def publish(self, title: str, labels: Sequence[str], source: str, skipped: int, reasons: Sequence[str]) -> str:
        """Make it a set; `labels` has a text an image, all empty without classes. Returns the name that the set got."""
        self._file.seek(0)
        self._file.write(_header(np.dtype(np.uint8), (self.count, *self.image_shape)))
        self.flush()
        if are_the_same(np.memmap(self.folder / IMAGES, np.uint8, "r", _HEADER_BYTES, (self.count, *self.image_shape))):
            raise DataError(refusal(self.count))
        digests = {IMAGES: self._digest.hexdigest()}
        class_names = classes(labels)
        if class_names:
            places = {name: place for place, name in enumerate(class_names)}
            numbers = np.array([places[label or UNSORTED] for label in labels], "<i8").tobytes()
            write_atomic(self.folder / LABELS, _header(np.dtype("<i8"), (self.count,)) + numbers)
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


def classes(labels: Sequence[str]) -> list[str]:
    """The different labels in reading order, numbers by value; none when every label is empty. Raises DataError for too many."""
    names = {label or UNSORTED for label in labels} if any(labels) else set()
    if len(names) > MOST_CLASSES:
        raise DataError(f"there are {len(names):,} different classes; at most {MOST_CLASSES} fit, so sort the pictures into fewer folders")
    return sorted(names, key=lambda name: ([_number(part) for part in re.split(r"([0-9]+)", name)], name))


@contextmanager
def staging(image_shape: tuple[int, int, int], folder_name: str = "") -> Iterator[Staging]:
    """A set in the making, to be opened. Unless published, nothing of it is left at the end of the block.

    With a folder name, what was made so far stays when the block is left by anything but a DataError. Raises DataError while another
    process works in that folder.
    """
    from vae_core.runs import take_lock  # by its name at the top, this would be a circle: a run's config asks for data sets

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
        os.close(lock)
        lock_of(folder).unlink(missing_ok=True)


def lock_of(folder: Path) -> Path:
    """The lock of a hidden folder, beside it: so it is held until the folder has its name, and Windows can rename the folder."""
    return folder.with_name(f"{folder.name}.lock")


def storing() -> AbstractContextManager[None]:
    """Turns what the disk refuses within the block into a DataError."""
    return DATA.writing("the pictures cannot be stored")


def _folders() -> dict[str, Path]:
    """The folders in `home` that are called like an own set. Nothing is opened and no link is followed."""
    try:
        with os.scandir(home()) as entries:
            return {entry.name: Path(entry) for entry in entries if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)}
    except OSError:
        return {}


def _info(folder: Path, about: dict) -> DatasetInfo:
    shape, names = tuple(about["image_shape"]), tuple(about["class_names"])
    sizes = {IMAGES: about["count"] * math.prod(shape)} | ({LABELS: about["count"] * 8} if names else {})
    for file, size in sizes.items():
        if not (folder / file).is_file() or (folder / file).stat().st_size != _HEADER_BYTES + size:
            raise _damaged(folder, f"{file} is missing or has another size than promised")
    day = datetime.datetime.fromtimestamp(about["created"])
    return DatasetInfo(
        name=folder.name,
        title=about["title"],
        about=f"{about['source']} on {day.day} {day:%B %Y}.",
        image_shape=shape,
        class_names=tuple(fitted(names, MOST_SHOWN)),
        count=about["count"],
        source=about["source"],
        licence="Your own pictures",
        download_mb=0,
        own=True,
        split_by_class=about.get("split") == BY_CLASS,
    )


def _about(folder: Path) -> dict:
    """What was written about a set, checked value by value. Raises DataError: it is absent or was not written by this program."""
    path = folder / ABOUT
    try:
        if path.is_symlink() or (path.exists() and path.stat().st_size > _MOST_ABOUT_BYTES):
            raise RunDamaged(f"{ABOUT} is no plain file of at most {_MOST_ABOUT_BYTES:,} bytes")
        about = read_json(path)
    except (RunDamaged, OSError) as error:
        raise _damaged(folder, str(error)) from None
    if not _is_about(about):
        raise _damaged(folder, f"{ABOUT} was not written by this program")
    return about


def _is_about(about: dict) -> bool:
    texts, names, count = [about.get("title"), about.get("source")], about.get("class_names"), about.get("count")
    return (
        about.get("format") == FORMAT
        and all(isinstance(text, str) and 1 <= len(text) <= 200 and text.isprintable() for text in texts)
        and isinstance(names, list)
        and all(isinstance(name, str) and 1 <= len(name) <= MOST_CHARACTERS and clean(name) == name for name in names)
        and len(set(names)) == len(names) <= MOST_CLASSES
        and _is_shape(about.get("image_shape"))
        and type(count) is int
        and 1 <= count < 1 << 40
        and type(about.get("created")) in (int, float)
        and 0 <= about["created"] < 1e11
        and isinstance(about.get("sha256"), dict)
    )


def _map(path: Path, dtype: np.dtype, shape: tuple[int, ...], digests: dict[str, str]) -> np.ndarray:
    """An array file of ours, mapped read-only. Raises ValueError when anything is not as it was written."""
    size = _HEADER_BYTES + math.prod(shape) * dtype.itemsize
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if header != _header(dtype, shape) or path.stat().st_size != size:
        raise ValueError(f"{path.name} is not what {ABOUT} says of it")
    if size <= VERIFIED_BYTES and _digest(path, size).hexdigest() != digests.get(path.name):
        raise ValueError(f"{path.name} does not match its checksum")
    return np.memmap(path, dtype, "r", _HEADER_BYTES, shape)


def _header(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    """The first 128 bytes of a version 1.0 npy file; always as many, so that the count can be put in at the end."""
    text = repr({"descr": dtype.str, "fortran_order": False, "shape": tuple(int(size) for size in shape)})
    return np.lib.format.magic(1, 0) + (_HEADER_BYTES - 10).to_bytes(2, "little") + text.ljust(_HEADER_BYTES - 11).encode() + b"\n"


def _digest(path: Path, end: int) -> "hashlib._Hash":
    """The sha256 of a file's bytes behind the header and before `end`."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(_HEADER_BYTES)
        while part := file.read(min(1 << 20, end - file.tell())):
            digest.update(part)
    return digest


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
    trashed = [match["name"] for match in map(_TRASHED.fullmatch, os.listdir(trash) if trash.is_dir() else []) if match]
    matches = (re.fullmatch(rf"own-{slug}-([0-9]{{3,9}})", name) for name in (*_folders(), *trashed))
    return max((int(match[1]) for match in matches if match), default=0)


def _slug(title: str) -> str:
    """A title in lower-case letters, digits and hyphens, at most 30."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or "set"


def _sweep() -> None:
    """Remove what a killed import left. A folder whose lock is held, or so young that it may not be locked yet, is left alone."""
    from vae_core.runs import age, take_lock

    for folder in home().glob(".import-*"):
        with suppress(FileNotFoundError, PermissionError):  # somebody else sweeps too, or began it
            young = age(folder.stat().st_mtime) < _STALE_SECONDS
            lock = None if young or not folder.is_dir() else take_lock(lock_of(folder))
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)
                lock_of(folder).unlink(missing_ok=True)


def _is_shape(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 3 or any(type(size) is not int for size in value):
        return False
    return value[0] in (1, 3) and all(8 <= side <= 128 for side in value[1:])


def _number(part: str) -> tuple[int, str]:
    return (int(part), "") if part.isdigit() and part.isascii() else (0, part.casefold())


def _damaged(folder: Path, reason: str) -> DataError:
    return DataError(f"{folder.name} is damaged ({reason}); delete it and import it again")

"""Own sets on disk: where they lie, what is known of each, how one is made, read and deleted. Knows no picture file and no ZIP.

A set is a folder with `images.npy`, `labels.npy` when there are classes, and `about.json`. It is made in a hidden folder that a lock
protects, and gets its name in one step when all of it is there.
"""

import datetime
import hashlib
import math
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Required, TypedDict, cast

import numpy as np

from vae_core.data.catalogue import DatasetInfo
from vae_core.data.own.labels import MAX_CHARACTERS, MAX_SHOWN, UNSORTED, clean, fitted
from vae_core.errors import DataError, RunDamaged
from vae_core.files.file_cache import FileCache
from vae_core.files.records import read_json
from vae_core.files.storage import DATA


class About(TypedDict, total=False):
    """What `about.json` holds; the last three are not read by this program, or may be absent."""

    format: Required[int]
    title: Required[str]
    class_names: Required[list[str]]
    image_shape: Required[list[int]]
    count: Required[int]
    source: Required[str]
    created: Required[float]
    sha256: Required[dict[str, str]]
    split: str
    skipped: int
    reasons: list[str]


FORMAT = 1
MIN_IMAGES = 4
MAX_CLASSES = 200
MAX_TITLE = 60
VERIFIED_BYTES = 256_000_000
"""Up to here the pixels are compared with their checksum whenever a set is loaded; it takes a fraction of a second."""

IMAGES, LABELS, ABOUT, PROGRESS = "images.npy", "labels.npy", "about.json", "progress.json"
BY_CLASS = "by class"
"""How images are held out of sets that say so; older sets keep the split that goes without classes."""
HEADER_BYTES = 128
_MAX_ABOUT_BYTES = 1 << 20
_NAME = re.compile(r"own-[a-z0-9-]{1,40}")
_ABOUTS: FileCache[About] = FileCache(max_entries=1024)
TRASHED = re.compile(r"(?P<name>.+)-\d{8}-\d{6}-\d{6}")


def home() -> Path:
    """The folder of all own sets, within the data folder."""
    return DATA.path / "own"


def infos() -> list[DatasetInfo]:
    """The facts about every own set that is whole, oldest first."""
    found = []
    for folder in folders().values():
        with suppress(DataError):
            about = _about(folder)
            found.append((about["created"], folder.name, _info(folder, about)))
    return [info for *_, info in sorted(found, key=lambda entry: entry[:2])]


def damaged() -> dict[str, str]:
    """The names of the own sets that `infos` leaves out, each with what is wrong."""
    found = {}
    for name, folder in sorted(folders().items()):
        try:
            _info(folder, _about(folder))
        except DataError as error:
            found[name] = str(error)
    return found


def find(name: str) -> DatasetInfo | None:
    """The facts about one own set, None when there is none; the name never becomes part of a path. Raises DataError: damaged."""
    folder = folders().get(name)
    return None if folder is None else _info(folder, _about(folder))


def read(info: DatasetInfo) -> tuple[np.ndarray, np.ndarray | None]:
    """Images uint8 (N, C, H, W), mapped from the disk, and labels int64 (N,), None without classes; both read-only.

    Raises DataError, saying what to do, when a file is absent, altered or damaged.
    """
    folder = folders().get(info.name)
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
    folder = folders().get(name)
    if folder is None:
        raise DataError(f"{str(name)[:64]!r} is no data set of your own, so it cannot be deleted; choose one from the list")
    with DATA.writing("the data set cannot be moved to the trash"):
        trash = home() / ".trash"
        trash.mkdir(exist_ok=True)
        os.rename(folder, trash / f"{name}-{datetime.datetime.now():%Y%m%d-%H%M%S-%f}")


def check_request(title: str, image_shape: Sequence[int], fit: str) -> None:
    """Raises DataError unless the title, the shape of the images and the fit can be those of a set."""
    if not 1 <= len(title.strip()) <= MAX_TITLE or not title.isprintable():
        given = f"the title has {len(title)} characters" if title.isprintable() else "the title has characters that cannot be shown"
        raise DataError(f"{given}; expected 1 to {MAX_TITLE} printable ones on one line: choose another name of the data set (--title)")
    if not _is_shape(list(image_shape)):
        raise DataError(f"images of {tuple(image_shape)} were requested; expected 1 or 3 channels and sides from 8 to 128 pixels")
    if fit not in ("crop", "pad"):
        raise DataError(f"the fit is {fit[:40]!r}; choose crop (the middle of a picture) or pad (all of it)")


def classes(labels: Sequence[str]) -> list[str]:
    """The different labels in reading order, numbers by value; none when every label is empty. Raises DataError for too many."""
    names = {label or UNSORTED for label in labels} if any(labels) else set()
    if len(names) > MAX_CLASSES:
        raise DataError(f"there are {len(names):,} different classes; at most {MAX_CLASSES} fit, so sort the pictures into fewer folders")
    return sorted(names, key=lambda name: ([_number(part) for part in re.split(r"([0-9]+)", name)], name))


def folders() -> dict[str, Path]:
    """The folders in `home` that are called like an own set. Nothing is opened and no link is followed."""
    try:
        with os.scandir(home()) as entries:
            return {entry.name: Path(entry) for entry in entries if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)}
    except OSError:
        return {}


def _info(folder: Path, about: About) -> DatasetInfo:
    channels, height, width = about["image_shape"]
    shape, names = (channels, height, width), tuple(about["class_names"])
    sizes = {IMAGES: about["count"] * math.prod(shape)} | ({LABELS: about["count"] * 8} if names else {})
    for file, size in sizes.items():
        if not (folder / file).is_file() or (folder / file).stat().st_size != HEADER_BYTES + size:
            raise _damaged(folder, f"{file} is missing or has another size than promised")
    day = datetime.datetime.fromtimestamp(about["created"])
    return DatasetInfo(
        name=folder.name,
        title=about["title"],
        about=f"{about['source']} on {day.day} {day:%B %Y}.",
        image_shape=shape,
        class_names=tuple(fitted(names, MAX_SHOWN)),
        count=about["count"],
        source=about["source"],
        licence="Your own pictures",
        download_mb=0,
        own=True,
        split_by_class=about.get("split") == BY_CLASS,
    )


def _about(folder: Path) -> About:
    """What was written about a set, read once until it changes. Raises DataError: it is absent or was not written by this program."""
    return _ABOUTS.get(lambda: _read_about(folder), str(folder / ABOUT))


def _read_about(folder: Path) -> About:
    """What was written about a set, checked value by value."""
    path = folder / ABOUT
    try:
        if path.is_symlink() or (path.exists() and path.stat().st_size > _MAX_ABOUT_BYTES):
            raise RunDamaged(f"{ABOUT} is no plain file of at most {_MAX_ABOUT_BYTES:,} bytes")
        about = read_json(path)
    except (RunDamaged, OSError) as error:
        raise _damaged(folder, str(error)) from None
    if not _is_about(about):
        raise _damaged(folder, f"{ABOUT} was not written by this program")
    return cast(About, about)


def _is_about(about: Mapping[str, Any]) -> bool:
    texts, names, count = [about.get("title"), about.get("source")], about.get("class_names"), about.get("count")
    return (
        about.get("format") == FORMAT
        and all(isinstance(text, str) and 1 <= len(text) <= 200 and text.isprintable() for text in texts)
        and isinstance(names, list)
        and all(isinstance(name, str) and 1 <= len(name) <= MAX_CHARACTERS and clean(name) == name for name in names)
        and len(set(names)) == len(names) <= MAX_CLASSES
        and _is_shape(about.get("image_shape"))
        and type(count) is int
        and 1 <= count < 1 << 40
        and type(about.get("created")) in (int, float)
        and 0 <= about["created"] < 1e11
        and isinstance(about.get("sha256"), dict)
    )


def _map(path: Path, dtype: np.dtype, shape: tuple[int, ...], digests: dict[str, str]) -> np.ndarray:
    """An array file of ours, mapped read-only. Raises ValueError when anything is not as it was written."""
    size = HEADER_BYTES + math.prod(shape) * dtype.itemsize
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    if header != npy_header(dtype, shape) or path.stat().st_size != size:
        raise ValueError(f"{path.name} is not what {ABOUT} says of it")
    if size <= VERIFIED_BYTES and digest_of(path, size).hexdigest() != digests.get(path.name):
        raise ValueError(f"{path.name} does not match its checksum")
    return np.memmap(path, dtype, "r", HEADER_BYTES, shape)


def npy_header(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    """The first 128 bytes of a version 1.0 npy file; always as many, so that the count can be put in at the end."""
    text = repr({"descr": dtype.str, "fortran_order": False, "shape": tuple(int(size) for size in shape)})
    return np.lib.format.magic(1, 0) + (HEADER_BYTES - 10).to_bytes(2, "little") + text.ljust(HEADER_BYTES - 11).encode() + b"\n"


def digest_of(path: Path, end: int) -> "hashlib._Hash":
    """The sha256 of a file's bytes behind the header and before `end`."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(HEADER_BYTES)
        while part := file.read(min(1 << 20, end - file.tell())):
            digest.update(part)
    return digest


def _is_shape(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 3 or any(type(size) is not int for size in value):
        return False
    return value[0] in (1, 3) and all(8 <= side <= 128 for side in value[1:])


def _number(part: str) -> tuple[int, str]:
    return (int(part), "") if part.isdigit() and part.isascii() else (0, part.casefold())


def _damaged(folder: Path, reason: str) -> DataError:
    return DataError(f"{folder.name} is damaged ({reason}); delete it and import it again")

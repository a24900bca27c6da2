"""A ZIP or a folder of pictures becomes an own set. Knows neither how a ZIP is read nor how a picture is decoded."""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vae_core.data.own import stored
from vae_core.data.own.sources import Archive, Folder, Member, Unusable
from vae_core.data.own.stored import FEWEST_IMAGES, Staging, clean_label
from vae_core.errors import DataError, ImageError, RunDamaged
from vae_core.files import read_json, write_json

Shape = tuple[int, int, int]
Progress = Callable[[float, str], None]

SAVED_EVERY = 500
SECONDS_BETWEEN_WORDS = 0.05
MOST_REASONS = 5
_UNFINISHED = ".unfinished-"
_ONE_PICTURE = (Unusable, ImageError)
"""What concerns one picture and not the others."""


@dataclass(frozen=True)
class Import:
    """What became of the files that were looked at."""

    kept: int
    skipped: int
    reasons: tuple[str, ...]
    """The commonest reasons first, each with how often and one example."""

    @property
    def sentence(self) -> str:
        """For people: `Kept 812, skipped 14: 9 × not a picture (notes.txt …); 5 × …`."""
        return f"Kept {self.kept:,}" + (f", skipped {self.skipped:,}: {'; '.join(self.reasons)}" if self.skipped else "")


@dataclass(frozen=True)
class Preview:
    """A look at pictures before they are imported."""

    images: np.ndarray
    """uint8 (n, C, H, W), some of them, prepared as the import will."""
    class_names: tuple[str, ...]
    counts: tuple[int, ...]
    """Pictures in each class, by their names alone."""
    total: int
    """Pictures altogether, by their names alone."""


@dataclass(frozen=True)
class Unfinished:
    """An import of a folder that was interrupted: the same call of `import_folder` goes on with it, `forget` removes it."""

    id: str
    folder: Path
    title: str
    image_shape: Shape
    fit: str
    looked: int
    """Files done, of `total`."""
    total: int
    active: bool
    """Whether a process is at it now."""


def import_zip(
    file: Path | BinaryIO, *, title: str, image_shape: Shape, fit: str = "crop", progress: Progress = lambda fraction, sentence: None
) -> tuple[str, Import]:
    """Make an own set of the pictures in a ZIP; folders are classes. Returns its name and what became of the files.

    `fit` is "crop" (the middle of a picture) or "pad" (all of it). `progress` hears a fraction from 0 to 1 and a sentence, at most 20
    times a second; what it raises stops the import, and nothing is left. Raises DataError for a ZIP that breaks a rule, with too few
    pictures or too many classes, and when the set cannot be stored.
    """
    stored.check_request(title, image_shape, fit)
    with stored.storing(), Archive(file) as archive, stored.staging(image_shape) as staging:
        work = _Work(archive, staging, fit, title.strip(), progress)
        work.begin()
        work.fill()
        return work.publish(_named(file.name if isinstance(file, Path) else str(getattr(file, "name", "")), "a ZIP"))


def import_folder(
    folder: Path, *, title: str, image_shape: Shape, fit: str = "crop", progress: Progress = lambda fraction, sentence: None
) -> tuple[str, Import]:
    """Make an own set of the pictures in a folder of this machine; see `import_zip`.

    When it is stopped, by what `progress` raises, a kill or a full disk, what was done stays: a later call for the same folder, shape
    and fit goes on there, or begins anew if a file has changed; see `unfinished` and `forget`.
    """
    stored.check_request(title, image_shape, fit)
    place = _place(folder)
    key = hashlib.sha256(repr((str(place), tuple(image_shape), fit)).encode(errors="surrogateescape")).hexdigest()[:16]
    with stored.storing(), Folder(place) as source, stored.staging(image_shape, f"{_UNFINISHED}{key}") as staging:
        about = {"folder": str(place), "title": title.strip(), "image_shape": list(image_shape), "fit": fit, "listing": source.listing}
        work = _Work(source, staging, fit, title.strip(), progress, about)
        work.begin()
        work.fill()
        return work.publish(_named(place.name, "a folder"))


def preview(file: Path | BinaryIO, image_shape: Shape, fit: str = "crop", count: int = 24) -> Preview:
    """Look at a ZIP or a folder: its classes, and `count` of its pictures, spread over all of it. Raises DataError as an import does."""
    stored.check_request("preview", image_shape, fit)
    with _open(file) as source:
        members = [member for member in source.members if not member.problem]
        labels = Counter(member.label or stored.UNSORTED for member in members)
        names = stored.classes([member.label for member in members])
        places = np.linspace(0, len(members) - 1, min(len(members), 2 * count)).astype(int)
        images: list[np.ndarray] = []
        for place in (*places[::2], *places[1::2]):
            with suppress(*_ONE_PICTURE):
                images.append(_picture(source.read(members[place]), image_shape, fit))
            if len(images) == count:
                break
    if not images:
        raise DataError("no picture was found there that can be read; expected PNG, JPEG, WebP or BMP files")
    return Preview(np.stack(images), tuple(names), tuple(labels[name] for name in names), len(members))


def unfinished() -> list[Unfinished]:
    """The imports of folders that have been begun and not come to their end."""
    from vae_core.runs import is_locked

    found = []
    for folder in sorted(stored.home().glob(f"{_UNFINISHED}*")):
        try:
            saved = read_json(folder / stored.PROGRESS)
            found.append(
                Unfinished(
                    folder.name.removeprefix(_UNFINISHED),
                    Path(saved["folder"]),
                    str(saved["title"]),
                    tuple(saved["image_shape"]),
                    str(saved["fit"]),
                    int(saved["looked"]),
                    int(saved["total"]),
                    is_locked(stored.lock_of(folder)),
                )
            )
        except (RunDamaged, KeyError, TypeError, ValueError):
            continue
    return found


def forget(key: str) -> None:
    """Remove what an interrupted import of a folder has left, by its id. Raises DataError when there is none or it is at work."""
    if key not in [entry.id for entry in unfinished()]:
        raise DataError(f"there is no interrupted import {key[:64]!r}; it may be finished or removed already")
    with stored.storing(), stored.staging((1, 8, 8), f"{_UNFINISHED}{key}"):
        pass  # what is not published is removed


class _Work:
    """One import: which members are done and what was wrong with some of them."""

    def __init__(
        self, source: Archive | Folder, staging: Staging, fit: str, title: str, progress: Progress, about: dict | None = None
    ) -> None:
        self.source, self.staging, self.fit, self.title, self.about = source, staging, fit, title, about
        self.looked = 0
        self.skipped: dict[int, str] = {}
        self._progress, self._told = progress, 0.0
        stored.classes([member.label for member in source.members if not member.problem])

    def begin(self) -> None:
        """Begin at the first member, or after the last one that was saved from the same files."""
        try:
            saved = read_json(self.staging.folder / stored.PROGRESS)
            if self.about is None or saved["listing"] != self.about["listing"]:
                raise ValueError("these are other files than before")
            skipped = {int(place): str(reason) for place, reason in saved["skipped"]}
            self.staging.open(int(saved["looked"]) - len(skipped))
            self.looked, self.skipped = int(saved["looked"]), skipped
        except (RunDamaged, KeyError, TypeError, ValueError, FileNotFoundError):
            self.staging.open()
        if self.about is not None:
            self.save()

    def fill(self) -> None:
        """Append every picture that can be read."""
        members = self.source.members
        for place in range(self.looked, len(members)):
            try:
                self.staging.append(_picture(self.source.read(members[place]), self.staging.image_shape, self.fit))
            except _ONE_PICTURE as error:
                self.skipped[place] = str(error).removeprefix("it ").partition(";")[0]
            self.looked = place + 1
            if self.about is not None and self.looked % SAVED_EVERY == 0:
                self.save()
            self.tell()

    def tell(self) -> None:
        """Let the progress be heard, but not too often."""
        if time.monotonic() - self._told >= SECONDS_BETWEEN_WORDS:
            total = len(self.source.members)
            self._progress(0.99 * self.looked / total, f"{self.title}: {self.looked:,} of {total:,} files")
            self._told = time.monotonic()

    def save(self) -> None:
        """Put down how far it is, after the pictures themselves are on the disk."""
        self.staging.flush()
        state = {"looked": self.looked, "total": len(self.source.members), "skipped": list(self.skipped.items())}
        write_json(self.staging.folder / stored.PROGRESS, self.about | state)

    def publish(self, origin: str) -> tuple[str, Import]:
        """Make it a set. Raises DataError when there are too few pictures."""
        members = self.source.members
        result = Import(self.staging.count, len(self.skipped), _reasons(members, self.skipped))
        if result.kept < FEWEST_IMAGES:
            why = f" ({'; '.join(result.reasons)})" if result.skipped else ""
            raise DataError(f"a set needs at least {FEWEST_IMAGES} pictures that can be used; here are {result.kept}{why}")
        labels = [member.label for place, member in enumerate(members) if place not in self.skipped]
        self._progress(1.0, f"{self.title}: ready")
        return self.staging.publish(self.title, labels, f"Imported from {origin}", result.skipped, result.reasons), result


def _open(file: Path | BinaryIO) -> Archive | Folder:
    return Folder(_place(file)) if isinstance(file, Path) and not os.path.isfile(file) else Archive(file)


def _place(folder: Path) -> Path:
    try:
        return folder.expanduser().resolve()
    except (OSError, ValueError, RuntimeError):
        raise DataError(f"{str(folder)[:100]!r} cannot be the path of a folder; give one that is on this computer") from None


def _picture(file: bytes, image_shape: Shape, fit: str) -> np.ndarray:
    """A picture file as uint8 (C, H, W). Raises ImageError."""
    from vae_core.data.images import Preparation, decode, prepare

    return prepare(decode(file, "it"), image_shape, Preparation(fit=fit)).image


def _reasons(members: list[Member], skipped: dict[int, str]) -> tuple[str, ...]:
    """The commonest reasons, each with its count and the first file that it hit."""
    first: dict[str, str] = {}
    for place, reason in skipped.items():
        first.setdefault(reason, clean_label(members[place].path.replace("\\", "/").rpartition("/")[2]))
    counts = Counter(skipped.values()).most_common(MOST_REASONS)
    return tuple(f"{count:,} × {reason} ({first[reason]}{' …' if count > 1 else ''})" for reason, count in counts)


def _named(name: str, otherwise: str) -> str:
    """A file's or folder's name with nothing in it but letters, digits, spaces, dots and hyphens."""
    plain = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in clean_label(name))
    return plain or otherwise

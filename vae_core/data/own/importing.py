"""A ZIP or a folder of pictures becomes an own set. Knows neither how a ZIP is read nor how a picture is decoded."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vae_core.data.own import collection
from vae_core.data.own.archives import Archive
from vae_core.data.own.collection import MAX_TITLE, MIN_IMAGES
from vae_core.data.own.folders import Folder
from vae_core.data.own.interrupted import UNFINISHED, key_of, place_of
from vae_core.data.own.labels import clean, clean_label
from vae_core.data.own.members import Arranged, Member, Reading, arrange, reason
from vae_core.data.own.pixels import ONE_PICTURE, Shape, bits_for, brightened, picture
from vae_core.data.own.sources import Unusable
from vae_core.data.own.staging import Staging, new_set, storing
from vae_core.errors import DataError, RunDamaged
from vae_core.files.records import read_json, write_json

Progress = Callable[[float, str], None]

SAVED_EVERY = 500
SECONDS_BETWEEN_WORDS = 0.05
MAX_REASONS = 12
_FOUND_OUT = Reading()


@dataclass(frozen=True)
class Import:
    """What became of the files that were looked at."""

    kept: int
    skipped: int
    reasons: tuple[str, ...]
    """The commonest reasons first, each with how often and one example."""
    notes: tuple[str, ...] = ()
    """What people should know of the classes, in sentences."""

    @property
    def sentence(self) -> str:
        """For people: `Kept 812, skipped 14: 9 × not a picture (notes.txt …); 5 × …`."""
        kept = f"Kept {self.kept:,}" + (f", skipped {self.skipped:,}: {'; '.join(self.reasons)}" if self.skipped else "")
        return ". ".join((kept, *self.notes))


def import_zip(
    file: Path | BinaryIO,
    *,
    title: str,
    image_shape: Shape,
    fit: str = "crop",
    reading: Reading = _FOUND_OUT,
    progress: Progress = lambda fraction, sentence: None,
) -> tuple[str, Import]:
    """Make an own set of the pictures in a ZIP; folders or a table tell the classes.

    Args:
        file: the ZIP, as a path or an open file.
        title: what people call the set: 1 to 60 printable characters.
        image_shape: channels (1 or 3), height and width (8 to 128 pixels) of its images.
        fit: "crop", the middle of a picture, or "pad", all of it.
        reading: what people have chosen of the classes and of the encoding of names; the rest is found out.
        progress: called with a fraction from 0 to 1 and a sentence, at most 20 times a second; what it raises stops the import, and
            nothing is left.

    Returns:
        The name of the set, and what became of the files.

    Raises:
        DataError: the ZIP breaks a rule, has too few pictures or too many classes, or the set cannot be stored.
    """
    collection.check_request(title, image_shape, fit)
    with storing(), Archive(file, reading.encoding) as archive, new_set(image_shape) as staging:
        work = _Work(archive, arranged(archive, reading), staging, fit, title.strip(), progress)
        work.begin()
        work.fill()
        return work.publish(_named(file.name if isinstance(file, Path) else str(getattr(file, "name", "")), "a ZIP"))


def import_folder(
    folder: Path,
    *,
    title: str,
    image_shape: Shape,
    fit: str = "crop",
    reading: Reading = _FOUND_OUT,
    progress: Progress = lambda fraction, sentence: None,
) -> tuple[str, Import]:
    """Make an own set of the pictures in a folder of this machine; see `import_zip`.

    When it is stopped, by what `progress` raises, a kill or a full disk, what was done stays: a later call for the same folder, shape,
    fit and reading goes on there, or begins anew if a file has changed; see `unfinished` and `forget`.
    """
    collection.check_request(title, image_shape, fit)
    place = place_of(folder)
    key = key_of(place, image_shape, fit, reading)
    with storing(), Folder(place) as source, new_set(image_shape, f"{UNFINISHED}{key}") as staging:
        about = {"folder": str(place), "title": title.strip(), "image_shape": list(image_shape), "fit": fit, "listing": source.listing}
        work = _Work(source, arranged(source, reading), staging, fit, title.strip(), progress, about | {"reading": asdict(reading)})
        work.begin()
        work.fill()
        return work.publish(_named(place.name, "a folder"))


class _Work:
    """One import: which members are done and what was wrong with some of them."""

    def __init__(
        self,
        source: Archive | Folder,
        known: Arranged,
        staging: Staging,
        fit: str,
        title: str,
        progress: Progress,
        about: Mapping[str, object] | None = None,
    ) -> None:
        self.source, self.members, self.notes = source, known.members, known.notes
        self.staging, self.fit, self.title, self.about = staging, fit, title, about
        self.looked, self.bits = 0, 0
        self.skipped: dict[int, str] = {}
        self._progress, self._reported = progress, 0.0
        collection.classes([member.label for member in self.members if not member.problem])

    def begin(self) -> None:
        """Begin at the first member, or after the last one that was saved from the same files."""
        try:
            saved = read_json(self.staging.folder / collection.PROGRESS)
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
        for place in range(self.looked, len(self.members)):
            try:
                self.staging.append(self._picture(self.members[place]))
            except ONE_PICTURE as error:
                self.skipped[place] = reason(error)
            self.looked = place + 1
            if self.about is not None and self.looked % SAVED_EVERY == 0:
                self.save()
            self.report_progress()

    def _picture(self, member: Member) -> np.ndarray:
        if member.problem:
            raise Unusable(member.problem)
        file = self.source.read(member.place)
        self.bits = self.bits or bits_for(file, self.source, self.members, self.report_progress)
        return picture(file, self.staging.image_shape, self.fit, self.bits)

    def report_progress(self) -> None:
        """Report the progress, but not too often."""
        if time.monotonic() - self._reported >= SECONDS_BETWEEN_WORDS:
            total = len(self.members)
            self._progress(0.99 * self.looked / total, f"{self.title}: {self.looked:,} of {total:,} files")
            self._reported = time.monotonic()

    def save(self) -> None:
        """Put down how far it is, after the pictures themselves are on the disk."""
        self.staging.flush()
        state = {"looked": self.looked, "total": len(self.members), "skipped": list(self.skipped.items())}
        write_json(self.staging.folder / collection.PROGRESS, {**(self.about or {}), **state})

    def publish(self, origin: str) -> tuple[str, Import]:
        """Make it a set. Raises DataError when there are too few pictures."""
        notes = (*self.notes, *brightened(self.bits))
        result = Import(self.staging.count, len(self.skipped), reasons_of(self.members, self.skipped), notes)
        if result.kept < MIN_IMAGES:
            why = f" ({'; '.join(result.reasons)})" if result.skipped else ""
            raise DataError(f"a set needs at least {MIN_IMAGES} pictures that can be used; here are {result.kept}{why}")
        labels = [member.label for place, member in enumerate(self.members) if place not in self.skipped]
        self._progress(1.0, f"{self.title}: ready")
        about = f"Imported from {origin}" + (f" ({self.bits}-bit values brightened)" if brightened(self.bits) else "")
        return self.staging.publish(self.title, labels, about, result.skipped, result.reasons), result


def title_of(path: Path) -> str:
    """What to call the pictures of a file or folder unless people say otherwise."""
    return clean(path.stem if path.suffix.casefold() == ".zip" else path.absolute().name)[:MAX_TITLE].strip() or "My pictures"


def arranged(source: Archive | Folder, reading: Reading) -> Arranged:
    """The members of a source; see `members.arrange`."""
    from vae_core.data.pictures.preparation import decode

    return arrange(source, reading, lambda file: decode(file, "it"), collection.MAX_CLASSES)


def reasons_of(members: list[Member], skipped: dict[int, str]) -> tuple[str, ...]:
    """The commonest reasons, each with its count and the first file that it hit; `skipped` has them by the number of the member."""
    first: dict[str, str] = {}
    for place, why in skipped.items():
        first.setdefault(why, clean_label(members[place].path.rpartition("/")[2]))
    counts = Counter(skipped.values()).most_common()
    sentences = tuple(f"{count:,} × {why} ({first[why]}{' …' if count > 1 else ''})" for why, count in counts[:MAX_REASONS])
    others = sum(count for _, count in counts[MAX_REASONS:])
    return (*sentences, f"{others:,} × something else") if others else sentences


def _named(name: str, otherwise: str) -> str:
    """A file's or folder's name with nothing in it but letters, digits, spaces, dots and hyphens."""
    plain = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in clean_label(name))
    return plain or otherwise

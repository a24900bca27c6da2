"""A ZIP or a folder of pictures becomes an own set. Knows neither how a ZIP is read nor how a picture is decoded."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vae_core.data.own import collection
from vae_core.data.own.archives import Archive
from vae_core.data.own.collection import MAX_TITLE, MIN_IMAGES
from vae_core.data.own.folders import Folder
from vae_core.data.own.labels import clean, clean_label
from vae_core.data.own.members import Arranged, Member, Reading, arrange, reason
from vae_core.data.own.sources import Unusable
from vae_core.data.own.staging import Staging, lock_of, new_set, storing
from vae_core.data.pictures.bit_depth import FULL, Brightest, of_all
from vae_core.errors import DataError, ImageError, RunDamaged
from vae_core.files.records import read_json, write_json
from vae_core.files.storage import DATA

Shape = tuple[int, int, int]
Progress = Callable[[float, str], None]

SAVED_EVERY = 500
SECONDS_BETWEEN_WORDS = 0.05
MAX_REASONS = 12
_UNFINISHED = ".unfinished-"
ONE_PICTURE = (Unusable, ImageError)
"""What concerns one picture and not the others."""
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


@dataclass(frozen=True)
class Unfinished:
    """An import of a folder that was interrupted: the same call of `import_folder` goes on with it, `forget` removes it."""

    id: str
    folder: Path
    title: str
    image_shape: Shape
    fit: str
    reading: Reading
    looked: int
    """Files done, of `total`."""
    total: int
    active: bool
    """Whether a process is at it now."""


def import_zip(
    file: Path | BinaryIO,
    *,
    title: str,
    image_shape: Shape,
    fit: str = "crop",
    reading: Reading = _FOUND_OUT,
    progress: Progress = lambda fraction, sentence: None,
) -> tuple[str, Import]:
    """Make an own set of the pictures in a ZIP; folders or a table tell the classes. Returns its name and what became of the files.

    `fit` is "crop" (the middle of a picture) or "pad" (all of it). `progress` hears a fraction from 0 to 1 and a sentence, at most 20
    times a second; what it raises stops the import, and nothing is left. Raises DataError for a ZIP that breaks a rule, with too few
    pictures or too many classes, and when the set cannot be stored.
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
    with storing(), Folder(place) as source, new_set(image_shape, f"{_UNFINISHED}{key}") as staging:
        about = {"folder": str(place), "title": title.strip(), "image_shape": list(image_shape), "fit": fit, "listing": source.listing}
        work = _Work(source, arranged(source, reading), staging, fit, title.strip(), progress, about | {"reading": asdict(reading)})
        work.begin()
        work.fill()
        return work.publish(_named(place.name, "a folder"))


def unfinished() -> list[Unfinished]:
    """The imports of folders that have been begun and not come to their end."""
    from vae_core.files.locks import is_locked

    found = []
    for folder in sorted(collection.home().glob(f"{_UNFINISHED}*")):
        try:
            saved = read_json(folder / collection.PROGRESS)
            found.append(
                Unfinished(
                    folder.name.removeprefix(_UNFINISHED),
                    Path(saved["folder"]),
                    str(saved["title"]),
                    tuple(saved["image_shape"]),
                    str(saved["fit"]),
                    Reading(**saved.get("reading", {})),
                    int(saved["looked"]),
                    int(saved["total"]),
                    is_locked(lock_of(folder)),
                )
            )
        except (RunDamaged, KeyError, TypeError, ValueError):
            continue
    return found


def forget(key: str) -> None:
    """Remove what an interrupted import of a folder has left, by its id. Raises DataError when there is none or it is at work."""
    if key not in [entry.id for entry in unfinished()]:
        raise DataError(f"there is no interrupted import {key[:64]!r}; it may be finished or removed already")
    with DATA.writing("the import cannot be forgotten"), new_set((1, 8, 8), f"{_UNFINISHED}{key}"):
        pass  # what is not published is removed


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
        self._progress, self._told = progress, 0.0
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
            self.tell()

    def _picture(self, member: Member) -> np.ndarray:
        if member.problem:
            raise Unusable(member.problem)
        file = self.source.read(member.place)
        self.bits = self.bits or bits_for(file, self.source, self.members, self.tell)
        return picture(file, self.staging.image_shape, self.fit, self.bits)

    def tell(self) -> None:
        """Let the progress be heard, but not too often."""
        if time.monotonic() - self._told >= SECONDS_BETWEEN_WORDS:
            total = len(self.members)
            self._progress(0.99 * self.looked / total, f"{self.title}: {self.looked:,} of {total:,} files")
            self._told = time.monotonic()

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


def key_of(place: Path, image_shape: Shape, fit: str, reading: Reading) -> str:
    """What an import of a folder is known by, as long as it is not finished."""
    told = () if reading == Reading() else (reading,)
    return hashlib.sha256(repr((str(place), tuple(image_shape), fit, *told)).encode(errors="surrogateescape")).hexdigest()[:16]


def place_of(folder: Path) -> Path:
    """The whole path of a folder. Raises DataError for what cannot be one."""
    try:
        return folder.expanduser().resolve()
    except (OSError, ValueError, RuntimeError):
        raise DataError(f"{str(folder)[:100]!r} cannot be the path of a folder; give one that is on this computer") from None


def picture(file: bytes, image_shape: Shape, fit: str, bits: int = 0) -> np.ndarray:
    """A picture file as uint8 (C, H, W); `bits` is how many of sixteen the set's pictures use. Raises ImageError."""
    from vae_core.data.pictures.preparation import Preparation, decode, prepare

    return prepare(decode(file, "it", bits), image_shape, Preparation(fit=fit)).image


def bits_for(file: bytes, source: Archive | Folder, members: Sequence[Member], tell: Callable[[], None] = lambda: None) -> int:
    """How many bits all sixteen-bit pictures among the members use, so that they keep their relative brightness; 0 if `file` is none."""
    from vae_core.data.pictures.preparation import brightest, has_sixteen_bits

    def measured() -> Iterator[Brightest | None]:
        for member in members:
            tell()
            with suppress(*ONE_PICTURE):
                yield None if member.problem else brightest(source.read(member.place))

    return of_all(measured()) if has_sixteen_bits(file) else 0


def brightened(bits: int) -> tuple[str, ...]:
    """What is said of a set whose sixteen-bit pictures use so many bits (0: there are none)."""
    return (f"Its 16-bit pictures use {bits} bits and were brightened, all alike",) if 0 < bits < FULL else ()


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
    told = tuple(f"{count:,} × {why} ({first[why]}{' …' if count > 1 else ''})" for why, count in counts[:MAX_REASONS])
    others = sum(count for _, count in counts[MAX_REASONS:])
    return (*told, f"{others:,} × something else") if others else told


def _named(name: str, otherwise: str) -> str:
    """A file's or folder's name with nothing in it but letters, digits, spaces, dots and hyphens."""
    plain = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in clean_label(name))
    return plain or otherwise

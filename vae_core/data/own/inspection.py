"""A look at a ZIP or a folder before it is imported: its classes, what will be left out and why, and what can be chosen."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vae_core.data.equal_images import are_the_same
from vae_core.data.equal_images import refusal as equal
from vae_core.data.own import collection, name_encodings
from vae_core.data.own.archives import Archive
from vae_core.data.own.folders import Folder
from vae_core.data.own.importing import arranged, reasons_of
from vae_core.data.own.interrupted import place_of
from vae_core.data.own.labels import MAX_SHOWN, UNSORTED, clean, fitted
from vae_core.data.own.members import Arranged, Member, Reading, reason
from vae_core.data.own.pixels import ONE_PICTURE, Shape, bits_for, brightened, picture
from vae_core.data.pictures.formats import named
from vae_core.errors import DataError

_MAX_MEASURED = 200
_EQUAL = "The pictures that were looked at are all the same"


@dataclass(frozen=True)
class Choice:
    """One way to tell the classes."""

    reading: Reading
    names: tuple[str, ...]
    """Of the classes, fit to be shown; empty when there would be none."""


@dataclass(frozen=True)
class Preview:
    """A look at pictures before they are imported."""

    images: np.ndarray
    """uint8 (n, C, H, W), some of them, prepared as the import will."""
    class_names: tuple[str, ...]
    """Fit to be shown."""
    counts: tuple[int, ...]
    """Pictures in each class, as far as was looked."""
    total: int
    """Pictures altogether, as far as was looked."""
    skipped: int
    """Files that will be left out, as far as was looked."""
    reasons: tuple[str, ...]
    """Why, the commonest first, each with how often and one example."""
    notes: tuple[str, ...]
    """What people should know of the classes, in sentences."""
    refusal: str
    """Why an import would be refused as things are; empty when it would not."""
    reading: Reading
    """How names and folders were understood, with everything that was found out: an import with it does the same."""
    encodings: tuple[str, ...]
    """The code pages to choose from; empty when names tell how they are to be read."""
    choices: tuple[Choice, ...]
    """The ways to tell the classes, if there is more than one beside having none."""


def preview(file: Path | BinaryIO, image_shape: Shape, fit: str = "crop", count: int = 24, reading: Reading | None = None) -> Preview:
    """Show what an import of a ZIP or a folder would give.

    Args:
        file: the path of either, or an open ZIP.
        image_shape: channels, height and width of the set's images.
        fit: "crop", the middle of a picture, or "pad", all of it.
        count: how many pictures are prepared, spread over all of it.
        reading: what people have chosen; the rest is found out.

    Raises:
        DataError: an import would be refused, or there is no picture that can be read; it says all reasons.
    """
    collection.check_request("preview", image_shape, fit)
    reading = reading or Reading()
    with _open(file, reading.encoding) as source:
        known = arranged(source, reading)
        skipped = {place: member.problem for place, member in enumerate(known.members) if member.problem}
        images, bits = _some(source, known.members, image_shape, fit, count, skipped)
    reasons = reasons_of(known.members, skipped)
    if not images:
        raise DataError(f"no picture was found there that can be read{_because(reasons)}; expected {named()} files")
    kept = [member for place, member in enumerate(known.members) if place not in skipped]
    class_names, counts, refusal = _classes(kept)
    are_equal = are_the_same(np.stack(images))
    notes = (*known.notes, *brightened(bits), *((_EQUAL,) if are_equal else ()))
    refusal = refusal or (equal(len(kept)) if are_equal and len(images) == len(kept) else "")
    encodings = tuple(name_encodings.ENCODINGS) if known.reading.encoding else ()
    about = (len(kept), len(skipped), reasons, notes, refusal, known.reading, encodings, _choices(known))
    return Preview(np.stack(images[:count]), class_names, counts, *about)


def _open(file: Path | BinaryIO, encoding: str) -> Archive | Folder:
    return Folder(place_of(file)) if isinstance(file, Path) and not os.path.isfile(file) else Archive(file, encoding)


def _some(
    source: Archive | Folder, members: list[Member], image_shape: Shape, fit: str, count: int, skipped: dict[int, str]
) -> tuple[list[np.ndarray], int]:
    """Some pictures, all if they are few, and the bits that those of sixteen use; what is wrong with one is put to `skipped`."""
    usable = [place for place, member in enumerate(members) if not member.problem]
    spread = [usable[place] for place in np.linspace(0, len(usable) - 1, min(len(usable), 2 * count)).astype(int)]
    measured = [members[usable[place]] for place in np.linspace(0, len(usable) - 1, min(len(usable), _MAX_MEASURED)).astype(int)]
    images: list[np.ndarray] = []
    bits = 0
    for place in (*spread[::2], *spread[1::2]):
        if len(images) == count and len(usable) > len(spread):
            break
        try:
            file = source.read(members[place].place)
            bits = bits or bits_for(file, source, measured)
            images.append(picture(file, image_shape, fit, bits))
        except ONE_PICTURE as error:
            skipped[place] = reason(error)
    return images, bits


def _classes(kept: list[Member]) -> tuple[tuple[str, ...], tuple[int, ...], str]:
    """The classes of these pictures, how many are in each, and why they cannot become a set."""
    try:
        class_names, refusal = collection.classes([member.label for member in kept]), ""
    except DataError as error:
        class_names, refusal = [], str(error)
    if len(kept) < collection.MIN_IMAGES:
        refusal = f"a set needs at least {collection.MIN_IMAGES} pictures that can be used; here are {len(kept)}"
    counts = Counter(member.label or UNSORTED for member in kept)
    return tuple(fitted(class_names, MAX_SHOWN)), tuple(counts[name] for name in class_names), refusal


def _choices(known: Arranged) -> tuple[Choice, ...]:
    encoding, levels = known.reading.encoding, known.levels.names
    by_folder = [Choice(Reading(encoding, level), _shown(names)) for level, names in enumerate(levels, 1)]
    by_table = [Choice(Reading(encoding, 0, one.table, one.column), _shown(one.names)) for one in known.tables]
    is_plain = not by_table and len(by_folder) == known.levels.usual  # one level of folders, or none at all
    return () if is_plain and len(by_folder) < 2 else (*by_folder, *by_table, Choice(Reading(encoding, 0), ()))


def _shown(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fitted([clean(name) or UNSORTED for name in names], MAX_SHOWN))


def _because(reasons: tuple[str, ...]) -> str:
    return f": {'; '.join(reasons)}" if reasons else ""

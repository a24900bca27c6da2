"""Imports of folders that were interrupted: which there are, and how to be rid of one. Knows no picture."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from vae_core.data.own import collection
from vae_core.data.own.members import Reading
from vae_core.data.own.pixels import Shape
from vae_core.data.own.staging import lock_of, new_set
from vae_core.errors import DataError, RunDamaged
from vae_core.files.locks import is_locked
from vae_core.files.records import read_json
from vae_core.files.storage import DATA

UNFINISHED = ".unfinished-"
"""What the name of its hidden folder begins with."""


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


def unfinished() -> list[Unfinished]:
    """The imports of folders that have been begun and not come to their end."""
    found = []
    for folder in sorted(collection.home().glob(f"{UNFINISHED}*")):
        try:
            saved = read_json(folder / collection.PROGRESS)
            found.append(
                Unfinished(
                    folder.name.removeprefix(UNFINISHED),
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
    with DATA.writing("the import cannot be forgotten"), new_set((1, 8, 8), f"{UNFINISHED}{key}"):
        pass  # what is not published is removed


def key_of(place: Path, image_shape: Shape, fit: str, reading: Reading) -> str:
    """What an import of a folder is known by, as long as it is not finished."""
    stated = () if reading == Reading() else (reading,)
    return hashlib.sha256(repr((str(place), tuple(image_shape), fit, *stated)).encode(errors="surrogateescape")).hexdigest()[:16]


def place_of(folder: Path) -> Path:
    """The whole path of a folder. Raises DataError for what cannot be one."""
    try:
        return folder.expanduser().resolve()
    except (OSError, ValueError, RuntimeError):
        raise DataError(f"{str(folder)[:100]!r} cannot be the path of a folder; give one that is on this computer") from None

"""Drawings that people add from several browsers at once, and a set made of them. Knows no screen; a person is a token."""

import base64
import binascii
import math
import os
import re
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae_core.data.own.collection import MIN_IMAGES, check_request, home
from vae_core.data.own.labels import clean_label
from vae_core.data.own.staging import new_set, storing
from vae_core.errors import DataError, RunDamaged
from vae_core.files.atomic import sweep
from vae_core.files.records import read_json, write_json
from vae_core.files.storage import DATA

MAX_DRAWINGS = 5_000
_MAX_FILE_BYTES = 1 << 17
_COLLECTION = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_FILE = re.compile(r"[0-9a-f]{32}\.json")


@dataclass(frozen=True, eq=False)
class Drawing:
    """One drawing with its class and who made it."""

    id: str
    image: np.ndarray
    """uint8 (C, H, W)."""
    label: str
    """Fit to be shown; empty when none was given."""
    author: str
    """The token of the browser that added it; not to be shown."""
    created: float
    """Seconds since 1970."""


def add_drawing(collection: str, image: np.ndarray, label: str, author: str) -> str:
    """Put a drawing into a collection, which is made if need be, and return its id; any number of processes may.

    Args:
        collection: up to 40 lower-case letters, digits and hyphens.
        image: uint8 (C, H, W).
        label: its class, as people write it.
        author: a token of the person, who alone can remove it.

    Raises:
        DataError: one of them cannot be what it is to be, the collection is full, or the disk is.
    """
    if not _COLLECTION.fullmatch(collection):
        raise DataError(f"{collection[:64]!r} cannot name a collection; expected up to 40 lower-case letters, digits and hyphens")
    if image.dtype != np.uint8 or image.ndim != 3:
        raise DataError(f"the drawing is {image.dtype} of shape {image.shape}; expected uint8 of channels, height and width")
    check_request("drawing", image.shape, "pad")
    if not 1 <= len(author) <= 100:
        raise DataError(f"the author has {len(author)} characters; expected a token of 1 to 100")
    folder, name = _home() / collection, uuid.uuid4().hex
    pixels = base64.b64encode(image.tobytes()).decode()
    about = {"label": clean_label(label), "author": author, "created": time.time(), "shape": list(image.shape), "image": pixels}
    with DATA.writing("the drawing cannot be stored"):
        folder.mkdir(parents=True, exist_ok=True)
        if len(os.listdir(folder)) >= MAX_DRAWINGS:
            raise DataError(f"the collection has {MAX_DRAWINGS:,} drawings already; make a set of them and begin another")
        sweep(folder)
        write_json(folder / f"{name}.json", about)
    return name


def drawings(collection: str) -> list[Drawing]:
    """The drawings of a collection, oldest first; damaged ones are left out, and a collection that nobody began is empty."""
    found = [_read(path) for path in _files(collection)]
    return sorted((drawing for drawing in found if drawing is not None), key=lambda drawing: (drawing.created, drawing.id))


def remove_drawing(collection: str, drawing: str, author: str) -> None:
    """Remove one's own drawing, by its id. Raises DataError when it is not there or somebody else's."""
    path = {path.stem: path for path in _files(collection)}.get(drawing)
    known = None if path is None else _read(path)
    if path is None or known is None:
        raise DataError("this drawing is not there any more; choose one that is shown")
    if known.author != author:
        raise DataError("this drawing is somebody else's; only one's own can be removed")
    with DATA.writing("the drawing cannot be removed"):
        path.unlink(missing_ok=True)


def collect(collection: str, title: str) -> str:
    """Make an own set of a collection's drawings, which stay. Returns its name.

    Drawings of another shape than most are left out. Raises DataError when there are too few and when it cannot be stored.
    """
    known = drawings(collection)
    shape = Counter(drawing.image.shape for drawing in known).most_common(1)[0][0] if known else (1, 28, 28)
    same = [drawing for drawing in known if drawing.image.shape == shape]
    if len(same) < MIN_IMAGES:
        raise DataError(f"there are {len(same)} drawings; a set needs at least {MIN_IMAGES}, so draw some more")
    check_request(title, shape, "pad")
    with storing(), new_set(shape) as staging:
        staging.open()
        for drawing in same:
            staging.append(drawing.image)
        others = len(known) - len(same)
        reasons = [f"{others:,} × of another shape"] if others else []
        return staging.publish(title, [drawing.label for drawing in same], "Drawn together", others, reasons)


def _home() -> Path:
    return home() / ".drawings"


def _files(collection: str) -> list[Path]:
    """The files of a collection that are called like drawings; the name given is looked up, never joined."""
    try:
        folders = {entry.name: Path(entry) for entry in os.scandir(_home()) if entry.is_dir(follow_symlinks=False)}
        return [path for path in folders[collection].iterdir() if _FILE.fullmatch(path.name)]
    except (KeyError, OSError):
        return []


def _read(path: Path) -> Drawing | None:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            return None
        about = read_json(path)
        shape, label, author = tuple(about["shape"]), about["label"], about["author"]
        check_request("drawing", shape, "pad")
        pixels = np.frombuffer(base64.b64decode(about["image"], validate=True), np.uint8)
        if len(pixels) != math.prod(shape) or not isinstance(author, str) or clean_label(label) != label:
            return None
        return Drawing(path.stem, pixels.reshape(shape), label, author, float(about["created"]))
    except (RunDamaged, DataError, OSError, KeyError, TypeError, ValueError, binascii.Error):
        return None

"""Where foreign pictures come from: files with names and places, within limits. Decodes nothing and writes nothing.

No name is ever a path: names give labels, and places to read from are numbers.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from vae_core.errors import DataError

MAX_MEMBER_BYTES = 10_000_000
HIDDEN = "begins with a dot, or its folder does: rename it to use it"

_NO_PATH = re.compile(r"\.{0,2}|[A-Za-z]:")
_LITTER = {
    *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin", "system volume information"),
    *(".ds_store", ".spotlight-v100", ".trashes", ".fseventsd", ".temporaryitems", ".documentrevisions-v100", ".apdisk", ".localized"),
    *(".git", ".gitignore", ".gitattributes", ".gitkeep", ".ipynb_checkpoints", ".directory", ".nomedia", ".picasa.ini", ".thumbnails"),
}


class Unusable(DataError):
    """One file cannot be used; the text says why in a few words. The others are not affected."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a source; its place among the others is where it is read."""

    parts: tuple[str, ...]
    """The names of its folders, and its own; never to be opened."""
    problem: str = ""
    """Why it is not even tried; empty when it is."""
    size: int = 0
    """Bytes that a read will give at most."""


class Source(Protocol):
    """A ZIP or a folder."""

    files: list[File]
    encoding: str
    """How the names of files were read; empty where nothing was to be decided."""
    most_bytes: float
    """How many bytes may be read in all."""

    def head(self, place: int, count: int) -> bytes:
        """The first bytes of a file. Raises Unusable."""

    def read(self, place: int) -> bytes:
        """All bytes of a file. Raises Unusable."""


def parts_of(path: str, separators: str = "/") -> tuple[str, ...]:
    """The names in a path of any system, without what only leads elsewhere.

    No folder can be called `..` or `.`, so a picture in one lies in no folder, and gets no class from it.
    """
    return tuple(part for part in re.split(f"[{re.escape(separators)}]", path) if not _NO_PATH.fullmatch(part))


def is_litter(parts: tuple[str, ...]) -> bool:
    """Whether a file is one that systems leave about and no person means; so is one without a name."""
    return not parts or any(part.casefold() in _LITTER or part.startswith(("._", ".Trash-")) for part in parts)


def is_hidden(parts: tuple[str, ...]) -> bool:
    """Whether a file or one of its folders has a name that hides it."""
    return any(part.startswith(".") for part in parts)


def too_large(most: int = MAX_MEMBER_BYTES) -> str:
    """The reason for a file of more bytes."""
    return f"larger than {most / 1e6:.0f} MB"

"""A folder of this machine as a source of pictures, links left out."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from vae_core.data.own.sources import HIDDEN, MAX_MEMBER_BYTES, File, Unusable, is_hidden, is_litter, too_large
from vae_core.errors import DataError

MAX_FILES = 500_000
DEEPEST = 24
"""Folders below the first one that are looked into."""


class Folder:
    """A folder as files. Raises DataError when it cannot be listed or holds too many files."""

    encoding = ""
    most_bytes = float("inf")

    def __init__(self, folder: Path) -> None:
        self._folder, listing = folder, hashlib.sha256()
        self.files: list[File] = []
        try:
            for file, fingerprint in _walk(folder, ()):
                listing.update(f"{'/'.join(file.parts)}\0{fingerprint}\n".encode(errors="surrogateescape"))
                self.files.append(file)
                if len(self.files) > MAX_FILES:
                    raise DataError(f"the folder holds more than {MAX_FILES:,} files; choose a smaller one")
        except OSError as error:
            raise DataError(f"the folder {str(folder)[:100]!r} cannot be read ({error.strerror}); give the path of one that can") from None
        self.listing = listing.hexdigest()

    def head(self, place: int, count: int) -> bytes:
        """The first bytes of a file. Raises Unusable with a reason."""
        try:
            with open(os.path.join(self._folder, *self.files[place].parts), "rb", buffering=0) as file:
                return file.read(count)
        except OSError as error:
            raise Unusable(f"cannot be read ({error.strerror})") from None

    def read(self, place: int) -> bytes:
        """The bytes of one file. Raises Unusable with a reason."""
        if self.files[place].problem:
            raise Unusable(self.files[place].problem)
        read = self.head(place, MAX_MEMBER_BYTES + 1)
        if len(read) > MAX_MEMBER_BYTES:
            raise Unusable(too_large())
        return read

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _walk(folder: Path, above: tuple[str, ...]) -> Iterator[tuple[File, str]]:
    """Every file below `folder`, in order, each with what changes with it."""
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        parts = (*above, entry.name)
        if is_litter(parts):
            continue
        if is_hidden(parts):
            yield File(parts, HIDDEN), ""
        elif not entry.is_dir(follow_symlinks=False):
            yield _file(entry, parts)
        elif len(parts) > DEEPEST:
            yield File(parts, f"more than {DEEPEST} folders deep"), ""
        else:
            yield from _walk(Path(entry.path), parts)


def _file(entry: os.DirEntry[str], parts: tuple[str, ...]) -> tuple[File, str]:
    facts = entry.stat(follow_symlinks=False)
    problem = "" if stat.S_ISREG(facts.st_mode) else "a link or a device"
    problem = problem or (too_large() if facts.st_size > MAX_MEMBER_BYTES else "")
    return File(parts, problem, facts.st_size), f"{facts.st_size}.{facts.st_mtime_ns}"

"""A ZIP as a source of pictures, with the ZIPs in it, within limits that hold for all of it. It is streamed, never extracted."""

import io
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from vae_core.data.own import name_encodings, zip_format
from vae_core.data.own.sources import MAX_MEMBER_BYTES, File, Unusable, is_litter, parts_of, too_large
from vae_core.data.own.zip_format import BadZip, Damaged, Entry
from vae_core.errors import DataError

MAX_ARCHIVE_BYTES = 100_000_000
MAX_ENTRIES = 20_000
MAX_EXPANDED_BYTES = 500_000_000
MAX_LIST_BYTES = 8_000_000
"""Of the list at a ZIP's end, which is held in memory."""

_NO_ZIP = "no ZIP file, or not all of one"
_OUTER = -1


class Archive:
    """A ZIP as files; a ZIP in it is a folder. Raises DataError when it is none, or breaks a limit that holds for the whole of it.

    Names that do not tell their encoding are read in the one that is given, or in the likeliest.
    """

    most_bytes: float = MAX_EXPANDED_BYTES

    def __init__(self, file: Path | BinaryIO, encoding: str = "") -> None:
        if encoding and encoding not in name_encodings.ENCODINGS:
            raise DataError(f"names cannot be read as {encoding[:40]!r}; choose one of {', '.join(name_encodings.ENCODINGS)}")
        self._owned = isinstance(file, Path)
        try:
            self._file = file.open("rb") if isinstance(file, Path) else file
        except (OSError, ValueError):
            raise DataError(f"{file.name[:100]!r} cannot be opened; give the path of a ZIP file that can be read") from None
        self._inner: tuple[int, BinaryIO] | None = None
        try:
            self._list()
            self._name(encoding)
        except DataError:
            self.close()
            raise

    def head(self, place: int, count: int) -> bytes:
        """The first bytes of a file. Raises Unusable with a reason."""
        return self._unpacked(place, count)

    def read(self, place: int) -> bytes:
        """The bytes of a file. Raises Unusable with a reason."""
        if self.files[place].problem:
            raise Unusable(self.files[place].problem)
        return self._unpacked(place, None)

    def close(self) -> None:
        """Let go of the file, if it was opened here."""
        self._inner = None
        if self._owned:
            self._file.close()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _unpacked(self, place: int, most: int | None) -> bytes:
        within, entry, _ = self._listed[place]
        try:
            return zip_format.unpacked(self._file if within == _OUTER else self._opened(within), entry, most)
        except (Damaged, OSError, ValueError, OverflowError):
            raise Unusable("damaged in the ZIP") from None

    def _opened(self, place: int) -> BinaryIO:
        """A ZIP in the ZIP, by its place in the list; one at a time is held. Raises Damaged."""
        if self._inner is None or self._inner[0] != place:
            self._inner, inner = None, io.BytesIO()
            zip_format.unpack(self._file, self._outer[place], inner)
            self._inner = place, inner
        return self._inner[1]

    def _list(self) -> None:
        """The entries of the ZIP and of those in it: (place of the ZIP that it is in, entry, problem)."""
        self._outer, problems = self._of(self._file, MAX_ARCHIVE_BYTES)
        inner = [place for place, entry in enumerate(self._outer) if _is_zip(entry) and not _is_litter(entry)]
        if sum(self._outer[place].size for place in inner) > MAX_EXPANDED_BYTES:
            raise DataError(f"the ZIPs in the ZIP have more than {MAX_EXPANDED_BYTES / 1e6:.0f} MB; bring fewer at a time")
        self._listed: list[tuple[int, Entry, str]] = []
        for place, (entry, problem) in enumerate(zip(self._outer, problems, strict=True)):
            self._listed += self._within(place) if place in inner and not problem else [(_OUTER, entry, problem or _size_problem(entry))]
            if len(self._listed) > MAX_ENTRIES:
                raise DataError(f"the ZIP has more than {MAX_ENTRIES:,} entries with those of the ZIPs in it; split it")

    def _within(self, place: int) -> Iterator[tuple[int, Entry, str]]:
        """The entries of a ZIP in the ZIP; itself, if it cannot be opened."""
        outer = self._outer[place]
        try:
            if outer.size > MAX_ARCHIVE_BYTES:
                raise DataError(too_large(MAX_ARCHIVE_BYTES))
            entries, problems = self._of(self._opened(place), outer.size)
        except (Damaged, DataError) as error:
            reason = "damaged in the ZIP" if isinstance(error, Damaged) else str(error).removeprefix("this is ").partition(";")[0]
            return iter([(_OUTER, outer, reason)])
        deeper = "an archive within an inner ZIP: unpack the inner one first"
        both = zip(entries, problems, strict=True)
        return ((place, entry, problem or (deeper if _is_zip(entry) else _size_problem(entry))) for entry, problem in both)

    def _of(self, file: BinaryIO, most: int) -> tuple[list[Entry], list[str]]:
        """The entries of one ZIP and what is wrong with each. Raises DataError for what is wrong with all of it."""
        try:
            size = file.seek(0, os.SEEK_END)
            if size > most:
                raise DataError(f"the ZIP has {size / 1e6:,.0f} MB; at most {most / 1e6:.0f} MB are read, so make it smaller")
            entries = zip_format.listed(file, MAX_LIST_BYTES)
        except (BadZip, OSError, ValueError):
            raise DataError(f"this is {_NO_ZIP}; make it again, with nothing but pictures in it") from None
        except OverflowError:
            raise DataError(f"the list of files in the ZIP is longer than {MAX_LIST_BYTES / 1e6:.0f} MB; split it") from None
        if len(entries) > MAX_ENTRIES:
            raise DataError(f"the ZIP has {len(entries):,} entries; at most {MAX_ENTRIES:,} are read, so split it")
        if sum(entry.packed for entry in entries) > size:
            raise DataError("the parts of this ZIP overlap, as no honest one's do; make it again")
        shared = zip_format.overlapping(entries)
        return entries, [_problem(entry, place in shared) for place, entry in enumerate(entries)]

    def _name(self, encoding: str) -> None:
        """Read the names, all in one encoding where they do not tell it."""
        needed = [*(entry for _, entry, _ in self._listed), *(self._outer[place] for place, *_ in self._listed if place != _OUTER)]
        untold = {part: None for entry in needed if _stated_name(entry) is None for part in entry.name.split(b"/")}
        self.encoding = (encoding or name_encodings.guess(untold)) if untold else ""
        spread = {place: self._separators(entry for within, entry, _ in self._listed if within == place) for place in self._places()}
        above = {place: self._parts(self._outer[place], self._separators(self._outer)) for place in self._places() if place != _OUTER}
        stems = {place: (*parts[:-1], os.path.splitext(parts[-1])[0]) for place, parts in above.items() if parts} | {_OUTER: ()}
        files, listed = [], []
        for within, entry, problem in self._listed:
            if not entry.is_folder:
                files.append(File((*stems.get(within, ()), *self._parts(entry, spread[within])), problem, entry.size))
                listed.append((within, entry, problem))
        self.files, self._listed = files, listed

    def _places(self) -> set[int]:
        return {within for within, *_ in self._listed}

    def _parts(self, entry: Entry, separators: str) -> tuple[str, ...]:
        return parts_of(self._text(entry), separators)

    def _text(self, entry: Entry) -> str:
        stated = _stated_name(entry)
        return name_encodings.decode(entry.name, self.encoding) if stated is None else stated

    def _separators(self, entries: Iterable[Entry]) -> str:
        r"""What stands between the names of folders: "\\" only in a ZIP that has no "/", for it may be half a letter or a whole one."""
        return "/" if any("/" in self._text(entry) for entry in entries) else "/\\"


def _stated_name(entry: Entry) -> str | None:
    """The name of an entry that tells how it is to be read, None for others."""
    if entry.unicode_name:
        return entry.unicode_name
    return name_encodings.decode(entry.name, "utf-8") if entry.flags & zip_format.UTF8 or entry.name.isascii() else None


def _is_zip(entry: Entry) -> bool:
    return entry.name.lower().endswith(b".zip")


def _is_litter(entry: Entry) -> bool:
    return is_litter(parts_of(entry.name.decode("latin-1")))


def _problem(entry: Entry, shared: bool) -> str:
    if entry.flags & zip_format.ENCRYPTED:
        return "locked with a password: make the ZIP anew without one"
    if stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or a device"
    if entry.method not in (zip_format.STORED, zip_format.DEFLATED):
        return "packed in another way than deflate: make the ZIP anew with the usual settings"
    return "shares its bytes with another file of the ZIP" if shared else ""


def _size_problem(entry: Entry) -> str:
    return too_large() if entry.size > MAX_MEMBER_BYTES else ""

"""Foreign pictures as a list of members to read, from a ZIP or a folder, within limits. Decodes nothing and writes nothing.

A ZIP is streamed, never extracted, and no name in it is ever a path: names give labels, and places to read from are numbers.
"""

import hashlib
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vae_core.data.own.stored import clean_label
from vae_core.errors import DataError

MOST_ARCHIVE_BYTES = 100_000_000
MOST_ENTRIES = 20_000
MOST_MEMBER_BYTES = 10_000_000
MOST_EXPANDED_BYTES = 500_000_000
MOST_DIRECTORY_BYTES = 8_000_000
"""Of the list at a ZIP's end, which zipfile holds in memory: 400 bytes for each of 20,000 entries."""
MOST_FILES = 500_000
"""In a folder on this machine."""
DEEPEST = 3

_PICTURES = {"", ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib"}
_ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"}
_IGNORED = {"__macosx", "thumbs.db", "desktop.ini"}
_NO_PATH = re.compile(r"\.{0,2}|[A-Za-z]:")
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    IndexError,
    NotImplementedError,
    RuntimeError,
)


class Unusable(DataError):
    """One member cannot be used; the text says why in a few words. The others are not affected."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file to try."""

    path: str
    """As it was given: to be shown, cleaned, and never to be opened."""
    label: str
    """Its class, fit to be shown; empty when no folder tells."""
    problem: str
    """Why it is not even tried; empty when it is."""
    place: int
    """Where its source finds it."""


class Archive:
    """A ZIP as members. Raises DataError when it is none, or breaks a limit that holds for the whole of it."""

    def __init__(self, file: Path | BinaryIO) -> None:
        self._owned, self._expanded = isinstance(file, Path), 0
        try:
            self._file = file.open("rb") if isinstance(file, Path) else file
        except (OSError, ValueError):
            raise DataError(f"{file.name[:100]!r} cannot be opened; give the path of a ZIP file that can be read") from None
        try:
            size = self._file.seek(0, os.SEEK_END)
            if size > MOST_ARCHIVE_BYTES:
                raise DataError(f"the ZIP has {size / 1e6:,.0f} MB; at most {MOST_ARCHIVE_BYTES / 1e6:.0f} MB are read, so make it smaller")
            self._zip = zipfile.ZipFile(_Sips(self._file))
            self._entries = self._zip.infolist()
            self._check(size)
        except _ZIP_ERRORS:
            self.close()
            raise DataError("this is no ZIP file, or not all of one; make it again, with nothing but pictures in it") from None
        except DataError:
            self.close()
            raise
        given = ((entry.filename, _entry_problem(entry), place) for place, entry in enumerate(self._entries) if not entry.is_dir())
        self.members = _members(given)

    def read(self, member: Member) -> bytes:
        """The bytes of one member. Raises Unusable with a reason, DataError when the whole archive grows too large."""
        if member.problem:
            raise Unusable(member.problem)
        entry = self._entries[member.place]
        self._expanded += entry.file_size  # zipfile gives no byte more than this, whatever the archive holds
        if self._expanded > MOST_EXPANDED_BYTES:
            raise DataError(f"the ZIP holds more than {MOST_EXPANDED_BYTES / 1e6:.0f} MB of files when unpacked; make it smaller")
        try:
            with self._zip.open(entry) as file:  # in parts, for a read of everything would unpack more than is declared
                return b"".join(iter(lambda: file.read(1 << 20), b""))
        except _ZIP_ERRORS:
            raise Unusable("damaged in the ZIP") from None

    def close(self) -> None:
        """Let go of the file, if it was opened here."""
        if self._owned:
            self._file.close()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, size: int) -> None:
        if len(self._entries) > MOST_ENTRIES:
            raise DataError(f"the ZIP has {len(self._entries):,} entries; at most {MOST_ENTRIES:,} are read, so split it")
        if sum(entry.compress_size for entry in self._entries) > size:
            raise DataError("the parts of this ZIP overlap, as no honest one's do; make it again")


class Folder:
    """A folder of this machine as members, links left out. Raises DataError when it cannot be listed or holds too many files."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._paths, listing = folder, [], hashlib.sha256()
        found = []
        try:
            for path, problem, fingerprint in _walk(folder, ()):
                listing.update(f"{path}\0{fingerprint}\n".encode(errors="surrogateescape"))
                found.append((path, problem, len(found)))
                if len(found) > MOST_FILES:
                    raise DataError(f"the folder holds more than {MOST_FILES:,} files; choose a smaller one")
        except OSError as error:
            raise DataError(f"the folder {str(folder)[:100]!r} cannot be read ({error.strerror}); give the path of one that can") from None
        self._paths = [path for path, *_ in found]
        self.listing = listing.hexdigest()
        self.members = _members(found)

    def read(self, member: Member) -> bytes:
        """The bytes of one file. Raises Unusable with a reason."""
        if member.problem:
            raise Unusable(member.problem)
        try:
            with (self._folder / self._paths[member.place]).open("rb") as file:
                read = file.read(MOST_MEMBER_BYTES + 1)
        except OSError as error:
            raise Unusable(f"cannot be read ({error.strerror})") from None
        if len(read) > MOST_MEMBER_BYTES:
            raise Unusable(_too_large())
        return read

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Sips:
    """A file that refuses to be read in one gulp, as zipfile does with a list of entries of any size."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        most = MOST_DIRECTORY_BYTES
        read = self._file.read(most + 1 if size < 0 else min(size, most + 1))
        if len(read) > most:
            raise DataError(f"the list of files in the ZIP is longer than {MOST_DIRECTORY_BYTES / 1e6:.0f} MB; split it")
        return read


def _members(found: Iterable[tuple[str, str, int]]) -> list[Member]:
    """Members of (path, problem, place): labels are the names of folders, below one folder that holds all pictures, if there is one."""
    kept = [(path, _parts(path), problem, place) for path, problem, place in found]
    kept = [(path, parts, problem or _name_problem(parts), place) for path, parts, problem, place in kept if not _is_ignored(parts)]
    tops = {parts[0] if len(parts) > 1 else None for _, parts, problem, _ in kept if not problem}
    start = 1 if len(tops) == 1 and None not in tops else 0
    labels: dict[str, str] = {}
    members = []
    for path, parts, problem, place in kept:
        folder = parts[start] if len(parts) > start + 1 else ""
        members.append(Member(path, labels.setdefault(folder, clean_label(folder)), problem, place))
    return members


def _parts(path: str) -> tuple[str, ...]:
    """The names in a path of any system, without what only leads elsewhere."""
    return tuple(part for part in re.split(r"[/\\]", path) if not _NO_PATH.fullmatch(part))


def _is_ignored(parts: tuple[str, ...]) -> bool:
    """Whether a file is one that systems leave about and no person means; so is one without a name."""
    return not parts or any(part.startswith(".") or part.casefold() in _IGNORED for part in parts)


def _name_problem(parts: tuple[str, ...]) -> str:
    suffix = os.path.splitext(parts[-1])[1].casefold()
    if suffix in _ARCHIVES:
        return "an archive, to be unpacked first"
    if suffix not in _PICTURES:
        return "not a PNG, JPEG, WebP or BMP file"
    return f"more than {DEEPEST} folders deep" if len(parts) > DEEPEST + 1 else ""


def _entry_problem(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & 0x1:
        return "locked with a password"
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        return "a link or a device"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in another way than deflate"
    return _too_large() if entry.file_size > MOST_MEMBER_BYTES else ""


def _walk(folder: Path, above: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """(path from the first folder on, problem, what changes with the file) of every file below `folder`, in order."""
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        parts = (*above, entry.name)
        if _is_ignored(parts):
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield "/".join(parts), *_file_facts(entry)
        elif len(parts) > DEEPEST:
            yield "/".join(parts), f"more than {DEEPEST} folders deep", ""
        else:
            yield from _walk(Path(entry.path), parts)


def _file_facts(entry: os.DirEntry) -> tuple[str, str]:
    facts = entry.stat(follow_symlinks=False)
    problem = "" if stat.S_ISREG(facts.st_mode) else "a link or a device"
    return problem or (_too_large() if facts.st_size > MOST_MEMBER_BYTES else ""), f"{facts.st_size}.{facts.st_mtime_ns}"


def _too_large() -> str:
    return f"larger than {MOST_MEMBER_BYTES / 1e6:.0f} MB"

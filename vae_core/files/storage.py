"""The two folders that the program writes to: where they are, and one sentence for whatever the disk refuses. Knows nothing in them."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vae_core.errors import DataError, ExplorerError, RunError

_SOURCES = Path(__file__).resolve().parents[2]
PROGRAM = _SOURCES if (_SOURCES / "app.py").is_file() else Path.cwd()
"""The program's folder; where the package is installed and the app is not there, the folder in which it was started."""
LITTLE_ROOM = 50_000_000  # bytes; a training keeps a few megabytes, a data set some tens
FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM)
_RESERVE, _RESERVED_BYTES = ".reserve", 16_384


@dataclass(frozen=True)
class StorageFolder:
    """A folder that people may put elsewhere, and the error that says what it refuses."""

    name: str
    variable: str
    error: type[ExplorerError]

    @property
    def path(self) -> Path:
        """The folder that the environment variable names, else the one of that name in `PROGRAM`.

        `~` is a person's own folder, and a relative path begins at `PROGRAM`. Raises the home's error for a `~name` of nobody.
        """
        given = os.environ.get(self.variable, "").strip()
        try:
            return PROGRAM / Path(given or self.name).expanduser()
        except RuntimeError:
            raise self.error(f"{self.variable} is {given[:100]!r}, and nobody here has that folder; give the whole path of one") from None

    @contextmanager
    def writing(self, refused: str) -> Iterator[None]:
        """Turns an OSError within the block into the home's error; `refused` begins its sentence: "the model cannot be renamed"."""
        try:
            yield
        except OSError as error:
            raise self.refusal(refused, error) from error

    def refusal(self, refused: str, error: OSError) -> ExplorerError:
        """The home's error for what the system says: what is refused, why, and what to do."""
        return self.error(f"{refused}: {self._reason(error)}")

    def warning(self, folder: Path | None = None) -> str:
        """Why `folder`, by default the home itself, takes nothing or little, with the remedy; empty where nothing is known against it."""
        wanted = folder or self.path
        place = next(above for above in (wanted, *wanted.parents) if os.path.lexists(above))
        try:
            if not place.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            if not os.access(place, os.W_OK | os.X_OK):
                raise OSError(errno.EROFS if _is_read_only(place) else errno.EACCES, "")
            room = shutil.disk_usage(place)
        except OSError as error:
            return self._reason(error)
        if not room.total or room.free >= LITTLE_ROOM:
            return ""
        return f"the disk with the {self._folder} has room for {room.free / 1e6:,.0f} MB only; {self._make_room}"

    def _reason(self, error: OSError) -> str:
        """What is the matter, and what to do."""
        elsewhere = f"or set {self.variable} to a folder that you may write to and start the program again"
        if error.errno in FULL:
            return f"the disk with the {self._folder} is full; {self._make_room}"
        if error.errno == errno.EROFS:
            return f"the {self._folder} is read-only; make it writable, {elsewhere}"
        if error.errno in _FORBIDDEN:
            return f"this program may not use {self._named(error)}; let its owner allow it, {elsewhere}"
        if error.errno in (errno.ENOTDIR, errno.EEXIST):
            return f"a file is in the way where the {self._folder} is to be; move it, {elsewhere}"
        return f"the system says “{error.strerror or error}” of {self._named(error)}; try again, {elsewhere}"

    @property
    def _folder(self) -> str:
        return f"{self.name} folder"

    @property
    def _make_room(self) -> str:
        return f"delete what is no longer needed, also in .trash, or set {self.variable} to a folder with room and start the program again"

    def _named(self, error: OSError) -> str:
        """The home, or what in it was refused; never where it is, for the sentence may be read by others than its owner."""
        with suppress(TypeError, ValueError, RuntimeError, ExplorerError):
            shown = Path(error.filename)
            while shown.name.startswith(".") and not os.path.lexists(shown):  # what was to be made
                shown = shown.parent
            if shown != self.path:
                return f"“{shown.relative_to(self.path)}” in the {self._folder}"
        return f"the {self._folder}"


CHECKPOINTS = StorageFolder("checkpoints", "VAE_CHECKPOINTS", RunError)
DATA = StorageFolder("data", "VAE_DATA", DataError)


def sentence(error: OSError) -> str:
    """What is to be said of an error that nobody expected, without the whole path."""
    name = Path(os.fsdecode(error.filename)).name if isinstance(error.filename, str | bytes | os.PathLike) else "a file"
    return f"{name} cannot be read or written ({error.strerror or error}); look at the disk and at who owns the file, and try again"


def reserve(folder: Path) -> None:
    """Keep a little room in a folder, so that what ends for want of room can still say so. Nothing happens where there is none."""
    with suppress(OSError):
        (folder / _RESERVE).write_bytes(os.urandom(_RESERVED_BYTES))


def release(folder: Path) -> None:
    """Give the room back that `reserve` has kept."""
    with suppress(OSError):
        (folder / _RESERVE).unlink()


def _is_read_only(place: Path) -> bool:
    return hasattr(os, "statvfs") and bool(os.statvfs(place).f_flag & os.ST_RDONLY)

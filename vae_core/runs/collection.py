"""The folder of all runs: create, find, list, rename, delete, restore and archive them."""

import datetime
import errno
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from vae_core.config import RunConfig
from vae_core.data.registry import describe
from vae_core.errors import DataError, RunError, RunNotFound
from vae_core.files.atomic import sweep
from vae_core.files.locks import is_locked
from vae_core.files.metadata import age, is_plain, modified
from vae_core.files.records import write_json
from vae_core.files.storage import CHECKPOINTS
from vae_core.runs.run import RUN_ID, SHIPPED, Run, about, check_folder, is_title
from vae_core.runs.status import Status

DRAFT_SECONDS = 3600.0
_TRASHED = re.compile(r"(?P<id>.+)-\d{8}-\d{6}-\d{6}")
_NOT_ARCHIVED = {"worker.lock", "stop", "resume.safetensors", "encoded"}


def root() -> Path:
    """The folder that holds the runs: what VAE_CHECKPOINTS names (`storage.StorageFolder.path`), else `checkpoints`."""
    return CHECKPOINTS.path


def create(config: RunConfig, root: Path | None = None, *, name: str | None = None, title: str = "") -> Run:
    """Make the folder of a new run, whole or not at all; any number of processes may do so at once.

    Args:
        config: what is to be trained, and how.
        root: the folder of all runs; by default `root()`.
        name: the folder's name and the run's id; by default the preset's or the own data set's name with the next free number.
        title: the name for people; without one the run is called as its folder is.

    Raises:
        RunError: the folder cannot have this name, or the disk refuses; then nothing is left behind.
    """
    home = _root(root)
    stem = _stem(config)
    wanted = f"{stem}-001" if name is None else name
    if not RUN_ID.fullmatch(wanted):
        raise RunError(f"{wanted[:64]!r} cannot name a run; expected lower-case letters, digits and hyphens")
    with CHECKPOINTS.writing("the model cannot be stored"):
        home.mkdir(parents=True, exist_ok=True)
        _sweep_drafts(home)
        draft = Run(Path(tempfile.mkdtemp(dir=home, prefix=".new-")))
        try:
            draft.path.chmod(0o755)
            write_json(draft.path / "config.json", config.to_json())
            named = ({"title": _title(title)} if title else {}) | _own_dataset(config)
            if named:
                write_json(draft.path / "about.json", named)
            draft.write_status(Status("queued", epochs=config.train.epochs))
            return Run(_publish(draft.path, home, stem) if name is None else _claim(draft.path, home / name))
        except BaseException:
            shutil.rmtree(draft.path, ignore_errors=True)
            raise


def find(run_id: str, root: Path | None = None) -> Run:
    """The run of that id. Raises RunNotFound unless the listing has it; the text given never becomes part of a path."""
    known = {path.name: path for path in _folders(_root(root))} if RUN_ID.fullmatch(run_id) else {}
    if run_id not in known:
        raise RunNotFound(f"there is no run {run_id[:64]!r}; choose one from the list of models")
    return Run(known[run_id])


def list_runs(root: Path | None = None) -> list[Run]:
    """Every run: own ones newest first, then the shipped ones. Folders that are no runs are listed, as damaged."""
    runs = [Run(path) for path in _folders(_root(root))]
    shipped = sorted((run for run in runs if run.shipped), key=lambda run: SHIPPED.index(run.id))
    own = sorted((run for run in runs if not run.shipped), key=lambda run: (run.created, run.id), reverse=True)
    return own + shipped


def rename(run: Run, title: str) -> None:
    """Give the run a title that no other has.

    Raises RunError unless it is 1 to 60 printable characters on one line, when another run has it, and when the disk refuses.
    """
    check_folder(run)
    if any(other.title == title.strip() for other in list_runs(run.path.parent) if other.id != run.id):
        raise RunError(f"there is another model called “{title.strip()}”; choose a different name")
    with CHECKPOINTS.writing("the model cannot be renamed"):
        write_json(run.path / "about.json", about(run) | {"title": _title(title)})


def delete(run: Run) -> Path:
    """Move the run to the trash and return where it is now. Raises RunError for a shipped run, one at work, and when the disk refuses."""
    if run.shipped:
        raise RunError(f"{run.id} came with the program and stays; only runs of your own can be deleted")
    if run.status.state in ("queued", "running") or (not run.path.is_symlink() and is_locked(run.lock)):
        raise RunError(f"{run.id} is still at work; stop it before deleting it")
    target = run.path.parent / ".trash" / f"{run.id}-{datetime.datetime.now():%Y%m%d-%H%M%S-%f}"
    with CHECKPOINTS.writing("the model cannot be moved to the trash"):
        target.parent.mkdir(exist_ok=True)
        os.rename(run.path, target)
    return target


def trashed(root: Path | None = None) -> list[Path]:
    """The folders that `delete` moved away and `restore` can bring back, the last first."""
    trash = _root(root) / ".trash"
    found = [trash / name for name in _names(trash) if _TRASHED.fullmatch(name)]
    return sorted(found, key=lambda path: path.name[-len("YYYYmmdd-HHMMSS-ffffff") :], reverse=True)


def restore(path: Path) -> Run:
    """Bring back what `delete` moved away. Raises RunError when it is not in the trash, its name is taken, or the disk refuses."""
    match = _TRASHED.fullmatch(path.name)
    if match is None or path.parent.name != ".trash" or not path.is_dir():
        raise RunError(f"{path.name[:100]!r} is not in the trash; nothing was brought back")
    target = path.parent.parent / match["id"]
    if target.exists():
        raise RunError(f"there is another run {target.name} now; delete it first")
    with CHECKPOINTS.writing("the model cannot be brought back"):
        os.rename(path, target)
    return Run(target)


def archive(run: Run, target: BinaryIO) -> None:
    """Write a zip of the run to `target`, without lock, stop file, resume state and encoded data sets; it need not be seekable.

    Raises RunError when a file cannot be read, or `target` takes no more.
    """
    check_folder(run)
    with (
        CHECKPOINTS.writing("the model cannot be put into a file"),
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as file,
    ):
        for path in _plain_files(run.path):
            file.write(path, Path(run.id) / path.relative_to(run.path))


def tidy(run: Run) -> None:
    """Remove what killed writers left in the run's folder and in those in it."""
    for folder in (run.path, *(path for path in run.path.iterdir() if path.is_dir() and not path.is_symlink())):
        sweep(folder)


def _root(given: Path | None) -> Path:
    return root() if given is None else given


def _folders(home: Path) -> list[Path]:
    """Folders and links in `home` whose name does not begin with a dot. Nothing is opened and no link is followed."""
    try:
        with os.scandir(home) as entries:
            names = [entry.name for entry in entries if entry.is_symlink() or entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CHECKPOINTS.refusal("the models cannot be listed", error) from None
    return [home / name for name in names if not name.startswith(".")]


def _stem(config: RunConfig) -> str:
    """What a run is called but for its number: its preset; on people's own images, those."""
    dataset = config.train.dataset
    if not dataset.startswith("own-"):
        return config.preset
    return f"{re.sub(r'-[0-9]+$', '', dataset.removeprefix('own-'))}-{config.model.latent_dim}d"


def _own_dataset(config: RunConfig) -> dict[str, str]:
    """What about.json keeps of an own data set, which may be deleted before the run is."""
    with suppress(DataError):
        info = describe(config.train.dataset)
        return {"dataset": info.title} if info.own else {}
    return {}


def _sweep_drafts(home: Path) -> None:
    """Remove the folders of runs that were being made long ago, when their makers were killed."""
    for folder in home.glob(".new-*"):
        if age(modified(folder)) > DRAFT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _publish(draft: Path, home: Path, preset: str) -> Path:
    """Move the finished draft to the next free number. A rename onto a folder with files fails, so one process wins each."""
    number = _highest_number(home, preset)
    while True:
        number += 1
        target = home / f"{preset}-{number:03d}"
        try:
            os.rename(draft, target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
        else:
            return target


def _claim(draft: Path, target: Path) -> Path:
    try:
        os.rename(draft, target)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise
        raise RunError(f"there is a run {target.name} already; choose another name") from None
    return target


def _highest_number(home: Path, preset: str) -> int:
    """Trashed runs count: a link to a deleted run must not show another one, and it can be brought back."""
    trashed = [match["id"] for match in map(_TRASHED.fullmatch, _names(home / ".trash")) if match]
    numbered = re.compile(re.escape(preset) + r"-(\d{3,9})")
    matches = map(numbered.fullmatch, _names(home) + trashed)
    return max((int(match[1]) for match in matches if match), default=0)


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []


def _plain_files(folder: Path) -> Iterator[Path]:
    """The files to archive, in a fixed order; links and the leftovers of an interrupted write stay out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _NOT_ARCHIVED)
        for name in sorted(names):
            if name not in _NOT_ARCHIVED and not name.startswith(".") and is_plain(Path(place, name)):
                yield Path(place, name)


def _title(text: str) -> str:
    """The title without blanks around it. Raises RunError unless it is one."""
    if not is_title(text):
        if not text.strip():
            raise RunError("the name is empty; expected 1 to 60 printable characters on one line")
        raise RunError(f"the name has {len(text):,} characters; expected 1 to 60 printable ones on one line")
    return text.strip()

"""A run is a folder of plain files: this says which, in what state it is, and what may be done with it.

It knows who holds a run's lock, but neither how a training is started nor what the weights mean.
"""

import datetime
import errno
import os
import re
import shutil
import stat
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import BinaryIO

from vae_core import checksums
from vae_core.config import RunConfig
from vae_core.errors import ExplorerError, RunDamaged, RunError, RunNotFound
from vae_core.files import read_json, read_lines, read_picture, sweep, write_json
from vae_core.remembered import Remembered
from vae_core.storage import CHECKPOINTS

if os.name == "nt":
    import msvcrt
else:
    import fcntl

SHIPPED = ("mnist-2d", "mnist-16d", "mnist-ae-2d", "emoji-32d", "shapes-6d")
STATES = ("queued", "running", "finished", "stopped", "failed")
STARTING_SECONDS = 5.0
DRAFT_SECONDS = 3600.0
LAUNCHED, TAKEN = 1, 2  # bytes of a lock file since the last launch: nobody has held it yet; a worker has
MOST_LAST_WORDS = 200  # characters
MAX_JSON_BYTES = 1 << 20
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TRASHED = re.compile(r"(?P<id>.+)-\d{8}-\d{6}-\d{6}")
_LOG_TAIL_BYTES = 4096
_FOLDERS = re.compile(r"""(?<=['"])(?:[A-Za-z]:)?[\\/][^'"]*[\\/]|(?:[A-Za-z]:)?[\\/](?:[^\\/\s'"]+[\\/])+""")  # before a name
_NOT_ARCHIVED = {"worker.lock", "stop", "resume.safetensors", "encoded"}


@dataclass(frozen=True)
class Status:
    """Where a training stands. `seconds` of training so far; `updated` in seconds since 1970.

    A worker writes one of `STATES`; `Run.status` may answer `interrupted` or `damaged` instead, with the reason as `message`.
    """

    state: str
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    message: str = ""
    updated: float = 0.0


_OBJECTS: Remembered[dict] = Remembered(most=4096)
_CONFIGS: Remembered[RunConfig] = Remembered(most=1024)
_STATUSES: Remembered[Status] = Remembered(most=1024)


def _file(name: str, about: str) -> property:
    return property(lambda run: run.path / name, doc=about)


@dataclass(frozen=True)
class Run:
    """One model with everything that is known about it. Every answer is that of the folder now; a file is read once until it changes."""

    path: Path

    weights = _file("weights.safetensors", "The network's weights after the last saved epoch.")
    resume = _file("resume.safetensors", "Optimizer and random state, to go on exactly where the training stopped.")
    network = _file("network.bin", "Encoder and decoder for the browser.")
    codes = _file("codes.npz", "Encoded means of the data set.")
    thumbnails = _file("thumbnails.webp", "The images behind the codes, on one sheet.")
    film = _file("film", "The folder with a picture of each epoch.")
    cover = _file("cover.webp", "One picture for the gallery.")
    log = _file("log.txt", "What the worker printed.")
    metrics_file = _file("metrics.jsonl", "One record of the training a line.")
    card_file = _file("card.json", "The measured facts of the finished model.")
    conditions_file = _file("conditions.json", "By what the training was computed: threads, precision, versions.")
    lock = _file("worker.lock", "Held by the worker for as long as it lives.")
    stop_file = _file("stop", "Its presence asks the worker to stop.")

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def shipped(self) -> bool:
        """Whether the run came with the program."""
        return self.id in SHIPPED

    @property
    def title(self) -> str:
        """The name that a person gave, else the id."""
        try:
            given = _read_object(self, "about.json").get("title")
        except RunDamaged:
            return self.id
        return given if isinstance(given, str) and _is_title(given) else self.id

    @property
    def signed(self) -> bool:
        """Whether its config says that every file of the run carries a checksum; older runs, and their files, are believed."""
        try:
            stated = _read_object(self, "config.json").get("format")
        except RunDamaged:
            return False
        return isinstance(stated, int) and stated >= checksums.SINCE_FORMAT

    @property
    def created(self) -> float:
        """When the config was written, in seconds since 1970; 0 when that cannot be told."""
        return _modified(f"{self.path}/config.json")

    @property
    def config(self) -> RunConfig:
        """What was trained, and how. Raises RunDamaged with the reason when config.json is not a config of this program."""
        _check_folder(self)
        try:
            return _CONFIGS.of(lambda: RunConfig.from_json(_read_object(self, "config.json")), f"{self.path}/config.json")
        except RunDamaged:
            raise
        except ExplorerError as error:
            raise RunDamaged(f"config.json is not usable: {error}") from None

    @property
    def status(self) -> Status:
        """How the run is, honestly: a worker that died shows as interrupted, a run with bad files as damaged."""
        files = (f"{self.path}", f"{self.path}/config.json", f"{self.path}/status.json")
        try:
            status = _living(self, _STATUSES.of(lambda: _stored(self), *files))
            _check_weights(self, status)
        except RunDamaged as error:
            return Status("damaged", message=str(error))
        return status

    def stored_status(self) -> Status:
        """What was written last, believed. Raises RunDamaged when status.json is missing or nonsense."""
        values = _read_object(self, "status.json")
        if values.get("state") not in STATES:
            raise RunDamaged(f"status.json holds the state {str(values.get('state'))[:40]!r}; expected one of {', '.join(STATES)}")
        return Status(**{item.name: _checked(values[item.name], item.type, item.name) for item in fields(Status) if item.name in values})

    def write_status(self, status: Status) -> None:
        """Replace status.json, stamped with the time now. Raises RunError for a state that is not in `STATES`."""
        if status.state not in STATES:
            raise RunError(f"a run cannot be put into the state {status.state!r}; expected one of {', '.join(STATES)}")
        write_json(self.path / "status.json", asdict(replace(status, updated=time.time())))

    def metrics(self) -> list[dict]:
        """The records of the training, oldest first; torn and altered lines are skipped. Raises RunDamaged when the file cannot be read."""
        _check_folder(self)
        return read_lines(self.metrics_file, signed=self.signed) if _is_plain(self.metrics_file) else []

    def picture(self, path: Path) -> bytes:
        """The file of its thumbnails or its cover as it was written. Raises RunDamaged when it is missing or altered."""
        _check_folder(self)
        if os.path.lexists(path) and not _is_plain(path):
            raise RunDamaged(f"{path.name} is no plain file; it was not written by this program")
        return read_picture(path, signed=self.signed)

    def card(self) -> dict | None:
        """The measured facts, or None before they are measured. Raises RunDamaged when card.json is there but not readable."""
        _check_folder(self)
        if not os.path.lexists(self.path / "card.json"):
            return None
        card = _read_object(self, "card.json")
        numbers = [card.get("elbo", 0), card.get("validation_images", 0), *_listed(card.get("kl_by_dimension", []))]
        if not all(isinstance(number, (int, float)) for number in numbers):
            raise RunDamaged("card.json holds something else than measured facts; evaluate the model again")
        return card


def root() -> Path:
    """The folder that holds the runs: what VAE_CHECKPOINTS names (`storage.Home.path`), else `checkpoints` beside the program."""
    return CHECKPOINTS.path


def create(config: RunConfig, root: Path | None = None, *, name: str | None = None, title: str = "") -> Run:
    """Make the folder of a new run, called `name`, or after the preset or the own data set with the next free number, whole or not at all.

    `title` is its name for people; without one it is called as its folder is.

    Any number of processes may do so at once. Raises RunError when the preset cannot name a folder, and when the disk refuses: then
    nothing is left behind.
    """
    home = _root(root)
    stem = _stem(config)
    wanted = f"{stem}-001" if name is None else name
    if not _ID.fullmatch(wanted):
        raise RunError(f"{wanted[:64]!r} cannot name a run; expected lower-case letters, digits and hyphens")
    with CHECKPOINTS.writing("the model cannot be stored"):
        home.mkdir(parents=True, exist_ok=True)
        _sweep_drafts(home)
        draft = Run(Path(tempfile.mkdtemp(dir=home, prefix=".new-")))
        try:
            draft.path.chmod(0o755)
            write_json(draft.path / "config.json", config.to_json())
            if title:
                write_json(draft.path / "about.json", {"title": _title(title)})
            draft.write_status(Status("queued", epochs=config.train.epochs))
            return Run(_publish(draft.path, home, stem) if name is None else _claim(draft.path, home / name))
        except BaseException:
            shutil.rmtree(draft.path, ignore_errors=True)
            raise


def find(run_id: str, root: Path | None = None) -> Run:
    """The run of that id. Raises RunNotFound unless the listing has it; the text given never becomes part of a path."""
    known = {path.name: path for path in _folders(_root(root))} if _ID.fullmatch(run_id) else {}
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
    """Give the run a title. Raises RunError unless it is 1 to 60 printable characters on one line, and when the disk refuses."""
    _check_folder(run)
    with CHECKPOINTS.writing("the model cannot be renamed"):
        write_json(run.path / "about.json", {"title": _title(title)})


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
    _check_folder(run)
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


def is_locked(path: Path) -> bool:
    """Whether a living process holds this lock file; asking disturbs nobody. Raises RunDamaged when it cannot be opened."""
    if not _is_plain(path):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        reason = f"{path.name} cannot be opened ({error.strerror}), so nobody can tell whether a process is at work"
        raise RunDamaged(f"{reason}; let the owner of the folder allow it") from None
    try:
        _probe(descriptor)
    except (BlockingIOError, PermissionError):
        return True
    finally:
        os.close(descriptor)
    return False


def take_lock(path: Path) -> int | None:
    """Hold this lock file until the returned descriptor is closed or the process ends, however it ends; None if it is held.

    The descriptor is close-on-exec, so a child process does not hold the lock too.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_starting(run: Run, status: Status) -> bool:
    """Whether a worker was launched so recently that it may not hold its lock yet.

    `mark` in the lock file says that the worker has been there: from then on a free lock means a dead worker.
    """
    return status.state == "queued" and age(status.updated) < STARTING_SECONDS and not is_marked(run.lock)


def mark(lock: Path, size: int) -> None:
    """Say in a lock file, by its size, that it is `LAUNCHED` or `TAKEN`: times would be wrong where a clock was. Needs no room."""
    os.truncate(lock, size)


def is_marked(lock: Path) -> bool:
    """Whether a process has held this lock since the last launch."""
    try:
        return os.lstat(lock).st_size >= TAKEN
    except OSError:
        return False


def age(moment: float) -> float:
    """Seconds between a moment and now. One that lies ahead, for a clock was wrong, is as old as one that lies as far behind."""
    return abs(time.time() - moment)


def _listed(value: object) -> list:
    return value if isinstance(value, list) else [value]


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


def _sweep_drafts(home: Path) -> None:
    """Remove the folders of runs that were being made long ago, when their makers were killed."""
    for folder in home.glob(".new-*"):
        if age(_modified(folder)) > DRAFT_SECONDS:
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


def _check_folder(run: Run) -> None:
    if run.path.is_symlink():
        raise RunDamaged("this is a link; expected a folder, so move the real one here")
    if not _ID.fullmatch(run.id):
        raise RunDamaged("the folder's name is no run id; rename it with lower-case letters, digits and hyphens only")


def _read_object(run: Run, name: str) -> dict:
    """A JSON object of the run, read only if it is a plain file of reasonable size within the folder."""
    _check_folder(run)
    try:
        found = os.lstat(run.path / name)
    except OSError as error:
        raise RunDamaged(f"{name} is missing" if error.errno == errno.ENOENT else f"{name} cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_JSON_BYTES:
        raise RunDamaged(f"{name} is no plain file of at most {MAX_JSON_BYTES:,} bytes; it was not written by this program")
    return _OBJECTS.of(lambda: _parsed(run, name), f"{run.path}/{name}", f"{run.path}/config.json")


def _parsed(run: Run, name: str) -> dict:
    """The object without its checksum, which only an old run may lack."""
    try:
        return read_json(run.path / name, signed=True)
    except checksums.Unsigned:
        if name != "config.json" and run.signed:
            raise
    return read_json(run.path / name)


def _modified(path: str | Path) -> float:
    """Seconds since 1970, or 0 for a file that is not there."""
    try:
        return os.lstat(path).st_mtime
    except OSError:
        return 0.0


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _plain_files(folder: Path) -> Iterator[Path]:
    """The files to archive, in a fixed order; links and the leftovers of an interrupted write stay out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _NOT_ARCHIVED)
        for name in sorted(names):
            if name not in _NOT_ARCHIVED and not name.startswith(".") and _is_plain(Path(place, name)):
                yield Path(place, name)


def _title(text: str) -> str:
    """The title without blanks around it. Raises RunError unless it is one."""
    if not _is_title(text):
        raise RunError(f"the title has {len(text)} characters; expected 1 to 60 printable ones on one line")
    return text.strip()


def _is_title(text: str) -> bool:
    return 1 <= len(text.strip()) <= 60 and text.isprintable()


def _checked(value: object, kind: type, name: str) -> object:
    """A value of status.json as its field's type. Raises RunDamaged for another type and for numbers that make no sense."""
    if kind is str and isinstance(value, str):
        return value
    if kind is not str and type(value) in (int, kind) and 0 <= value < 1e15:
        return kind(value)
    raise RunDamaged(f"status.json holds {str(value)[:40]!r} as {name}; it was not written by this program")


def _stored(run: Run) -> Status:
    """The status written last, of a run whose config is good."""
    _ = run.config
    return run.stored_status()


def _living(run: Run, stored: Status) -> Status:
    """The stored status, or interrupted when no process stands behind it.

    It is read again before saying so: a worker writes its last status before it lets go of the lock.
    """
    if stored.state not in ("queued", "running") or is_starting(run, stored) or is_locked(run.lock):
        return stored
    again = run.stored_status()
    if again != stored:
        return again
    return replace(stored, state="interrupted", message=_why_interrupted(run, stored))


def _why_interrupted(run: Run, stored: Status) -> str:
    """What can be known of a worker that died: the last line of its log, and whether the disk is full."""
    words = _last_words(run)
    known = f" log.txt in its folder ends with “{words}”." if words else ""
    warning = CHECKPOINTS.warning(run.path)
    known += f" Now {warning}." if warning else ""
    if stored.state == "queued":
        return f"The training did not start.{known or ' log.txt in its folder may say why.'}"
    return f"The training ended without a word.{known} Resume takes up its last saved epoch."


def _last_words(run: Run) -> str:
    """The last line of the log, if it tells of a failure, without folders and cut to the length of a sentence."""
    try:
        with run.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_TAIL_BYTES))
            lines = log.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    words = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if " INFO " in words:  # nothing went wrong until then
        return ""
    return "".join(letter for letter in _FOLDERS.sub("", words) if letter.isprintable())[:MOST_LAST_WORDS]


def _check_weights(run: Run, status: Status) -> None:
    """A run stopped in the queue has no weights yet, and that is no damage."""
    expected = status.state == "finished" or (status.state == "stopped" and (status.epoch or status.step))
    if expected and not _is_plain(run.weights):
        raise RunDamaged("weights.safetensors is missing; resume cannot bring it back, so train again or restore the file")


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        if os.fstat(descriptor).st_size == 0:
            os.write(descriptor, b"\n")
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _probe(descriptor: int) -> None:
    """Fail if the lock is held. Probes do not get in each other's way: they share the lock, or (Windows) read the locked byte."""
    if os.name == "nt":
        os.read(descriptor, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

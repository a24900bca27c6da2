"""Where a training stands: as status.json holds it, and interrupted where no process stands behind that. Knows folders, not runs."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

from vae_core.errors import RunDamaged
from vae_core.files.locks import is_locked, is_marked
from vae_core.files.metadata import age
from vae_core.files.storage import CHECKPOINTS
from vae_core.processes.job import JobFolder
from vae_core.processes.queue import has_place

STATES = ("queued", "running", "finished", "stopped", "failed")
STARTING_SECONDS = 5.0
PLACES = Path(".queue", "trainings")  # beside the runs: the places of those that wait for their turn
LOCK, LOG = "worker.lock", "log.txt"
MAX_LAST_WORDS = 200  # characters
_LOG_TAIL_BYTES = 4096
_FOLDERS = re.compile(r"""(?<=['"])(?:[A-Za-z]:)?[\\/][^'"]*[\\/]|(?:[A-Za-z]:)?[\\/](?:[^\\/\s'"]+[\\/])+""")  # before a name


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

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Status":
        """The status that status.json holds. Raises RunDamaged when it is nonsense."""
        if values.get("state") not in STATES:
            raise RunDamaged(f"status.json holds the state {str(values.get('state'))[:40]!r}; expected one of {', '.join(STATES)}")
        checked: dict[str, Any] = {name: _checked(values[name], kind, name) for name, kind in get_type_hints(cls).items() if name in values}
        return cls(**checked)


def live_status(folder: Path, stored: Status, reread: Callable[[], Status]) -> Status:
    """The stored status of a run's folder, or interrupted when no process stands behind it.

    It is read again before saying so: a worker writes its last status before it lets go of the lock.
    """
    if stored.state not in ("queued", "running") or _is_starting(folder, stored) or is_locked(folder / LOCK) or _is_queued(folder):
        return stored
    again = reread()
    if again != stored:
        return again
    return replace(stored, state="interrupted", message=_why_interrupted(folder, stored))


def _is_starting(folder: Path, status: Status) -> bool:
    """Whether a worker was launched so recently that it may not hold its lock yet.

    `mark` in the lock file says that the worker has been there: from then on a free lock means a dead worker.
    """
    return status.state == "queued" and age(status.updated) < STARTING_SECONDS and not is_marked(folder / LOCK)


def _is_queued(folder: Path) -> bool:
    """Whether a worker will come, when it is the run's turn."""
    return has_place(folder.parent / PLACES, JobFolder(folder))


def _why_interrupted(folder: Path, stored: Status) -> str:
    """What can be known of a worker that died: the last line of its log, and whether the disk is full."""
    words = _last_words(folder / LOG)
    known = f" log.txt in its folder ends with “{words}”." if words else ""
    warning = CHECKPOINTS.warning(folder)
    known += f" Now {warning}." if warning else ""
    if stored.state == "queued":
        return f"The training did not start.{known or ' log.txt in its folder may say why.'}"
    return f"The training ended without a word.{known} Resume takes up its last saved epoch."


def _last_words(log_file: Path) -> str:
    """The last line of the log, if it tells of a failure, without folders and cut to the length of a sentence."""
    try:
        with log_file.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_TAIL_BYTES))
            lines = log.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    words = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if " INFO " in words:  # nothing went wrong until then
        return ""
    return "".join(letter for letter in _FOLDERS.sub("", words) if letter.isprintable())[:MAX_LAST_WORDS]


def _checked(value: object, kind: type, name: str) -> str | int | float:
    """A value of status.json as its field's type. Raises RunDamaged for another type and for numbers that make no sense."""
    if kind is str and isinstance(value, str):
        return value
    if isinstance(value, int | float) and type(value) in (int, kind) and kind is not str and 0 <= value < 1e15:
        return int(value) if kind is int else float(value)
    raise RunDamaged(f"status.json holds {str(value)[:40]!r} as {name}; it was not written by this program")

"""The folder that a process of its own works in, and the files by which others know that it lives. Knows no kind of work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vae_core.errors import ExplorerError
from vae_core.files.locks import LAUNCHED, TAKEN, hold_lock, is_locked, is_marked, mark
from vae_core.files.metadata import age, modified
from vae_core.files.storage import release, reserve
from vae_core.processes.subprocesses import spawn_detached

STARTING_SECONDS = 10.0
"""After a launch, until a process that has not taken its lock counts as dead."""


@dataclass(frozen=True)
class JobFolder:
    """A folder with a lock, a stop file and a log; what is to be done, and how far it is, are files of whoever knows the work."""

    path: Path

    @property
    def lock(self) -> Path:
        """Held by the process for as long as it lives; its size says whether a process has taken it since the launch."""
        return self.path / "worker.lock"

    @property
    def stop_file(self) -> Path:
        """Its presence asks the process to stop."""
        return self.path / "stop"

    @property
    def log(self) -> Path:
        """What the process printed."""
        return self.path / "log.txt"

    def is_alive(self) -> bool:
        """Whether a process works on it now. Raises RunDamaged when nobody can tell."""
        return is_locked(self.lock)

    def is_awaited(self) -> bool:
        """Whether it is prepared for a process that has not taken it yet; afterwards a free lock means that the process has ended."""
        return self.lock.exists() and not is_marked(self.lock)

    def prepare(self) -> None:
        """Say that no process has taken it yet, and that none is to stop. Raises OSError."""
        self.lock.touch()
        mark(self.lock, LAUNCHED)
        self.stop_file.unlink(missing_ok=True)

    def give_up(self) -> None:
        """Say that the process that was launched will not come. Raises OSError."""
        with suppress(FileNotFoundError):
            mark(self.lock, TAKEN)

    def launch(self, module: str, on_end: Callable[[], None]) -> None:
        """Start `python -m MODULE FOLDER`, which should call `held` before it imports anything slow.

        `on_end` is called in a thread of this process when it has ended. Raises OSError when no process can be started.
        """
        spawn_detached(module, str(self.path.resolve()), self.log, on_end)

    @contextmanager
    def held(self, seconds: float, refusal: ExplorerError) -> Iterator[None]:
        """Hold the lock, the sign of life, to the end of the block or of the process; a little disk space is reserved for last words.

        Raises `refusal` when another process keeps the lock for so many seconds, and OSError.
        """
        with hold_lock(self.lock, seconds, refusal):
            mark(self.lock, TAKEN)
            reserve(self.path)
            try:
                yield
            finally:
                release(self.path)


def is_starting(launched: Path) -> bool:
    """Whether the file that a launch changes says that it was a moment ago."""
    return age(modified(launched)) < STARTING_SECONDS

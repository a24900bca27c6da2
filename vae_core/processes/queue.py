"""Jobs in the order of their places: some are at work, the others wait, and waiting costs no process. Knows no kind of job.

A place is an empty file called by its number and its job. Nobody watches over a queue: whoever adds a job, ends one or asks how one
stands calls `advance`, which starts whoever's turn it is. So it goes on over kills and restarts of any process.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vae_core.errors import ExplorerError, RunDamaged, RunError
from vae_core.files.locks import hold_lock, mark
from vae_core.files.metadata import age, modified
from vae_core.processes.job import JobFolder, is_starting

SLOTS = max(1, (os.cpu_count() or 1) // 4)
"""Jobs of a kind at work at once: one for every four cores, so that what is at work is quick and pages stay so."""
MAX_LAUNCHES = 3
"""A process that dies together with who launched it leaves no trace; after so many launches its job counts as failed."""
LOCK_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Place:
    """A job's place in a queue. The file has a byte for every launch."""

    path: Path
    job: JobFolder

    @property
    def number(self) -> int:
        """Smaller numbers come first."""
        return int(self.path.name.partition(".")[0])

    @property
    def launches(self) -> int:
        """How often a process was started for it; 0 for a job that waits."""
        return self.path.stat().st_size

    def is_at_work(self) -> bool:
        """Whether a process works on the job, or was launched a moment ago."""
        return self.job.is_alive() or (bool(self.launches) and self.job.is_awaited() and is_starting(self.path))

    def is_over(self) -> bool:
        """Whether nothing is to be expected any more of a job that is not at work."""
        return not self.job.is_awaited() or self.launches >= MAX_LAUNCHES


@dataclass(frozen=True)
class Queue:
    """Jobs of one kind.

    Attributes:
        places: the folder of the places.
        home: the folder of the jobs' folders.
        module: what `python -m` runs for a job.
        slots: how many are at work at once.
        refuse: told of a job for which no process can be started, and why.
        abandon: told of a waiting job that lost its place, since nobody has asked for it for `patience` seconds.
        patience: infinite where waiting needs nobody who asks.
    """

    places: Path
    home: Path
    module: str
    slots: int
    refuse: Callable[[JobFolder, OSError], None]
    abandon: Callable[[JobFolder], None] = lambda job: None
    patience: float = float("inf")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep everybody else from changing the queue. Raises RunError when somebody keeps it for long, and OSError."""
        self.places.mkdir(parents=True, exist_ok=True)
        busy = RunError("another process keeps the queue; try again in a moment")
        with hold_lock(self.places / "queue.lock", LOCK_PATIENCE_SECONDS, busy):
            yield

    def add(self, name: str) -> None:
        """Give a job the last place; an old place of its own goes. The queue is held. Raises OSError."""
        self.remove(name)
        number = max([time.time_ns(), *(place.number + 1 for place in self._all())])
        place = self.places / f"{number:020d}.{name}"
        place.touch()
        try:
            JobFolder(self.home / name).prepare()
        except OSError:
            place.unlink()
            raise

    def remove(self, name: str) -> None:
        """Take a job's place away. The queue is held."""
        place = self.find(name)
        if place is not None:
            place.path.unlink(missing_ok=True)

    def leave(self, name: str) -> bool:
        """Take a waiting job's place away; False if it does not wait, so that its process has to be asked to stop. Raises OSError."""
        if not self.is_waiting(name):
            return False
        with self.held():
            waits = self.is_waiting(name)
            if waits:
                self.remove(name)
            return waits

    def find(self, name: str) -> Place | None:
        """The place of a job."""
        return next((place for place in self._all() if place.job.path.name == name), None)

    def is_waiting(self, name: str) -> bool:
        """Whether a job has a place and no process was launched for it yet."""
        return self.position(name) is not None

    def position(self, name: str) -> int | None:
        """How many jobs wait before this one; None for a job that does not wait."""
        before = 0
        for place in self._all():
            with suppress(FileNotFoundError):  # it has just been taken away
                if not place.launches:
                    if place.job.path.name == name:
                        return before
                    before += 1
        return None

    def before(self, name: str) -> list[str]:
        """The jobs before one that waits: those at work, then those whose turn comes earlier; none for a job that does not wait."""
        found: list[str] = []
        for place in self._all():
            with suppress(FileNotFoundError):  # it has just been taken away
                if place.job.path.name == name:
                    return [] if place.launches else found
                if not place.launches or _is_at_work(place):
                    found.append(place.job.path.name)
        return []

    def touch(self, name: str) -> None:
        """Say that somebody asks for a waiting job."""
        place = self.find(name)
        with suppress(OSError):
            if place is not None and not place.launches:
                os.utime(place.path)

    def advance(self) -> None:
        """Start whoever's turn it is. Raises RunError when somebody keeps the queue for long, and OSError."""
        if self._all():
            with self.held():
                self.start_next()

    def start_next(self) -> None:
        """Start whoever's turn it is. The queue is held."""
        at_work, waiting = 0, []
        for place in self._all():
            if _is_at_work(place):
                at_work += 1
            elif not self._is_dropped(place):
                waiting.append(place)
        free = self.slots - at_work
        for place in waiting:
            if free > 0 and self._launch(place):
                free -= 1

    def _all(self) -> list[Place]:
        """The places, first come first."""
        try:
            names = sorted(name for name in os.listdir(self.places) if name[:1].isdigit())
        except FileNotFoundError:
            return []
        return [Place(self.places / name, JobFolder(self.home / name.partition(".")[2])) for name in names]

    def _is_dropped(self, place: Place) -> bool:
        """Take away the place of a job that is over, or that waits for nobody."""
        abandoned = not place.launches and age(modified(place.path)) > self.patience
        if place.is_over() or abandoned:
            place.path.unlink(missing_ok=True)
            if abandoned:
                self.abandon(place.job)
            return True
        return False

    def _launch(self, place: Place) -> bool:
        """Start the process of a job; whether that came about."""
        launches = place.launches + 1
        mark(place.path, launches)
        try:
            place.job.launch(self.module, lambda: self._on_end(place, launches))
        except OSError as error:
            place.path.unlink(missing_ok=True)
            self.refuse(place.job, error)
            return False
        return True

    def _on_end(self, place: Place, launches: int) -> None:
        """What who launched a process does when it has ended, however it ended."""
        with suppress(OSError, ExplorerError):
            with self.held():
                if place.path.exists() and place.launches == launches:
                    place.job.give_up()
            self.advance()


def has_place(places: Path, job: JobFolder) -> bool:
    """Whether a job waits, or was launched and no process has taken it yet: one will come, soon or when it is its turn."""
    try:
        return any(name.partition(".")[2] == job.path.name for name in os.listdir(places)) and job.is_awaited()
    except OSError:
        return False


def _is_at_work(place: Place) -> bool:
    """As `Place.is_at_work`; of a job whose lock cannot be opened any more, nothing is expected."""
    with suppress(RunDamaged):
        return place.is_at_work()
    return False

"""A run is a folder of plain files: this says which, and in what state it is. Knows neither training nor what the weights mean."""

import errno
import os
import re
import stat
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from vae_core import migration
from vae_core.config import RunConfig
from vae_core.data.catalogue import DatasetFacts
from vae_core.data.registry import describe
from vae_core.errors import DataError, ExplorerError, RunDamaged, RunError
from vae_core.files import checksums
from vae_core.files.file_cache import FileCache
from vae_core.files.metadata import is_plain, modified
from vae_core.files.pictures import read_picture
from vae_core.files.records import read_json, read_lines, write_json
from vae_core.runs.measurements import Card, Metrics
from vae_core.runs.status import STATES, Status, live_status

SHIPPED = (
    "mnist-2d",
    "mnist-16d",
    "mnist-2d-conditional",
    "mnist-vq",
    "mnist-ae-2d",
    "emoji-32d",
    "shapes-6d",
)
RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
MAX_JSON_BYTES = 1 << 20


_OBJECTS: FileCache[dict[str, Any]] = FileCache(max_entries=4096)
_CONFIGS: FileCache[RunConfig] = FileCache(max_entries=1024)
_STATUSES: FileCache[Status] = FileCache(max_entries=1024)


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
        given = about(self).get("title")
        return given if isinstance(given, str) and is_title(given) else self.id

    @property
    def signed(self) -> bool:
        """Whether its config says that every file of the run carries a checksum; older runs, and their files, are believed."""
        return _format(self) >= checksums.SINCE_FORMAT

    @property
    def previews(self) -> Path:
        """The folder with a picture of each epoch."""
        return self.path / migration.PREVIEWS.get(_format(self), "previews")

    @property
    def created(self) -> float:
        """When the config was written, in seconds since 1970; 0 when that cannot be told."""
        return modified(f"{self.path}/config.json")

    @property
    def config(self) -> RunConfig:
        """What was trained, and how. Raises RunDamaged with the reason when config.json is not a config of this program."""
        check_folder(self)
        try:
            return _CONFIGS.get(lambda: RunConfig.from_json(_read_object(self, "config.json")), f"{self.path}/config.json")
        except RunDamaged:
            raise
        except ExplorerError as error:
            raise RunDamaged(f"config.json is not usable: {error}") from None

    @property
    def status(self) -> Status:
        """The state of the run: a worker that died shows as interrupted, a run with bad files as damaged."""
        files = (f"{self.path}", f"{self.path}/config.json", f"{self.path}/status.json")
        try:
            status = live_status(self.path, _STATUSES.get(lambda: _stored(self), *files), self.stored_status)
            _check_weights(self, status)
        except RunDamaged as error:
            return Status("damaged", message=str(error))
        return status

    def stored_status(self) -> Status:
        """What was written last, believed. Raises RunDamaged when status.json is missing or nonsense."""
        return Status.from_json(_read_object(self, "status.json"))

    def write_status(self, status: Status) -> None:
        """Replace status.json, stamped with the time now. Raises RunError for a state that is not in `STATES`."""
        if status.state not in STATES:
            raise RunError(f"a run cannot be put into the state {status.state!r}; expected one of {', '.join(STATES)}")
        write_json(self.path / "status.json", asdict(replace(status, updated=time.time())))

    def metrics(self) -> list[Metrics]:
        """The records of the training, oldest first; torn and altered lines are skipped. Raises RunDamaged when the file cannot be read."""
        check_folder(self)
        records = read_lines(self.metrics_file, signed=self.signed) if is_plain(self.metrics_file) else []
        return cast(list[Metrics], records)

    def picture(self, path: Path) -> bytes:
        """The file of its thumbnails or its cover as it was written. Raises RunDamaged when it is missing or altered."""
        check_folder(self)
        if os.path.lexists(path) and not is_plain(path):
            raise RunDamaged(f"{path.name} is no plain file; it was not written by this program")
        return read_picture(path, signed=self.signed)

    def card(self) -> Card | None:
        """The measured facts, or None before they are measured. Raises RunDamaged when card.json is there but not readable."""
        check_folder(self)
        if not os.path.lexists(self.path / "card.json"):
            return None
        card = migration.renamed(_read_object(self, "card.json"), migration.CARD)
        numbers = [
            card.get("elbo", 0),
            card.get("validation_images", 0),
            card.get("background", 0),
            *_listed(card.get("kl_by_dimension", [])),
            *_listed(card.get("component_shares", [])),
        ]
        if not all(isinstance(number, (int, float)) for number in numbers):
            raise RunDamaged("card.json holds something else than measured facts; evaluate the model again")
        return cast(Card, card)

    @property
    def dataset_facts(self) -> DatasetFacts:
        """What a person's picture has to become like for this model. Raises RunDamaged as `config` and `card` do."""
        card, handwritten = self.card() or {}, False
        with suppress(DataError):  # a set that is not there any more
            handwritten = describe(self.config.train.dataset).handwritten
        return DatasetFacts(card.get("background", 0.0), handwritten)


def about(run: Run) -> dict[str, Any]:
    """What about.json holds: `title`, and `dataset`, what an own data set was called at the launch; empty when there is none."""
    try:
        return _read_object(run, "about.json")
    except RunDamaged:
        return {}


def _format(run: Run) -> int:
    """The format that the run's config states; 0 when it cannot be told."""
    try:
        stated = _read_object(run, "config.json").get("format")
    except RunDamaged:
        return 0
    return stated if isinstance(stated, int) else 0


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def check_folder(run: Run) -> None:
    """Raises RunDamaged unless the run's path is a folder, no link, whose name can be an id."""
    if run.path.is_symlink():
        raise RunDamaged("this is a link; expected a folder, so move the real one here")
    if not RUN_ID.fullmatch(run.id):
        raise RunDamaged("the folder's name is no run id; rename it with lower-case letters, digits and hyphens only")


def _read_object(run: Run, name: str) -> dict[str, Any]:
    """A JSON object of the run, read only if it is a plain file of reasonable size within the folder."""
    check_folder(run)
    return _OBJECTS.get(lambda: _parsed(run, name), f"{run.path}/{name}", f"{run.path}/config.json")


def _parsed(run: Run, name: str) -> dict[str, Any]:
    """The object without its checksum, which only an old run may lack."""
    try:
        found = os.lstat(run.path / name)
    except OSError as error:
        raise RunDamaged(f"{name} is missing" if error.errno == errno.ENOENT else f"{name} cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_JSON_BYTES:
        raise RunDamaged(f"{name} is no plain file of at most {MAX_JSON_BYTES:,} bytes; it was not written by this program")
    try:
        return read_json(run.path / name, signed=True)
    except checksums.Unsigned:
        if name != "config.json" and run.signed:
            raise
    return read_json(run.path / name)


def is_title(text: str) -> bool:
    """Whether it is 1 to 60 printable characters on one line."""
    return 1 <= len(text.strip()) <= 60 and text.isprintable()


def _stored(run: Run) -> Status:
    """The status written last, of a run whose config is good."""
    _ = run.config
    return run.stored_status()


def _check_weights(run: Run, status: Status) -> None:
    """A run stopped in the queue has no weights yet, and that is no damage."""
    expected = status.state == "finished" or (status.state == "stopped" and (status.epoch or status.step))
    if expected and not is_plain(run.weights):
        raise RunDamaged("weights.safetensors is missing; resume cannot bring it back, so train again or restore the file")

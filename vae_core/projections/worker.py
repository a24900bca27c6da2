"""The projection process: `python -m vae_core.projections.worker FOLDER`, or `warm` to compile what UMAP and PaCMAP need."""

import logging
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np

from vae_core import console
from vae_core.errors import ExplorerError
from vae_core.files.homes import CHECKPOINTS, release, reserve
from vae_core.files.locks import TAKEN, mark, take_lock
from vae_core.files.packed import pack
from vae_core.files.records import read_json, write_json
from vae_core.files.whole import write_atomic
from vae_core.latent import encoded_sets
from vae_core.processes import priority
from vae_core.projections.computation import compute, with_noise
from vae_core.projections.jobs import ENCODING, MEASURING, Job, State, codes_of, keep, read
from vae_core.projections.numba_cache import compile_ahead, set_numba_cache
from vae_core.projections.projection import Stop
from vae_core.projections.request import Request
from vae_core.runs.run import Run

POLL_SECONDS = 0.2
REFUSED = "the projection cannot be kept"

log = logging.getLogger(__name__)


def main() -> int:
    """Work in the folder named on the command line, or compile; politely. Returns the exit status."""
    console.forgive()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    priority.lower_priority()
    set_numba_cache()
    if sys.argv[1] == "warm":
        with suppress(OSError):
            compile_ahead()
        return 0
    workplace = Path(sys.argv[1])
    lock = take_lock(workplace / "worker.lock")
    if lock is None:
        return 0
    mark(workplace / "worker.lock", TAKEN)
    reserve(workplace)
    try:
        finished = _work(workplace)
    finally:
        os.close(lock)
    return 0 if finished else 1


def _work(workplace: Path) -> bool:
    """Compute what the folder asks for; the folder goes when all of it is in its place. Whether that came about."""
    try:
        asked = read_json(workplace / "request.json")
        job = Job(Run(Path(asked["run"])), Request.from_json(asked["request"]))
        with _slot(workplace.parent, workplace / "stop") as turn:
            if not turn:
                return _say(workplace, State("stopped", message="Stopped before it began."))
            _carry_out(job, workplace)
    except Stop:
        return _say(workplace, State("stopped", message="Stopped before it began."))
    except OSError as error:
        log.exception("the disk")
        return _say(workplace, State("failed", message=str(CHECKPOINTS.refusal(REFUSED, error))))
    except ExplorerError as error:
        return _say(workplace, State("failed", message=str(error)))
    except MemoryError:
        return _say(workplace, State("failed", message="there is not enough memory for so many codes; project fewer of them"))
    except Exception as error:
        log.exception("an error that this program does not know")
        return _say(
            workplace, State("failed", message=f"the computation met an unexpected {type(error).__name__}; try another method or seed")
        )
    _remove(workplace)
    return True


def _carry_out(job: Job, workplace: Path) -> None:
    """Encode, draw and keep what is not there yet; then measure the same on noise and keep the projection again."""

    def encode(done: int, total: int) -> None:
        _tell(workplace, State("running", done, total, ENCODING))

    def show(iteration: int, iterations: int, points: np.ndarray) -> None:
        write_atomic(workplace / f"{iteration:06d}.frame", pack({"points": np.asarray(points, np.float32)}, {}))
        _tell(workplace, State("running", iteration, iterations))

    def measure(iteration: int, iterations: int, points: np.ndarray) -> None:
        _tell(workplace, State("running", iteration, iterations, MEASURING))

    kept, found = codes_of(job.run, job.request), read(job.result_file)
    if kept is None:
        kept = encoded_sets.encode_set(job.run, job.request.data, encode)
    if found is None or found.facts["stopped_early"]:
        found = compute(kept.mean, job.request, labels=kept.labels, on_frame=show)
        keep(found, job.result_file)
    complete = with_noise(found, kept.mean, measure)
    if complete is not found:
        keep(complete, job.result_file)


def _tell(workplace: Path, state: State) -> None:
    """Write how far it is. Raises Stop when somebody asked for that."""
    write_json(workplace / "state.json", asdict(state))
    if (workplace / "stop").exists():
        raise Stop


def _say(workplace: Path, state: State) -> bool:
    """Make room, then say how it ended."""
    release(workplace)
    for stage in workplace.glob("*.frame"):
        stage.unlink()
    with suppress(OSError):
        write_json(workplace / "state.json", asdict(state))
    return False


def _remove(workplace: Path) -> None:
    """Take the folder away at once, under another name first, so that nobody finds half of it or begins anew in it."""
    away = workplace.with_name(f".{workplace.name}.{os.getpid()}")
    try:
        workplace.rename(away)
    except OSError:  # Windows keeps a folder with an open file in its place
        away = workplace
    shutil.rmtree(away, ignore_errors=True)


@contextmanager
def _slot(home: Path, stop_file: Path) -> Iterator[bool]:
    """Wait for one of the places in which projections are computed, one for every four cores; False if told to stop instead."""
    places = [home / f"{place}.lock" for place in range(max(1, (os.cpu_count() or 1) // 4))]
    while not stop_file.exists():
        descriptor = next((taken for taken in map(take_lock, places) if taken is not None), None)
        if descriptor is not None:
            try:
                yield True
            finally:
                os.close(descriptor)
            return
        time.sleep(POLL_SECONDS)
    yield False


if __name__ == "__main__":
    sys.exit(main())

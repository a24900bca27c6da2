"""The projection process: `python -m vae_core.projections.worker FOLDER`, or `warm` to compile what UMAP and PaCMAP need.

It is started when its turn has come.
"""

import logging
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from vae_core import console
from vae_core.errors import ExplorerError
from vae_core.files.atomic import write_atomic
from vae_core.files.records import read_json, write_json
from vae_core.files.storage import CHECKPOINTS, release
from vae_core.files.tensors import pack
from vae_core.latent import encoded_sets
from vae_core.processes import priority
from vae_core.processes.job import JobFolder
from vae_core.projections import jobs
from vae_core.projections.computation import compared, compute
from vae_core.projections.jobs import ENCODING, MEASURING, State, codes_of, keep, read
from vae_core.projections.numba_cache import compile_ahead, numba_cache
from vae_core.projections.projection import OnFrame, Projection, Stop
from vae_core.projections.request import Request
from vae_core.runs.run import Run

REFUSED = "the projection cannot be kept"

log = logging.getLogger(__name__)


def main() -> int:
    """Work in the folder named on the command line, or compile; at low priority. Returns the exit status."""
    console.tolerate_encoding_errors()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    priority.lower_priority()
    if sys.argv[1] == "warm":
        with numba_cache(), suppress(OSError):
            compile_ahead()
        return 0
    folder = Path(sys.argv[1])
    try:
        with numba_cache():
            finished = _work_alone(folder)
    finally:
        jobs.advance(folder.parent.parent)
    return 0 if finished else 1


def _work_alone(folder: Path) -> bool:
    """Compute what the folder asks for, holding its lock; where another process does or did so, nothing is left to do."""
    try:
        with JobFolder(folder).held(0.0, _Taken()):
            return _work(folder)
    except (_Taken, FileNotFoundError):
        return True


class _Taken(ExplorerError):
    """Another process works on the job."""


def _work(folder: Path) -> bool:
    """Compute what the folder asks for; the folder goes when all of it is in its place. Whether that came about."""
    try:
        asked = read_json(folder / "request.json")
        if JobFolder(folder).stop_file.exists():
            raise Stop
        _carry_out(jobs.Job(Run(Path(asked["run"])), Request.from_json(asked["request"])), folder)
    except Stop:
        return _end(folder, State("stopped", message=jobs.STOPPED_BEFORE))
    except OSError as error:
        log.exception("the disk")
        return _end(folder, State("failed", message=str(CHECKPOINTS.refusal(REFUSED, error))))
    except ExplorerError as error:
        return _end(folder, State("failed", message=str(error)))
    except MemoryError:
        return _end(folder, State("failed", message="there is not enough memory for so many codes; project fewer of them"))
    except Exception as error:
        log.exception("an error that this program does not know")
        return _end(
            folder, State("failed", message=f"the computation met an unexpected {type(error).__name__}; try another method or seed")
        )
    _remove(folder)
    return True


def _carry_out(job: jobs.Job, folder: Path) -> None:
    """Encode, draw and keep what is not there yet; then the same of noise, and the projection again with its numbers."""

    def encode(done: int, total: int) -> None:
        _report(folder, State("running", done, total, ENCODING))

    def show(iteration: int, iterations: int, points: np.ndarray) -> None:
        write_atomic(folder / f"{iteration:06d}.frame", pack({"points": np.asarray(points, np.float32)}, {}))
        _report(folder, State("running", iteration, iterations))

    def measure(iteration: int, iterations: int, points: np.ndarray) -> None:
        _report(folder, State("running", iteration, iterations, MEASURING))

    kept, found = codes_of(job.run, job.request), read(job.result_file)
    if kept is None:
        kept = encoded_sets.encode_set(job.run, job.request.data, encode)
    if found is None or found.facts["stopped_early"]:
        found = compute(kept.mean, job.request, labels=kept.labels, on_frame=show)
        keep(found, job.result_file)
    if found.lacks_noise:
        complete = compared(found, _twin(job, kept.mean, measure))
        if complete is not found:
            keep(complete, job.result_file)


def _twin(job: jobs.Job, mean: np.ndarray, measure: OnFrame) -> Projection:
    """The same drawing of noise, kept to be seen beside it, unless it was stopped early."""
    request = replace(job.request, noise=True)
    file = jobs.Job(job.run, request).result_file
    known = read(file)
    if known is not None and not known.facts["stopped_early"]:
        return known
    twin = compute(mean, request, on_frame=measure)
    if not twin.facts["stopped_early"]:
        keep(replace(twin, frames=()), file)
    return twin


def _report(folder: Path, state: State) -> None:
    """Write how far it is. Raises Stop when somebody asked for that."""
    write_json(folder / "state.json", asdict(state))
    if (folder / "stop").exists():
        raise Stop


def _end(folder: Path, state: State) -> bool:
    """Make room, then say how it ended."""
    release(folder)
    for stage in folder.glob("*.frame"):
        stage.unlink()
    with suppress(OSError):
        write_json(folder / "state.json", asdict(state))
    return False


def _remove(folder: Path) -> None:
    """Take the folder away at once, under another name first, so that nobody finds half of it or begins anew in it."""
    away = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        folder.rename(away)
    except OSError:  # Windows keeps a folder with an open file in its place
        away = folder
    shutil.rmtree(away, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

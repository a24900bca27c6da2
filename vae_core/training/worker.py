"""The training process: `python -m vae_core.training.worker RUN_DIR`. It is started when its turn has come."""

import dataclasses
import logging
import sys
from pathlib import Path

from vae_core import console
from vae_core.errors import ExplorerError
from vae_core.files.storage import release
from vae_core.processes import priority
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.training import jobs

log = logging.getLogger(__name__)


def main() -> int:
    """Train the run folder named on the command line at low priority, then start whoever's turn it is. Returns the exit status."""
    console.tolerate_encoding_errors()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    run = Run(Path(sys.argv[1]))
    priority.lower_priority()
    try:
        with jobs.held(run):
            status = _carry_out(run)
    finally:
        jobs.advance(run.path.parent)
    return 0 if status.state in ("finished", "stopped") else 1


def _carry_out(run: Run) -> Status:
    try:
        if jobs.begin(run):
            return _train(run)
        status = run.stored_status()
        return _set_state(run, "stopped", jobs.stopped_waiting(status)) if status.state == "queued" else status
    except ExplorerError as error:
        log.error("%s", error)
        return _set_state(run, "failed", str(error))


def _train(run: Run) -> Status:
    try:
        from vae_core.training.execution import execute

        return execute(run)
    except Exception as error:
        log.exception("an error that this program does not know")
        return _set_state(
            run, "failed", f"the training process met an unexpected {type(error).__name__}; log.txt in the run folder has the details"
        )


def _set_state(run: Run, state: str, message: str) -> Status:
    status = dataclasses.replace(run.stored_status(), state=state, message=message)
    release(run.path)
    run.write_status(status)
    return status


if __name__ == "__main__":
    sys.exit(main())

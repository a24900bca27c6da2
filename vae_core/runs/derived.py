"""What is computed from a run's weights and kept beside them until these change: encoded data sets and projections."""

from contextlib import suppress
from pathlib import Path

from vae_core.runs.run import Run


def encoded(run: Run) -> Path:
    """The folder of the data sets that the run has encoded, a file each."""
    return run.path / "encoded"


def projections(run: Run) -> Path:
    """The folder of the run's finished projections, a file each, named by everything that determines it."""
    return run.path / "projections"


def forget(run: Run) -> None:
    """Remove all of it: call it when the weights have changed. What cannot be removed stays, and is not found any more."""
    for path in (*encoded(run).glob("*.codes"), *projections(run).glob("*.projection")):
        with suppress(OSError):
            path.unlink()

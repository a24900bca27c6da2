"""The run whose weights a training starts from. Knows no network."""

from pathlib import Path

from vae_core.config import RunConfig
from vae_core.errors import RunError
from vae_core.files.tensors import read_packed
from vae_core.runs import collection
from vae_core.runs.run import Run


def source_of(config: RunConfig, root: Path | None = None) -> Run | None:
    """The run that `start_from` names, in the folder of all runs; None where a training begins anew.

    Raises RunError unless it is there, with weights that are as they were written.
    """
    name = config.train.start_from
    if not name:
        return None
    try:
        run = collection.find(name, root)
        read_packed(run.weights)
    except RunError as error:
        raise RunError(f"the training cannot start from {name[:64]!r}: {error}") from None
    return run

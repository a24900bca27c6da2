"""Weights of a run that another model begins with: those whose name, number format and shape are its own. Knows no training."""

from dataclasses import dataclass

import numpy as np
import torch

from vae_core.config import ModelConfig
from vae_core.errors import RunError
from vae_core.files.tensors import read_packed
from vae_core.models import families
from vae_core.models.model import Model
from vae_core.models.weights import check, described, described_array
from vae_core.runs.run import Run

MOST_NAMED = 6


@dataclass(frozen=True)
class Transfer:
    """What a model takes from a run, and what begins as usual.

    Attributes:
        source: id of the run.
        taken: tensors by name.
        new: names of the model's other tensors.
    """

    source: str
    taken: dict[str, np.ndarray]
    new: tuple[str, ...]

    def __str__(self) -> str:
        count = len(self.taken) + len(self.new)
        if not self.new:
            return f"All {count} tensors come from {self.source}."
        more = f" and {len(self.new) - MOST_NAMED} more" if len(self.new) > MOST_NAMED else ""
        return f"{len(self.taken)} of {count} tensors come from {self.source}; new: {', '.join(self.new[:MOST_NAMED])}{more}."


def plan(source: Run, config: ModelConfig) -> Transfer:
    """What a model of this config can take from a run.

    Raises RunDamaged unless the run's weights are as they were written and finite, RunError when no layer fits.
    """
    arrays, _ = read_packed(source.weights)
    with torch.device("meta"):
        wanted = described(families.build(config).state_dict())
    taken = {name: arrays[name] for name in wanted if name in arrays and described_array(arrays[name]) == wanted[name]}
    if not any(array.ndim > 1 for array in taken.values()):
        raise RunError(f"no layer of {source.id} has a name and a shape of this network; start from a run more like it, or begin anew")
    check(source.weights.name, taken, {name: wanted[name] for name in taken}, finite=taken)
    return Transfer(source.id, taken, tuple(name for name in wanted if name not in taken))


def apply(transfer: Transfer, model: Model) -> None:
    """Give a model the tensors that it takes."""
    model.load_state_dict({name: torch.from_numpy(array) for name, array in transfer.taken.items()}, strict=False)

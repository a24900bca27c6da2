"""Weights <-> safetensors: the only place where a file becomes a network; nothing is ever unpickled."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vae_core.errors import RunDamaged
from vae_core.files.atomic import write_atomic
from vae_core.files.tensors import MAX_HEADER_BYTES, pack, read_packed
from vae_core.models import families
from vae_core.models.model import Model
from vae_core.runs.run import Run


def save_weights(model: Model, path: Path) -> bool:
    """Write the weights, whole or not at all. Returns False, and leaves the file as it was, when a weight is not finite."""
    tensors = to_numpy(model.state_dict())
    if not all(np.isfinite(array).all() for array in tensors.values()):
        return False
    write_atomic(path, pack(tensors, {"format": "vae-weights"}))
    return True


def load_model(run: Run) -> Model:
    """The run's model on the CPU, ready to encode and decode. Raises RunDamaged unless every weight is as it was written.

    Weights of other names, shapes or number formats than the config's network has, and those that are no finite numbers, are
    refused before the network takes any memory.
    """
    with torch.device("meta"):
        model = families.build(run.config.model)
    size = sum(tensor.nbytes for tensor in model.state_dict().values())
    arrays, _ = read_packed(run.weights, most=size + 2 * MAX_HEADER_BYTES)
    check(run.weights.name, arrays, described(model.state_dict()), finite=arrays)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()}, assign=True)
    return model.eval()


def described(tensors: dict[str, Tensor]) -> dict[str, str]:
    """Number format and shape by name, in words such as float32 (16, 1, 3, 3)."""
    return {name: f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}" for name, tensor in tensors.items()}


def described_array(array: np.ndarray) -> str:
    """Number format and shape in the same words."""
    return f"{array.dtype} {array.shape}"


def check(file: str, arrays: dict[str, np.ndarray], expected: dict[str, str], *, finite: Iterable[str]) -> None:
    """Raises RunDamaged unless the arrays are the expected ones, and numbers where they are to be `finite`."""
    found = {name: described_array(array) for name, array in arrays.items()}
    differing = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if differing:
        name = differing[0]
        there, wanted = found.get(name, "absent"), expected.get(name, "none")
        raise RunDamaged(f"{file} does not fit the run's config: {name[:100]} is {there}, expected {wanted}")
    broken = [name for name in finite if not np.isfinite(arrays[name]).all()]
    if broken:
        raise RunDamaged(f"{file} holds weights that are no finite numbers ({broken[0]}); train again with a smaller learning rate")


def to_numpy(tensors: dict[str, Tensor]) -> dict[str, np.ndarray]:
    """Tensors by name as arrays on the CPU."""
    return {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in tensors.items()}

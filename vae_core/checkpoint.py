"""Weights and resume state <-> safetensors. The only place where a file becomes a network; nothing is ever unpickled."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vae_core import models
from vae_core.config import ModelConfig
from vae_core.errors import RunDamaged
from vae_core.files import pack, read_packed, write_atomic
from vae_core.models import Autoencoder
from vae_core.runs import Run
from vae_core.training import Training


def save_weights(model: Autoencoder, path: Path) -> bool:
    """Write the weights, whole or not at all. Returns False, and leaves the file as it was, when a weight is not finite."""
    tensors = _to_numpy(model.state_dict())
    if not all(np.isfinite(array).all() for array in tensors.values()):
        return False
    write_atomic(path, pack(tensors, {"format": "vae-weights"}))
    return True


def load_model(run: Run) -> Autoencoder:
    """The run's model on the CPU, ready to encode and decode. Raises RunDamaged unless every weight is as it was written."""
    tensors, _ = read_packed(run.weights)
    return _filled(run.config.model, tensors).eval()


def save_training(training: Training, path: Path) -> None:
    """Write all that `Training.restore` needs."""
    tensors, numbers = training.state()
    write_atomic(path, pack(_to_numpy(tensors), {"format": "vae-training", "numbers": json.dumps(numbers)}))


def load_training(training: Training, path: Path) -> None:
    """Put `training` where `save_training` left it. Raises RunDamaged when the file is missing, altered or of another network."""
    arrays, metadata = read_packed(path)
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    try:
        training.restore(tensors, json.loads(metadata["numbers"]))
    except (KeyError, ValueError, RuntimeError) as error:
        raise RunDamaged(f"{path.name} does not fit the run's config ({str(error).splitlines()[0]})") from None


def _filled(config: ModelConfig, arrays: dict[str, np.ndarray]) -> Autoencoder:
    model = models.build(config)
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: array.shape for name, array in arrays.items()}
    if expected != found:
        differing = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
        name = differing[0]
        raise RunDamaged(f"the weights do not fit the config: {name} has shape {found.get(name)}, expected {expected.get(name)}")
    model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return model


def _to_numpy(tensors: dict[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in tensors.items()}

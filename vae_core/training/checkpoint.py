"""The state of a training <-> safetensors: all that it needs to go on exactly where it stopped."""

import json
import math
from pathlib import Path

import torch

from vae_core.errors import RunDamaged
from vae_core.files.atomic import write_atomic
from vae_core.files.tensors import pack, read_packed
from vae_core.models.weights import check, described, to_numpy
from vae_core.training.loop import Training


def save_training(training: Training, path: Path) -> None:
    """Write all that `Training.restore` needs."""
    tensors, numbers = training.state()
    write_atomic(path, pack(to_numpy(tensors), {"format": "vae-training", "numbers": json.dumps(numbers)}))


def load_training(training: Training, path: Path) -> None:
    """Put `training` where `save_training` left it. Raises RunDamaged when the file is missing, altered or of another network."""
    arrays, metadata = read_packed(path)
    expected = described(training.state()[0])
    networks = [name for name in arrays if name.startswith(("model.", "best."))]
    if any(name.startswith("best.") for name in networks):
        expected |= {name.replace("model.", "best.", 1): kind for name, kind in expected.items() if name.startswith("model.")}
    check(path.name, arrays, expected, finite=networks)
    try:
        training.restore({name: torch.from_numpy(array) for name, array in arrays.items()}, _numbers(training, metadata["numbers"]))
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise RunDamaged(f"{path.name} does not fit the run's config ({str(error).splitlines()[0]})") from None


def _numbers(training: Training, text: str) -> dict[str, float]:
    """How far a training was. Raises ValueError when that is beyond its end, and KeyError when something is not said."""
    numbers: dict[str, float] = json.loads(text)
    most = {"step": training.steps, "validated": training.config.train.epochs, "epochs_without_gain": training.steps, "seconds": math.inf}
    for name, limit in most.items():
        if not 0 <= numbers[name] <= limit or not math.isfinite(numbers[name]):
            raise ValueError(f"{name} is {numbers[name]}")
    return numbers

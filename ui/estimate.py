"""Estimates how long a training takes: a few real steps, timed in another process once for each kind of training."""

import json

from vae_core import data
from vae_core.config import RunConfig
from vae_core.processes import asking


def is_known(config: RunConfig) -> bool:
    """Whether such a training has been timed, or could not be. Asking starts the timing and keeps it going."""
    return asking.answer("vae_core.training.speed", _question(config)).done


def seconds_to_train(config: RunConfig) -> float | None:
    """Estimated seconds of the whole training, once `is_known`; None when it could not be timed."""
    timed = asking.answer("vae_core.training.speed", _question(config)).result
    if timed is None:
        return None
    info = data.describe(config.train.dataset)
    images = 0.8 * (config.train.images or info.count)
    return config.train.epochs * images / float(json.loads(timed)["images_per_second"]) * 1.1


def _question(config: RunConfig) -> str:
    """The request to time a training: what decides how long a step takes, which is the network's shape, the batch and the device."""
    model, train = config.to_json()["model"], config.to_json()["train"]
    model = {name: value for name, value in model.items() if name not in ("sigma", "learn_sigma", "initialisation")}
    return json.dumps(
        {"model": model, "train": {"batch_size": train["batch_size"], "device": train["device"], "samples": train["samples"]}}
    )

"""An exported model read without torch: what its description says of itself, held to what a model can be."""

import json
from typing import Any

import numpy as np

from vae_core.config import ModelConfig
from vae_core.errors import ConfigError, RunDamaged
from vae_core.files.tensors import unpack

FORMAT = "vae-program"
VERSION = 1
SIGMA = "sigma"
"""The tensor with a standard deviation for each pixel (C, H, W), where each has its own."""
_KINDS = (np.float16, np.float32)


def read_program(blob: bytes, name: str) -> dict[str, Any]:
    """The description of an exported model: image_shape, latent_dim, family, functions, and the prior where it was learned.

    Raises RunDamaged, calling it `name`, when a bit is not as it was written, a number is out of range or a weight is no finite
    number. What the steps of a function ask for is checked by whoever runs them.
    """
    arrays, metadata = unpack(blob, name)
    try:
        program: dict[str, Any] = json.loads(metadata["program"])
        if metadata["format"] != FORMAT or program["version"] != VERSION:
            raise ValueError("another format")
        ModelConfig(latent_dim=_whole(program["latent_dim"]), image_shape=tuple(map(_whole, program["image_shape"])))
        if not isinstance(program["functions"]["decode"]["steps"], list):
            raise ValueError("no steps")
        _check_prior(program)
        if any(array.dtype not in _KINDS or not np.isfinite(array).all() for array in arrays.values()):
            raise ValueError("weights that are no finite numbers of single or half precision")
        if SIGMA in arrays and not (arrays[SIGMA].shape == tuple(program["image_shape"]) and (arrays[SIGMA] > 0).all()):
            raise ValueError("pixels without a standard deviation")
    except (KeyError, ValueError, TypeError, OverflowError, RecursionError, ConfigError) as error:
        raise RunDamaged(f"{name} is no model that this program can run ({error}); export the model again") from None
    return program


def _check_prior(program: dict[str, Any]) -> None:
    """Raises ValueError unless a learned prior, where there is one, has weights (K,), means (K, D) and deviations (K, D)."""
    if "prior" not in program:
        return
    weights, means, deviations = (np.asarray(program["prior"][name], np.float64) for name in ("weights", "means", "deviations"))
    is_whole = means.shape == deviations.shape == (len(weights), program["latent_dim"]) and len(weights) > 0
    is_finite = all(np.isfinite(numbers).all() for numbers in (weights, means, deviations))
    if not (is_whole and is_finite and (deviations > 0).all() and (weights >= 0).all() and weights.sum() > 0):
        raise ValueError("a prior that is no mixture")


def _whole(value: object) -> int:
    if type(value) is not int:
        raise ValueError(f"{str(value)[:40]} is no whole number")
    return value

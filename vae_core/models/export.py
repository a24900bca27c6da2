"""A model as a portable program: a list of steps and named tensors that the browser's runtime executes. Knows no page."""

import json

import numpy as np

from vae_core.errors import ExportError
from vae_core.files.tensors import pack
from vae_core.models import Model
from vae_core.models.graph import Program, array
from vae_core.models.program import FORMAT, SIGMA, VERSION

SMALL = 4096  # numbers in a tensor


def export(model: Model, *, half: bool = True) -> bytes:
    """The functions that a model writes as one blob, large tensors in half precision unless `half` is False.

    Small ones stay exact: they cost little, and a code's own weights would magnify every rounding by the code. Raises ExportError
    naming a module that the runtime does not have, or for a weight that is not finite.
    """
    config, program = model.config, Program()
    model.write(program)
    if model.log_sigma.ndim:
        program.tensors[SIGMA] = array(model.pixel_log_sigma.exp())
    description = {
        "version": VERSION,
        "image_shape": list(config.image_shape),
        "latent_dim": config.latent_dim,
        "family": config.family,
        "functions": program.describe(),
        **model.prior.describe(),
    }
    if not all(np.isfinite(tensor).all() for tensor in program.tensors.values()):
        raise ExportError("a weight is not a finite number; train the model again, with a smaller learning rate")
    tensors = {name: _halved(tensor) if half and tensor.size > SMALL else tensor for name, tensor in program.tensors.items()}
    return pack(tensors, {"format": FORMAT, "program": json.dumps(description)})


def _halved(tensor: np.ndarray) -> np.ndarray:
    """In half precision, if the numbers fit."""
    return tensor.astype(np.float16) if np.abs(tensor).max() <= np.finfo(np.float16).max else tensor

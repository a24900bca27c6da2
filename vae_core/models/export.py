"""A model as a portable program: a list of steps and named tensors that the browser's runtime executes. Knows no page.

Batch norm is folded into the layer before it, activations are fused. A part that the runtime lacks is refused by name.
"""

import json
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vae_core.errors import ExportError
from vae_core.files.tensors import pack
from vae_core.models import Autoencoder
from vae_core.models.program import FORMAT, VERSION

SMALL = 4096  # numbers in a tensor

_ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.SiLU: "silu",
    nn.ReLU: "relu",
    nn.LeakyReLU: "leaky_relu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
}


def export(model: Autoencoder, *, half: bool = True) -> bytes:
    """The encoder and the decoder as one blob, large tensors in half precision unless `half` is False.

    Small ones stay exact: they cost little, and a code's own weights would magnify every rounding by the code.
    Functions: `encode` (x -> mean and, for a VAE, log_var) and `decode` (z -> image). Raises ExportError naming a module
    that the runtime does not have.
    """
    config = model.config
    program = _Program()
    latent = config.latent_dim
    encode = program.function({"x": list(config.image_shape)}, model.encoder)
    decode = program.function({"z": [latent]}, model.decoder)
    statistics = encode["steps"][-1]["out"]
    if model.statistics == 2:
        encode["steps"] += [
            {"op": "slice", "in": [statistics], "out": name, "start": i * latent, "stop": (i + 1) * latent}
            for i, name in enumerate(("mean", "log_var"))
        ]
        encode["outputs"] = {"mean": "mean", "log_var": "log_var"}
    else:
        encode["outputs"] = {"mean": statistics}
    if config.output == "sigmoid":
        decode["steps"][-1]["activation"] = "sigmoid"
    decode["outputs"] = {"image": decode["steps"][-1]["out"]}
    description = {
        "version": VERSION,
        "image_shape": list(config.image_shape),
        "latent_dim": latent,
        "family": config.family,
        "functions": {"encode": encode, "decode": decode},
    }
    if not all(np.isfinite(tensor).all() for tensor in program.tensors.values()):
        raise ExportError("a weight is not a finite number; train the model again, with a smaller learning rate")
    tensors = {name: _halved(tensor) if half and tensor.size > SMALL else tensor for name, tensor in program.tensors.items()}
    return pack(tensors, {"format": FORMAT, "program": json.dumps(description)})


Step = dict[str, Any]
"""One operation: its name, its input and output registers, the names of its tensors."""


class _Program:
    """Steps and tensors gathered while walking modules."""

    def __init__(self) -> None:
        self.tensors: dict[str, np.ndarray] = {}
        self._registers = 0

    def function(self, inputs: dict[str, list[int]], modules: nn.Sequential) -> Step:
        """The steps of a chain of modules fed with the one input."""
        steps: list[Step] = []
        register, chain = next(iter(inputs)), list(modules)
        for module, following in zip(chain, [*chain[1:], None], strict=True):
            if isinstance(module, nn.Identity | nn.Dropout):
                continue
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                self._fold(module, steps[-1])
            elif type(module) in _ACTIVATIONS and steps and "activation" not in steps[-1]:
                steps[-1]["activation"] = _ACTIVATIONS[type(module)]
            else:
                self._registers += 1
                step = {**self._step(module, following), "in": [register], "out": f"h{self._registers}"}
                steps.append(step)
                register = step["out"]
        return {"inputs": inputs, "steps": steps}

    def _step(self, module: nn.Module, following: nn.Module | None) -> Step:
        if type(module) in _ACTIVATIONS:
            return {"op": "activation", "activation": _ACTIVATIONS[type(module)]}
        if isinstance(module, nn.Flatten) and isinstance(following, nn.Linear):
            return {"op": "reshape", "shape": [following.in_features]}
        if isinstance(module, nn.Unflatten):
            return {"op": "reshape", "shape": list(module.unflattened_size)}
        if isinstance(module, nn.Linear):
            return {"op": "linear", **self._weights(module)}
        if isinstance(module, nn.Conv2d):
            return {"op": "conv2d", "stride": module.stride[0], "padding": module.padding[0], **self._weights(module)}
        if isinstance(module, nn.ConvTranspose2d):
            shape = {"stride": module.stride[0], "padding": module.padding[0], "output_padding": list(module.output_padding)}
            return {"op": "conv_transpose2d", **shape, **self._weights(module)}
        raise ExportError(f"the browser's runtime has no {type(module).__name__}; the model can be decoded on the server only")

    def _weights(self, module: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> dict[str, str]:
        weight, bias = f"h{self._registers}.weight", f"h{self._registers}.bias"
        outputs = module.weight.shape[1 if isinstance(module, nn.ConvTranspose2d) else 0]
        self.tensors[weight] = _array(module.weight)
        self.tensors[bias] = np.zeros(outputs, np.float32) if module.bias is None else _array(module.bias)
        return {"weight": weight, "bias": bias}

    def _fold(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, step: Step) -> None:
        """Fold y = (h - mean) / sqrt(var + eps) * scale + shift into the weights and bias that give h."""
        if norm.running_mean is None or norm.running_var is None:
            raise ExportError("a batch norm without running statistics cannot be exported")
        scale = _array(norm.weight / torch.sqrt(norm.running_var + norm.eps))
        axis = 1 if step["op"] == "conv_transpose2d" else 0
        weight = self.tensors[step["weight"]]
        by_output = [1] * weight.ndim
        by_output[axis] = -1
        self.tensors[step["weight"]] = weight * scale.reshape(by_output)
        self.tensors[step["bias"]] = (self.tensors[step["bias"]] - _array(norm.running_mean)) * scale + _array(norm.bias)


def _halved(tensor: np.ndarray) -> np.ndarray:
    """In half precision, if the numbers fit."""
    return tensor.astype(np.float16) if np.abs(tensor).max() <= np.finfo(np.float16).max else tensor


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().float().numpy().copy()

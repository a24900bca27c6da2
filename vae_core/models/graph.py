"""A program for the browser while it is written: functions of steps over named registers, and the tensors they need. Knows no model.

Batch norm is folded into the layer before it, activations are fused, dropout vanishes. A module that the runtime lacks is refused.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor, nn

from vae_core.errors import ExportError
from vae_core.models.layers import NearestUpsample, Residual

Step = dict[str, Any]
"""One operation: its name, its input and output registers, the names of its tensors, its numbers."""

_ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.SiLU: "silu",
    nn.ReLU: "relu",
    nn.LeakyReLU: "leaky_relu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
}


class Program:
    """Functions by name, and the tensors of all of them."""

    def __init__(self) -> None:
        self.tensors: dict[str, np.ndarray] = {}
        self.functions: dict[str, Function] = {}
        self._registers = 0

    def function(self, name: str) -> "Function":
        """A new function, to be written."""
        self.functions[name] = Function(self)
        return self.functions[name]

    def new_register(self) -> str:
        """A name that no register has yet."""
        self._registers += 1
        return f"h{self._registers}"

    def describe(self) -> dict[str, Step]:
        """Every function as plain JSON values."""
        return {name: function.describe() for name, function in self.functions.items()}


class Function:
    """Inputs, steps, outputs. Registers are names: a method takes those that it reads and returns the one that it writes."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._inputs: dict[str, list[int]] = {}
        self._steps: list[Step] = []
        self._outputs: dict[str, str] = {}

    def describe(self) -> Step:
        """As plain JSON values."""
        return {"inputs": self._inputs, "steps": self._steps, "outputs": self._outputs}

    def input(self, name: str, shape: Sequence[int]) -> str:
        """A register that the caller fills."""
        self._inputs[name] = list(shape)
        return name

    def output(self, name: str, register: str) -> None:
        """A register that the caller reads, under that name."""
        self._outputs[name] = register

    def chain(self, modules: Sequence[nn.Module] | nn.Sequential, register: str) -> str:
        """Modules one after the other. Raises ExportError naming one that the runtime does not have."""
        chain, begun = list(modules), len(self._steps)
        for module, following in zip(chain, [*chain, None][1:], strict=True):
            fresh = len(self._steps) > begun
            if isinstance(module, nn.Identity | nn.Dropout):
                continue
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                self._fold(module, self._steps[-1])
            elif type(module) in _ACTIVATIONS and fresh and "activation" not in self._steps[-1]:
                self.activate(_ACTIVATIONS[type(module)])
            elif isinstance(module, Residual):
                register = self.add(register, self.chain(module.body, register))
            else:
                register = self._module(module, following, register)
        return register

    def activate(self, activation: str) -> None:
        """Let the last step end with an activation."""
        self._steps[-1]["activation"] = activation

    def slice(self, register: str, start: int, stop: int, out: str = "") -> str:
        """Numbers `start` to `stop` of a vector, in a register of that name, or in a new one."""
        return self._step({"op": "slice"}, [register], out or self._program.new_register(), start=start, stop=stop)

    def reshape(self, register: str, shape: Sequence[int]) -> str:
        """The same numbers in another shape."""
        return self._step({"op": "reshape"}, [register], self._program.new_register(), shape=list(shape))

    def concat(self, *registers: str) -> str:
        """Vectors one after the other."""
        return self._step({"op": "concat"}, registers, self._program.new_register())

    def add(self, a: str, b: str) -> str:
        """a + b, number by number."""
        return self._step({"op": "add"}, [a, b], self._program.new_register())

    def multiply(self, a: str, b: str) -> str:
        """a * b, number by number."""
        return self._step({"op": "multiply"}, [a, b], self._program.new_register())

    def scale(self, register: str, factor: float) -> str:
        """Every number times `factor`."""
        return self._step({"op": "scale"}, [register], self._program.new_register(), factor=factor)

    def activation(self, name: str, register: str) -> str:
        """A function of every number, by the name that the runtime has for it."""
        return self._step({"op": "activation"}, [register], self._program.new_register(), activation=name)

    def nearest(self, register: str, table: Tensor) -> str:
        """The row of a table (K, C) that is nearest to each place's vector of a map (C, h, w): numbers (h * w,)."""
        return self._looked_up({"op": "nearest"}, register, table)

    def gather(self, register: str, table: Tensor, sides: Sequence[int]) -> str:
        """Rows of a table (K, C) by their numbers (h * w,), as a map (C, h, w)."""
        return self._looked_up({"op": "gather", "shape": [table.shape[1], *sides]}, register, table)

    def _looked_up(self, step: Step, register: str, table: Tensor) -> str:
        out = self._program.new_register()
        self._program.tensors[f"{out}.table"] = array(table)
        return self._step({**step, "table": f"{out}.table"}, [register], out)

    def _step(self, step: Step, inputs: Sequence[str], out: str, **numbers: object) -> str:
        self._steps.append({**step, "in": list(inputs), "out": out, **numbers})
        return out

    def _module(self, module: nn.Module, following: nn.Module | None, register: str) -> str:
        out = self._program.new_register()
        return self._step(self._operation(module, following, out), [register], out)

    def _operation(self, module: nn.Module, following: nn.Module | None, out: str) -> Step:
        if type(module) in _ACTIVATIONS:
            return {"op": "activation", "activation": _ACTIVATIONS[type(module)]}
        if isinstance(module, nn.Flatten) and isinstance(following, nn.Linear):
            return {"op": "reshape", "shape": [following.in_features]}
        if isinstance(module, nn.Unflatten):
            return {"op": "reshape", "shape": list(module.unflattened_size)}
        if isinstance(module, nn.Linear):
            return {"op": "linear", **self._weights(module, out)}
        if isinstance(module, nn.Conv2d):
            return {"op": "conv2d", "stride": module.stride[0], "padding": module.padding[0], **self._weights(module, out)}
        if isinstance(module, nn.ConvTranspose2d):
            shape = {"stride": module.stride[0], "padding": module.padding[0], "output_padding": list(module.output_padding)}
            return {"op": "conv_transpose2d", **shape, **self._weights(module, out)}
        if isinstance(module, NearestUpsample):
            shape = {"stride": 2, "padding": module.padding, "output_padding": [-(side % 2) for side in module.sides]}
            return {"op": "conv_transpose2d", **shape, **self._weights(module, out)}
        raise ExportError(f"the browser's runtime has no {type(module).__name__}; the model can be decoded on the server only")

    def _weights(self, module: nn.Linear | nn.Conv2d | nn.ConvTranspose2d | NearestUpsample, out: str) -> dict[str, str]:
        weight, bias = f"{out}.weight", f"{out}.bias"
        outputs = module.weight.shape[0 if isinstance(module, nn.Linear | nn.Conv2d) else 1]
        self._program.tensors[weight] = array(module.weight)
        self._program.tensors[bias] = np.zeros(outputs, np.float32) if module.bias is None else array(module.bias)
        return {"weight": weight, "bias": bias}

    def _fold(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, step: Step) -> None:
        """Fold y = (h - mean) / sqrt(var + eps) * scale + shift into the weights and bias that give h."""
        if norm.running_mean is None or norm.running_var is None:
            raise ExportError("a batch norm without running statistics cannot be exported")
        tensors, scale = self._program.tensors, array(norm.weight / (norm.running_var + norm.eps).sqrt())
        axis = 1 if step["op"] == "conv_transpose2d" else 0
        weight = tensors[step["weight"]]
        by_output = [1] * weight.ndim
        by_output[axis] = -1
        tensors[step["weight"]] = weight * scale.reshape(by_output)
        tensors[step["bias"]] = (tensors[step["bias"]] - array(norm.running_mean)) * scale + array(norm.bias)


def array(tensor: Tensor) -> np.ndarray:
    """A copy on the CPU, float32."""
    return tensor.detach().cpu().float().numpy().copy()

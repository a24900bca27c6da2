"""Convolutions one behind the other as one compiled function, for a batch. Knows no module and no grad_output graph.

Threads share the images of a batch, and each image goes through all layers while it is in the core's cache; on the way back, gradients
between layers are never put in memory. Images (N, C, H, W) and weights are stored channels last.
"""

import math
from collections.abc import Sequence
from functools import cache, cached_property
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from vae_core.acceleration import conv_code, vector_unit
from vae_core.acceleration.compiler import Compiled, compile_function
from vae_core.acceleration.control import Value
from vae_core.acceleration.conv_code import OffsetTables
from vae_core.acceleration.conv_layers import BackwardBuffers, ConvShape, Layer, layer_for
from vae_core.acceleration.conv_plan import Shape
from vae_core.acceleration.function import Function
from vae_core.acceleration.vector_unit import Unit

CACHE_LINE = 16  # floats


class Stack:
    """Convolutions one behind the other, forward and backward, compiled when first used."""

    def __init__(self, layers: Sequence[Layer], machine: Unit, wants_grad_x: bool) -> None:
        self.layers = list(layers)
        self._machine, self._wants_grad_x = machine, wants_grad_x
        self._workspaces: list[Tensor] = []
        self._backward_workspaces: list[Tensor] = []

    def forward(self, x: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor | None]) -> list[Tensor]:
        """x (N, C, H, W); of each layer the weight (O, C, K, K), of a transposed one (C, O, K, K), and the bias (O,) -> outputs of all."""
        outputs = [_empty(x, layer.shape.output) for layer in self.layers]
        packed = [layer.pack_weight(weight) for layer, weight in zip(self.layers, weights, strict=True)]
        workspace = _workspace(self._workspaces, sum(self._forward_sizes))
        arrays = [x, *outputs, *packed, *(x if bias is None else bias for bias in biases), workspace]
        self._forward(len(workspace), *map(Tensor.data_ptr, arrays), len(x), *self._table_addresses)
        self._workspaces.append(workspace)
        outputs[-1] = self.layers[-1].after_forward(outputs[-1], biases[-1])
        return outputs

    def backward(
        self, x: Tensor, grad_output: Tensor, outputs: Sequence[Tensor | None], weights: Sequence[Tensor]
    ) -> tuple[Tensor | None, list[Tensor], list[Tensor | None]]:
        """Gradients with respect to x, if it was asked for, the weights and the biases, given that with respect to the last output.

        `outputs` are all that `forward` gave; of the last one nothing is read where no ReLU follows it.
        """
        grad_output, grad_last_bias = self.layers[-1].before_backward(grad_output, outputs[-1])
        packed = [layer.pack_weight_backward(weight) for layer, weight in zip(self.layers, weights, strict=True)]
        grad_x = _empty(x, self.layers[0].shape.image) if self._wants_grad_x else None
        workspace = _workspace(self._backward_workspaces, sum(self._backward_sizes))
        own = workspace[:, sum(self._backward_sizes) - sum(self._sum_sizes) :].zero_()
        arrays = [x, grad_output, *(x if y is None else y for y in outputs), *packed, x if grad_x is None else grad_x, workspace]
        self._backward(len(workspace), *map(Tensor.data_ptr, arrays), len(x), *self._backward_table_addresses)
        sums = iter(torch.split(own.sum(0), self._sum_sizes))
        self._backward_workspaces.append(workspace)
        grad_weights, grad_biases = [], []
        for layer in self.layers:
            (weight_sums, channels), grad_weight, grad_bias = layer.sums, next(sums), next(sums)
            grad_weights.append(layer.grad_weight(grad_weight[:weight_sums]))
            grad_biases.append(grad_bias[:channels] if layer.shape.biased else None)
        grad_biases[-1] = grad_biases[-1] if grad_last_bias is None else grad_last_bias
        return grad_x, grad_weights, grad_biases

    @cached_property
    def _forward_sizes(self) -> list[int]:
        """Floats of a thread's own in the forward code: every layer's padded input."""
        return [_whole_lines(layer.forward_plan.padded_size) for layer in self.layers]

    @cached_property
    def _backward_sizes(self) -> list[int]:
        """In the backward code: what every layer needs for an image, the grad_output with respect to its input, then all sums."""
        grad = [0, *(math.prod(layer.shape.image) for layer in self.layers[1:])]
        spaces = [_whole_lines(size) for layer, own in zip(self.layers, grad, strict=True) for size in (*layer.backward_workspace, own)]
        return spaces + self._sum_sizes

    @cached_property
    def _sum_sizes(self) -> list[int]:
        return [_whole_lines(size) for layer in self.layers for size in layer.sums]

    @cached_property
    def _table_addresses(self) -> list[int]:
        """Addresses of the tables that the forward code reads."""
        return [table.ctypes.data for layer in self.layers for table in layer.tables]

    @cached_property
    def _backward_table_addresses(self) -> list[int]:
        """Of those that the backward code reads."""
        return [table.ctypes.data for layer in self.layers for table in layer.backward_tables]

    @cached_property
    def _forward(self) -> Compiled:
        code = Function("forward")
        x = code.floats()
        outputs, packed, biases = ([code.floats() for _ in self.layers] for _ in range(3))
        workspace = code.floats()
        thread, first, end = code.share(code.integer())
        tables = [_tables(code, layer.tables) for layer in self.layers]
        spaces = _parts(code, code.part(workspace, code.times(thread, sum(self._forward_sizes))), self._forward_sizes)
        with code.loop(first, end) as image:
            images = self._images(code, x, outputs, image)
            for number, layer in enumerate(self.layers):
                bias = biases[number] if layer.shape.biased else None
                layer.write_forward(code, images[number], images[number + 1], packed[number], bias, spaces[number], tables[number])
        return compile_function(code, self._machine)

    @cached_property
    def _backward(self) -> Compiled:
        code = Function("backward")
        x, grad_output = code.floats(), code.floats()
        outputs, packed = ([code.floats() for _ in self.layers] for _ in range(2))
        grad_x, workspace = code.floats(), code.floats()
        thread, first, end = code.share(code.integer())
        tables = [_tables(code, layer.backward_tables) for layer in self.layers]
        parts = _parts(code, code.part(workspace, code.times(thread, sum(self._backward_sizes))), self._backward_sizes)
        spaces, sums = parts[: 4 * len(self.layers)], parts[4 * len(self.layers) :]
        with code.loop(first, end) as image:
            images = self._images(code, x, outputs, image)
            grad = conv_code.image(code, grad_output, self.layers[-1].shape.output, image)
            for number, layer in reversed(list(enumerate(self.layers))):
                *own, grad_input = spaces[4 * number : 4 * number + 4]
                if number == 0:
                    grad_input = conv_code.image(code, grad_x, layer.shape.image, image) if self._wants_grad_x else None
                read = images[number], grad, images[number + 1]
                layer.write_backward(
                    code, BackwardBuffers(*read, grad_input, packed[number], tables[number], own, sums[2 * number : 2 * number + 2])
                )
                grad = grad_input
        return compile_function(code, self._machine)

    def _images(self, code: Function, x: Value, outputs: list[Value], number: Value) -> list[Value]:
        """One of the batch's images and all that the layers made of it."""
        shapes = [self.layers[0].shape.image, *(layer.shape.output for layer in self.layers)]
        return [conv_code.image(code, images, shape, number) for images, shape in zip([x, *outputs], shapes, strict=True)]


@cache
def stack(shapes: tuple[ConvShape, ...], wants_grad_x: bool) -> Stack | None:
    """The code of convolutions one behind the other; None where this machine has none for one of them: then PyTorch's has to do.

    `wants_grad_x`: whether the grad_output with respect to the input will be wanted.
    """
    machine = vector_unit.unit()
    if machine is None:
        return None
    layers = [layer_for(shape, machine, wants_grad_x or number > 0) for number, shape in enumerate(shapes)]
    known = [one for one in layers if one is not None]
    return Stack(known, machine, wants_grad_x) if len(known) == len(shapes) else None


def _empty(x: Tensor, shape: Shape) -> Tensor:
    """Uninitialised images, as many as x has, channels last."""
    height, width, channels = shape
    return torch.empty((len(x), channels, height, width), dtype=x.dtype, device=x.device, memory_format=torch.channels_last)


def _workspace(idle: list[Tensor], size: int) -> Tensor:
    """(threads, size) floats that the code calls its own: what an earlier call has left, or else zeros; nobody writes on borders."""
    while idle:
        workspace = idle.pop()
        if len(workspace) == torch.get_num_threads():
            return workspace
    return torch.zeros(torch.get_num_threads(), size, device="cpu", dtype=torch.float32)


def _whole_lines(size: int) -> int:
    return -(-size // CACHE_LINE) * CACHE_LINE


def _tables(code: Function, places: list[np.ndarray]) -> OffsetTables:
    """Their addresses, two by two."""
    return [(code.integers(), code.integers()) for _ in range(len(places) // 2)]


def _parts(code: Function, floats: Value, sizes: list[int]) -> list[Value]:
    """Floats cut to pieces."""
    return [code.part(floats, code.add(begin)) for begin in accumulate([0, *sizes[:-1]])]

"""One convolution as compiled code for one image: forward, backward, and its weights in the order that the code reads. Knows no batch.

Images and weights are stored channels last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from vae_core.acceleration import conv_code
from vae_core.acceleration.control import Value
from vae_core.acceleration.conv_code import OffsetTables
from vae_core.acceleration.conv_plan import ConvPlan, Shape, conv_plan, conv_transpose_plan
from vae_core.acceleration.function import Function
from vae_core.acceleration.portable import FEW_OUTPUTS
from vae_core.acceleration.vector_unit import Unit, tile


@dataclass(frozen=True)
class ConvShape:
    """A convolution's shapes, whether it adds a bias, and whether a ReLU follows."""

    image: Shape
    output: Shape
    kernel: int
    stride: int
    padding: int
    transposed: bool
    biased: bool
    relu: bool


@dataclass(frozen=True)
class BackwardBuffers:
    """What the backward code of one layer reads and writes for one image."""

    x: Value
    grad_output: Value
    y: Value
    grad_input: Value | None  # where it is put, if it is wanted
    weight: Value
    tables: OffsetTables
    workspace: Sequence[Value]
    sums: Sequence[Value]  # gradients of weight and bias, added to


class Layer:
    """A convolution whose output channels fill vectors."""

    def __init__(self, shape: ConvShape, machine: Unit) -> None:
        forward, backward = (conv_transpose_plan, conv_plan) if shape.transposed else (conv_plan, conv_transpose_plan)
        paired = all(tile(machine, channels, 1) for channels in (shape.image[2], shape.output[2]))
        self.shape, self._machine = shape, machine
        self.forward_plan = forward(shape.image, shape.output, shape.kernel, shape.stride, shape.padding, paired)
        self.backward_plan = backward(shape.output, shape.image, shape.kernel, shape.stride, shape.padding, paired)
        self._weight_plan = self.backward_plan if shape.transposed and paired else self.forward_plan  # whose weights' gradient is summed

    def pack_weight(self, weight: Tensor) -> Tensor:
        """A weight (O, C, K, K), of a transposed convolution (C, O, K, K), in the order of the forward code."""
        return _packed(self.forward_plan, weight, self.shape.transposed)

    def pack_weight_backward(self, weight: Tensor) -> Tensor:
        """The same for the backward code."""
        return _packed(self.backward_plan, weight, not self.shape.transposed)

    def grad_weight(self, sums: Tensor) -> Tensor:
        """The gradient with respect to the weight, from the sums of the backward code."""
        plan = self._weight_plan
        by_entry = plan.positions.t() @ sums.view(len(plan.positions), -1)
        inputs_first = self.shape.transposed == (plan is self.forward_plan)
        grad_weight = by_entry.view(plan.kernel, plan.kernel, plan.input[2], plan.output[2])
        return grad_weight.permute((2, 3, 0, 1) if inputs_first else (3, 2, 0, 1)).contiguous(memory_format=torch.channels_last)

    def after_forward(self, y: Tensor, bias: Tensor | None) -> Tensor:
        """What the forward code leaves to do."""
        return y

    def before_backward(self, grad_output: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """What has to be done before the backward code: the gradient that it takes, and the bias's if the code does not sum it."""
        return grad_output, None

    @property
    def backward_workspace(self) -> tuple[int, int, int]:
        """Floats of scratch space per image: padded input, padded gradient, sums of pairs of rows."""
        padded_input = self.forward_plan.padded_size if self._weight_plan is self.forward_plan else 0
        return padded_input, self.backward_plan.padded_size, conv_code.pair_sums_size(self._weight_plan)

    @property
    def sums(self) -> tuple[int, int]:
        """How many sums over all images the backward code makes: for the weight and for the bias."""
        plan = self._weight_plan
        return len(plan.positions) * plan.input[2] * plan.output[2], self.shape.output[2]

    @cached_property
    def tables(self) -> list[np.ndarray]:
        """The offsets that the forward code reads."""
        return conv_code.offset_tables(self.forward_plan, self._machine)

    @cached_property
    def backward_tables(self) -> list[np.ndarray]:
        """The offsets that the backward code reads where it makes the gradient with respect to the input."""
        return conv_code.offset_tables(self.backward_plan, self._machine)

    def write_forward(
        self, code: Function, x: Value, y: Value, weight: Value, bias: Value | None, workspace: Value, tables: OffsetTables
    ) -> None:
        """From an image to its outputs."""
        conv_code.pad(code, self.forward_plan, x, workspace)
        conv_code.append_rows(code, self.forward_plan, self._machine, workspace)
        conv_code.correlate(code, self.forward_plan, self._machine, conv_code.Operands(workspace, weight, bias, y), tables, self.shape.relu)

    def write_backward(self, code: Function, buffers: BackwardBuffers) -> None:
        """From the gradient with respect to an image's outputs to all others."""
        padded_x, padded_gradient, pair_sums = buffers.workspace
        grad_weight, grad_bias = buffers.sums
        plan, backward, gradient, width = self._weight_plan, self.backward_plan, buffers.grad_output, self.shape.output[1]
        if self.shape.biased or self.shape.relu or buffers.grad_input is not None or plan is backward:
            mask, total = buffers.y if self.shape.relu else None, grad_bias if self.shape.biased else None
            conv_code.pad_gradient(code, backward, self._machine, gradient, mask, padded_gradient, total)
            gradient, width = code.part(padded_gradient, code.add(conv_code.corner(backward))), backward.padded[1]
        if buffers.grad_input is not None or plan is backward:
            conv_code.append_rows(code, backward, self._machine, padded_gradient)
        if buffers.grad_input is not None:
            operands = conv_code.Operands(padded_gradient, buffers.weight, None, buffers.grad_input)
            conv_code.correlate(code, backward, self._machine, operands, buffers.tables, relu=False)
        if plan is backward:
            left, right, width = padded_gradient, buffers.x, self.shape.image[1]
        else:
            conv_code.pad(code, plan, buffers.x, padded_x)
            conv_code.append_rows(code, plan, self._machine, padded_x)
            left, right = padded_x, gradient
        row_size = width * plan.output[2]
        if plan.extra_rows:
            conv_code.add_pairs_of_rows(code, plan, self._machine, right, pair_sums, row_size)
        conv_code.accumulate_grad_weight(code, plan, self._machine, conv_code.Factors(left, right, pair_sums, row_size), grad_weight)


class FewOutputs(Layer):
    """A convolution to so few channels that its input channels fill vectors. Its backward pass is the forward pass of its mirror image.

    It is the last of its stack: no other code reads so few channels.
    """

    def __init__(self, shape: ConvShape, machine: Unit) -> None:
        super().__init__(shape, machine)
        mirrored = replace(shape, image=shape.output, output=shape.image, transposed=not shape.transposed, biased=False, relu=False)
        self._mirrored = Layer(mirrored, machine)

    def pack_weight(self, weight: Tensor) -> Tensor:
        """Output channel after output channel."""
        by_position = super().pack_weight(weight)
        return by_position.view(len(by_position), self.shape.image[2], -1).permute(2, 0, 1).contiguous()

    def pack_weight_backward(self, weight: Tensor) -> Tensor:
        """That of the mirror image."""
        return self._mirrored.pack_weight(weight)

    def grad_weight(self, sums: Tensor) -> Tensor:
        """As of any layer."""
        return self._mirrored.grad_weight(sums)

    def after_forward(self, y: Tensor, bias: Tensor | None) -> Tensor:
        """Bias and ReLU, of few numbers."""
        y = y if bias is None else y.add_(bias[:, None, None])
        return y.relu_() if self.shape.relu else y

    def before_backward(self, grad_output: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """The gradient as far as the ReLU let it through, and the bias's."""
        grad_output = grad_output * (y > 0) if self.shape.relu and y is not None else grad_output
        return grad_output, grad_output.sum((0, 2, 3)) if self.shape.biased else None

    @property
    def backward_workspace(self) -> tuple[int, int, int]:
        """That of the mirror image, whose input is the gradient."""
        return self._mirrored.forward_plan.padded_size, 0, 0

    @property
    def sums(self) -> tuple[int, int]:
        """Those of the mirror image."""
        return self._mirrored.sums[0], 0

    @property
    def backward_tables(self) -> list[np.ndarray]:
        """Those of the mirror image."""
        return self._mirrored.tables

    def write_forward(
        self, code: Function, x: Value, y: Value, weight: Value, bias: Value | None, workspace: Value, tables: OffsetTables
    ) -> None:
        """From an image to its outputs, but for bias and ReLU."""
        conv_code.pad(code, self.forward_plan, x, workspace)
        conv_code.correlate_to_few(code, self.forward_plan, self._machine, conv_code.Operands(workspace, weight, None, y), tables)

    def write_backward(self, code: Function, buffers: BackwardBuffers) -> None:
        """As of any layer."""
        if buffers.grad_input is not None:
            mirrored = buffers.grad_output, buffers.grad_input, buffers.weight, None, buffers.workspace[0], buffers.tables
            self._mirrored.write_forward(code, *mirrored)
        self._mirrored.write_backward(code, replace(buffers, x=buffers.grad_output, grad_output=buffers.x, grad_input=None))


def layer_for(shape: ConvShape, machine: Unit, wants_grad_input: bool) -> Layer | None:
    """The code of a convolution; None where there is none for its channels."""
    if shape.kernel < shape.stride:
        return None
    inputs, outputs = (tile(machine, channels, 1) is not None for channels in (shape.image[2], shape.output[2]))
    if outputs and (inputs or not wants_grad_input):
        return Layer(shape, machine)
    if inputs and shape.output[2] <= FEW_OUTPUTS:
        return FewOutputs(shape, machine)
    return None


def _packed(plan: ConvPlan, weight: Tensor, inputs_first: bool) -> Tensor:
    """(positions, inputs * outputs) of a weight, whose first axis may be its inputs."""
    inputs, outputs = (0, 1) if inputs_first else (1, 0)
    return plan.positions @ weight.permute(2, 3, inputs, outputs).reshape(plan.kernel**2, -1)

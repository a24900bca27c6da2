"""Convolutions in machine code made for their shapes: on a CPU, quicker than PyTorch's at training. Knows no module and no gradient graph.

Both a convolution and a transposed one are correlations of an image inside a border of zeros with a kernel; where outputs
are further apart than inputs (a transposed convolution of stride 2), every residue of their places, a *phase*, has its own
few taps of the kernel. Threads share the images of a batch; what an image needs stays in the core's cache.
Images (N, C, H, W) and weights are stored channels last.
"""

import math
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from vae_core import vector_code
from vae_core.vector_code import Compiled, Function, Unit, Value

FEW_OUTPUTS = 3  # at most; each is a dot product
CACHE_LINE = 16  # floats
ROWS = 8  # of a tile of dot products

Shape = tuple[int, int, int]  # height, width, channels


@dataclass(frozen=True)
class Phase:
    """Outputs with the same taps: `rows` x `columns` of them, which the first output meets from `row`, `column` of the padded input on."""

    rows: int
    columns: int
    row: int
    column: int
    height: int  # outputs of this phase
    width: int
    top: int  # where the first of them lies
    left: int
    first_tap: int


@dataclass(frozen=True)
class Correlation:
    """output[top + i * apart, left + j * apart] = sum of input[row + i * stride + r, column + j * stride + s] * tap[r, s], by phase."""

    input: Shape
    output: Shape
    stride: int
    apart: int
    border: tuple[int, int]  # zeros above and to the left
    padded: tuple[int, int]  # height and width with all zeros
    phases: tuple[Phase, ...]
    taps: tuple[int, ...]  # places in the kernel, phase after phase

    @property
    def padded_size(self) -> int:
        """Floats of a padded input."""
        return self.padded[0] * self.padded[1] * self.input[2]

    def places(self, phase: Phase, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """For every output of a phase where its input begins and where it lies, in whole tiles of so many rows (the last one repeats)."""
        count = phase.height * phase.width
        i, j = np.divmod(np.minimum(np.arange(-(-count // rows) * rows), count - 1), phase.width)
        begins = (phase.row + i * self.stride) * self.padded[1] + phase.column + j * self.stride
        lies = (phase.top + i * self.apart) * self.output[1] + phase.left + j * self.apart
        return begins * self.input[2], lies * self.output[2]


def gathering(image: Shape, output: Shape, kernel: int, stride: int, padding: int) -> Correlation:
    """A convolution: output i sees inputs i * stride - padding and on."""
    phase = Phase(kernel, kernel, 0, 0, *output[:2], 0, 0, 0)
    padded = [max((after - 1) * stride + kernel, before + padding) for before, after in zip(image[:2], output[:2], strict=True)]
    return Correlation(image, output, stride, 1, (padding, padding), (padded[0], padded[1]), (phase,), tuple(range(kernel**2)))


def spreading(image: Shape, output: Shape, kernel: int, stride: int, padding: int) -> Correlation:
    """A transposed convolution: input i falls on outputs i * stride - padding and on."""
    axes = [_residues(kernel, stride, padding, side) for side in output[:2]]
    border = [max(0, -min(axis[1] for axis in residues)) for residues in axes]
    padded = [
        max(zeros + side, max(zeros + first + len(taps) + outputs - 1 for taps, first, outputs in residues))
        for zeros, side, residues in zip(border, image[:2], axes, strict=True)
    ]
    phases, taps = [], []
    for top, (rows, row, height) in enumerate(axes[0]):
        for left, (columns, column, width) in enumerate(axes[1]):
            start = (row + border[0], column + border[1])
            phases.append(Phase(len(rows), len(columns), *start, height, width, top, left, len(taps)))
            taps += [r * kernel + s for r in rows for s in columns]
    return Correlation(image, output, 1, stride, (border[0], border[1]), (padded[0], padded[1]), tuple(phases), tuple(taps))


def _residues(kernel: int, stride: int, padding: int, side: int) -> list[tuple[list[int], int, int]]:
    """Along one axis, for outputs 0, 1, ... modulo the stride: their taps by the input met, the first input, how many outputs."""
    found = []
    for residue in range(stride):
        met = sorted(((residue + padding - tap) // stride, tap) for tap in range(kernel) if (residue + padding - tap) % stride == 0)
        found.append(([tap for _, tap in met], met[0][0] if met else 0, len(range(residue, side, stride))))
    return found


class Layer:
    """One convolution of known shapes, forward and backward, compiled when first used."""

    def __init__(self, image: Shape, output: Shape, kernel: int, stride: int, padding: int, transposed: bool, machine: Unit) -> None:
        there, back = (spreading, gathering) if transposed else (gathering, spreading)
        self._there, self._back = there(image, output, kernel, stride, padding), back(output, image, kernel, stride, padding)
        self._machine = machine
        self._order, self._order_back = _orders(self._there, self._back, transposed)
        self._order_of_products = torch.argsort(self._order)
        self._compiled_forward: dict[tuple[bool, ...], Compiled] = {}
        self._compiled_backward: dict[tuple[bool, ...], Compiled] = {}

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None, relu: bool) -> Tensor:
        """x (N, C, H, W), weight (O, C, K, K) or of a transposed convolution (C, O, K, K), bias (O,) -> (N, O, H', W').

        Negative outputs are set to zero if `relu`.
        """
        key = (bias is not None, relu)
        if key not in self._compiled_forward:
            self._compiled_forward[key] = _forward(self._there, self._machine, *key)
        taps, y = _flat(weight).index_select(0, self._order), _empty(x, self._there.output)
        threads = torch.get_num_threads()
        arrays = (x, taps, x if bias is None else bias, y, x.new_zeros(threads, self._there.padded_size))
        self._compiled_forward[key](threads, *map(Tensor.data_ptr, arrays), len(x), *self._tables[0])
        return y

    def backward(
        self, x: Tensor, gradient: Tensor, y: Tensor | None, weight: Tensor, wanted: tuple[bool, bool]
    ) -> tuple[Tensor | None, Tensor, Tensor | None]:
        """Gradients with respect to x, the weight and the bias, given those with respect to the output; x and the bias where `wanted`.

        y, the output, says where a ReLU let the gradient through; None where there was none.
        """
        of_x, of_bias = wanted
        key = (y is not None, of_x, of_bias)
        if key not in self._compiled_backward:
            self._compiled_backward[key] = _backward(self._there, self._back, self._machine, *key)
        taps, inputs = (_flat(weight).index_select(0, self._order_back), _empty(x, self._there.input)) if of_x else (weight, x)
        (areas, size), threads = _areas(self._there, self._back), torch.get_num_threads()
        own = x.new_zeros(threads, size)
        arrays = (x, gradient, gradient if y is None else y, taps, inputs, own)
        self._compiled_backward[key](threads, *map(Tensor.data_ptr, arrays), len(x), *self._tables[1])
        sums = own[:, areas[2] :].sum(0)
        products, by_channel = sums[: weight.numel()], sums[areas[3] - areas[2] :][: self._there.output[2]]
        first, second, *sides = weight.shape
        of_weight = products.index_select(0, self._order_of_products).view(first, *sides, second).permute(0, 3, 1, 2)
        return inputs if of_x else None, of_weight, by_channel if of_bias else None

    @cached_property
    def _places(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The tables of places that the forward and the backward code read."""
        both = []
        for plan in (self._there, self._back):
            shapes = [(phase, vector_code.tile(self._machine, plan.output[2], phase.height * phase.width)) for phase in plan.phases]
            both.append([table for phase, shape in shapes for table in plan.places(phase, shape.rows if shape else ROWS)])
        return both[0], both[1]

    @cached_property
    def _tables(self) -> tuple[list[int], list[int]]:
        """Their addresses."""
        there, back = ([table.ctypes.data for table in tables] for tables in self._places)
        return there, back


class FewOutputs(Layer):
    """A convolution to so few channels that its inputs' channels make the vectors. Its gradients are those of the mirrored layer."""

    def __init__(self, image: Shape, output: Shape, kernel: int, stride: int, padding: int, transposed: bool, machine: Unit) -> None:
        super().__init__(image, output, kernel, stride, padding, transposed, machine)
        self._mirrored = Layer(output, image, kernel, stride, padding, not transposed, machine)
        self._order = self._order.view(-1, image[2], output[2]).permute(2, 0, 1).reshape(-1)

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None, relu: bool) -> Tensor:
        """As of any layer."""
        if not self._compiled_forward:
            self._compiled_forward[()] = _forward_to_few(self._there, self._machine)
        taps, y = _flat(weight).index_select(0, self._order), _empty(x, self._there.output)
        threads = torch.get_num_threads()
        arrays = (x, taps, y, x.new_zeros(threads, self._there.padded_size))
        self._compiled_forward[()](threads, *map(Tensor.data_ptr, arrays), len(x), *self._tables[0])
        y = y if bias is None else y.add_(bias[:, None, None])
        return y.relu_() if relu else y

    def backward(
        self, x: Tensor, gradient: Tensor, y: Tensor | None, weight: Tensor, wanted: tuple[bool, bool]
    ) -> tuple[Tensor | None, Tensor, Tensor | None]:
        """As of any layer."""
        gradient = gradient if y is None else gradient * (y > 0)
        inputs = self._mirrored.forward(gradient, weight, None, relu=False) if wanted[0] else None
        _, of_weight, _ = self._mirrored.backward(gradient, x, None, weight, (False, False))
        return inputs, of_weight, gradient.sum((0, 2, 3)) if wanted[1] else None


@cache
def layer(image: Shape, output: Shape, kernel: int, stride: int, padding: int, transposed: bool, of_x: bool) -> Layer | None:
    """The layer of these shapes; None where this machine has no code for it: then PyTorch's has to do.

    `of_x`: whether the gradient with respect to the input will be wanted.
    """
    machine = vector_code.unit()
    if machine is None or kernel < stride:
        return None
    inputs, outputs = (vector_code.tile(machine, channels, 1) is not None for channels in (image[2], output[2]))
    if outputs and (inputs or not of_x):
        return Layer(image, output, kernel, stride, padding, transposed, machine)
    if inputs and output[2] <= FEW_OUTPUTS:
        return FewOutputs(image, output, kernel, stride, padding, transposed, machine)
    return None


def _flat(weight: Tensor) -> Tensor:
    """The numbers of a weight as they lie in memory."""
    return weight.permute(0, 2, 3, 1).reshape(-1)


def _empty(x: Tensor, shape: Shape) -> Tensor:
    """Room for as many images as x has, channels last."""
    height, width, channels = shape
    return torch.empty((len(x), channels, height, width), dtype=x.dtype, device=x.device, memory_format=torch.channels_last)


def _orders(there: Correlation, back: Correlation, transposed: bool) -> tuple[Tensor, Tensor]:
    """Where in a flat weight the numbers stand in the order in which the code reads them: (taps, inputs, outputs), and back."""
    inputs, outputs, taps = there.input[2], there.output[2], len(there.taps)
    places = torch.arange(taps * inputs * outputs, device="cpu").view((inputs, taps, outputs) if transposed else (outputs, taps, inputs))
    by_tap = places.permute((1, 0, 2) if transposed else (1, 2, 0))
    return by_tap[list(there.taps)].reshape(-1), by_tap[list(back.taps)].transpose(1, 2).reshape(-1)


def _areas(there: Correlation, back: Correlation) -> tuple[list[int], int]:
    """Where a thread's own floats begin in the backward code, and how many they are: two padded images, products, sums."""
    sizes = [there.padded_size, back.padded_size, len(there.taps) * there.input[2] * there.output[2], there.output[2]]
    begins = [0, *accumulate(-(-size // CACHE_LINE) * CACHE_LINE for size in sizes)]
    return begins[:-1], begins[-1]


def _forward(plan: Correlation, machine: Unit, biased: bool, relu: bool) -> Compiled:
    code = Function("forward")
    x, taps, bias, y, padded = (code.floats() for _ in range(5))
    thread, first, end = code.share(code.integer())
    tables = [(code.integers(), code.integers()) for _ in plan.phases]
    padded = code.part(padded, code.times(thread, plan.padded_size))
    with code.loop(first, end) as image:
        _pad(code, plan, x, padded, image)
        _correlate(code, plan, machine, (padded, taps, bias if biased else None, y), tables, image, relu)
    return code.compile(machine)


def _forward_to_few(plan: Correlation, machine: Unit) -> Compiled:
    code = Function("forward_to_few")
    x, taps, y, padded = (code.floats() for _ in range(4))
    thread, first, end = code.share(code.integer())
    tables = [(code.integers(), code.integers()) for _ in plan.phases]
    padded = code.part(padded, code.times(thread, plan.padded_size))
    lanes = vector_code.tile(machine, plan.input[2], 1).lanes
    height, width, channels = plan.output
    with code.loop(first, end) as image:
        _pad(code, plan, x, padded, image)
        for phase, (begins, lies) in zip(plan.phases, tables, strict=True):
            depth = phase.columns * plan.input[2]
            with code.loop(0, channels) as channel, code.loop(0, phase.height * phase.width, ROWS) as place:
                rows = [code.add(place, row) for row in range(ROWS)]
                weights = code.add(code.times(channel, len(plan.taps) * plan.input[2]), phase.first_tap * plan.input[2])
                left = (padded, [code.entry(begins, row) for row in rows], plan.padded[1] * plan.input[2])
                for row, total in zip(rows, code.dot(lanes, left, (taps, weights, depth), (phase.rows, depth)), strict=True):
                    lying = code.add(code.times(image, height * width * channels), code.entry(lies, row), channel)
                    code.store_number(total, y, lying)
    return code.compile(machine)


def _backward(there: Correlation, back: Correlation, machine: Unit, relu: bool, of_x: bool, of_bias: bool) -> Compiled:
    code = Function("backward")
    x, gradient, y, taps, inputs, own = (code.floats() for _ in range(6))
    thread, first, end = code.share(code.integer())
    tables = [(code.integers(), code.integers()) for _ in back.phases] if of_x else []
    areas, size = _areas(there, back)
    padded_x, padded, products, sums = (code.part(own, code.add(code.times(thread, size), area)) for area in areas)
    with code.loop(first, end) as image:
        _pad(code, there, x, padded_x, image)
        if any((of_x, relu, of_bias)):
            _pad_gradient(code, back, machine, (gradient, y if relu else None, padded, sums if of_bias else None), image)
            seen, row_size = code.part(padded, code.add(_corner(back))), back.padded[1] * back.input[2]
        else:
            seen, row_size = code.part(gradient, code.times(image, math.prod(back.input))), back.input[1] * back.input[2]
        if of_x:
            _correlate(code, back, machine, (padded, taps, None, inputs), tables, image, relu=False)
        _add_products(code, there, machine, (padded_x, seen, products), row_size)
    return code.compile(machine)


def _pad(code: Function, plan: Correlation, x: Value, padded: Value, image: Value) -> None:
    """Copy an image inside its border of zeros."""
    height, width, channels = plan.input
    with code.loop(0, height) as row:
        start = code.add(code.times(image, height * width * channels), code.times(row, width * channels))
        place = code.add(code.times(row, plan.padded[1] * channels), _corner(plan))
        code.copy(padded, place, x, start, width * channels)


def _pad_gradient(
    code: Function, back: Correlation, machine: Unit, arrays: tuple[Value, Value | None, Value, Value | None], image: Value
) -> None:
    """Copy the gradient of an image inside its border of zeros, as far as a ReLU let it through, and add it up by channel."""
    gradient, y, padded, by_channel = arrays
    height, width, channels = back.input
    shape = vector_code.tile(machine, channels, 1)
    offsets = [vector * shape.lanes for vector in range(shape.vectors)]
    with code.loop(0, channels, shape.width) as channel:
        sums = [code.variable(code.load(by_channel, code.add(channel, offset), shape.lanes)) for offset in offsets] if by_channel else []
        with code.loop(0, height) as row, code.loop(0, width) as column:
            pixel = code.add(code.times(image, height * width), code.times(row, width), column)
            place = code.add(channel, code.times(row, back.padded[1] * channels), code.times(column, channels), _corner(back))
            starts = [code.add(code.times(pixel, channels), channel, offset) for offset in offsets]
            vectors = [code.load(gradient, start, shape.lanes) for start in starts]
            if y is not None:
                signs = [code.load(y, start, shape.lanes) for start in starts]
                vectors = [code.where_positive(sign, vector) for sign, vector in zip(signs, vectors, strict=True)]
            for vector, offset in zip(vectors, offsets, strict=True):
                code.store(vector, padded, code.add(place, offset))
            for total, vector in zip(sums, vectors, strict=False):
                code.increase(total, vector)
        for total, offset in zip(sums, offsets, strict=False):
            code.store(code.value(total), by_channel, code.add(channel, offset))


def _correlate(
    code: Function,
    plan: Correlation,
    machine: Unit,
    arrays: tuple[Value, Value, Value | None, Value],
    tables: list[tuple[Value, Value]],
    image: Value,
    relu: bool,
) -> None:
    """All outputs of a padded image, tile by tile of places and channels."""
    padded, taps, bias, y = arrays
    height, width, channels = plan.output
    row_size = plan.padded[1] * plan.input[2]
    for phase, (begins, lies) in zip(plan.phases, tables, strict=True):
        shape = vector_code.tile(machine, channels, phase.height * phase.width)
        depth = phase.columns * plan.input[2]
        with code.loop(0, channels, shape.width) as channel, code.loop(0, phase.height * phase.width, shape.rows) as place:
            rows = [code.add(place, row) for row in range(shape.rows)]
            starts = [code.entry(begins, row) for row in rows]
            zero = code.zeros(shape.lanes)
            weights = code.add(channel, phase.first_tap * plan.input[2] * channels)

            def begin(row: int, offset: Value, channel: Value = channel, zero: Value = zero, lanes: int = shape.lanes) -> Value:
                return zero if bias is None else code.load(bias, code.add(channel, offset), lanes)

            found = code.multiply(
                shape, begin, (padded, starts, (row_size, 1)), (taps, weights, (depth * channels, channels)), (phase.rows, depth)
            )
            for row, vectors in zip(rows, found, strict=True):
                pixel = code.add(code.times(image, height * width * channels), code.entry(lies, row), channel)
                for number, vector in enumerate(vectors):
                    kept = code.where_positive(vector, vector) if relu else vector
                    code.store(kept, y, code.add(pixel, number * shape.lanes))


def _add_products(code: Function, plan: Correlation, machine: Unit, arrays: tuple[Value, Value, Value], gradient_row: int) -> None:
    """Add an image's part to the gradient of every tap: the sum over places of inputs times gradients.

    Rows of the gradient are `gradient_row` apart.
    """
    padded, gradient, of_taps = arrays
    inputs, outputs = plan.input[2], plan.output[2]
    row_size = plan.padded[1] * inputs
    for phase in plan.phases:
        depth = phase.columns * inputs
        count = phase.rows * depth
        shape = vector_code.tile(machine, outputs, count)
        corner = (phase.row * plan.padded[1] + phase.column) * inputs
        with code.loop(0, outputs, shape.width) as channel, code.loop(0, count, shape.rows) as begun:
            rows = [code.lesser(code.add(begun, row), count - 1) for row in range(shape.rows)]
            parts = [code.divide(row, depth) for row in rows]
            starts = [code.add(code.times(r, row_size), rest, corner) for r, rest in parts]
            tap = code.add(channel, phase.first_tap * inputs * outputs)
            places = [code.add(code.times(row, outputs), tap) for row in rows]

            def begin(row: int, offset: Value, places: list[Value] = places, lanes: int = shape.lanes) -> Value:
                return code.load(of_taps, code.add(places[row], offset), lanes)

            left = (padded, starts, (plan.stride * row_size, plan.stride * inputs))
            first = code.add(channel, phase.top * gradient_row + phase.left * outputs)
            right = (gradient, first, (plan.apart * gradient_row, plan.apart * outputs))
            found = code.multiply(shape, begin, left, right, (phase.height, phase.width))
            for place, vectors in zip(places, found, strict=True):
                for number, vector in enumerate(vectors):
                    code.store(vector, of_taps, code.add(place, number * shape.lanes))


def _corner(plan: Correlation) -> int:
    """Where an image begins inside its border."""
    return (plan.border[0] * plan.padded[1] + plan.border[1]) * plan.input[2]

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
class Band:
    """Rows of outputs with the same rows of taps: the first begins at `row` of the padded input, each next one `down` rows below."""

    taps: tuple[tuple[int, ...], ...]  # for every row, the rows of the kernel whose sum it is
    row: int
    down: int
    height: int  # outputs
    top: int  # where the first of them lies
    apart: int
    above: int | None = None  # so many rows above an output lies what it is added to; None: nothing, or the bias
    shared: bool = False  # what it makes is part of an output and of the next, which is half of `apart` below


@dataclass(frozen=True)
class Strip:
    """Rows put below a padded input, `count` of them, each `down` after the last: a row of it less another, the next from `step` below."""

    row: int
    down: int
    plus: int
    minus: int | None
    step: int
    count: int


@dataclass(frozen=True)
class Phase:
    """Outputs of a band with the same columns of taps; the first begins at `column` of the padded input."""

    band: Band
    columns: tuple[int, ...]  # of the kernel
    column: int
    width: int  # outputs
    left: int  # where the first of them lies
    first_tap: int

    @property
    def outputs(self) -> int:
        """How many."""
        return self.band.height * self.width


@dataclass(frozen=True)
class Correlation:
    """output[top + i * apart, left + j * apart] = sum of input[row + i * down + r, column + j * stride + s] * tap[r, s], by phase."""

    input: Shape
    output: Shape
    kernel: int
    stride: int
    apart: int
    border: tuple[int, int]  # zeros above and to the left
    padded: tuple[int, int]  # height and width with all zeros
    strips: tuple[Strip, ...]
    phases: tuple[Phase, ...]

    @property
    def padded_size(self) -> int:
        """Floats of a padded input and of the rows below it."""
        height = max([self.padded[0], *(strip.row + (strip.count - 1) * strip.down + 1 for strip in self.strips)])
        return height * self.padded[1] * self.input[2]

    @cached_property
    def taps(self) -> Tensor:
        """(taps, kernel ** 2): one where a number of the kernel is part of a tap. Phase after phase."""
        places = [(rows, column) for phase in self.phases for rows in phase.band.taps for column in phase.columns]
        parts = torch.zeros(len(places), self.kernel, self.kernel, device="cpu", dtype=torch.float32)
        for tap, (rows, column) in enumerate(places):
            parts[tap, list(rows), column] = 1.0
        return parts.flatten(1)

    def places(self, phase: Phase, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """For every output of a phase where its input begins and where it lies, in whole tiles of so many rows (the last one repeats)."""
        band, count = phase.band, phase.outputs
        i, j = np.divmod(np.minimum(np.arange(-(-count // rows) * rows), count - 1), phase.width)
        begins = (band.row + i * band.down) * self.padded[1] + phase.column + j * self.stride
        lies = (band.top + i * band.apart) * self.output[1] + phase.left + j * self.apart
        return begins * self.input[2], lies * self.output[2]


def gathering(image: Shape, output: Shape, kernel: int, stride: int, padding: int, paired: bool) -> Correlation:
    """A convolution: output i sees inputs i * stride - padding and on."""
    padded = [max((after - 1) * stride + kernel, before + padding) for before, after in zip(image[:2], output[:2], strict=True)]
    band = Band(tuple((tap,) for tap in range(kernel)), 0, stride, output[0], 0, 1)
    bands, strips = _paired([band], padded[0]) if paired else ([band], [])
    phases = _phases(bands, [(list(range(kernel)), 0, output[1])])
    return Correlation(image, output, kernel, stride, 1, (padding, padding), (padded[0], padded[1]), tuple(strips), phases)


def spreading(image: Shape, output: Shape, kernel: int, stride: int, padding: int, paired: bool) -> Correlation:
    """A transposed convolution: input i falls on outputs i * stride - padding and on."""
    axes = [_residues(kernel, stride, padding, side) for side in output[:2]]
    border = [max(0, -min(axis[1] for axis in residues)) for residues in axes]
    padded = [
        max(zeros + side, max(zeros + first + len(taps) + outputs - 1 for taps, first, outputs in residues))
        for zeros, side, residues in zip(border, image[:2], axes, strict=True)
    ]
    bands = [
        Band(tuple((tap,) for tap in taps), border[0] + first, 1, height, top, stride) for top, (taps, first, height) in enumerate(axes[0])
    ]
    bands, strips = _paired(bands, padded[0]) if paired else (bands, [])
    phases = _phases(bands, [(taps, border[1] + first, width) for taps, first, width in axes[1]])
    return Correlation(image, output, kernel, 1, stride, (border[0], border[1]), (padded[0], padded[1]), tuple(strips), phases)


def _residues(kernel: int, stride: int, padding: int, side: int) -> list[tuple[list[int], int, int]]:
    """Along one axis, for outputs 0, 1, ... modulo the stride: their taps by the input met, the first input, how many outputs."""
    found = []
    for residue in range(stride):
        met = sorted(((residue + padding - tap) // stride, tap) for tap in range(kernel) if (residue + padding - tap) % stride == 0)
        found.append(([tap for _, tap in met], met[0][0] if met else 0, len(range(residue, side, stride))))
    return found


def _paired(bands: list[Band], height: int) -> tuple[list[Band], list[Strip]]:
    """The same outputs by fewer products, from a padded input of so many rows and strips below it.

    Two rows of outputs that share an input d1 under two taps, y0 = d0 g0 + d1 g1 and y1 = d1 g0 + d2 g1, are
    m + (d0 - d1) g0 and m + (d2 - d1) g1 with m = d1 (g0 + g1): three products for four (Winograd 1980, "Arithmetic complexity
    of computations", F(2, 2)).
    """
    made: list[Band] = []
    strips: list[Strip] = []
    for band in bands:
        pairs, single = _pairs(len(band.taps), band.down) if band.height > 1 else ([], [])
        if not pairs:
            made.append(band)
            continue
        row, down, taps = band.row, band.down, band.taps
        alone = [(row + tap, None, taps[tap]) for tap in single]
        both = [(row + second, None, taps[first] + taps[second]) for first, second in pairs]
        upper = [(row + first, row + second, taps[first]) for first, second in pairs] + alone
        lower = [(row + down + second, row + down + first, taps[second]) for first, second in pairs]
        lower += [(row + down + tap, None, taps[tap]) for tap in single]
        whole, half = -(-band.height // 2), band.height // 2
        for parts, count, top, above in ((both, whole, 0, None), (lower, half, band.apart, band.apart), (upper, whole, 0, 0)):
            rows = tuple(part for _, _, part in parts)
            start = height + sum(strip.count for strip in strips)
            made.append(Band(rows, start, len(parts), count, band.top + top, 2 * band.apart, above, shared=above is None))
            strips += [Strip(start + number, len(parts), plus, minus, 2 * down, count) for number, (plus, minus, _) in enumerate(parts)]
    return made, strips


def _pairs(count: int, apart: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Numbers below `count` that are `apart` from one another, two by two, and those left over."""
    left, pairs, single = list(range(count)), [], []
    while left:
        number = left.pop(0)
        if number + apart in left:
            left.remove(number + apart)
            pairs.append((number, number + apart))
        else:
            single.append(number)
    return pairs, single


def _phases(bands: list[Band], columns: list[tuple[list[int], int, int]]) -> tuple[Phase, ...]:
    """Every band with every residue of columns: the kernel's, the first input, how many outputs."""
    phases: list[Phase] = []
    first_tap = 0
    for band in bands:
        for left, (taps, column, width) in enumerate(columns):
            phases.append(Phase(band, tuple(taps), column, width, left, first_tap))
            first_tap += len(band.taps) * len(taps)
    return tuple(phases)


class Layer:
    """One convolution of known shapes, forward and backward, compiled when first used."""

    def __init__(self, image: Shape, output: Shape, kernel: int, stride: int, padding: int, transposed: bool, machine: Unit) -> None:
        there, back = (spreading, gathering) if transposed else (gathering, spreading)
        paired = all(vector_code.tile(machine, channels, 1) for channels in (image[2], output[2]))
        self._there = there(image, output, kernel, stride, padding, paired)
        self._back = back(output, image, kernel, stride, padding, paired)
        self._machine, self._transposed = machine, transposed
        self._by_gathering = transposed and paired  # gradients of taps: of `back`, whose input is the larger image
        self._compiled_forward: dict[tuple[bool, ...], Compiled] = {}
        self._compiled_backward: dict[tuple[bool, ...], Compiled] = {}

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None, relu: bool) -> Tensor:
        """x (N, C, H, W), weight (O, C, K, K) or of a transposed convolution (C, O, K, K), bias (O,) -> (N, O, H', W').

        Negative outputs are set to zero if `relu`.
        """
        key = (bias is not None, relu)
        if key not in self._compiled_forward:
            self._compiled_forward[key] = _forward(self._there, self._machine, *key)
        taps, y = _taps(self._there, weight, self._transposed), _empty(x, self._there.output)
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
            self._compiled_backward[key] = _backward(self._there, self._back, self._by_gathering, self._machine, *key)
        taps, inputs = (_taps(self._back, weight, not self._transposed), _empty(x, self._there.input)) if of_x else (weight, x)
        plan = self._back if self._by_gathering else self._there
        (areas, size), threads = _areas(self._there, self._back, plan), torch.get_num_threads()
        own = x.new_zeros(threads, size)
        arrays = (x, gradient, gradient if y is None else y, taps, inputs, own)
        self._compiled_backward[key](threads, *map(Tensor.data_ptr, arrays), len(x), *self._tables[1])
        sums = own[:, areas[3] :].sum(0)
        products, by_channel = sums[: len(plan.taps) * plan.input[2] * plan.output[2]], sums[areas[4] - areas[3] :][: self._there.output[2]]
        of_weight = _of_weight(plan, products, self._transposed != self._by_gathering)
        return inputs if of_x else None, of_weight, by_channel if of_bias else None

    @cached_property
    def _places(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The tables of places that the forward and the backward code read."""
        both = []
        for plan in (self._there, self._back):
            shapes = [(phase, vector_code.tile(self._machine, plan.output[2], phase.outputs)) for phase in plan.phases]
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

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None, relu: bool) -> Tensor:
        """As of any layer."""
        if not self._compiled_forward:
            self._compiled_forward[()] = _forward_to_few(self._there, self._machine)
        taps = (
            _taps(self._there, weight, self._transposed)
            .unflatten(1, (self._there.input[2], self._there.output[2]))
            .permute(2, 0, 1)
            .contiguous()
        )
        y = _empty(x, self._there.output)
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


def _taps(plan: Correlation, weight: Tensor, inputs_first: bool) -> Tensor:
    """(taps, inputs * outputs) of a weight, whose first axis may be its inputs."""
    inputs, outputs = (0, 1) if inputs_first else (1, 0)
    return plan.taps @ weight.permute(2, 3, inputs, outputs).reshape(plan.kernel**2, -1)


def _of_weight(plan: Correlation, products: Tensor, inputs_first: bool) -> Tensor:
    """The gradient with respect to a weight from those with respect to the taps (taps * inputs * outputs)."""
    by_place = plan.taps.t() @ products.view(len(plan.taps), -1)
    of_weight = by_place.view(plan.kernel, plan.kernel, plan.input[2], plan.output[2])
    return of_weight.permute((2, 3, 0, 1) if inputs_first else (3, 2, 0, 1)).contiguous(memory_format=torch.channels_last)


def _empty(x: Tensor, shape: Shape) -> Tensor:
    """Room for as many images as x has, channels last."""
    height, width, channels = shape
    return torch.empty((len(x), channels, height, width), dtype=x.dtype, device=x.device, memory_format=torch.channels_last)


def _areas(there: Correlation, back: Correlation, plan: Correlation) -> tuple[list[int], int]:
    """Where a thread's own floats begin in the backward code, and how many they are: two padded images, sums of rows, products, sums."""
    height, width, channels = plan.output
    pairs = -(-height // 2) * width * channels if plan.strips else 0
    sizes = [there.padded_size, back.padded_size, pairs, len(plan.taps) * plan.input[2] * channels, there.output[2]]
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
        _add_strips(code, plan, machine, padded)
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
            depth = len(phase.columns) * plan.input[2]
            with code.loop(0, channels) as channel, code.loop(0, phase.outputs, ROWS) as place:
                rows = [code.add(place, row) for row in range(ROWS)]
                weights = code.add(code.times(channel, len(plan.taps) * plan.input[2]), phase.first_tap * plan.input[2])
                left = (padded, [code.entry(begins, row) for row in rows], plan.padded[1] * plan.input[2])
                for row, total in zip(rows, code.dot(lanes, left, (taps, weights, depth), (len(phase.band.taps), depth)), strict=True):
                    lying = code.add(code.times(image, height * width * channels), code.entry(lies, row), channel)
                    code.store_number(total, y, lying)
    return code.compile(machine)


def _backward(there: Correlation, back: Correlation, by_gathering: bool, machine: Unit, relu: bool, of_x: bool, of_bias: bool) -> Compiled:
    code = Function("backward")
    x, gradient, y, taps, inputs, own = (code.floats() for _ in range(6))
    thread, first, end = code.share(code.integer())
    tables = [(code.integers(), code.integers()) for _ in back.phases] if of_x else []
    plan = back if by_gathering else there
    areas, size = _areas(there, back, plan)
    padded_x, padded, pairs, products, sums = (code.part(own, code.add(code.times(thread, size), area)) for area in areas)
    with code.loop(first, end) as image:
        if any((by_gathering, of_x, relu, of_bias)):
            _pad_gradient(code, back, machine, (gradient, y if relu else None, padded, sums if of_bias else None), image)
            if by_gathering or of_x:
                _add_strips(code, back, machine, padded)
            seen, row_size = code.part(padded, code.add(_corner(back))), back.padded[1] * back.input[2]
        else:
            seen, row_size = code.part(gradient, code.times(image, math.prod(back.input))), back.input[1] * back.input[2]
        if of_x:
            _correlate(code, back, machine, (padded, taps, None, inputs), tables, image, relu=False)
        if by_gathering:
            left, seen, row_size = padded, code.part(x, code.times(image, math.prod(there.input))), there.input[1] * there.input[2]
        else:
            _pad(code, there, x, padded_x, image)
            _add_strips(code, there, machine, padded_x)
            left = padded_x
        if plan.strips:
            _add_pairs(code, plan, machine, seen, pairs, row_size)
        _add_products(code, plan, machine, (left, seen, pairs, products), row_size)
    return code.compile(machine)


def _pad(code: Function, plan: Correlation, x: Value, padded: Value, image: Value) -> None:
    """Copy an image inside its border of zeros."""
    height, width, channels = plan.input
    with code.loop(0, height) as row:
        start = code.add(code.times(image, height * width * channels), code.times(row, width * channels))
        place = code.add(code.times(row, plan.padded[1] * channels), _corner(plan))
        code.copy(padded, place, x, start, width * channels)


def _add_strips(code: Function, plan: Correlation, machine: Unit, padded: Value) -> None:
    """Make the rows below a padded image."""
    size = plan.padded[1] * plan.input[2]
    for strip in plan.strips:
        with code.loop(0, strip.count) as number:
            target = code.times(code.add(code.times(number, strip.down), strip.row), size)
            plus = code.times(code.add(code.times(number, strip.step), strip.plus), size)
            if strip.minus is None:
                code.copy(padded, target, padded, plus, size)
                continue
            minus = code.times(code.add(code.times(number, strip.step), strip.minus), size)
            lanes = vector_code.tile(machine, plan.input[2], 1).lanes
            with code.loop(0, size, lanes) as place:
                one, other = (code.load(padded, code.add(start, place), lanes) for start in (plus, minus))
                code.store(code.difference(one, other), padded, code.add(target, place))


def _add_pairs(code: Function, plan: Correlation, machine: Unit, seen: Value, pairs: Value, row_size: int) -> None:
    """Sums of an image's rows two by two; where the last is alone, it."""
    height, width, channels = plan.output
    lanes = vector_code.tile(machine, channels, 1).lanes
    with code.loop(0, height // 2) as pair, code.loop(0, width * channels, lanes) as place:
        upper = code.add(code.times(pair, 2 * row_size), place)
        one, other = (code.load(seen, start, lanes) for start in (upper, code.add(upper, row_size)))
        code.store(code.sum(one, other), pairs, code.add(code.times(pair, width * channels), place))
    if height % 2:
        with code.loop(height - 1, height) as row:
            code.copy(pairs, code.add(height // 2 * width * channels), seen, code.times(row, row_size), width * channels)


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
        band, shape = phase.band, vector_code.tile(machine, channels, phase.outputs)
        depth = len(phase.columns) * plan.input[2]
        with code.loop(0, channels, shape.width) as channel, code.loop(0, phase.outputs, shape.rows) as place:
            rows = [code.add(place, row) for row in range(shape.rows)]
            starts = [code.entry(begins, row) for row in rows]
            pixels = [code.add(code.times(image, height * width * channels), code.entry(lies, row), channel) for row in rows]
            zero = code.zeros(shape.lanes)
            weights = code.add(channel, phase.first_tap * plan.input[2] * channels)

            def begin(
                row: int, offset: Value, channel: Value = channel, pixels: list[Value] = pixels, zero: Value = zero, band: Band = band
            ) -> Value:
                if band.above is not None:
                    return code.load(y, code.add(pixels[row], offset, -band.above * width * channels), zero.type.count)
                return zero if bias is None else code.load(bias, code.add(channel, offset), zero.type.count)

            found = code.multiply(
                shape, begin, (padded, starts, (row_size, 1)), (taps, weights, (depth * channels, channels)), (len(band.taps), depth)
            )
            for pixel, vectors in zip(pixels, found, strict=True):
                for number, vector in enumerate(vectors):
                    kept = code.where_positive(vector, vector) if relu and not band.shared else vector
                    code.store(kept, y, code.add(pixel, number * shape.lanes))


def _add_products(code: Function, plan: Correlation, machine: Unit, arrays: tuple[Value, Value, Value, Value], row_size: int) -> None:
    """Add an image's part to the gradient of every tap: the sum over places of inputs times gradients of outputs.

    Rows of those gradients are `row_size` apart; `pairs` are their sums two by two.
    """
    padded, gradient, pairs, of_taps = arrays
    inputs, outputs = plan.input[2], plan.output[2]
    padded_row = plan.padded[1] * inputs
    for phase in plan.phases:
        band, depth = phase.band, len(phase.columns) * inputs
        count = len(band.taps) * depth
        shape = vector_code.tile(machine, outputs, count)
        corner = band.row * padded_row + phase.column * inputs
        right, top, apart = (pairs, 0, plan.output[1] * outputs) if band.shared else (gradient, band.top * row_size, band.apart * row_size)
        with code.loop(0, outputs, shape.width) as channel, code.loop(0, count, shape.rows) as begun:
            rows = [code.lesser(code.add(begun, row), count - 1) for row in range(shape.rows)]
            parts = [code.divide(row, depth) for row in rows]
            starts = [code.add(code.times(r, padded_row), rest, corner) for r, rest in parts]
            tap = code.add(channel, phase.first_tap * inputs * outputs)
            places = [code.add(code.times(row, outputs), tap) for row in rows]

            def begin(row: int, offset: Value, places: list[Value] = places, lanes: int = shape.lanes) -> Value:
                return code.load(of_taps, code.add(places[row], offset), lanes)

            left = (padded, starts, (band.down * padded_row, plan.stride * inputs))
            first = code.add(channel, top + phase.left * outputs)
            found = code.multiply(shape, begin, left, (right, first, (apart, plan.apart * outputs)), (band.height, phase.width))
            for place, vectors in zip(places, found, strict=True):
                for number, vector in enumerate(vectors):
                    code.store(vector, of_taps, code.add(place, number * shape.lanes))


def _corner(plan: Correlation) -> int:
    """Where an image begins inside its border."""
    return (plan.border[0] * plan.padded[1] + plan.border[1]) * plan.input[2]

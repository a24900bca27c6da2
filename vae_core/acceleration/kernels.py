"""Convolutions in machine code made for their shapes: on a CPU, quicker than PyTorch's at training. Knows no module and no gradient graph.

Convolutions that follow one another are one piece of code, a *stack*: threads share the images of a batch, and each image
goes through all of them while it is in the core's cache; on the way back, gradients between them are never put in memory.
Images (N, C, H, W) and weights are stored channels last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from vae_core.acceleration import vector_unit
from vae_core.acceleration.correlation import Correlation, Shape, gathering, spreading
from vae_core.acceleration.portable import FEW_OUTPUTS
from vae_core.acceleration.vector_code import Compiled, Function, Value
from vae_core.acceleration.vector_unit import Unit

CACHE_LINE = 16  # floats
ROWS = 8  # of a tile of dot products

Tables = list[tuple[Value, Value]]


@dataclass(frozen=True)
class Convolution:
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
class Return:
    """What a layer's backward code reads and writes for an image."""

    x: Value
    gradient: Value  # with respect to the outputs
    y: Value | None
    target: Value | None  # where the gradient with respect to x is put, if it is wanted
    taps: Value
    tables: Tables
    rooms: Sequence[Value]
    sums: Sequence[Value]  # added to


class Layer:
    """A convolution: its code for one image, forward and backward, and its weights as the code reads them."""

    def __init__(self, shape: Convolution, machine: Unit) -> None:
        there, back = (spreading, gathering) if shape.transposed else (gathering, spreading)
        paired = all(vector_unit.tile(machine, channels, 1) for channels in (shape.image[2], shape.output[2]))
        self.shape, self._machine = shape, machine
        self.there = there(shape.image, shape.output, shape.kernel, shape.stride, shape.padding, paired)
        self.back = back(shape.output, shape.image, shape.kernel, shape.stride, shape.padding, paired)
        self._of_taps = self.back if shape.transposed and paired else self.there  # the plan whose taps' gradient is summed

    def taps(self, weight: Tensor) -> Tensor:
        """A weight (O, C, K, K), of a transposed convolution (C, O, K, K), in the order of the forward code."""
        return _taps(self.there, weight, self.shape.transposed)

    def taps_back(self, weight: Tensor) -> Tensor:
        """The same for the backward code."""
        return _taps(self.back, weight, not self.shape.transposed)

    def of_weight(self, products: Tensor) -> Tensor:
        """The gradient with respect to the weight, from the sums of the backward code."""
        plan = self._of_taps
        by_place = plan.taps.t() @ products.view(len(plan.taps), -1)
        inputs_first = self.shape.transposed == (plan is self.there)
        of_weight = by_place.view(plan.kernel, plan.kernel, plan.input[2], plan.output[2])
        return of_weight.permute((2, 3, 0, 1) if inputs_first else (3, 2, 0, 1)).contiguous(memory_format=torch.channels_last)

    def finish(self, y: Tensor, bias: Tensor | None) -> Tensor:
        """What the forward code leaves to do."""
        return y

    def start(self, gradient: Tensor, y: Tensor) -> tuple[Tensor, Tensor | None]:
        """What has to be done before the backward code: the gradient that it takes, and the bias's if the code does not sum it."""
        return gradient, None

    @property
    def rooms(self) -> tuple[int, int, int]:
        """Floats that the backward code needs for an image: the padded input, the padded gradient, sums of rows two by two."""
        return self.there.padded_size if self._of_taps is self.there else 0, self.back.padded_size, _pairs_size(self._of_taps)

    @property
    def sums(self) -> tuple[int, int]:
        """How many sums the backward code makes: over all images for every number of the taps, and for every channel."""
        plan = self._of_taps
        return len(plan.taps) * plan.input[2] * plan.output[2], self.shape.output[2]

    @cached_property
    def places(self) -> list[np.ndarray]:
        """The tables that the forward code reads."""
        return _places(self.there, self._machine)

    @cached_property
    def places_back(self) -> list[np.ndarray]:
        """The tables that the backward code reads where it makes the gradient with respect to the input."""
        return _places(self.back, self._machine)

    def write_forward(self, code: Function, x: Value, y: Value, taps: Value, bias: Value | None, room: Value, tables: Tables) -> None:
        """From an image to its outputs."""
        _pad(code, self.there, x, room)
        _add_strips(code, self.there, self._machine, room)
        _correlate(code, self.there, self._machine, (room, taps, bias, y), tables, self.shape.relu)

    def write_backward(self, code: Function, of: Return) -> None:
        """From the gradient with respect to an image's outputs to all others."""
        padded_x, padded, pairs = of.rooms
        products, by_channel = of.sums
        plan, gradient, width = self._of_taps, of.gradient, self.shape.output[1]
        if self.shape.biased or self.shape.relu or of.target or plan is self.back:
            masked = of.y if self.shape.relu else None
            _pad_gradient(code, self.back, self._machine, (gradient, masked, padded, by_channel if self.shape.biased else None))
            gradient, width = code.part(padded, code.add(_corner(self.back))), self.back.padded[1]
        if of.target or plan is self.back:
            _add_strips(code, self.back, self._machine, padded)
        if of.target:
            _correlate(code, self.back, self._machine, (padded, of.taps, None, of.target), of.tables, relu=False)
        if plan is self.back:
            left, right, width = padded, of.x, self.shape.image[1]
        else:
            _pad(code, plan, of.x, padded_x)
            _add_strips(code, plan, self._machine, padded_x)
            left, right = padded_x, gradient
        row_size = width * plan.output[2]
        if plan.strips:
            _add_pairs(code, plan, self._machine, right, pairs, row_size)
        _add_products(code, plan, self._machine, (left, right, pairs, products), row_size)


class FewOutputs(Layer):
    """A convolution to so few channels that its inputs' channels make the vectors. The way back is the forward way of its mirror image.

    It is the last of its stack: no other code reads so few channels.
    """

    def __init__(self, shape: Convolution, machine: Unit) -> None:
        super().__init__(shape, machine)
        mirrored = replace(shape, image=shape.output, output=shape.image, transposed=not shape.transposed, biased=False, relu=False)
        self._mirrored = Layer(mirrored, machine)

    def taps(self, weight: Tensor) -> Tensor:
        """Channel after channel of the outputs."""
        return super().taps(weight).unflatten(1, (self.shape.image[2], -1)).permute(2, 0, 1).contiguous()

    def taps_back(self, weight: Tensor) -> Tensor:
        """Those of the mirror image."""
        return self._mirrored.taps(weight)

    def of_weight(self, products: Tensor) -> Tensor:
        """As of any layer."""
        return self._mirrored.of_weight(products)

    def finish(self, y: Tensor, bias: Tensor | None) -> Tensor:
        """Bias and ReLU, of few numbers."""
        y = y if bias is None else y.add_(bias[:, None, None])
        return y.relu_() if self.shape.relu else y

    def start(self, gradient: Tensor, y: Tensor) -> tuple[Tensor, Tensor | None]:
        """The gradient as far as the ReLU let it through, and the bias's."""
        gradient = gradient * (y > 0) if self.shape.relu else gradient
        return gradient, gradient.sum((0, 2, 3)) if self.shape.biased else None

    @property
    def rooms(self) -> tuple[int, int, int]:
        """Of the mirror image, whose input is the gradient."""
        return self._mirrored.there.padded_size, 0, 0

    @property
    def sums(self) -> tuple[int, int]:
        """Of the mirror image."""
        return self._mirrored.sums[0], 0

    @property
    def places_back(self) -> list[np.ndarray]:
        """Those of the mirror image."""
        return self._mirrored.places

    def write_forward(self, code: Function, x: Value, y: Value, taps: Value, bias: Value | None, room: Value, tables: Tables) -> None:
        """From an image to its outputs, but for bias and ReLU."""
        _pad(code, self.there, x, room)
        _correlate_to_few(code, self.there, self._machine, (room, taps, y), tables)

    def write_backward(self, code: Function, of: Return) -> None:
        """As of any layer."""
        if of.target:
            self._mirrored.write_forward(code, of.gradient, of.target, of.taps, None, of.rooms[0], of.tables)
        self._mirrored.write_backward(code, replace(of, x=of.gradient, gradient=of.x, target=None))


class Stack:
    """Convolutions one behind the other, forward and backward, compiled when first used."""

    def __init__(self, layers: Sequence[Layer], machine: Unit, of_x: bool) -> None:
        self.layers = list(layers)
        self._machine, self._of_x = machine, of_x
        self._rooms: list[Tensor] = []
        self._rooms_back: list[Tensor] = []

    def forward(self, x: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor | None]) -> list[Tensor]:
        """x (N, C, H, W); of each layer the weight (O, C, K, K), of a transposed one (C, O, K, K), and the bias (O,) -> outputs of all."""
        outputs = [_empty(x, layer.shape.output) for layer in self.layers]
        taps = [layer.taps(weight) for layer, weight in zip(self.layers, weights, strict=True)]
        room = _room(self._rooms, sum(self._sizes))
        arrays = [x, *outputs, *taps, *(x if bias is None else bias for bias in biases), room]
        self._forward(len(room), *map(Tensor.data_ptr, arrays), len(x), *self._places)
        self._rooms.append(room)
        outputs[-1] = self.layers[-1].finish(outputs[-1], biases[-1])
        return outputs

    def backward(
        self, x: Tensor, gradient: Tensor, outputs: Sequence[Tensor | None], weights: Sequence[Tensor]
    ) -> tuple[Tensor | None, list[Tensor], list[Tensor | None]]:
        """Gradients with respect to x, if it was asked for, the weights and the biases, given that with respect to the last output.

        `outputs` are all that `forward` gave; of the last one nothing is read where no ReLU follows it.
        """
        gradient, of_last_bias = self.layers[-1].start(gradient, outputs[-1])
        taps = [layer.taps_back(weight) for layer, weight in zip(self.layers, weights, strict=True)]
        of_x = _empty(x, self.layers[0].shape.image) if self._of_x else None
        room = _room(self._rooms_back, sum(self._sizes_back))
        own = room[:, sum(self._sizes_back) - sum(self._sizes_of_sums) :].zero_()
        arrays = [x, gradient, *(x if y is None else y for y in outputs), *taps, x if of_x is None else of_x, room]
        self._backward(len(room), *map(Tensor.data_ptr, arrays), len(x), *self._places_back)
        sums = iter(own.sum(0).split(self._sizes_of_sums))
        self._rooms_back.append(room)
        of_weights, of_biases = [], []
        for layer in self.layers:
            (products, channels), of_weight, of_channels = layer.sums, next(sums), next(sums)
            of_weights.append(layer.of_weight(of_weight[:products]))
            of_biases.append(of_channels[:channels] if layer.shape.biased else None)
        of_biases[-1] = of_biases[-1] if of_last_bias is None else of_last_bias
        return of_x, of_weights, of_biases

    @cached_property
    def _sizes(self) -> list[int]:
        """Floats of a thread's own in the forward code: every layer's padded input."""
        return [_whole_lines(layer.there.padded_size) for layer in self.layers]

    @cached_property
    def _sizes_back(self) -> list[int]:
        """In the backward code: what every layer needs for an image, the gradient with respect to its input, then all sums."""
        passed = [0, *(math.prod(layer.shape.image) for layer in self.layers[1:])]
        rooms = [_whole_lines(size) for layer, own in zip(self.layers, passed, strict=True) for size in (*layer.rooms, own)]
        return rooms + self._sizes_of_sums

    @cached_property
    def _sizes_of_sums(self) -> list[int]:
        return [_whole_lines(size) for layer in self.layers for size in layer.sums]

    @cached_property
    def _places(self) -> list[int]:
        """Addresses of the tables that the forward code reads."""
        return [table.ctypes.data for layer in self.layers for table in layer.places]

    @cached_property
    def _places_back(self) -> list[int]:
        """Of those that the backward code reads."""
        return [table.ctypes.data for layer in self.layers for table in layer.places_back]

    @cached_property
    def _forward(self) -> Compiled:
        code = Function("forward")
        x = code.floats()
        outputs, taps, biases = ([code.floats() for _ in self.layers] for _ in range(3))
        room = code.floats()
        thread, first, end = code.share(code.integer())
        tables = [_tables(code, layer.places) for layer in self.layers]
        rooms = _parts(code, code.part(room, code.times(thread, sum(self._sizes))), self._sizes)
        with code.loop(first, end) as image:
            images = self._images(code, x, outputs, image)
            for number, layer in enumerate(self.layers):
                bias = biases[number] if layer.shape.biased else None
                layer.write_forward(code, images[number], images[number + 1], taps[number], bias, rooms[number], tables[number])
        return code.compile(self._machine)

    @cached_property
    def _backward(self) -> Compiled:
        code = Function("backward")
        x, gradient = code.floats(), code.floats()
        outputs, taps = ([code.floats() for _ in self.layers] for _ in range(2))
        of_x, room = code.floats(), code.floats()
        thread, first, end = code.share(code.integer())
        tables = [_tables(code, layer.places_back) for layer in self.layers]
        parts = _parts(code, code.part(room, code.times(thread, sum(self._sizes_back))), self._sizes_back)
        rooms, sums = parts[: 4 * len(self.layers)], parts[4 * len(self.layers) :]
        with code.loop(first, end) as image:
            images = self._images(code, x, outputs, image)
            passed = _image(code, gradient, self.layers[-1].shape.output, image)
            for number, layer in reversed(list(enumerate(self.layers))):
                *own, of_image = rooms[4 * number : 4 * number + 4]
                if number == 0:
                    of_image = _image(code, of_x, layer.shape.image, image) if self._of_x else None
                read = images[number], passed, images[number + 1]
                layer.write_backward(code, Return(*read, of_image, taps[number], tables[number], own, sums[2 * number : 2 * number + 2]))
                passed = of_image
        return code.compile(self._machine)

    def _images(self, code: Function, x: Value, outputs: list[Value], number: Value) -> list[Value]:
        """One of the batch's images and all that the layers made of it."""
        shapes = [self.layers[0].shape.image, *(layer.shape.output for layer in self.layers)]
        return [_image(code, images, shape, number) for images, shape in zip([x, *outputs], shapes, strict=True)]


@cache
def stack(shapes: tuple[Convolution, ...], of_x: bool) -> Stack | None:
    """The code of convolutions one behind the other; None where this machine has none for one of them: then PyTorch's has to do.

    `of_x`: whether the gradient with respect to the input will be wanted.
    """
    machine = vector_unit.unit()
    if machine is None:
        return None
    layers = [_layer(shape, machine, of_x or number > 0) for number, shape in enumerate(shapes)]
    return Stack(layers, machine, of_x) if all(layers) else None


def _layer(shape: Convolution, machine: Unit, of_x: bool) -> Layer | None:
    if shape.kernel < shape.stride:
        return None
    inputs, outputs = (vector_unit.tile(machine, channels, 1) is not None for channels in (shape.image[2], shape.output[2]))
    if outputs and (inputs or not of_x):
        return Layer(shape, machine)
    if inputs and shape.output[2] <= FEW_OUTPUTS:
        return FewOutputs(shape, machine)
    return None


def _empty(x: Tensor, shape: Shape) -> Tensor:
    """Room for as many images as x has, channels last."""
    height, width, channels = shape
    return torch.empty((len(x), channels, height, width), dtype=x.dtype, device=x.device, memory_format=torch.channels_last)


def _room(spare: list[Tensor], size: int) -> Tensor:
    """(threads, size) floats that the code calls its own: what an earlier call has left, or else zeros; nobody writes on borders."""
    while spare:
        room = spare.pop()
        if len(room) == torch.get_num_threads():
            return room
    return torch.zeros(torch.get_num_threads(), size, device="cpu", dtype=torch.float32)


def _whole_lines(size: int) -> int:
    return -(-size // CACHE_LINE) * CACHE_LINE


def _taps(plan: Correlation, weight: Tensor, inputs_first: bool) -> Tensor:
    """(taps, inputs * outputs) of a weight, whose first axis may be its inputs."""
    inputs, outputs = (0, 1) if inputs_first else (1, 0)
    return plan.taps @ weight.permute(2, 3, inputs, outputs).reshape(plan.kernel**2, -1)


def _places(plan: Correlation, machine: Unit) -> list[np.ndarray]:
    """For every phase the two tables of places that the code reads."""
    shapes = [(phase, vector_unit.tile(machine, plan.output[2], phase.outputs)) for phase in plan.phases]
    return [table for phase, shape in shapes for table in plan.places(phase, shape.rows if shape else ROWS)]


def _tables(code: Function, places: list[np.ndarray]) -> Tables:
    """Their addresses, two by two."""
    return [(code.integers(), code.integers()) for _ in range(len(places) // 2)]


def _parts(code: Function, floats: Value, sizes: list[int]) -> list[Value]:
    """Floats cut to pieces."""
    return [code.part(floats, code.add(begin)) for begin in accumulate([0, *sizes[:-1]])]


def _image(code: Function, images: Value, shape: Shape, number: Value) -> Value:
    """One of some images."""
    return code.part(images, code.times(number, math.prod(shape)))


def _pairs_size(plan: Correlation) -> int:
    """Floats of the sums of rows, two by two, of an image of outputs."""
    height, width, channels = plan.output
    return -(-height // 2) * width * channels if plan.strips else 0


def _corner(plan: Correlation) -> int:
    """Where an image begins inside its border."""
    return (plan.border[0] * plan.padded[1] + plan.border[1]) * plan.input[2]


def _pad(code: Function, plan: Correlation, x: Value, padded: Value) -> None:
    """Copy an image inside its border of zeros."""
    height, width, channels = plan.input
    with code.loop(0, height) as row:
        place = code.add(code.times(row, plan.padded[1] * channels), _corner(plan))
        code.copy(padded, place, x, code.times(row, width * channels), width * channels)


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
            lanes = vector_unit.tile(machine, plan.input[2], 1).lanes
            with code.loop(0, size, lanes) as place:
                one, other = (code.load(padded, code.add(start, place), lanes) for start in (plus, minus))
                code.store(code.difference(one, other), padded, code.add(target, place))


def _add_pairs(code: Function, plan: Correlation, machine: Unit, seen: Value, pairs: Value, row_size: int) -> None:
    """Sums of an image's rows two by two; where the last is alone, it."""
    height, width, channels = plan.output
    lanes = vector_unit.tile(machine, channels, 1).lanes
    with code.loop(0, height // 2) as pair, code.loop(0, width * channels, lanes) as place:
        upper = code.add(code.times(pair, 2 * row_size), place)
        one, other = (code.load(seen, start, lanes) for start in (upper, code.add(upper, row_size)))
        code.store(code.sum(one, other), pairs, code.add(code.times(pair, width * channels), place))
    if height % 2:
        with code.loop(height - 1, height) as row:
            code.copy(pairs, code.add(height // 2 * width * channels), seen, code.times(row, row_size), width * channels)


def _pad_gradient(code: Function, back: Correlation, machine: Unit, arrays: tuple[Value, Value | None, Value, Value | None]) -> None:
    """Copy the gradient of an image inside its border of zeros, as far as a ReLU let it through, and add it up by channel."""
    gradient, y, padded, by_channel = arrays
    height, width, channels = back.input
    shape = vector_unit.tile(machine, channels, 1)
    offsets = [vector * shape.lanes for vector in range(shape.vectors)]
    with code.loop(0, channels, shape.width) as channel:
        sums = [code.variable(code.load(by_channel, code.add(channel, offset), shape.lanes)) for offset in offsets] if by_channel else []
        with code.loop(0, height) as row, code.loop(0, width) as column:
            pixel = code.add(code.times(row, width), column)
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
    tables: Tables,
    relu: bool,
) -> None:
    """All outputs of a padded image, tile by tile of places and channels."""
    padded, taps, bias, y = arrays
    _, width, channels = plan.output
    row_size = plan.padded[1] * plan.input[2]
    for phase, (begins, lies) in zip(plan.phases, tables, strict=True):
        band, shape = phase.band, vector_unit.tile(machine, channels, phase.outputs)
        depth = len(phase.columns) * plan.input[2]
        with code.loop(0, channels, shape.width) as channel, code.loop(0, phase.outputs, shape.rows) as place:
            rows = [code.add(place, row) for row in range(shape.rows)]
            starts = [code.entry(begins, row) for row in rows]
            pixels = [code.add(code.entry(lies, row), channel) for row in rows]
            weights = code.add(channel, phase.first_tap * plan.input[2] * channels)

            def begin(
                row: int,
                offset: Value,
                channel: Value = channel,
                pixels: list[Value] = pixels,
                above: int | None = band.above,
                lanes: int = shape.lanes,
            ) -> Value:
                if above is not None:
                    return code.load(y, code.add(pixels[row], offset, -above * width * channels), lanes)
                return code.zeros(lanes) if bias is None else code.load(bias, code.add(channel, offset), lanes)

            found = code.multiply(
                shape, begin, (padded, starts, (row_size, 1)), (taps, weights, (depth * channels, channels)), (len(band.taps), depth)
            )
            for pixel, vectors in zip(pixels, found, strict=True):
                for number, vector in enumerate(vectors):
                    kept = code.positive(vector) if relu and not band.shared else vector
                    code.store(kept, y, code.add(pixel, number * shape.lanes))


def _correlate_to_few(code: Function, plan: Correlation, machine: Unit, arrays: tuple[Value, Value, Value], tables: Tables) -> None:
    """All outputs of a padded image, each a dot product."""
    padded, taps, y = arrays
    lanes, channels = vector_unit.tile(machine, plan.input[2], 1).lanes, plan.output[2]
    for phase, (begins, lies) in zip(plan.phases, tables, strict=True):
        depth = len(phase.columns) * plan.input[2]
        with code.loop(0, channels) as channel, code.loop(0, phase.outputs, ROWS) as place:
            rows = [code.add(place, row) for row in range(ROWS)]
            weights = code.add(code.times(channel, len(plan.taps) * plan.input[2]), phase.first_tap * plan.input[2])
            left = (padded, [code.entry(begins, row) for row in rows], plan.padded[1] * plan.input[2])
            totals = code.dot(lanes, left, (taps, weights, depth), (len(phase.band.taps), depth))
            for row, total in zip(rows, totals, strict=True):
                code.store_number(total, y, code.add(code.entry(lies, row), channel))


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
        shape = vector_unit.tile(machine, outputs, count)
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

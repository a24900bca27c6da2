"""The loops of a convolution's code for one image, written for its plan. Knows no weight's order and no batch."""

import math
from dataclasses import dataclass

import numpy as np

from vae_core.acceleration.control import Value
from vae_core.acceleration.conv_plan import ConvPlan, Phase
from vae_core.acceleration.function import Function
from vae_core.acceleration.products import Initial, Strided, dot_products, multiply_tile
from vae_core.acceleration.vector_unit import Tile, Unit, tile, tile_of

DOT_PRODUCT_ROWS = 8

OffsetTables = list[tuple[Value, Value]]


@dataclass(frozen=True)
class Operands:
    """What a correlation reads, a padded image, a weight and a bias, and where its outputs go."""

    padded: Value
    weight: Value
    bias: Value | None
    y: Value


@dataclass(frozen=True)
class Factors:
    """What the gradient of a weight is made of: a padded image, gradients with `row_size` floats a row, sums of pairs of their rows."""

    padded: Value
    gradient: Value
    pair_sums: Value
    row_size: int


def offset_tables(plan: ConvPlan, machine: Unit) -> list[np.ndarray]:
    """For every phase the two tables of offsets that the code reads."""
    shapes = [(phase, tile(machine, plan.output[2], phase.outputs)) for phase in plan.phases]
    return [table for phase, shape in shapes for table in plan.offsets(phase, shape.rows if shape else DOT_PRODUCT_ROWS)]


def pair_sums_size(plan: ConvPlan) -> int:
    """Floats of the sums of pairs of rows of an image of outputs."""
    height, width, channels = plan.output
    return -(-height // 2) * width * channels if plan.extra_rows else 0


def corner(plan: ConvPlan) -> int:
    """Where an image begins inside its border."""
    return (plan.border[0] * plan.padded[1] + plan.border[1]) * plan.input[2]


def image(code: Function, images: Value, shape: tuple[int, ...], number: Value) -> Value:
    """One of some images."""
    return code.part(images, code.times(number, math.prod(shape)))


def pad(code: Function, plan: ConvPlan, x: Value, padded: Value) -> None:
    """Copy an image inside its border of zeros."""
    height, width, channels = plan.input
    with code.loop(0, height) as row:
        start = code.add(code.times(row, plan.padded[1] * channels), corner(plan))
        code.copy(padded, start, x, code.times(row, width * channels), width * channels)


def append_rows(code: Function, plan: ConvPlan, machine: Unit, padded: Value) -> None:
    """Make the rows that are appended to a padded image."""
    size = plan.padded[1] * plan.input[2]
    for rows in plan.extra_rows:
        with code.loop(0, rows.count) as number:
            target = code.times(code.add(code.times(number, rows.step), rows.first), size)
            plus = code.times(code.add(code.times(number, rows.input_step), rows.plus), size)
            if rows.minus is None:
                code.copy(padded, target, padded, plus, size)
                continue
            minus = code.times(code.add(code.times(number, rows.input_step), rows.minus), size)
            lanes = tile_of(machine, plan.input[2]).lanes
            with code.loop(0, size, lanes) as offset:
                one, other = (code.load(padded, code.add(start, offset), lanes) for start in (plus, minus))
                code.store(code.difference(one, other), padded, code.add(target, offset))


def add_pairs_of_rows(code: Function, plan: ConvPlan, machine: Unit, rows: Value, pair_sums: Value, row_size: int) -> None:
    """Sums of pairs of an image's rows; an odd last row is copied."""
    height, width, channels = plan.output
    lanes = tile_of(machine, channels).lanes
    with code.loop(0, height // 2) as pair, code.loop(0, width * channels, lanes) as offset:
        upper = code.add(code.times(pair, 2 * row_size), offset)
        one, other = (code.load(rows, start, lanes) for start in (upper, code.add(upper, row_size)))
        code.store(code.sum(one, other), pair_sums, code.add(code.times(pair, width * channels), offset))
    if height % 2:
        with code.loop(height - 1, height) as row:
            code.copy(pair_sums, code.add(height // 2 * width * channels), rows, code.times(row, row_size), width * channels)


def pad_gradient(
    code: Function, plan: ConvPlan, machine: Unit, gradient: Value, y: Value | None, padded: Value, grad_bias: Value | None
) -> None:
    """Copy an image's gradient inside its border of zeros, where a ReLU's output `y` is positive, and add it up by channel."""
    height, width, channels = plan.input
    shape = tile_of(machine, channels)
    offsets = [vector * shape.lanes for vector in range(shape.vectors)]
    with code.loop(0, channels, shape.width) as channel:
        sums = (
            [code.variable(code.load(grad_bias, code.add(channel, offset), shape.lanes)) for offset in offsets]
            if grad_bias is not None
            else []
        )
        with code.loop(0, height) as row, code.loop(0, width) as column:
            pixel = code.add(code.times(row, width), column)
            start = code.add(channel, code.times(row, plan.padded[1] * channels), code.times(column, channels), corner(plan))
            sources = [code.add(code.times(pixel, channels), channel, offset) for offset in offsets]
            vectors = [code.load(gradient, source, shape.lanes) for source in sources]
            if y is not None:
                signs = [code.load(y, source, shape.lanes) for source in sources]
                vectors = [code.where_positive(sign, vector) for sign, vector in zip(signs, vectors, strict=True)]
            for vector, offset in zip(vectors, offsets, strict=True):
                code.store(vector, padded, code.add(start, offset))
            for total, vector in zip(sums, vectors, strict=False):
                code.increase(total, vector)
        for total, offset in zip(sums, offsets, strict=False):
            code.store(code.value(total), grad_bias, code.add(channel, offset))


def correlate(code: Function, plan: ConvPlan, machine: Unit, operands: Operands, tables: OffsetTables, relu: bool) -> None:
    """All outputs of a padded image, tile by tile of outputs and channels."""
    channels = plan.output[2]
    for phase, (inputs, outputs) in zip(plan.phases, tables, strict=True):
        shape = tile_of(machine, channels, phase.outputs)
        with code.loop(0, channels, shape.width) as channel, code.loop(0, phase.outputs, shape.rows) as first:
            rows = [code.add(first, row) for row in range(shape.rows)]
            starts = [code.entry(inputs, row) for row in rows]
            targets = [code.add(code.entry(outputs, row), channel) for row in rows]
            found = _correlate_tile(code, plan, phase, shape, operands, channel, starts, targets)
            for target, vectors in zip(targets, found, strict=True):
                for number, vector in enumerate(vectors):
                    kept = code.positive(vector) if relu and not phase.block.is_shared else vector
                    code.store(kept, operands.y, code.add(target, number * shape.lanes))


def _correlate_tile(
    code: Function, plan: ConvPlan, phase: Phase, shape: Tile, operands: Operands, channel: Value, starts: list[Value], targets: list[Value]
) -> list[list[Value]]:
    _, width, channels = plan.output
    depth = len(phase.kernel_columns) * plan.input[2]

    def initial(row: int, offset: Value) -> Value:
        if phase.block.added_to is not None:
            above = -phase.block.added_to * width * channels
            return code.load(operands.y, code.add(targets[row], offset, above), shape.lanes)
        bias = operands.bias
        return code.zeros(shape.lanes) if bias is None else code.load(bias, code.add(channel, offset), shape.lanes)

    first = code.add(channel, phase.first_position * plan.input[2] * channels)
    left = Strided(operands.padded, (plan.padded[1] * plan.input[2], 1))
    right = Strided(operands.weight, (depth * channels, channels))
    return multiply_tile(code, shape, initial, left, starts, right, first, (len(phase.block.kernel_rows), depth))


def correlate_to_few(code: Function, plan: ConvPlan, machine: Unit, operands: Operands, tables: OffsetTables) -> None:
    """All outputs of a padded image, each a dot product."""
    lanes, channels = tile_of(machine, plan.input[2]).lanes, plan.output[2]
    for phase, (inputs, outputs) in zip(plan.phases, tables, strict=True):
        depth = len(phase.kernel_columns) * plan.input[2]
        with code.loop(0, channels) as channel, code.loop(0, phase.outputs, DOT_PRODUCT_ROWS) as first:
            rows = [code.add(first, row) for row in range(DOT_PRODUCT_ROWS)]
            weights = code.add(code.times(channel, len(plan.positions) * plan.input[2]), phase.first_position * plan.input[2])
            left, right = Strided(operands.padded, (plan.padded[1] * plan.input[2], 1)), Strided(operands.weight, (depth, 1))
            counts = len(phase.block.kernel_rows), depth
            totals = dot_products(code, lanes, left, [code.entry(inputs, row) for row in rows], right, weights, counts)
            for row, total in zip(rows, totals, strict=True):
                code.store_number(total, operands.y, code.add(code.entry(outputs, row), channel))


def accumulate_grad_weight(code: Function, plan: ConvPlan, machine: Unit, factors: Factors, grad_weight: Value) -> None:
    """Add an image's part to the gradient of every kernel position: the sum over pixels of inputs times gradients of outputs."""
    inputs, outputs = plan.input[2], plan.output[2]
    padded_row = plan.padded[1] * inputs
    for phase in plan.phases:
        block, depth = phase.block, len(phase.kernel_columns) * inputs
        count = len(block.kernel_rows) * depth
        shape = tile_of(machine, outputs, count)
        corner_of_phase = block.first_input * padded_row + phase.first_input * inputs
        with code.loop(0, outputs, shape.width) as channel, code.loop(0, count, shape.rows) as begun:
            rows = [code.lesser(code.add(begun, row), count - 1) for row in range(shape.rows)]
            parts = [code.divide(row, depth) for row in rows]
            starts = [code.add(code.times(r, padded_row), rest, corner_of_phase) for r, rest in parts]
            first = code.add(channel, phase.first_position * inputs * outputs)
            targets = [code.add(code.times(row, outputs), first) for row in rows]

            def initial(row: int, offset: Value, targets: list[Value] = targets, lanes: int = shape.lanes) -> Value:
                return code.load(grad_weight, code.add(targets[row], offset), lanes)

            found = _grad_weight_tile(code, plan, phase, shape, factors, channel, starts, initial)
            for target, vectors in zip(targets, found, strict=True):
                for number, vector in enumerate(vectors):
                    code.store(vector, grad_weight, code.add(target, number * shape.lanes))


def _grad_weight_tile(
    code: Function, plan: ConvPlan, phase: Phase, shape: Tile, factors: Factors, channel: Value, starts: list[Value], initial: Initial
) -> list[list[Value]]:
    block, outputs, padded_row = phase.block, plan.output[2], plan.padded[1] * plan.input[2]
    if block.is_shared:
        gradient, first_row, row_step = factors.pair_sums, 0, plan.output[1] * outputs
    else:
        gradient, first_row, row_step = factors.gradient, block.first_output * factors.row_size, block.output_step * factors.row_size
    left = Strided(factors.padded, (block.input_step * padded_row, plan.stride * plan.input[2]))
    right = Strided(gradient, (row_step, plan.output_step * outputs))
    first = code.add(channel, first_row + phase.first_output * outputs)
    return multiply_tile(code, shape, initial, left, starts, right, first, (block.height, phase.width))

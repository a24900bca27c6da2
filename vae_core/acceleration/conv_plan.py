"""Which inputs of a convolution are multiplied with which kernel positions. Knows no machine code and no batch.

Both a convolution and a transposed one are correlations of a padded image with a kernel; where outputs are further apart than
inputs (a transposed convolution of stride 2), the outputs of each residue modulo the stride, a *phase*, use their own few positions of
the kernel. Rows of outputs that share inputs are made in pairs, from fewer products.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

Shape = tuple[int, int, int]  # height, width, channels


@dataclass(frozen=True)
class RowBlock:
    """Rows of outputs that use the same rows of the kernel."""

    kernel_rows: tuple[tuple[int, ...], ...]  # for every product, the rows of the kernel whose sum is the factor
    first_input: int  # row of the padded input
    input_step: int  # rows of the padded input between an output and the next
    height: int  # outputs
    first_output: int
    output_step: int
    added_to: int | None = None  # what this many rows above an output holds is added; None: nothing, or the bias
    is_shared: bool = False  # its sums are part of an output and of the next, which lies half of `output_step` below


@dataclass(frozen=True)
class ExtraRows:
    """Rows appended to a padded input: each is a row of it, less another one where `minus` says which."""

    first: int
    step: int
    plus: int
    minus: int | None
    input_step: int
    count: int


@dataclass(frozen=True)
class Phase:
    """Outputs of a block that use the same columns of the kernel."""

    block: RowBlock
    kernel_columns: tuple[int, ...]
    first_input: int  # column of the padded input
    width: int  # outputs
    first_output: int
    first_position: int

    @property
    def outputs(self) -> int:
        """How many."""
        return self.block.height * self.width


@dataclass(frozen=True)
class ConvPlan:
    """The products that make the outputs, phase by phase."""

    input: Shape
    output: Shape
    kernel: int
    stride: int  # columns of the padded input between outputs of a phase
    output_step: int  # columns between outputs of a phase
    border: tuple[int, int]  # zeros above and to the left
    padded: tuple[int, int]  # height and width with all zeros
    extra_rows: tuple[ExtraRows, ...]
    phases: tuple[Phase, ...]

    @property
    def padded_size(self) -> int:
        """Floats of a padded input and of the rows appended to it."""
        height = max([self.padded[0], *(rows.first + (rows.count - 1) * rows.step + 1 for rows in self.extra_rows)])
        return height * self.padded[1] * self.input[2]

    @cached_property
    def positions(self) -> Tensor:
        """(positions, kernel ** 2), phase after phase: one where a number of the kernel is part of a factor."""
        places = [(rows, column) for phase in self.phases for rows in phase.block.kernel_rows for column in phase.kernel_columns]
        parts = torch.zeros(len(places), self.kernel, self.kernel, device="cpu", dtype=torch.float32)
        for position, (rows, column) in enumerate(places):
            parts[position, list(rows), column] = 1.0
        return parts.flatten(1)

    def offsets(self, phase: Phase, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Offsets of every output of a phase: where its inputs begin, and where it lies; in whole tiles of `rows` (the last repeats)."""
        block, count = phase.block, phase.outputs
        i, j = np.divmod(np.minimum(np.arange(-(-count // rows) * rows), count - 1), phase.width)
        inputs = (block.first_input + i * block.input_step) * self.padded[1] + phase.first_input + j * self.stride
        outputs = (block.first_output + i * block.output_step) * self.output[1] + phase.first_output + j * self.output_step
        return inputs * self.input[2], outputs * self.output[2]


def conv_plan(image: Shape, output: Shape, kernel: int, stride: int, padding: int, paired: bool) -> ConvPlan:
    """A convolution: output i sees inputs i * stride - padding and on."""
    padded = [max((after - 1) * stride + kernel, before + padding) for before, after in zip(image[:2], output[:2], strict=True)]
    block = RowBlock(tuple((row,) for row in range(kernel)), 0, stride, output[0], 0, 1)
    blocks, extra = _paired([block], padded[0]) if paired else ([block], [])
    phases = _phases(blocks, [(list(range(kernel)), 0, output[1])])
    return ConvPlan(image, output, kernel, stride, 1, (padding, padding), (padded[0], padded[1]), tuple(extra), phases)


def conv_transpose_plan(image: Shape, output: Shape, kernel: int, stride: int, padding: int, paired: bool) -> ConvPlan:
    """A transposed convolution: input i falls on outputs i * stride - padding and on."""
    axes = [_residues(kernel, stride, padding, side) for side in output[:2]]
    border = [max(0, -min(first for _, first, _ in residues)) for residues in axes]
    padded = [
        max(zeros + side, max(zeros + first + len(positions) + outputs - 1 for positions, first, outputs in residues))
        for zeros, side, residues in zip(border, image[:2], axes, strict=True)
    ]
    blocks = [
        RowBlock(tuple((row,) for row in rows), border[0] + first, 1, height, residue, stride)
        for residue, (rows, first, height) in enumerate(axes[0])
    ]
    blocks, extra = _paired(blocks, padded[0]) if paired else (blocks, [])
    phases = _phases(blocks, [(columns, border[1] + first, width) for columns, first, width in axes[1]])
    return ConvPlan(image, output, kernel, 1, stride, (border[0], border[1]), (padded[0], padded[1]), tuple(extra), phases)


def _residues(kernel: int, stride: int, padding: int, side: int) -> list[tuple[list[int], int, int]]:
    """Along one axis, for outputs 0, 1, ... modulo the stride: kernel positions by the input met, the first input, how many outputs."""
    found = []
    for residue in range(stride):
        met = sorted(
            ((residue + padding - position) // stride, position)
            for position in range(kernel)
            if (residue + padding - position) % stride == 0
        )
        found.append(([position for _, position in met], met[0][0] if met else 0, len(range(residue, side, stride))))
    return found


def _paired(blocks: list[RowBlock], height: int) -> tuple[list[RowBlock], list[ExtraRows]]:
    """The same outputs by fewer products, from a padded input of so many rows and the rows appended to it.

    Two rows of outputs that share an input d1 at two kernel rows, y0 = d0 g0 + d1 g1 and y1 = d1 g0 + d2 g1, are
    m + (d0 - d1) g0 and m + (d2 - d1) g1 with m = d1 (g0 + g1): three products for four (Winograd 1980, "Arithmetic complexity
    of computations", F(2, 2)).
    """
    made: list[RowBlock] = []
    extra: list[ExtraRows] = []
    for block in blocks:
        pairs, single = _pairs(len(block.kernel_rows), block.input_step) if block.height > 1 else ([], [])
        if not pairs:
            made.append(block)
            continue
        half = block.height // 2
        whole, shared, lower, upper = block.height - half, *_factors(block, pairs, single)
        for factors, count, first, added_to in (
            (shared, whole, 0, None),
            (lower, half, block.output_step, block.output_step),
            (upper, whole, 0, 0),
        ):
            rows = tuple(kernel_rows for _, _, kernel_rows in factors)
            start = height + sum(some.count for some in extra)
            made.append(
                RowBlock(
                    rows,
                    start,
                    len(factors),
                    count,
                    block.first_output + first,
                    2 * block.output_step,
                    added_to,
                    is_shared=added_to is None,
                )
            )
            extra += [
                ExtraRows(start + number, len(factors), plus, minus, 2 * block.input_step, count)
                for number, (plus, minus, _) in enumerate(factors)
            ]
    return made, extra


Factor = tuple[int, int | None, tuple[int, ...]]  # a row of the input, one that is subtracted from it, and the kernel's rows


def _factors(block: RowBlock, pairs: list[tuple[int, int]], single: list[int]) -> tuple[list[Factor], list[Factor], list[Factor]]:
    """What is multiplied for both rows of a pair of outputs, for the lower and for the upper one."""
    row, step, kernel_rows = block.first_input, block.input_step, block.kernel_rows
    shared: list[Factor] = [(row + second, None, kernel_rows[first] + kernel_rows[second]) for first, second in pairs]
    lower: list[Factor] = [(row + step + second, row + step + first, kernel_rows[second]) for first, second in pairs]
    upper: list[Factor] = [(row + first, row + second, kernel_rows[first]) for first, second in pairs]
    lower += [(row + step + one, None, kernel_rows[one]) for one in single]
    upper += [(row + one, None, kernel_rows[one]) for one in single]
    return shared, lower, upper


def _pairs(count: int, difference: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Numbers below `count` that differ by `difference`, two by two, and those left over."""
    left, pairs, single = list(range(count)), [], []
    while left:
        number = left.pop(0)
        if number + difference in left:
            left.remove(number + difference)
            pairs.append((number, number + difference))
        else:
            single.append(number)
    return pairs, single


def _phases(blocks: list[RowBlock], columns: list[tuple[list[int], int, int]]) -> tuple[Phase, ...]:
    """Every block with every residue of columns: the kernel's, the first input, how many outputs."""
    phases: list[Phase] = []
    first_position = 0
    for block in blocks:
        for residue, (kernel_columns, first_input, width) in enumerate(columns):
            phases.append(Phase(block, tuple(kernel_columns), first_input, width, residue, first_position))
            first_position += len(block.kernel_rows) * len(kernel_columns)
    return tuple(phases)

"""What is multiplied with what in a convolution: its rows, columns and taps. Knows no machine code and no batch.

Both a convolution and a transposed one are correlations of an image inside a border of zeros with a kernel; where outputs
are further apart than inputs (a transposed convolution of stride 2), every residue of their places, a *phase*, has its own
few taps of the kernel. Rows of outputs that share inputs are made two by two, from fewer products.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

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

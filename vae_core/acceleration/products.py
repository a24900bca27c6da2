"""Matrix products in registers: a tile of a product, and dot products. Knows no convolution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vae_core.acceleration.control import Value, constant
from vae_core.acceleration.function import Function
from vae_core.acceleration.vector_unit import Tile

Initial = Callable[[int, Value], Value]  # of a row and an offset in it, the vector that a sum begins with


@dataclass(frozen=True)
class Strided:
    """Floats that are read in two loops, so many apart in the outer and in the inner one."""

    floats: Value
    steps: tuple[int, int]

    def offset(self, code: Function, i: Value, j: Value) -> Value:
        """How far from the start the loops have come."""
        return code.add(code.times(i, self.steps[0]), code.times(j, self.steps[1]))


def multiply_tile(
    code: Function,
    shape: Tile,
    initial: Initial,
    left: Strided,
    starts: Sequence[Value],
    right: Strided,
    first: Value,
    counts: tuple[int, int],
) -> list[list[Value]]:
    """Write one tile of a matrix product, in registers.

    Georganas et al. 2018, "Anatomy of high-performance deep learning convolutions on SIMD architectures".

    Args:
        code: The function being written.
        shape: The tile.
        initial: What the sums begin with.
        left: Single floats; row r of the tile reads them from `starts[r]` on.
        starts: For every row of the tile, where its floats begin.
        right: Vectors, read from `first` on.
        first: Where the vectors begin.
        counts: How often the outer and the inner loop run.

    Returns:
        For every row, its vectors: initial(r, offset) + sum over i, j of left[starts[r] + offset(i, j)] * right[first + offset(i, j)].
    """
    offsets = [vector * shape.lanes for vector in range(shape.vectors)]
    sums = [[code.variable(initial(row, constant(offset))) for offset in offsets] for row in range(shape.rows)]
    with code.loop(0, counts[0]) as i, code.loop(0, counts[1]) as j:
        moved, place = left.offset(code, i, j), code.add(first, right.offset(code, i, j))
        vectors = [code.load(right.floats, code.add(place, offset), shape.lanes) for offset in offsets]
        for start, totals in zip(starts, sums, strict=True):
            factor = code.broadcast(code.entry(left.floats, code.add(start, moved)), shape.lanes)
            for total, vector in zip(totals, vectors, strict=True):
                code.assign(total, code.multiply_add(factor, vector, code.value(total)))
    return [[code.value(total) for total in row] for row in sums]


def dot_products(
    code: Function, lanes: int, left: Strided, starts: Sequence[Value], right: Strided, first: Value, counts: tuple[int, int]
) -> list[Value]:
    """For each of the starts, the sum over i < counts[0], j < counts[1] of left[start + offset(i, j)] * right[first + offset(i, j)].

    Inner steps are 1, and `counts[1]` is a multiple of `lanes`.
    """
    sums = [code.variable(code.zeros(lanes)) for _ in starts]
    with code.loop(0, counts[0]) as i, code.loop(0, counts[1], lanes) as j:
        factor = code.load(right.floats, code.add(first, right.offset(code, i, j)), lanes)
        for total, start in zip(sums, starts, strict=True):
            vector = code.load(left.floats, code.add(start, left.offset(code, i, j)), lanes)
            code.assign(total, code.multiply_add(vector, factor, code.value(total)))
    return [code.horizontal_sum(code.value(total)) for total in sums]

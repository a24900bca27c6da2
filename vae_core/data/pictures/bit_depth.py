"""Sixteen-bit pictures as eight bits: how many bits their values really use, and how they are scaled.

Cameras and microscopes store ten or twelve bits in files of sixteen; shown as they are, such pictures are black.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

FULL = 16
_ENOUGH = 1 << 14  # a value in the upper three quarters of the range: nothing is to be scaled


@dataclass(frozen=True)
class Brightest:
    """The largest value of a sixteen-bit picture, and the bits that its file promises (0: it promises none)."""

    value: int
    promised: int = 0

    def __or__(self, other: "Brightest") -> "Brightest":
        return Brightest(max(self.value, other.value), max(self.promised, other.promised))

    @property
    def bits(self) -> int:
        """How many bits the values use: what is promised, if it is kept, else as few as hold the largest value, if that is small."""
        least = max(1, self.value.bit_length())
        if least <= self.promised < FULL:
            return self.promised
        return FULL if self.value >= _ENOUGH or self.value == 0 or self.promised == FULL else least


def of_all(pictures: Iterable[Brightest | None]) -> int:
    """How many bits the values of a set's sixteen-bit pictures use; it looks no further than it must."""
    found = Brightest(0)
    for one in pictures:
        found |= one or Brightest(0)
        if found.value >= _ENOUGH:
            break
    return found.bits


def eight_bits(values: np.ndarray, bits: int) -> np.ndarray:
    """uint8 of unsigned whole numbers of so many bits."""
    most = (1 << bits) - 1
    scaled: np.ndarray = (np.minimum(values, most).astype(np.uint32) * 255 + most // 2) // most
    return scaled.astype(np.uint8)

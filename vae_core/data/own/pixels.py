"""A member's file as the pixels of a set; sixteen-bit pictures keep their relative brightness. Knows no archive's format."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import numpy as np

from vae_core.data.own.archives import Archive
from vae_core.data.own.folders import Folder
from vae_core.data.own.members import Member
from vae_core.data.own.sources import Unusable
from vae_core.data.pictures.bit_depth import FULL, Brightest, of_all
from vae_core.errors import ImageError

Shape = tuple[int, int, int]
ONE_PICTURE = (Unusable, ImageError)
"""What concerns one picture and not the others."""


def picture(file: bytes, image_shape: Shape, fit: str, bits: int = 0) -> np.ndarray:
    """A picture file as uint8 (C, H, W); `bits` is how many of sixteen the set's pictures use. Raises ImageError."""
    from vae_core.data.pictures.preparation import Preparation, decode, prepare

    return prepare(decode(file, "it", bits), image_shape, Preparation(fit=fit)).image


def bits_for(file: bytes, source: Archive | Folder, members: Sequence[Member], report: Callable[[], None] = lambda: None) -> int:
    """How many bits all sixteen-bit pictures among the members use, so that they keep their relative brightness; 0 if `file` is none."""
    from vae_core.data.pictures.preparation import brightest, has_sixteen_bits

    def measured() -> Iterator[Brightest | None]:
        for member in members:
            report()
            with suppress(*ONE_PICTURE):
                yield None if member.problem else brightest(source.read(member.place))

    return of_all(measured()) if has_sixteen_bits(file) else 0


def brightened(bits: int) -> tuple[str, ...]:
    """What is said of a set whose sixteen-bit pictures use so many bits (0: there are none)."""
    return (f"Its 16-bit pictures use {bits} bits and were brightened, all alike",) if 0 < bits < FULL else ()

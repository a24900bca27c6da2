"""A person's picture file: decoded once, then made a model's input in as many ways as they try. Knows no model, data set or page."""

from functools import cached_property

import numpy as np

from vae_core.data.catalogue import DatasetFacts
from vae_core.data.pictures.decoding import decode
from vae_core.data.pictures.preparation import MAX_SHOWN, Preparation, Prepared, prepare, suggest, within

MAX_PREPARED = 4
"""Ways in which a picture file is prepared that are kept."""


class PictureFile:
    """A decoded picture file and what was made of it. Any thread may ask; arrays are not to be changed."""

    def __init__(self, content: bytes, title: str = "the image") -> None:
        """Decode a file; `title` names it in refusals. Raises ImageError for what is no picture, damaged or too large."""
        self._decoded = decode(content, title)
        self._prepared: dict[tuple[tuple[int, int, int], Preparation], Prepared] = {}

    @cached_property
    def upright(self) -> np.ndarray:
        """The whole picture for a person to look at: uint8 (H, W) or (H, W, 3), at most 512 pixels a side."""
        return np.asarray(within(self._decoded, MAX_SHOWN))

    def suggest(self, image_shape: tuple[int, int, int], facts: DatasetFacts) -> Preparation:
        """What fits the picture to a data set's images (C, H, W); only handwriting is cut out and centred."""
        how = suggest(self._decoded, image_shape, background=facts.background)
        return how if facts.handwritten else Preparation(invert=how.invert)

    def prepare(self, image_shape: tuple[int, int, int], how: Preparation) -> Prepared:
        """The picture as a model's input (C, H, W), step by step; the newest few ways are kept."""
        way = image_shape, how
        if way not in self._prepared:
            kept = list(self._prepared.items())[1 - MAX_PREPARED :]
            self._prepared = {**dict(kept), way: prepare(self._decoded, image_shape, how)}
        return self._prepared[way]

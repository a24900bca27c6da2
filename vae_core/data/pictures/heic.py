"""HEIC images through pillow_heif's own decoder; its Python part would also read all metadata, however long. Knows no limits of ours."""

import math
import re

import numpy as np
from PIL import Image

_OVERLAY = re.compile(rb"infe.{8,10}iovl", re.DOTALL)
_MAX_TILED_PIXELS = 50_000_000
_PLANES = {1: 1.5, 2: 2.0, 3: 3.0}  # values a pixel as they are coded, by how coarse the colours are


class Picture:
    """The main picture of a HEIC file: its size, then its pixels, which can be cut as those of an image. It lies upright.

    Raises ValueError, EOFError, SyntaxError, RuntimeError or OSError for what cannot be read.
    """

    def __init__(self, file: bytes) -> None:
        import _pillow_heif

        if _OVERLAY.search(file):
            raise ValueError("pictures laid over each other may be decoded again and again")
        threads, to_eight_bits, bgr, without_gaps, grey_to_sixteen_bits, unlimited = 1, True, False, True, True, False
        images, *_ = _pillow_heif.load_file(file, threads, to_eight_bits, bgr, without_gaps, grey_to_sixteen_bits, "", unlimited)
        self._image = next(image for image in images if image is not None and image.primary)
        self._refuse_needless_tiles()
        self.size, self.mode = self._image.size_mode
        self.width, self.height = self.size

    @property
    def bytes_per_pixel(self) -> float:
        """What decoding holds: the coded planes and the pixels made of them."""
        planes = _PLANES.get(self._image.chroma, 1.0) + (self.mode[-1] in "Aa")
        return planes * (2 if self._image.bit_depth > 8 else 1) + self._step

    def load(self) -> None:
        """Decode the pixels."""
        data = self._image.data
        if self._image.size_mode != (self.size, self.mode):
            raise ValueError(f"the picture is not {self.size}, as was said")
        self._rows = np.frombuffer(data, np.uint8).reshape(self.height, self._image.stride)

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """A part of the loaded picture: left, top, right, bottom."""
        left, top, right, bottom = box
        part = self._rows[top:bottom, self._step * left : self._step * right]
        return Image.frombytes(self.mode, (right - left, bottom - top), part.tobytes())

    @property
    def _step(self) -> int:
        """Bytes from one pixel to the next."""
        return Image.getmodebands(self.mode) * (2 if "16" in self.mode else 1)

    def _refuse_needless_tiles(self) -> None:
        tiles = self._image.tiling or {}
        if math.prod(tiles.get(side, 0) for side in ("num_columns", "num_rows", "tile_width", "tile_height")) > _MAX_TILED_PIXELS:
            raise ValueError("the tiles hold far more than the picture")

"""An opened picture: how bright its sixteen bits are, and how it becomes a plain one, L or RGB. Reads no file.

Everything is done in strips, so that no second copy of a picture is large.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from vae_core.data.pictures import bit_depth, heic, png, tiff
from vae_core.data.pictures.bit_depth import Brightest

STRIP = 64  # rows
_MAX_EXACT_PIXELS = 4_000_000  # of sixteen-bit colours that are dark; of larger pictures, the upper eight bits are stretched
_SIXTEEN_BIT_MODES = ("I", "I;16", "I;16B", "I;16L")
_GREY_MODES = ("1", "L", "LA", "La", *_SIXTEEN_BIT_MODES)
_LEFT_IS_FAR, _TOP_IS_FAR = (2, 3, 7, 8), (3, 4, 6, 7)  # orientations whose stored left (top) is the upright picture's right or bottom


@dataclass
class Opened:
    """A decoded picture as it is stored, perhaps halved."""

    picture: Image.Image | heic.Picture
    factor: int
    """By how much it is still to be reduced."""
    turn: int = 1
    """EXIF's orientation."""
    brightest: Brightest | None = None
    """Of sixteen bits only."""
    exact: np.ndarray | None = None
    """uint16 (H, W, C), of dark colours of sixteen bits."""
    zero_is_white: bool = False


def measure(opened: Opened, image: Image.Image, file: bytes, page: tiff.Page | None) -> None:
    """Put down how bright an opened picture of sixteen bits is, and its exact values where they are needed."""
    promised = png.promised_bits(file) if page is None else max(page[tiff.BITS]) % 16
    if image.mode in _SIXTEEN_BIT_MODES:
        opened.zero_is_white = page is not None and page.number(tiff.PHOTOMETRIC, 0) == 0
        strips = (image.crop((0, row, image.width, min(row + STRIP, image.height))) for row in range(0, image.height, STRIP))
        opened.brightest = Brightest(max(int(np.asarray(strip).max()) for strip in strips), promised)
        return
    colours = image.getbands()[: 1 if image.mode in ("L", "LA") else 3]
    high = max(int(np.asarray(image.getchannel(band)).max()) for band in colours)
    opened.brightest = Brightest(257 * high, promised)
    is_plain = page is None and not file[28] and "transparency" not in image.info
    if opened.brightest.bits < bit_depth.FULL and is_plain and image.width * image.height <= _MAX_EXACT_PIXELS:
        opened.exact = png.exact_values(file, {0: 1, 2: 3, 4: 2, 6: 4}[file[25]])
        opened.brightest = Brightest(int(opened.exact[..., : len(colours)].max()), promised)


def plain(opened: Opened, bits: int) -> Image.Image:
    """A new picture, L or RGB, reduced by its factor; made in strips, so that no second copy is large.

    Rows and columns that do not fill a pixel are left out at what is the right and the bottom of the upright picture.
    """
    image, factor = opened.picture, opened.factor
    if opened.exact is not None:
        image, bits = _in_eight_bits(opened.exact, bits), bit_depth.FULL
    width, height = image.width // factor, image.height // factor
    left = image.width % factor if opened.turn in _LEFT_IS_FAR else 0
    top = image.height % factor if opened.turn in _TOP_IS_FAR else 0
    picture = Image.new("L" if image.mode in _GREY_MODES else "RGB", (width, height))
    for row in range(0, height, STRIP):
        end = min(row + STRIP, height)
        strip = image.crop((left, top + factor * row, left + factor * width, top + factor * end))
        if strip.mode in _SIXTEEN_BIT_MODES:
            strip = _grey(strip, bits, opened.zero_is_white)
        elif bits < bit_depth.FULL:
            strip = _stretched(strip, bits)
        picture.paste(_flat(strip, picture.mode).reduce(factor), (0, row))
    return picture


def _in_eight_bits(values: np.ndarray, bits: int) -> Image.Image:
    """Exact colours (H, W, C), with or without transparency, scaled from so many bits."""
    scaled = bit_depth.eight_bits(values, bits)
    if values.shape[2] in (2, 4):
        scaled[..., -1] = values[..., -1] >> 8
    return Image.fromarray(scaled)


def _stretched(image: Image.Image, bits: int) -> Image.Image:
    """Colours of which Pillow has kept the upper eight of sixteen bits."""
    table = bit_depth.eight_bits(257 * np.arange(256), bits).tolist()
    is_clear = image.mode in ("LA", "RGBA")
    return image.point(table * (len(image.getbands()) - is_clear) + list(range(256)) * is_clear)


def _grey(image: Image.Image, bits: int, zero_is_white: bool) -> Image.Image:
    """Sixteen-bit grey as L; the one value that a PNG may declare transparent is white."""
    values = np.asarray(image)
    grey = bit_depth.eight_bits(values, bits)
    if zero_is_white:
        grey = 255 - grey
    if "transparency" in image.info:
        grey[values == image.info["transparency"]] = 255
    return Image.fromarray(grey)


def _flat(image: Image.Image, mode: str) -> Image.Image:
    """A picture of any eight-bit mode as L or RGB; transparency on white."""
    if image.has_transparency_data:
        if image.mode in ("RGBa", "La"):
            image = image.convert({"RGBa": "RGBA", "La": "LA"}[image.mode])
        canvas = Image.new("RGBA", image.size, "white")
        canvas.alpha_composite(image.convert("RGBA"))
        image = canvas
    return image.convert(mode)

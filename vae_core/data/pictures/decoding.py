"""Foreign picture files decoded safely: within limits of bytes, pixels and memory, upright, without transparency, in eight bits.

Knows no model, no data set and no page.
"""

import io
import re
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

from PIL import Image

from vae_core.data.pictures import avif, bit_depth, formats, gif, heic, png, tiff
from vae_core.data.pictures.bit_depth import Brightest
from vae_core.data.pictures.formats import SNIFFED, Format, recognise
from vae_core.data.pictures.opened import Opened, measure, plain
from vae_core.errors import ImageError

__all__ = ["MAX_BYTES", "MAX_PIXELS", "MAX_SIDE", "brightest", "decode", "has_sixteen_bits"]

MAX_BYTES = 10_000_000
MAX_PIXELS = 25_000_000
MAX_SIDE = 12_000

_MAX_WEBP_PIXELS = 8_000_000  # the decoders of WebP and AVIF hold copies beside the picture: 16 bytes a pixel
_MAX_DECODED_BYTES = 115_000_000  # of what else the decoders of TIFF and HEIC hold
_MAX_COEFFICIENT_BYTES = 100_000_000  # a JPEG in several scans is held as coefficients, two bytes each, until the last scan
_MAX_SCANS = 100  # a progressive JPEG has about ten; each costs a pass over all pixels
_MAX_STRIPS = 100_000  # a TIFF of 25 million pixels has no more tiles of 16 x 16
_MAX_KEPT_PIXELS = MAX_PIXELS // 4  # a larger picture is halved: no model sees the difference, and no copy of it is large
_JPEGS = ("JPEG", "MPO")  # Pillow's name for a JPEG with further pictures behind it, as phones make them
_TIFF_COMPRESSIONS = (1, 2, 3, 4, 5, 7, 8, 32_773, 32_946)  # none, fax, LZW, JPEG, Deflate, PackBits
_TIFF_COLOURS = (0, 1, 2, 3, 5, 6)  # grey, RGB, palette, CMYK, YCbCr
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    EOFError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
)  # what the readers raise, or can, for damaged bytes
T = TypeVar("T")
_ONE_AT_A_TIME = threading.Lock()  # many uploads at once need no more memory than one; warning filters belong to the whole process


def decode(file: bytes, title: str = "the image", bits: int = 0) -> Image.Image:
    """Decode the first frame or page of a picture file: upright, L or RGB, transparency on white; above 6.25 megapixels at half its size.

    Args:
        file: the bytes, of whatever format.
        title: what the file is called in a refusal.
        bits: of values of sixteen bits, as how many they are scaled; 0 takes as many as this picture uses.

    Returns:
        The picture; its `info["bits"]` is there if fewer than sixteen bits were used.

    Raises:
        ImageError: and nothing else, for bytes that are no such image, are damaged, or exceed a limit.
    """
    return _safely(lambda known, name: _decode(file, known, name, bits), file, title)


def has_sixteen_bits(file: bytes) -> bool:
    """Whether a file says that it is a picture of twelve or sixteen bits; decodes nothing."""
    known = recognise(file[:SNIFFED])
    try:
        if known is not None and known.name == "TIFF":
            return max(tiff.first_page(file).get(tiff.BITS, (1,))) in (12, 16)
        return known is not None and known.name == "PNG" and file[24] == 16
    except _BROKEN:
        return False


def brightest(file: bytes) -> Brightest | None:
    """The largest value of a picture of sixteen bits, None for any other. Raises ImageError as `decode` does."""
    if not has_sixteen_bits(file):
        return None
    return _safely(lambda known, name: _open(file, known, name).brightest, file, "it")


def _safely(read: Callable[[Format, str], T], file: bytes, title: str) -> T:
    """What `read` makes of a file of a known format, with every failure as a sentence."""
    name = _shown(title)
    if not file:
        raise ImageError(f"{name} is empty; choose a {formats.named()} image")
    if len(file) > MAX_BYTES:
        raise ImageError(f"{name} has {len(file):,} bytes; at most {MAX_BYTES:,} are read: make it smaller first")
    known = recognise(file[:SNIFFED])
    if known is None:
        raise ImageError(f"{name} cannot be recognised; choose a {formats.named()} image")
    if not known.is_read:
        raise ImageError(f"{name} is {known.what}; {known.remedy}")
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings about metadata that is not used
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return read(known, name)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ImageError(f"{name} has more than {MAX_PIXELS / 1e6:.0f} million pixels; make it smaller first") from None
    except _BROKEN:
        raise ImageError(f"{name} is {known.what} that is damaged or incomplete; save it anew as PNG or JPEG") from None


def _shown(title: str) -> str:
    """A file's name fit for a sentence: no folders, one line, forty characters."""
    last = re.split(r"[\\/]", title.strip())[-1]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in last).split())[:40] or "the image"


def _open(file: bytes, known: Format, name: str) -> Opened:
    if known.name == "HEIC":
        return _open_heic(file, name)
    page = _checked_page(file, name) if known.name == "TIFF" else None
    cleaned = _cleaned(file, known)
    with Image.open(io.BytesIO(cleaned), formats=[known.decoder]) as image:
        _check_size(image.size, *_most_pixels(image, cleaned, page), name)
        if image.format in _JPEGS and cleaned.count(b"\xff\xda") > _MAX_SCANS:
            raise ImageError(f"{name} is a JPEG of more than {_MAX_SCANS} scans; save it anew as PNG or JPEG and try again")
        size, factor = image.size, _factor(image.size)
        if factor > 1:
            image.draft(None, (image.width // 2, image.height // 2))  # a JPEG is halved while it is decoded
        image.load()
        if image.mode == "P" and image.palette is None:
            raise ImageError(f"{name} has numbers of colours but no colours; save it anew as PNG or JPEG and try again")
        opened = Opened(image, factor if image.size == size else 1, _orientation(image))
        if has_sixteen_bits(file):
            measure(opened, image, cleaned, page)
        return opened


def _open_heic(file: bytes, name: str) -> Opened:
    picture = heic.Picture(file)
    _check_size(picture.size, int(min(MAX_PIXELS, _MAX_DECODED_BYTES / picture.bytes_per_pixel)), "of such a HEIC image ", name)
    picture.load()
    return Opened(picture, _factor(picture.size))


def _cleaned(file: bytes, known: Format) -> bytes:
    """A file without what its decoder would read in vain, and at length."""
    if known.name == "AVIF":
        if not avif.is_as_large_as_it_says(file):
            raise Image.DecompressionBombError
        return avif.still(file)
    without = {"PNG": png.without_metadata, "GIF": gif.without_metadata}.get(known.name)
    return without(file) if without else file


def _checked_page(file: bytes, name: str) -> tiff.Page:
    """The first page of a TIFF, if it is one that is decoded safely and rightly."""
    page = tiff.first_page(file)
    bits = page.get(tiff.BITS, (1,))
    if page.number(tiff.KIND, 0) == 1 or tiff.DNG in page.counts:
        raise ImageError(f"{name} is a camera's raw photo; save it as JPEG first")
    if max(bits) > 16 or max(page.get(tiff.SAMPLE_FORMAT, (1,))) not in (1, 4):
        raise ImageError(f"{name} is a TIFF whose values are not whole numbers of 8 or 16 bits; save it so, or as PNG")
    if page.number(tiff.COMPRESSION, 1) not in _TIFF_COMPRESSIONS or page.number(tiff.PHOTOMETRIC, 0) not in _TIFF_COLOURS:
        raise ImageError(f"{name} is a TIFF packed or coloured in a rare way; save it anew as PNG")
    tile = page.number(tiff.TILE_WIDTH, 1) * page.number(tiff.TILE_LENGTH, 1) * page.number(tiff.SAMPLES, 1) * max(bits) // 8
    if max(page.counts.get(tiff.STRIPS, 0), page.counts.get(tiff.TILES, 0)) > _MAX_STRIPS or tile > _MAX_DECODED_BYTES // 4:
        raise ValueError("it is cut into too many or too large parts")
    return page


def _factor(size: tuple[int, int]) -> int:
    return 2 if size[0] * size[1] > _MAX_KEPT_PIXELS else 1


def _check_size(size: tuple[int, int], most: int, kind: str, name: str) -> None:
    width, height = size
    if max(width, height) > MAX_SIDE:
        raise ImageError(f"{name} is {width:,} × {height:,} pixels; at most {MAX_SIDE:,} a side are read: make it smaller first")
    if width * height > most:
        given = f"{width:,} × {height:,} = {width * height:,} pixels"
        raise ImageError(f"{name} has {given}; at most {most:,} {kind if most < MAX_PIXELS else ''}are read: make it smaller first")


def _most_pixels(image: Image.Image, file: bytes, page: tiff.Page | None) -> tuple[int, str]:
    """How many pixels are decoded within the memory that MAX_PIXELS take otherwise, and of what, for a sentence."""
    if image.format in ("WEBP", "AVIF"):
        known = recognise(file[:SNIFFED])
        return _MAX_WEBP_PIXELS, f"of {known.what} " if known else ""
    if page is not None:
        return min(MAX_PIXELS, int(_MAX_DECODED_BYTES / _tiff_bytes_per_pixel(image, page))), "of such a TIFF image "
    if image.format in _JPEGS and ("progressive" in image.info or not _is_one_scan(image, file)):
        layers = image.layer  # type: ignore[attr-defined]
        areas = [across * down for _, across, down, _ in layers]
        largest = max(across for _, across, _, _ in layers) * max(down for _, _, down, _ in layers)
        most = int(_MAX_COEFFICIENT_BYTES * largest / (2 * sum(areas)))
        return min(MAX_PIXELS, most), "of such a progressive JPEG "
    return MAX_PIXELS, ""


def _tiff_bytes_per_pixel(image: Image.Image, page: tiff.Page) -> float:
    """What decoding holds: the pixels, once more where they are turned, and a strip, which may be all of them."""
    pixel = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}.get(image.mode, 4)
    strip = page.number(tiff.SAMPLES, 1) * max(page.get(tiff.BITS, (1,))) / 8
    return pixel * (1 if page.number(tiff.ORIENTATION, 1) == 1 else 2) + strip


def _is_one_scan(image: Any, file: bytes) -> bool:
    """Whether the scan header that an opened JPEG stands behind names all its channels."""
    return file.startswith(b"\xff\xda", max(0, image.fp.tell() - 2 * image.layers - 8))


def _orientation(image: Image.Image) -> int:
    """EXIF's 1 to 8; a photo whose EXIF is damaged is still a photo, and taken as upright."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except _BROKEN:
        return 1


def _decode(file: bytes, known: Format, name: str, bits: int) -> Image.Image:
    opened = _open(file, known, name)
    used = bit_depth.FULL if opened.brightest is None else bits or opened.brightest.bits
    picture, turn = plain(opened, used), opened.turn
    del opened  # it is large, and turning takes a copy
    if used < bit_depth.FULL:
        picture.info["bits"] = used
    return picture.transpose(_TURNS[turn]) if turn in _TURNS else picture

"""Pictures from people: decoded safely, then made a model's input, step by step. Knows no model, no data set and no page."""

import io
import re
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from vae_core.errors import ImageError

__all__ = ["FORMATS", "MOST_BYTES", "MOST_PIXELS", "MOST_SIDE", "Preparation", "Prepared", "Step", "decode", "prepare", "suggest"]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
MOST_BYTES = 10_000_000
MOST_PIXELS = 25_000_000
MOST_SIDE = 12_000
FITS = ("crop", "pad", "box")

_MOST_WEBP_PIXELS = 8_000_000  # the WebP decoder holds three canvases beside the picture: 16 bytes a pixel
_MOST_COEFFICIENT_BYTES = 100_000_000  # a JPEG in several scans is held as coefficients, two bytes each, until the last scan
_MOST_SCANS = 100  # a progressive JPEG has about ten; each costs a pass over all pixels
_MOST_KEPT_PIXELS = MOST_PIXELS // 4  # a larger picture is halved: no model sees the difference, and no copy of it is large
_STRIP = 64  # rows
_JPEGS = ("JPEG", "MPO")  # Pillow's name for a JPEG with further pictures behind it, as phones make them
_SIXTEEN_BIT_MODES = ("I", "I;16", "I;16B", "I;16L")
_GREY_MODES = ("1", "L", "LA", "La", *_SIXTEEN_BIT_MODES)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LEFT_IS_FAR, _TOP_IS_FAR = (2, 3, 7, 8), (3, 4, 6, 7)  # orientations whose stored left (top) is the upright picture's right or bottom
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
)  # what Pillow's readers raise, or can, for damaged bytes
_ONE_AT_A_TIME = threading.Lock()  # many uploads at once need no more memory than one; warning filters belong to the whole process

PngImagePlugin.MAX_TEXT_MEMORY = 4 * PngImagePlugin.MAX_TEXT_CHUNK  # its 64 MB of compressed remarks are more than the picture itself

_DARK, _LIGHT = 0.25, 0.75  # mean border of a set whose ground counts as dark or light
_MOST_SHOWN = 512  # longest side of a step's picture, and of the picture in which ink is looked for
_GROUND_SIDE = 128
_WIDEST_STROKE = 1 / 3  # of the longest side; what is wider is ground or shadow
_BLUR = 1.5  # pixels of 512, against noise
_FAINTEST = 0.12  # of the ground's brightness: fainter marks are noise
_LEAST_TO_NOISE = 20  # ink against the median deviation of the ground: so the ramp begins above all noise
_RAMP = 0.3, 0.7  # of the ink's level: below is ground, above is full ink; even around a half, so that strokes keep their width
_SMALLEST_PART = 0.02  # of the largest stroke's ink: smaller marks are specks
_DRAWN_SHARE = 20 / 28  # of a side: the box into which MNIST's digits were scaled
_THIN_STROKE = 0.09  # of the longest side of what is drawn: nine of ten digits of MNIST are thicker
_USUAL_STROKE = 0.12


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """How a picture becomes a model's input. Raises ImageError for a box that is none."""

    fit: str = "crop"
    """crop: the middle, in the input's proportions; pad: all of it, on a ground of its border's colour; box: all of the box, likewise."""
    box: tuple[float, float, float, float] | None = None
    """Left, top, right, bottom as fractions of the upright picture."""
    invert: bool = False
    """Exchange light and dark."""
    centre: bool = False
    """For light drawings on a dark ground: cut to what is drawn, on an even ground, 20/28 of the side, the centre of mass in the middle."""

    def __post_init__(self) -> None:
        if self.fit not in FITS:
            raise ImageError(f"there is no way {str(self.fit)[:20]!r} to fit a picture; choose one of {', '.join(FITS)}")
        if self.fit == "box":
            left, top, right, bottom = self.box or (0, 0, 0, 0)
            if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
                raise ImageError("the box is empty or leaves the picture; give left, top, right and bottom between 0 and 1, in order")


@dataclass(frozen=True, eq=False)
class Step:
    """What one step made of a picture, for people to see."""

    title: str
    picture: np.ndarray
    """uint8 (H, W) or (H, W, 3), at most 512 pixels a side."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model's input and how it came about."""

    image: np.ndarray
    """uint8 (C, H, W)."""
    steps: tuple[Step, ...]


def decode(file: bytes, title: str = "the image") -> Image.Image:
    """The first frame of a PNG, JPEG, WebP or BMP file: upright, L or RGB, transparency on white; above 6.25 megapixels at half its size.

    Raises ImageError, and nothing else, for bytes that are no such image, are damaged, or exceed a limit.
    """
    name = _shown(title)
    if not file:
        raise ImageError(f"{name} is empty; choose a PNG, JPEG, WebP or BMP image")
    if len(file) > MOST_BYTES:
        raise ImageError(f"{name} has {len(file):,} bytes; at most {MOST_BYTES:,} are read: make it smaller first")
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on metadata that is not used
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _decode(file, name)
    except UnidentifiedImageError:
        raise ImageError(f"{name} cannot be recognised; choose a PNG, JPEG, WebP or BMP image") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ImageError(f"{name} has more than {MOST_PIXELS / 1e6:.0f} million pixels; make it smaller first") from None
    except _BROKEN:
        raise ImageError(f"{name} is damaged or incomplete; save it anew as PNG or JPEG and try again") from None


def suggest(image: Image.Image, image_shape: tuple[int, int, int], *, background: float) -> Preparation:
    """What fits a picture (as `decode` gives it) to a data set whose images' borders have the mean `background`, 0 dark to 1 light.

    Grey sets only: colours would not survive an exchange of light and dark. A picture of the input's own size is one already, so
    it is not centred.
    """
    channels, height, width = image_shape
    if channels > 1 or _DARK < background < _LIGHT:
        return Preparation()
    invert = _has_light_ground(image) != (background >= _LIGHT)
    if background >= _LIGHT or image.size == (width, height):
        return Preparation(invert=invert)
    return Preparation(fit="pad", invert=invert, centre=True)


def prepare(image: Image.Image, image_shape: tuple[int, int, int], how: Preparation) -> Prepared:
    """A picture (as `decode` gives it) as a model's input (C, H, W), with a picture of every step that changed something."""
    channels, height, width = image_shape
    steps = []
    for title, picture in _stages(image, "L" if channels == 1 else "RGB", (width, height), how):
        steps.append(Step(title, np.asarray(_within(picture, _MOST_SHOWN))))
    pixels = np.asarray(picture).reshape(height, width, channels).transpose(2, 0, 1)
    return Prepared(np.ascontiguousarray(pixels), tuple(steps))


# Decoding


def _shown(title: str) -> str:
    """A file's name fit for a sentence: no folders, one line, forty characters."""
    last = re.split(r"[\\/]", title.strip())[-1]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in last).split())[:40] or "the image"


def _decode(file: bytes, name: str) -> Image.Image:
    plain, turn = _load(file, name)
    return plain.transpose(_TURNS[turn]) if turn in _TURNS else plain


def _load(file: bytes, name: str) -> tuple[Image.Image, int]:
    """The plain picture as it is stored, perhaps halved, and its EXIF orientation."""
    with Image.open(io.BytesIO(file), formats=FORMATS) as image:
        _check_size(image, file, name)
        size, factor = image.size, 2 if image.width * image.height > _MOST_KEPT_PIXELS else 1
        if factor > 1:
            image.draft(None, (image.width // 2, image.height // 2))  # a JPEG is halved while it is decoded
        image.load()
        if image.mode == "P" and image.palette is None:
            raise ImageError(f"{name} has numbers of colours but no colours; save it anew as PNG or JPEG and try again")
        turn = _orientation(image)
        return _plain(image, turn, factor if image.size == size else 1), turn


def _check_size(image: Image.Image, file: bytes, name: str) -> None:
    width, height = image.size
    if max(width, height) > MOST_SIDE:
        raise ImageError(f"{name} is {width:,} × {height:,} pixels; at most {MOST_SIDE:,} a side are read: make it smaller first")
    most, kind = _most_pixels(image, file)
    if width * height > most:
        given = f"{width:,} × {height:,} = {width * height:,} pixels"
        raise ImageError(f"{name} has {given}; at most {most:,} {kind}are read: make it smaller first")
    if image.format in _JPEGS and file.count(b"\xff\xda") > _MOST_SCANS:
        raise ImageError(f"{name} is a JPEG of more than {_MOST_SCANS} scans; save it anew as PNG or JPEG and try again")


def _most_pixels(image: Image.Image, file: bytes) -> tuple[int, str]:
    """How many pixels are decoded within the memory that MOST_PIXELS take otherwise, and of what, for a sentence."""
    if image.format == "WEBP":
        return _MOST_WEBP_PIXELS, "of a WebP image "
    if image.format in _JPEGS and ("progressive" in image.info or not _is_one_scan(image, file)):
        areas = [across * down for _, across, down, _ in image.layer]
        largest = max(across for _, across, _, _ in image.layer) * max(down for _, _, down, _ in image.layer)
        most = int(_MOST_COEFFICIENT_BYTES * largest / (2 * sum(areas)))
        return min(MOST_PIXELS, most), "of such a progressive JPEG "
    return MOST_PIXELS, ""


def _is_one_scan(image: Image.Image, file: bytes) -> bool:
    """Whether the scan header that an opened JPEG stands behind names all its channels."""
    return file.startswith(b"\xff\xda", max(0, image.fp.tell() - 2 * image.layers - 8))


def _orientation(image: Image.Image) -> int:
    """EXIF's 1 to 8; a photo whose EXIF is damaged is still a photo, and taken as upright."""
    try:
        return image.getexif().get(0x0112, 1)
    except _BROKEN:
        return 1


def _plain(image: Image.Image, turn: int, factor: int) -> Image.Image:
    """A new picture, L or RGB, reduced by `factor`; made in strips, so that no second copy is large.

    Rows and columns that do not fill a pixel are left out at what is the right and the bottom of the upright picture.
    """
    width, height = image.width // factor, image.height // factor
    left = image.width % factor if turn in _LEFT_IS_FAR else 0
    top = image.height % factor if turn in _TOP_IS_FAR else 0
    plain = Image.new("L" if image.mode in _GREY_MODES else "RGB", (width, height))
    for row in range(0, height, _STRIP):
        end = min(row + _STRIP, height)
        strip = image.crop((left, top + factor * row, left + factor * width, top + factor * end))
        plain.paste(_flat(strip, plain.mode).reduce(factor), (0, row))
    return plain


def _flat(image: Image.Image, mode: str) -> Image.Image:
    """A picture of any mode as L or RGB; transparency on white, sixteen bits scaled to eight."""
    if image.mode in _SIXTEEN_BIT_MODES:
        return _eight_bits(image)
    if image.has_transparency_data:
        ground = Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image.convert("RGBA"))
        image = ground
    return image.convert(mode)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Sixteen-bit grey as L; the one value that a PNG may declare transparent is white."""
    values = np.asarray(image).astype(np.uint32)
    grey = (values * 255 + 32_767) // 65_535
    if "transparency" in image.info:
        grey[values == image.info["transparency"]] = 255
    return Image.fromarray(grey.astype(np.uint8))


# Suggesting


def _has_light_ground(image: Image.Image) -> bool:
    """Whether what is drawn is darker than the ground, which is what the border shows; light that falls off does not deceive it."""
    grey = _within(image, _MOST_SHOWN).convert("L")
    (border,) = _border(grey)
    darkest, lightest = np.percentile(grey, (0.5, 99.5))
    return bool(border - darkest > lightest - border)


# Preparing


def _stages(image: Image.Image, mode: str, size: tuple[int, int], how: Preparation) -> Iterator[tuple[str, Image.Image]]:
    yield "The picture", image
    part = _part(image, size, how)
    if part is not image:
        yield "The part that is used", part
    grey = "L" if how.centre else mode
    if part.mode != grey:
        part = part.convert(grey)
        if grey == "L":
            yield "Shades of grey", part
    if how.invert:
        part = ImageOps.invert(part)
        yield "Light and dark exchanged", part
    if how.centre:
        part = _drawing(part)
        yield "What is drawn, on an even ground", part
        if (thick := _thickened(part)) is not part:
            part = thick
            yield "Thin strokes thickened", part
    final = _centred(part, size) if how.centre else _fitted(part, size, how)
    yield "What the model sees", final.convert(mode)


def _part(image: Image.Image, size: tuple[int, int], how: Preparation) -> Image.Image:
    """What is kept of a picture: the middle in the proportions of `size`, all of it, or the box; the same object if all."""
    width, height = image.size
    if how.fit == "crop":
        across = min(width, max(1, round(height * size[0] / size[1])))
        down = min(height, max(1, round(width * size[1] / size[0])))
        left, top = (width - across) // 2, (height - down) // 2
        box = (left, top, left + across, top + down)
    elif how.fit == "box":
        left, top = min(round(how.box[0] * width), width - 1), min(round(how.box[1] * height), height - 1)
        box = (left, top, max(left + 1, round(how.box[2] * width)), max(top + 1, round(how.box[3] * height)))
    else:
        box = (0, 0, width, height)
    return image if box == (0, 0, width, height) else image.crop(box)


def _fitted(image: Image.Image, size: tuple[int, int], how: Preparation) -> Image.Image:
    """Resized with antialiasing: a crop to `size`, anything else into it, in its own proportions, on the colour of its border."""
    if how.fit == "crop":
        return image.resize(size, Image.Resampling.LANCZOS)
    small = _scaled(image, size, Image.Resampling.LANCZOS)
    ground = Image.new(image.mode, size, _border(image))
    ground.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
    return ground


def _drawing(image: Image.Image) -> Image.Image:
    """Light strokes on any dark ground, however unevenly lit, as ink from 0 to 255 on a ground of 0; 512 pixels a side."""
    from scipy import ndimage

    large = _scaled(image, (_MOST_SHOWN, _MOST_SHOWN), Image.Resampling.BICUBIC)
    light = ndimage.gaussian_filter(np.asarray(large, np.float32) / 255, _BLUR)
    ground = _ground(light)
    ink = (light - ground) / np.maximum(1 - ground, 0.1)  # after an exchange 1 - light is paper times lamp: the lamp cancels
    ink -= np.median(ink)
    dark = ink[ink > _threshold(np.clip(ink, 0, 1))]
    level = max(np.median(dark) if dark.size else 0, _FAINTEST, _LEAST_TO_NOISE * np.median(np.abs(ink)))
    ramp = np.clip((ink / level - _RAMP[0]) / (_RAMP[1] - _RAMP[0]), 0, 1)
    return Image.fromarray(_strokes(np.rint(ramp * 255).astype(np.uint8)))


def _ground(light: np.ndarray) -> np.ndarray:
    """The ground's brightness (H, W): what is left when all light strokes narrower than a third of the side are taken away."""
    from scipy import ndimage

    small = _scaled(Image.fromarray(light), (_GROUND_SIDE, _GROUND_SIDE), Image.Resampling.BOX)
    opened = ndimage.grey_opening(np.asarray(small), round(_WIDEST_STROKE * _GROUND_SIDE), mode="nearest")
    return np.asarray(Image.fromarray(opened).resize(light.shape[::-1], Image.Resampling.BICUBIC))


def _threshold(values: np.ndarray) -> float:
    """The value in [0, 1] that parts two groups best: the largest variance between them (Otsu 1979)."""
    counts, edges = np.histogram(values, 256, (0, 1))
    middles, share = (edges[:-1] + edges[1:]) / 2, np.cumsum(counts) / values.size
    moment = np.cumsum(counts * middles) / values.size
    between = (moment[-1] * share - moment) ** 2 / np.maximum(share * (1 - share), 1e-12)
    return float(edges[1:][np.argmax(between)])


def _strokes(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W) without specks, and without what runs out of the picture if something does not."""
    from scipy import ndimage

    labels, count = ndimage.label(ink > 0, np.ones((3, 3)))
    if not count:
        return ink
    mass = np.bincount(labels.ravel(), ink.ravel(), count + 1)
    whole = mass.copy()
    whole[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = 0
    least = _SMALLEST_PART * mass.max()
    kept = (whole if whole.max() >= least else mass) >= least
    return np.where(kept[labels], ink, 0).astype(np.uint8)


def _thickened(image: Image.Image) -> Image.Image:
    """Ink with a thin pen's strokes as wide as those of MNIST's digits, against the longest side of what is drawn."""
    from scipy import ndimage

    drawn = np.pad(np.asarray(image.crop(image.getbbox())) > 127, 1)
    longest = max(drawn.shape) - 2
    distance = ndimage.distance_transform_edt(drawn)[drawn]
    width = 4 * distance.mean() if distance.size else longest  # in a long bar the mean distance to the edge is a quarter of its width
    if width >= _THIN_STROKE * longest:
        return image
    reach = (_USUAL_STROKE * longest - width) / 2
    outside = ndimage.distance_transform_edt(np.asarray(image) <= 127)
    return Image.fromarray(np.rint(np.clip(reach + 1 - outside, 0, 1) * 255).astype(np.uint8))


def _centred(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Ink on a ground of 0, scaled into 20/28 of `size`, its centre of mass moved by whole pixels to pixel side / 2, as in MNIST."""
    canvas = Image.new("L", size)
    inner = tuple(max(1, round(side * _DRAWN_SHARE)) for side in size)
    small = _scaled(image.crop(image.getbbox()), inner, Image.Resampling.LANCZOS)
    ink = np.asarray(small, np.float64)
    if not ink.any():
        return canvas
    mass = (ink.sum(0) @ np.arange(small.width) / ink.sum(), ink.sum(1) @ np.arange(small.height) / ink.sum())
    place = [round(side / 2 - middle) for side, middle in zip(size, mass, strict=True)]
    canvas.paste(small, tuple(min(max(0, at), side - own) for at, side, own in zip(place, size, small.size, strict=True)))
    return canvas


def _border(image: Image.Image) -> tuple[int, ...]:
    """The median colour of the outermost pixels."""
    pixels = np.asarray(image).reshape(image.height, image.width, -1)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return tuple(int(value) for value in np.median(border, axis=0))


def _scaled(image: Image.Image, size: tuple[int, int], kind: Image.Resampling) -> Image.Image:
    """Resized to fit into `size` in its own proportions, larger or smaller."""
    scale = min(size[0] / image.width, size[1] / image.height)
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), kind)


def _within(image: Image.Image, side: int) -> Image.Image:
    """Reduced to at most `side` pixels either way; the same object if it is."""
    return image if max(image.size) <= side else _scaled(image, (side, side), Image.Resampling.BOX)

"""Pictures from people, made a model's input step by step; `decoding` makes pictures of files. Knows no model, data set or page."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from vae_core.data.pictures.decoding import MAX_BYTES, MAX_PIXELS, MAX_SIDE, brightest, decode, has_sixteen_bits
from vae_core.data.pictures.formats import FORMATS, Format, named, recognise, suffixes
from vae_core.errors import ImageError

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "Format",
    "Preparation",
    "Prepared",
    "Step",
    "brightest",
    "decode",
    "has_sixteen_bits",
    "named",
    "prepare",
    "recognise",
    "suffixes",
    "suggest",
]

FITS = ("crop", "pad", "box")

_DARK, _LIGHT = 0.25, 0.75  # mean border of a set whose background counts as dark or light
MAX_SHOWN = 512  # longest side of a step's picture, and of the picture in which ink is looked for
_BACKGROUND_SIDE = 128
_WIDEST_STROKE = 1 / 3  # of the longest side; what is wider is background or shadow
_BLUR = 1.5  # pixels of 512, against noise
_FAINTEST = 0.12  # of the background's brightness: fainter marks are noise
_MIN_TO_NOISE = 20  # ink against the median deviation of the background: so the ramp begins above all noise
_RAMP = 0.3, 0.7  # of the ink's level: below is background, above is full ink; even around a half, so that strokes keep their width
_MIN_PART = 0.02  # of the largest stroke's ink: smaller marks are specks
_DRAWN_SHARE = 20 / 28  # of a side: the box into which MNIST's digits were scaled
_THIN_STROKE = 0.09  # of the longest side of what is drawn: nine of ten digits of MNIST are thicker
_USUAL_STROKE = 0.12


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """How a picture becomes a model's input. Raises ImageError for a box that is none."""

    fit: str = "crop"
    """crop: the middle, in the input's proportions; pad: all of it, on its border's colour as background; box: all of the box, likewise."""
    box: tuple[float, float, float, float] | None = None
    """Left, top, right, bottom as fractions of the upright picture."""
    invert: bool = False
    """Exchange light and dark."""
    centre: bool = False
    """For light drawings on dark: cut to what is drawn, on an even background, 20/28 of the side, the centre of mass in the middle."""

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


def suggest(image: Image.Image, image_shape: tuple[int, int, int], *, background: float) -> Preparation:
    """Suggest how a picture becomes like the images of a data set.

    Only for grey sets: colours would not survive an exchange of light and dark. A picture of the input's own size is one already,
    so it is not centred.

    Args:
        image: as `decode` gives it.
        image_shape: channels, height and width of the data set's images.
        background: the mean of their borders, from 0 (black) to 1 (white).
    """
    channels, height, width = image_shape
    if channels > 1 or _DARK < background < _LIGHT:
        return Preparation()
    invert = _has_light_background(image) != (background >= _LIGHT)
    if background >= _LIGHT or image.size == (width, height):
        return Preparation(invert=invert)
    return Preparation(fit="pad", invert=invert, centre=True)


def prepare(image: Image.Image, image_shape: tuple[int, int, int], how: Preparation) -> Prepared:
    """Make a picture a model's input, with a picture of every step that changed something.

    Args:
        image: as `decode` gives it.
        image_shape: (C, H, W) of the input.
        how: the steps.
    """
    channels, height, width = image_shape
    steps = []
    for title, picture in _stages(image, "L" if channels == 1 else "RGB", (width, height), how):
        steps.append(Step(title, np.asarray(within(picture, MAX_SHOWN))))
    pixels = np.asarray(picture).reshape(height, width, channels).transpose(2, 0, 1)
    return Prepared(np.ascontiguousarray(pixels), tuple(steps))


# Suggesting


def _has_light_background(image: Image.Image) -> bool:
    """Whether what is drawn is darker than the background, which is what the border shows; light that falls off does not deceive it."""
    grey = within(image, MAX_SHOWN).convert("L")
    (border,) = _border(grey)
    darkest, lightest = np.percentile(np.asarray(grey), (0.5, 99.5))
    return bool(border - darkest > lightest - border)


# Preparing


def _stages(image: Image.Image, mode: str, size: tuple[int, int], how: Preparation) -> Iterator[tuple[str, Image.Image]]:
    yield f"The picture, brightened: it uses {image.info['bits']} of 16 bits" if "bits" in image.info else "The picture", image
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
        yield "What is drawn, on an even background", part
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
        first, highest, last, lowest = how.box or (0, 0, 1, 1)
        left, top = min(round(first * width), width - 1), min(round(highest * height), height - 1)
        box = (left, top, max(left + 1, round(last * width)), max(top + 1, round(lowest * height)))
    else:
        box = (0, 0, width, height)
    return image if box == (0, 0, width, height) else image.crop(box)


def _fitted(image: Image.Image, size: tuple[int, int], how: Preparation) -> Image.Image:
    """Resized with antialiasing: a crop to `size`, anything else into it, in its own proportions, on the colour of its border."""
    if how.fit == "crop":
        return image.resize(size, Image.Resampling.LANCZOS)
    small = _scaled(image, size, Image.Resampling.LANCZOS)
    background = Image.new(image.mode, size, _border(image))
    background.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
    return background


def _drawing(image: Image.Image) -> Image.Image:
    """Light strokes on any dark background, however unevenly lit, as ink from 0 to 255 on a background of 0; 512 pixels a side."""
    from scipy import ndimage

    large = _scaled(image, (MAX_SHOWN, MAX_SHOWN), Image.Resampling.BICUBIC)
    light = ndimage.gaussian_filter(np.asarray(large, np.float32) / 255, _BLUR)
    background = _background(light)
    ink = (light - background) / np.maximum(1 - background, 0.1)  # after an exchange 1 - light is paper times lamp: the lamp cancels
    ink -= np.median(ink)
    dark = ink[ink > _threshold(np.clip(ink, 0, 1))]
    level = max(np.median(dark) if dark.size else 0, _FAINTEST, _MIN_TO_NOISE * np.median(np.abs(ink)))
    ramp = np.clip((ink / level - _RAMP[0]) / (_RAMP[1] - _RAMP[0]), 0, 1)
    return Image.fromarray(_strokes(np.rint(ramp * 255).astype(np.uint8)))


def _background(light: np.ndarray) -> np.ndarray:
    """The background's brightness (H, W): what is left when all light strokes narrower than a third of the side are taken away."""
    from scipy import ndimage

    small = _scaled(Image.fromarray(light), (_BACKGROUND_SIDE, _BACKGROUND_SIDE), Image.Resampling.BOX)
    opened = ndimage.grey_opening(np.asarray(small), round(_WIDEST_STROKE * _BACKGROUND_SIDE), mode="nearest")
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
    least = _MIN_PART * mass.max()
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
    """Ink on a background of 0, scaled into 20/28 of `size`, its centre of mass moved by whole pixels to pixel side / 2, as in MNIST."""
    canvas = Image.new("L", size)
    inner = (max(1, round(size[0] * _DRAWN_SHARE)), max(1, round(size[1] * _DRAWN_SHARE)))
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


def within(image: Image.Image, side: int) -> Image.Image:
    """Reduced to at most `side` pixels either way; the same object if it is."""
    return image if max(image.size) <= side else _scaled(image, (side, side), Image.Resampling.BOX)

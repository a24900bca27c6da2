"""Generated sprites with known factors: shape, scale, rotation, x, y. Knows neither files nor labels.

A sprite is drawn from the signed distance of every pixel's centre to its outline: inside is white, outside black, and the
pixels that the outline crosses lie between, which is the antialiasing. Every sprite turns about its centre of mass and stays
within a circle of 14.5 pixels, so that none, its smooth edge included, is ever cut and the factors are independent of each other.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SIDE = 64
LOW = np.array([0, 0.5, 0, 16, 16], np.float32)
"""Smallest shape (0 square, 1 ellipse, 2 heart), scale, rotation (radians, counter-clockwise), x and y (pixels from the top left)."""
HIGH = np.array([3, 1, 2 * np.pi, 48, 48], np.float32)
"""Upper ends of the same factors, themselves excluded."""
SYMMETRY = np.array([4, 2, 1])
"""In a full turn, how many times a square, an ellipse and a heart look as they did at its beginning."""

_RADIUS = 14.5
_WINDOW = 32
_CHUNK = 256
_HALF_SQUARE = _RADIUS / np.sqrt(2)
_ELLIPSE = (_RADIUS, 0.6 * _RADIUS)
# The heart is a square standing on a corner with a half disc on each upper side. Along each side's axis, in sides, the centre of
# mass lies this far from the square's: a half disc of radius 1/2 has area pi/8 and its own centre of mass 1/2 + 2/(3 pi) away.
_HEART_SHIFT = np.pi / 8 * (1 / 2 + 2 / (3 * np.pi)) / (1 + np.pi / 4)
_HEART_SIDE = _RADIUS / (np.sqrt(2) * (1 / 2 + _HEART_SHIFT))


def generate(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` sprites with independent, uniformly drawn factors: images uint8 (N, 1, 64, 64), factors float32 (N, 5).

    The same seed gives the same sprites, and fewer of them are the first ones of more.
    """
    factors = np.random.default_rng(seed).random((count, 5), np.float32) * (HIGH - LOW) + LOW
    factors[:, 0] = np.floor(factors[:, 0])
    return render(factors), factors


def visible_rotation(factors: np.ndarray) -> np.ndarray:
    """How far sprites of factors (N, 5) seem to be turned, as a part of the turn after which each looks the same again: (N,) in [0, 2 pi).

    Two sprites of one shape, scale and place are the same picture exactly if this angle is the same.
    """
    angle: np.ndarray = factors[:, 2].astype(np.float64) * SYMMETRY[factors[:, 0].astype(int)] % (2 * np.pi)
    return angle


def render(factors: np.ndarray) -> np.ndarray:
    """Draw the sprites of factors (N, 5), each between LOW and HIGH, as uint8 (N, 1, 64, 64). Extra memory: a few megabytes."""
    images = np.zeros((len(factors), 1, SIDE, SIDE), np.uint8)
    for start in range(0, len(factors), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        _draw(images[chunk, 0], np.asarray(factors[chunk], np.float32))
    return images


def _draw(pictures: np.ndarray, factors: np.ndarray) -> None:
    """Draw one sprite into each black picture, touching only the window around it."""
    kind, scale, rotation, x, y = factors.T
    left, top = (np.clip(np.floor(centre).astype(int) - _WINDOW // 2, 0, SIDE - _WINDOW) for centre in (x, y))
    across, up = _turned(x - left, y - top, rotation)
    tiles = np.empty(across.shape, np.uint8)
    for number, distance in enumerate(_DISTANCES):
        chosen = kind == number
        outside = distance(across[chosen], up[chosen], scale[chosen, None, None])
        tiles[chosen] = np.clip(0.5 - outside, 0, 1) * 255 + 0.5
    windows = sliding_window_view(pictures, (_WINDOW, _WINDOW), axis=(1, 2), writeable=True)
    windows[np.arange(len(pictures)), top, left] = tiles


def _turned(x: np.ndarray, y: np.ndarray, rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the window's pixels lie as seen from a sprite at (x, y) that is turned by `rotation`: (n, 32, 32) across and up."""
    pixels = np.arange(_WINDOW, dtype=np.float32) + np.float32(0.5)
    right, up = (pixels - x[:, None])[:, None, :], (y[:, None] - pixels)[:, :, None]
    cosine, sine = np.cos(rotation)[:, None, None], np.sin(rotation)[:, None, None]
    return right * cosine + up * sine, up * cosine - right * sine


def _square(across: np.ndarray, up: np.ndarray, scale: np.ndarray) -> np.ndarray:
    distance: np.ndarray = np.maximum(np.abs(across), np.abs(up)) - np.float32(_HALF_SQUARE) * scale
    return distance


def _ellipse(across: np.ndarray, up: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """To first order: the implicit function over the length of its gradient, exact enough within a pixel of the outline."""
    long, short = (np.float32(axis) * scale for axis in _ELLIPSE)
    across, up = across / long, up / short
    slope = 2 * np.sqrt((across / long) ** 2 + (up / short) ** 2)
    distance: np.ndarray = (across**2 + up**2 - 1) / np.maximum(slope, np.float32(1e-6))
    return distance


def _heart(across: np.ndarray, up: np.ndarray, scale: np.ndarray) -> np.ndarray:
    side = np.float32(_HEART_SIDE) * scale
    half, shift, diagonal = side / 2, np.float32(_HEART_SHIFT) * side, np.float32(np.sqrt(0.5))
    one, other = (up + across) * diagonal + shift, (up - across) * diagonal + shift
    discs = np.sqrt(np.minimum((one - half) ** 2 + other**2, one**2 + (other - half) ** 2))
    distance: np.ndarray = np.minimum(np.maximum(np.abs(one), np.abs(other)), discs) - half
    return distance


_DISTANCES: tuple[Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray], ...] = (_square, _ellipse, _heart)

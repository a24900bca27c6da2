"""Arrays <-> picture files: contact sheets, PNG and WebP. Knows no model and no page."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from vae_core.files import checksums
from vae_core.files.atomic import read_whole
from vae_core.files.checksums import sign_webp

MAX_SIDE = 4096

MAX_PICTURE_BYTES = 1 << 26


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Images in [0, 1], float (..., H, W) -> uint8, values outside clipped."""
    scaled: np.ndarray = np.clip(images, 0.0, 1.0) * 255 + 0.5
    return scaled.astype(np.uint8)


def contact_sheet(images: np.ndarray, columns: int) -> np.ndarray:
    """uint8 (N, C, H, W) -> one picture (rows * H, columns * W) or (..., 3), row by row; missing tiles are black."""
    n, channels, height, width = images.shape
    rows = -(-n // columns)
    tiles = np.zeros((rows * columns, channels, height, width), np.uint8)
    tiles[:n] = images
    sheet = tiles.reshape(rows, columns, channels, height, width).transpose(0, 3, 1, 4, 2).reshape(rows * height, columns * width, channels)
    return sheet[..., 0] if channels == 1 else sheet


def png(picture: np.ndarray, scale: int = 1) -> bytes:
    """uint8 (H, W) or (H, W, 3) as PNG; every pixel becomes a square of `scale` pixels, never blurred."""
    return _encode(_enlarged(picture, scale), "PNG", optimize=True)


def webp(picture: np.ndarray, *, lossless: bool, scale: int = 1) -> bytes:
    """uint8 (H, W) or (H, W, 3) as WebP with a checksum; every pixel becomes a square of `scale` pixels."""
    return sign_webp(_encode(_enlarged(picture, scale), "WEBP", lossless=lossless, quality=100 if lossless else 75, method=4))


def read(data: bytes) -> np.ndarray:
    """A picture file of ours as uint8 (H, W) or (H, W, 3). Raises ValueError when it is none."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as image:
            return np.asarray(image)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"no picture ({error.__class__.__name__})") from None


def mime(data: bytes) -> str | None:
    """The type of a picture file of ours, `image/webp` or `image/png`; None for what cannot be decoded or is unreasonably large."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as image:
            if max(image.size) > MAX_SIDE:
                return None
            image.load()
            return image.get_format_mimetype()
    except (OSError, ValueError, SyntaxError):
        return None


def read_picture(path: Path, *, signed: bool = False) -> bytes:
    """A WebP file as `pictures.webp` made it. Raises RunDamaged when it is missing, truncated, altered or too large.

    Without a checksum it is refused only if it is known to be `signed`.
    """
    picture = read_whole(path, MAX_PICTURE_BYTES)
    checksums.check_webp(picture, path.name, demanded=signed)
    return picture


def _enlarged(picture: np.ndarray, scale: int) -> np.ndarray:
    return picture.repeat(scale, 0).repeat(scale, 1)


def _encode(picture: np.ndarray, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()

"""Pictures by hand: where tiles go, what a byte is, and that files give back what was put in."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vae_core.files.pictures import contact_sheet, png, read, to_bytes, webp


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def smooth(height: int, width: int) -> np.ndarray:
    return np.add.outer(np.arange(height), np.arange(width)).astype(np.uint8)


def test_bytes_are_rounded_and_clipped():
    values = np.array([-3.0, 0.0, 0.4 / 255, 0.6 / 255, 0.5, 254.6 / 255, 1.0, 7.0])
    assert to_bytes(values).tolist() == [0, 0, 0, 1, 128, 255, 255, 255]
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_bytes(every.astype(np.float32) / 255), every)
    assert to_bytes(np.zeros((2, 3, 4))).dtype == np.uint8


def test_grey_tiles_go_row_by_row_and_missing_ones_are_black():
    images = np.array([[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]], [[[9, 10], [11, 12]]]], np.uint8)
    expected = [[1, 2, 5, 6], [3, 4, 7, 8], [9, 10, 0, 0], [11, 12, 0, 0]]
    assert contact_sheet(images, 2).tolist() == expected


def test_colour_tiles_keep_their_channels_together():
    images = noise(5, 3, 4, 6)
    sheet = contact_sheet(images, 3)
    assert sheet.shape == (8, 18, 3)
    for number, image in enumerate(images):
        row, column = divmod(number, 3)
        np.testing.assert_array_equal(sheet[row * 4 : row * 4 + 4, column * 6 : column * 6 + 6], image.transpose(1, 2, 0))
    assert not sheet[4:, 12:].any()


@pytest.mark.parametrize("picture", [noise(3, 5), noise(3, 5, 3)], ids=["grey", "colour"])
def test_a_pixel_becomes_a_sharp_square(picture):
    shown = np.asarray(Image.open(io.BytesIO(png(picture, scale=4))))
    assert shown.shape == (12, 20, *picture.shape[2:])
    for y, x in np.ndindex(12, 20):
        np.testing.assert_array_equal(shown[y, x], picture[y // 4, x // 4])


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.booleans(), st.integers(0, 1000))
def test_lossless_files_give_every_pixel_back(height, width, colour, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3) if colour else (height, width), np.uint8)
    np.testing.assert_array_equal(read(png(picture)), picture)
    from_webp = read(webp(picture, lossless=True))
    if not colour:  # WebP has no grey
        picture = np.repeat(picture[..., None], 3, axis=2)
    np.testing.assert_array_equal(from_webp, picture)


def test_lossy_webp_is_close_and_smaller():
    picture = smooth(96, 128)
    lossy = webp(picture, lossless=False)
    assert lossy[8:12] == b"WEBP"
    assert np.abs(read(lossy)[..., 0].astype(int) - picture).mean() < 3
    assert len(webp(noise(96, 128, 3), lossless=False)) < len(webp(noise(96, 128, 3), lossless=True))


@pytest.mark.parametrize("kind", ["GIF", "BMP", "JPEG", "TIFF"])
def test_only_our_own_formats_are_read(kind):
    buffer = io.BytesIO()
    Image.fromarray(smooth(8, 8)).save(buffer, kind)
    with pytest.raises(ValueError, match="no picture"):
        read(buffer.getvalue())

"""A person's picture file: decoded once, and then the same as its steps done one by one."""

import io

import numpy as np
import pytest
from PIL import Image

from vae_core.data.catalogue import DatasetFacts
from vae_core.data.pictures import picture_file
from vae_core.data.pictures.picture_file import PictureFile
from vae_core.data.pictures.preparation import Preparation, decode, prepare, suggest
from vae_core.errors import ImageError

GREY, COLOUR = (1, 28, 28), (3, 32, 32)
WAYS = [Preparation(fit=fit, invert=invert) for fit in ("crop", "pad") for invert in (False, True)]


def photo(width: int = 900, height: int = 600) -> bytes:
    """A dark bar on white paper, as a PNG."""
    pixels = np.full((height, width), 230, np.uint8)
    pixels[height // 4 : height // 2, width // 3 : width // 2] = 20
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_file_is_decoded_once_and_prepared_as_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    monkeypatch.setattr(picture_file, "decode", lambda *given: decoded.append(given) or decode(*given))
    picture = PictureFile(photo(), "bar.png")
    for shape in (GREY, COLOUR):
        for how in WAYS:
            expected = prepare(decode(photo()), shape, how)
            np.testing.assert_array_equal(picture.prepare(shape, how).image, expected.image)
            assert [step.title for step in picture.prepare(shape, how).steps] == [step.title for step in expected.steps]
    assert len(decoded) == 1


def test_only_the_newest_few_ways_are_kept() -> None:
    picture = PictureFile(photo())
    first = picture.prepare(GREY, WAYS[0])
    assert picture.prepare(GREY, WAYS[0]) is first
    for how in WAYS[1:]:
        picture.prepare(GREY, how)
    assert picture.prepare(GREY, WAYS[0]) is first
    picture.prepare(COLOUR, WAYS[0])
    assert picture.prepare(GREY, WAYS[0]) is not first


def test_only_handwriting_is_cut_out_and_centred() -> None:
    picture, whole = PictureFile(photo()), suggest(decode(photo()), GREY, background=0.0)
    assert whole.centre
    assert whole.invert
    assert picture.suggest(GREY, DatasetFacts(0.0, handwritten=True)) == whole
    assert picture.suggest(GREY, DatasetFacts(0.0, handwritten=False)) == Preparation(invert=True)
    assert picture.suggest(COLOUR, DatasetFacts(0.0, handwritten=False)) == Preparation()


def test_the_upright_picture_is_all_of_it_and_small() -> None:
    assert PictureFile(photo()).upright.shape == (341, 512)
    assert PictureFile(photo(90, 60)).upright.shape == (60, 90)


def test_what_is_no_picture_is_refused_by_its_title() -> None:
    with pytest.raises(ImageError, match="leaf\\.png"):
        PictureFile(b"GIF89a....", "leaf.png")

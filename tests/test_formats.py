"""The table of formats: content tells, not names; without a decoder a format is named with a remedy, and all others still work."""

import zlib

import numpy as np
import odd_formats
import pytest
from odd_images import GREYS, TURNED, array_png, chunk, exif, noise, quarters, saved
from PIL import Image

from vae_core.data.pictures import bit_depth, formats, preparation
from vae_core.data.pictures.bit_depth import Brightest
from vae_core.errors import ImageError

KINDS = {
    "PNG": array_png(quarters()),
    "JPEG": saved(quarters(), "JPEG"),
    "WebP": saved(quarters(), "WEBP"),
    "BMP": saved(quarters(), "BMP"),
    "GIF": saved(quarters(), "GIF"),
    "TIFF": saved(quarters(), "TIFF"),
    "AVIF": saved(quarters(), "AVIF"),
    "HEIC": odd_formats.heic(quarters()),
}


def test_all_promised_formats_are_read_here():
    assert [known.name for known in formats.readable()] == list(KINDS)
    assert formats.named() == "PNG, JPEG, WebP, BMP, GIF, TIFF, AVIF or HEIC"
    assert {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".heif"} <= set(formats.suffixes())


@pytest.mark.parametrize("name", KINDS)
def test_content_tells_the_format_and_a_name_does_not(name: str):
    assert formats.recognise(KINDS[name][: formats.SNIFFED]).name == name
    assert preparation.decode(KINDS[name], "photo.txt").size == (64, 32)


def test_every_format_is_either_read_or_has_a_remedy_and_a_name_for_a_sentence():
    for known in formats.FORMATS:
        assert known.what.split()[0] in ("a", "an")
        assert known.decoder or known.remedy
        assert bool(known.suffixes) == bool(known.decoder)


def test_without_the_plugin_heic_is_named_with_a_remedy_and_all_else_works(monkeypatch: pytest.MonkeyPatch):
    genuine = formats._has_decoder
    monkeypatch.setattr(formats, "_has_decoder", lambda decoder: decoder != "pillow_heif" and genuine(decoder))
    with pytest.raises(ImageError, match=r"^IMG_1\.jpg is a HEIC image; save it as JPEG first, on an iPhone by Settings, Camera, Formats"):
        preparation.decode(KINDS["HEIC"], "IMG_1.jpg")
    assert "HEIC" not in formats.named()
    assert ".heic" not in formats.suffixes()
    for name in KINDS.keys() - {"HEIC"}:
        assert preparation.decode(KINDS[name]).size == (64, 32)


def test_a_plugin_that_cannot_be_loaded_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch):
    def broken(module: str) -> None:
        raise ImportError("libheif.so.1: cannot open shared object file")

    monkeypatch.setattr(formats.importlib, "import_module", broken)
    formats._has_decoder.cache_clear()
    assert "HEIC" not in formats.named()
    formats._has_decoder.cache_clear()


# Remarks in a PNG


@pytest.mark.parametrize("orientation", [3, 6])
def test_the_remarks_that_turn_a_picture_are_kept_beside_long_ones(orientation: int):
    long = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2_000_000)))
    raw = f"\nexif\n{len(exif(orientation)) + 6:8}\n{(b'Exif' + bytes(2) + exif(orientation)).hex()}\n".encode()
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="{orientation}"/>'.encode()
    remarks = (
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
        chunk(b"eXIf", exif(orientation)),
    )
    upright = noise(45, 33)
    for remark in remarks:
        file = array_png(TURNED[orientation](upright), extra=long + remark + long)
        np.testing.assert_array_equal(preparation.decode(file), upright)


# Sixteen bits


@pytest.mark.parametrize(
    ("pictures", "bits"),
    [
        ([Brightest(4_095), None, Brightest(200)], 12),
        ([Brightest(200), Brightest(16_384)], 16),
        ([Brightest(16_383)], 14),
        ([Brightest(65_535, promised=12)], 16),
        ([Brightest(900, promised=12), Brightest(100)], 12),
        ([Brightest(5_000, promised=12)], 13),
        ([Brightest(900, promised=16)], 16),
        ([Brightest(1)], 1),
        ([Brightest(0)], 16),
        ([None], 16),
        ([], 16),
    ],
)
def test_a_set_uses_as_many_bits_as_its_brightest_picture(pictures: list, bits: int):
    assert bit_depth.of_all(pictures) == bits


def test_no_more_pictures_are_looked_at_than_decide():
    seen = []

    def pictures():
        for value in (100, 40_000, 100):
            seen.append(value)
            yield Brightest(value)

    assert bit_depth.of_all(pictures()) == 16
    assert seen == [100, 40_000]


def test_brightness_is_measured_of_sixteen_bits_only():
    twelve = quarters(odd_formats.TWELVE, kind=np.uint16)
    assert preparation.brightest(array_png(twelve)) == Brightest(4_095)
    assert preparation.brightest(saved(twelve, "TIFF")) == Brightest(4_095)
    assert preparation.brightest(array_png(twelve, extra=chunk(b"sBIT", b"\x0e"))) == Brightest(4_095, promised=14)
    assert preparation.brightest(array_png(np.stack([twelve] * 3, -1))) == Brightest(4_095)
    for name in KINDS:
        assert preparation.brightest(KINDS[name]) is None


@pytest.mark.parametrize("colours", [False, True])
def test_pictures_of_one_set_keep_their_relative_brightness(colours: bool):
    bright, dim = (np.full((8, 8), value, np.uint16) for value in (4_000, 1_000))
    pair = [np.stack([values] * 3, -1) if colours else values for values in (bright, dim)]
    alone = [np.asarray(preparation.decode(array_png(values))).max() for values in pair]
    together = [np.asarray(preparation.decode(array_png(values), bits=12)).max() for values in pair]
    assert together == [249, 62]
    assert alone == [249, 249]


def test_the_steps_say_that_a_picture_was_brightened():
    picture = preparation.decode(array_png(quarters(odd_formats.TWELVE, kind=np.uint16)))
    first = preparation.prepare(picture, (1, 28, 28), preparation.Preparation()).steps[0]
    assert first.title == "The picture, brightened: it uses 12 of 16 bits"
    assert first.picture.max() == 255
    assert (
        preparation.prepare(preparation.decode(array_png(quarters(GREYS))), (1, 28, 28), preparation.Preparation()).steps[0].title
        == "The picture"
    )


def test_an_image_is_one_of_pillows_without_anything_else():
    assert type(preparation.decode(KINDS["HEIC"])) is Image.Image

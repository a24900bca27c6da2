"""The one table of file formats: which pictures are read, and which files are only recognised and what to do with those.

A format is told by a file's first bytes, never by its name. Reads and decodes nothing.
"""

import importlib.util
import re
from dataclasses import dataclass
from functools import cache

__all__ = ["FORMATS", "SNIFFED", "Format", "named", "readable", "recognise", "suffixes"]

SNIFFED = 4096
"""As many first bytes tell every format."""


@dataclass(frozen=True)
class Format:
    """A kind of file."""

    name: str
    what: str
    """For a sentence: `a HEIC image`."""
    signature: re.Pattern[bytes]
    """What a file of this kind begins with."""
    suffixes: tuple[str, ...] = ()
    """Of file names, with the dot; only of formats that can be read."""
    decoder: str = ""
    """Pillow's name for the format, or the module that decodes it; empty when it is only recognised."""
    remedy: str = ""
    """What to do with a file of this kind where it cannot be read."""

    @property
    def is_read(self) -> bool:
        """Whether this installation can decode it."""
        return _has_decoder(self.decoder)


_PNG_OR_JPEG = "save it as PNG or JPEG first"
_PHOTO = "save it as JPEG first, on an iPhone by Settings, Camera, Formats, Most Compatible"
_UNPACK = "unpack it and choose the pictures in it"
_PICTURE_OF_IT = "make a picture of it first, for example a screenshot"
_TAKE_OUT = "save each picture in it as PNG first"
_RAW = rb"II\*\0.{4}CR|II[RU]|MMOR|II\x1a\0\0\0HEAP|FUJIFILMCCD|FOVb|\0MRM|.{4}ftypcrx "
_HEIC = rb".{4}ftyp(?:he[iv][cxmsv]|mif1|msf1)"
_VIDEO = rb".{4}(?:ftyp|moov|mdat|wide)|\x1a\x45\xdf\xa3|RIFF.{4}AVI |\0\0\x01\xba"
_HTML = rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)"


def _format(name: str, what: str, signature: bytes, *suffixes: str, decoder: str = "", remedy: str = _PNG_OR_JPEG) -> Format:
    return Format(name, what, re.compile(signature, re.DOTALL), suffixes, decoder, remedy)


FORMATS = (
    _format("PNG", "a PNG image", rb"\x89PNG\r\n\x1a\n", ".png", decoder="PNG"),
    _format("JPEG", "a JPEG image", rb"\xff\xd8\xff", ".jpg", ".jpeg", ".jpe", ".jfif", decoder="JPEG"),
    _format("WebP", "a WebP image", rb"RIFF.{4}WEBP", ".webp", decoder="WEBP"),
    _format("BMP", "a BMP image", rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", ".bmp", ".dib", decoder="BMP"),
    _format("GIF", "a GIF image", rb"GIF8[79]a", ".gif", decoder="GIF"),
    _format("RAW", "a camera's raw photo", _RAW, remedy=_PHOTO),
    _format("TIFF", "a TIFF image", rb"II[*+]\0|MM\0[*+]", ".tif", ".tiff", decoder="TIFF"),
    _format("AVIF", "an AVIF image", rb".{4}ftyp(?:avi[fs]|m[is]f1.{4}(?:.{4}){0,15}?avi[fs])", ".avif", decoder="AVIF"),
    _format("HEIC", "a HEIC image", _HEIC, ".heic", ".heif", ".hif", decoder="pillow_heif", remedy=_PHOTO),
    _format("JPEG XL", "a JPEG XL image", rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n"),
    _format("JPEG 2000", "a JPEG 2000 image", rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
    _format("JPEG XR", "a JPEG XR image", rb"II\xbc"),
    _format("SVG", "an SVG drawing", rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?\?>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE\s+svg|<svg)"),
    _format("PSD", "a Photoshop document", rb"8BPS"),
    _format("XCF", "a GIMP document", rb"gimp xcf"),
    _format("PDF", "a PDF document", rb"(?:\xef\xbb\xbf)?\s*%PDF-", remedy=_PICTURE_OF_IT),
    _format("EPS", "a PostScript document", rb"%!PS|\xc5\xd0\xd3\xc6"),
    _format("ICO", "an icon", rb"\0\0[\x01\x02]\0[\x01-\x40]\0"),
    _format("PNM", "a PNM image", rb"P[1-7][ \t\r\n]+[0-9#W]"),
    _format("EXR", "an OpenEXR image", rb"v/1\x01"),
    _format("QOI", "a QOI image", rb"qoif"),
    _format("FITS", "a FITS image", rb"SIMPLE  ="),
    _format("DICOM", "a DICOM image", rb".{128}DICM"),
    _format("array", "an array of numbers", rb"\x93NUMPY|\x89HDF\r\n\x1a\n|MATLAB 5", remedy=_TAKE_OUT),
    _format("video", "a video", _VIDEO, remedy="save a frame of it as PNG"),
    _format("ZIP", "a ZIP archive or an office document", rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", remedy=_UNPACK),
    _format("7z", "a 7z archive", rb"7z\xbc\xaf\x27\x1c", remedy=_UNPACK),
    _format("RAR", "a RAR archive", rb"Rar!\x1a\x07", remedy=_UNPACK),
    _format("archive", "an archive", rb"\x1f\x8b|BZh[1-9]|\xfd7zXZ\0|\x28\xb5\x2f\xfd|.{257}ustar", remedy=_UNPACK),
    _format("Office", "an office document", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", remedy=_TAKE_OUT),
    _format("web page", "a web page", _HTML, remedy="save the picture on it, not the page"),
    _format("AppleDouble", "a metadata file of macOS and no picture", rb"\0\x05\x16[\0\x07]", remedy="choose the file that it is about"),
    _format("pointer", "a pointer to a file that is elsewhere", rb"version https://git-lfs", remedy="fetch the file itself"),
)  # of two that fit, the earlier one


def recognise(first_bytes: bytes) -> Format | None:
    """What kind of file begins so, by content alone; `SNIFFED` bytes are enough. None for what is not in the table."""
    return next((known for known in FORMATS if known.signature.match(first_bytes[:SNIFFED])), None)


def readable() -> tuple[Format, ...]:
    """The formats that this installation reads."""
    return tuple(known for known in FORMATS if known.is_read)


def suffixes() -> tuple[str, ...]:
    """The suffixes of files that this installation reads, with the dot."""
    return tuple(suffix for known in readable() for suffix in known.suffixes)


def named(last: str = "or") -> str:
    """The formats that this installation reads, for a sentence: `PNG, JPEG or BMP`."""
    *others, final = [known.name for known in readable()]
    return f"{', '.join(others)} {last} {final}"


@cache
def _has_decoder(decoder: str) -> bool:
    """Whether Pillow was built with what it needs for the format, or the module that decodes it can be imported."""
    from PIL import features

    if decoder in ("WEBP", "AVIF"):
        return bool(features.check(decoder.lower()))
    if decoder == "pillow_heif":
        return importlib.util.find_spec(decoder) is not None and _can_be_imported(decoder)
    return bool(decoder)


def _can_be_imported(module: str) -> bool:
    try:
        importlib.import_module(module)
    except (ImportError, OSError):
        return False
    return True

"""What a file is, by its first bytes, and what to do with one that cannot be used. Decodes nothing."""

import os
import re

HEAD_BYTES = 512
"""How much of a file is looked at."""
TITLES = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "BMP": "BMP", "GIF": "GIF", "TIFF": "TIFF", "AVIF": "AVIF", "HEIF": "HEIC"}
TABLES = (".csv", ".tsv", ".tab", ".txt")

_CONVERT = "convert them to PNG or JPEG"
_UNPACK = "unpack it first"
_RAW = (".cr2", ".nef", ".arw", ".dng", ".pef", ".srw", ".orf", ".rw2", ".raf", ".cr3", ".3fr", ".nrw")
_PICTURES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".heif", ".hif")
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"RIFF....WEBP", "WEBP"),
    (rb"BM.{4}.{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", "BMP"),
    (rb"GIF8[79]a", "GIF"),
    (rb"....ftyp(avif|avis)", "AVIF"),
    (rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", "HEIF"),
    (rb"....ftypcrx ", "RAW"),
    (rb"II\*\x00.{4}CR|IIRO|IIRS|IIU\x00|FUJIFILMCCD-RAW", "RAW"),
    (rb"II[*+]\x00|MM\x00[*+]", "TIFF"),
    (rb"\xff\x0a|\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", "JPEG 2000"),
    (rb"8BPS", "PSD"),
    (rb"P[1-7]\s", "PNM"),
    (rb"\x00\x00[\x01\x02]\x00[^\x00]\x00", "ICO"),
    (rb".{128}DICM", "DICOM"),
    (rb"%PDF-", "PDF"),
    (rb"....ftyp|.{4}(moov|mdat)|RIFF....AVI |\x1aE\xdf\xa3", "film"),
    (rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg", "SVG"),
    (rb"(\xef\xbb\xbf)?\s*(?i:<!doctype html|<html)", "HTML"),
    (rb"version https://git-lfs", "LFS"),
    (rb"\xd0\xcf\x11\xe0", "OLE"),
    (rb"PK(\x03\x04|\x05\x06)", "ZIP"),
    (rb"Rar!\x1a\x07", "RAR"),
    (rb"7z\xbc\xaf\x27\x1c", "7z"),
    (rb"\x1f\x8b|BZh[1-9]|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|.{257}ustar", "TAR"),
    (rb"\x93NUMPY|\x89HDF\r\n\x1a\n|MATLAB 5", "NumPy"),
    (rb"\x00\x05\x16[\x00\x07]", "AppleDouble"),
)
_KINDS = [(re.compile(pattern, re.DOTALL), kind) for pattern, kind in _SIGNATURES]
_REASONS = {
    "GIF": f"GIF picture: {_CONVERT}",
    "TIFF": f"TIFF picture: {_CONVERT}",
    "AVIF": f"AVIF picture: {_CONVERT}",
    "HEIF": "HEIC photo: on the phone choose Settings → Camera → Formats → Most Compatible, or convert them to JPEG",
    "RAW": "RAW photo: export them as JPEG",
    "JPEG XL": f"JPEG XL picture: {_CONVERT}",
    "JPEG 2000": f"JPEG 2000 picture: {_CONVERT}",
    "PSD": "Photoshop file: export it as PNG",
    "PNM": f"PNM picture: {_CONVERT}",
    "ICO": f"icon: {_CONVERT}",
    "DICOM": "DICOM picture: export them as PNG",
    "PDF": "PDF: export its pictures as PNG or JPEG",
    "SVG": "SVG drawing: export it as PNG",
    "film": "film: save single pictures of it",
    "HTML": "web page in place of a picture: download it anew",
    "LFS": "Git LFS pointer in place of a picture: run git lfs pull",
    "ZIP": f"ZIP archive: {_UNPACK}",
    "RAR": f"RAR archive: {_UNPACK}",
    "7z": f"7z archive: {_UNPACK}",
    "TAR": f"packed archive: {_UNPACK}",
    "NumPy": "array of numbers: save its pictures as PNG",
    "AppleDouble": "remark of macOS, not a picture",
}


def readable() -> str:
    """The formats that are read, for a sentence."""
    from vae_core.data.images import FORMATS  # loads Pillow, which a list of sets does not need

    titles = [TITLES.get(name, name) for name in FORMATS]
    return f"{', '.join(titles[:-1])} or {titles[-1]}"


def kind(head: bytes) -> str:
    """The format of a file, by Pillow's name if it is a picture; empty when its first bytes do not tell."""
    return next((kind for pattern, kind in _KINDS if pattern.match(head)), "")


def problem(head: bytes, name: str) -> str:
    """Why a file of that name cannot be used, and what to do; empty for a picture in a format that is read."""
    from vae_core.data.images import FORMATS

    suffix, found = os.path.splitext(name)[1].casefold(), kind(head)
    if found == "TIFF" and suffix in _RAW:
        found = "RAW"
    if found in FORMATS:
        return ""
    if not head:
        return "empty"
    if suffix in (".xlsx", ".xls", ".ods", ".numbers") and found in ("ZIP", "OLE"):
        return "spreadsheet: save it as CSV, and its labels can be used"
    if suffix in (".docx", ".pptx", ".odt", ".odp", ".pages", ".key", ".doc", ".ppt") and found in ("ZIP", "OLE"):
        return "office document: save its pictures as PNG or JPEG"
    return _REASONS.get(found) or ("cannot be recognised as a picture" if suffix in _PICTURES else f"not a {readable()} file")

"""Why a file of a source is no picture, in a few words, and what to do with it. What begins how is known by `data.formats`."""

import os

from vae_core.data.pictures.formats import SNIFFED, Format, named, recognise

HEAD_BYTES = SNIFFED
TABLES = (".csv", ".tsv", ".tab", ".txt")

_RAW = (".nef", ".arw", ".dng", ".pef", ".srw", ".cr2", ".3fr", ".nrw")
_SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers")
_DOCUMENTS = (".docx", ".pptx", ".odt", ".odp", ".pages", ".key", ".doc", ".ppt")
_PICTURES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".heif", ".hif")


def problem(head: bytes, name: str) -> str:
    """Why a file of that name that begins so cannot be used; empty for a picture in a format that is read, whatever its name."""
    suffix, found = os.path.splitext(name)[1].casefold(), recognise(head)
    if found and found.name == "TIFF" and suffix in _RAW:
        return "raw photo: export it as JPEG"
    if found and found.is_read:
        return ""
    if found:
        return _named(found, suffix)
    if not head:
        return "empty"
    return "cannot be recognised as a picture" if suffix in _PICTURES else f"not a {named()} file"


def _named(found: Format, suffix: str) -> str:
    if found.name in ("ZIP", "Office") and suffix in _SPREADSHEETS:
        return "spreadsheet: save it as CSV, and its labels can be used"
    if found.name in ("ZIP", "Office") and suffix in _DOCUMENTS:
        return "office document: save its pictures as PNG or JPEG"
    return f"{found.what.partition(' ')[2]}: {found.remedy}"

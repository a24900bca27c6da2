"""An image from the clipboard or from a phone's camera, as Streamlit components that hand it to Python. Know no picture format."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from ui.components.mount import component, nothing
from vae_core.data.pictures.preparation import MAX_BYTES

TITLE = "Pasted image"
MAX_TITLE = 80


@dataclass(frozen=True)
class Pasted:
    """What a person pasted: foreign bytes under a foreign name."""

    data: bytes
    title: str
    """One line of at most 80 characters: the name of the file that was copied, or "Pasted image"."""
    number: int
    """1, 2, 3 … in one page of a browser, so that two of them can be told apart."""


def paste(key: str) -> Pasted | None:
    """Show the line, and rerun once for each image that is pasted: that run gets it, every other None. The caller keeps what it needs."""
    return _parse(_PASTE(data={"most": MAX_BYTES}, key=key, on_image_change=nothing).get("image"))


def take_photo(key: str) -> Pasted | None:
    """Show a button that opens a phone's camera, also where the page itself may not use it: by plain http. As `paste` otherwise."""
    return _parse(_PHOTO(data={"most": MAX_BYTES}, key=key, on_image_change=nothing).get("image"))


def _parse(answer: Any) -> Pasted | None:
    """The browser's image; anything that is not as the browser writes it does not count."""
    if not isinstance(answer, dict):
        return None
    number, title, text = (answer.get(name) for name in ("number", "title", "data"))
    if type(number) is not int or number < 1 or not isinstance(title, str) or not isinstance(text, str):
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return Pasted(data, _plain(title), number) if 0 < len(data) <= MAX_BYTES else None


def _plain(name: str) -> str:
    """A file's name on one line; browsers call an image without one image.png."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:MAX_TITLE]
    return TITLE if re.fullmatch(r"(image\.\w+)?", line) else line


_PASTE = component("paste", script="paste/paste.js", styles=("paste/paste.css",))
_PHOTO = component("photo", script="paste/photo.js", styles=("paste/paste.css",))

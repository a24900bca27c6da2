"""What a page says, and ways through it, for the tests of pages without a browser."""

import base64
import dataclasses
import io
import json
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest
from visiting import INTERPOLATE, checked, visit

from ui.frame import PAGES as MENU
from vae_core.runs.run import Run


def links(app: AppTest) -> dict[str, str]:
    """Labels of the page's links below the menu, and where they lead."""
    found = [link.proto for link in app.get("page_link")][len(MENU) :]
    return {link.label: f"{link.page}?{link.query_string}" for link in found}


def titles(app: AppTest) -> list[str]:
    """The names on the gallery's cards."""
    heads = [re.match(r"\*\*(.+)\*\*(  \n|$)", text.value) for text in app.markdown]
    return [re.sub(r"\\(.)", r"\1", head[1]) for head in heads if head]


def choose(app: AppTest, run: str, entry: str) -> AppTest:
    """Choose an entry of a card's menu."""
    return checked(app.menu_button(key=f"gallery.more.{run}").click(entry).run())


def errors(app: AppTest) -> list[str]:
    """The sentences of refusal, as a person reads them: without the escapes that keep markdown away."""
    return [re.sub(r"\\(.)", r"\1", error.value) for error in app.error]


def read(markdown: str) -> str:
    """A sentence as it is read, without the addresses of its links."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", markdown)


def view(app: AppTest) -> dict:
    """What the latent map was told: run, point and axes."""
    return next(json.loads(mount.proto.json) for mount in app.get("bidi_component") if '"axes":' in mount.proto.json)


def shown(app: AppTest) -> list[np.ndarray]:
    """The images that the page's last component for images was given, as uint8 (C, H, W)."""
    given = (json.loads(part.proto.json) for part in reversed(app.get("bidi_component")) if part.proto.json)
    data = next(data for data in given if data.keys() & {"image", "images"})
    texts = data.get("images") or [data["image"]]
    return [np.frombuffer(base64.b64decode(text), np.uint8).reshape(1, 28, 28) for text in texts]


def photo() -> bytes:
    """A dark seven on white paper, larger than any model's input, as a PNG."""
    picture = Image.new("L", (300, 200), 235)
    ImageDraw.Draw(picture).line([(110, 50), (190, 50), (140, 150)], fill=30, width=14)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def at_the_sheet_of(number: int, **address: str) -> AppTest:
    """Interpolate, where an image is to be exchanged."""
    app = visit(INTERPOLATE, run="tiny-2d", **address)
    app.session_state["interpolate.open"] = number
    return checked(app.run())


def put(folder: Path, **status: object) -> Run:
    """Make `tiny-2d` a run in another state, with something to resume."""
    run = Run(folder / "tiny-2d")
    run.write_status(dataclasses.replace(run.stored_status(), **status))
    run.resume.write_bytes(b"state")
    return run

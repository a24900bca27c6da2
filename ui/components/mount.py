"""What mounts a component: scripts and styles from the files beside this one, an image as text, a callback for nobody."""

import base64
from typing import Any

import numpy as np
import streamlit as st

from ui.components.link import COMPONENTS, link


def component(name: str, *, script: str, styles: tuple[str, ...] = ()) -> Any:
    """A component that is mounted at once with its data; with `styles`, it looks as controls.css says and then as they say."""
    return st.components.v2.component(name, js=link(script), css=read("view/controls.css", *styles) if styles else None)


def part_of_the_page(name: str, *, script: str, styles: tuple[str, ...] = ()) -> Any:
    """A component in the page's own tree instead of one of its own: its style sheets reach it, and it can describe what is there."""
    return st.components.v2.component(name, js=link(script), css=read(*styles) if styles else None, isolate_styles=False)


def read(*names: str) -> str:
    """Files of this folder, one after the other."""
    return "".join((COMPONENTS / name).read_text(encoding="utf-8") for name in names)


def as_text(image: np.ndarray) -> str:
    """The pixels of an image in base64, as base64.js reads them."""
    return base64.b64encode(np.ascontiguousarray(image).tobytes()).decode()


def nothing() -> None:
    """For a state whose change nobody waits for: a component may set a state only if someone listens."""

"""A wall of drawings as a Streamlit component: each with what it is, one's own with a button to remove it. Knows no collection."""

import base64
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from vae_core.data.own import Drawing


def wall(drawings: Sequence[Drawing], *, author: str, key: str) -> str | None:
    """Show drawings, uint8 (C, H, W), in their order. Returns the id of one by `author` that is to be removed, once; else None."""
    shown = [
        {
            "id": drawing.id,
            "label": drawing.label,
            "mine": drawing.author == author,
            "shape": list(drawing.image.shape),
            "image": base64.b64encode(drawing.image.tobytes()).decode(),
        }
        for drawing in drawings
    ]
    asked = _WALL(data={"drawings": shown}, key=key, on_remove_change=_nothing).get("remove")
    return asked if asked in [drawing["id"] for drawing in shown if drawing["mine"]] else None


def _nothing() -> None:
    pass


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


_WALL = st.components.v2.component("wall", js=_read("wall.js"), css=_read("wall.css"))

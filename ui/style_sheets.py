"""The style sheets of what stands around the components: of every page at once, since their rules name the keys of their elements."""

import functools
from pathlib import Path

import streamlit as st

HOME = Path(__file__).with_name("styles")
_LARGER = "projector.css"


def style_sheets(*, larger: bool) -> None:
    """Draw the style sheets, with that of the projector switch if everything is to be larger.

    A browser has all but the latter with the page already, if the server could put them there (`static_files.serve_styles`).
    """
    st.html(f"<style>{everything()}{_read(_LARGER) if larger else ''}</style>")


@functools.cache
def everything() -> str:
    """The rules that hold without the projector switch."""
    return "".join(_read(path.name) for path in sorted(HOME.glob("*.css")) if path.name != _LARGER)


@functools.cache
def _read(name: str) -> str:
    return (HOME / name).read_text(encoding="utf-8")

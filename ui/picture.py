"""Pictures sent within the page, as data URIs. Knows no page."""

import base64
from typing import Literal

import streamlit as st


def data_uri(picture: bytes, kind: str = "image/png") -> str:
    """A picture as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(picture).decode()}"


def show_png(png: bytes, width: int | Literal["stretch"] = "stretch", *, alt: str = "") -> None:
    """Show a PNG as part of the page: a media file of Streamlit's is gone when the page reruns before the browser has loaded it."""
    st.image(data_uri(png), width=width, alt=alt)

"""Pictures sent within the page, as data URIs. Knows no page."""

import base64
from typing import Literal

import streamlit as st


def data_uri(picture: bytes, kind: str = "image/png") -> str:
    """An address that holds all of a picture."""
    return f"data:{kind};base64,{base64.b64encode(picture).decode()}"


def show_png(png: bytes, width: int | Literal["stretch"] = "stretch") -> None:
    """Show a PNG. It travels with the page: a file of Streamlit's is gone when the page is drawn anew before the browser asks for it."""
    st.image(data_uri(png), width=width)

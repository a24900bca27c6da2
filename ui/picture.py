"""Pictures that change with a control. Knows no page."""

import base64

import streamlit as st


def show_png(png: bytes, width: int | str = "stretch") -> None:
    """Show a PNG. It travels with the page: a file of Streamlit's is gone when the page is drawn anew before the browser asks for it."""
    st.image(f"data:image/png;base64,{base64.b64encode(png).decode()}", width=width)

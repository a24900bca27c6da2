"""A row of images with what they are and numbers about them. Knows no experiment."""

import numpy as np
import streamlit as st

from ui.picture import show_png
from vae_core.files.pictures import contact_sheet, png

SMALLEST_TILE = 96
"""Pixels: every pixel of a smaller image becomes a square, so that the browser has nothing to blur."""


def picture_row(name: str, facts: str, images: np.ndarray) -> None:
    """Draw images uint8 (N, C, H, W) side by side, beside their name and what is said of them, both markdown."""
    words, pictures = st.columns([2, 5], vertical_alignment="center", gap="small")
    words.markdown(f"**{name}**  \n{facts}")
    with pictures:
        show_png(png(contact_sheet(images, len(images)), scale=max(1, SMALLEST_TILE // images.shape[-1])), alt=f"{name}: {facts}")

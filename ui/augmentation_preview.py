"""Previews augmentation: some images and below each the same changed, made by another process."""

import base64
import json

import streamlit as st

from ui.picture import show_png
from vae_core import data
from vae_core.config import TrainConfig
from vae_core.processes import asking

ANSWERS = "vae_core.training.augmentation_preview"
SETTINGS = ("rotation", "shift", "zoom", "brightness", "flip")


def show_preview(config: TrainConfig) -> None:
    """Draw images of the data set and what the chosen augmentation makes of them; it appears when it is ready and blocks nothing."""
    chosen = {name: getattr(config, name) for name in SETTINGS}
    if not any(chosen.values()):
        st.caption("Augmentation changes each training image a little every time it is seen: few images teach more. It is off now.")
    elif data.is_available(config.dataset):
        question = json.dumps({"dataset": config.dataset, **chosen})
        waits = not asking.answer(ANSWERS, question).done
        st.fragment(_show, run_every=0.5 if waits else None)(question, waits)


def _show(question: str, waits: bool) -> None:
    strip = asking.answer(ANSWERS, question)
    if not strip.done:
        st.caption("Changing some images …")
    elif waits:  # a rerun of the page ends the polling
        st.rerun()
    elif strip.result is None:
        st.caption("The changed images could not be shown")
    else:
        show_png(base64.b64decode(strip.result))
        st.caption("Above, images of the data set; below, what a training may see of each.")

"""The dialog with what a network is made of: drawn, and as a table. A process with torch finds it out."""

import json
import time

import streamlit as st

from ui.components.network_layers import network_layers
from ui.markdown import escape
from ui.state import Widgets
from vae_core.config import RunConfig
from vae_core.processes import asking
from vae_core.runs.run import Run

MODULE = "vae_core.models.summary"
SECONDS_AT_MOST = 60.0
SECONDS_BETWEEN_LOOKS = 0.1
UNANSWERED = "The network could not be built in time. Close this and try again in a minute, when the computer is less busy."


@st.dialog("What is inside", width="large")
def inside(run: Run) -> None:
    """Open the dialog about the network of a run."""
    with st.spinner("Building the network. It takes some seconds."):
        answer = _answer(run.config)
    if answer is None:
        st.error(UNANSWERED, icon=":material/error:")
        return
    layers = json.loads(answer)
    st.caption(
        f"{escape(run.title)}: {sum(layer['parameters'] for layer in layers):,} parameters. "
        "Each block is what a layer gives for one image: as high as the image or the number of units, as wide as the number of channels."
    )
    network_layers(layers, key=Widgets.GALLERY.of("layers", run.id))


def _answer(config: RunConfig) -> bytes | None:
    """The layers as JSON; None where they could not be found out in time."""
    question, deadline = json.dumps(config.to_json()["model"]), time.monotonic() + SECONDS_AT_MOST
    while not (found := asking.answer(MODULE, question, SECONDS_AT_MOST)).done and time.monotonic() < deadline:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return found.result

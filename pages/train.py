"""Launches a training and follows it: losses, time left, previews. Everything is read from the run's folder."""

import streamlit as st

from ui import state
from ui.class_drawings import class_drawings
from ui.frame import page
from ui.import_form import import_form
from ui.state import Widgets
from ui.together import together
from ui.training_form import training_form
from ui.training_view import training_view
from vae_core import runs

CHOOSE = "Choose pictures, a recipe and β; then watch a [VAE](#term-vae) learn."
WATCH = "How a model learns, epoch by epoch: play its film."
INSTEAD = {
    state.OWN: "Pictures of your own become a data set, to train a model on.",
    state.DRAW: "What everybody draws becomes a data set, to train a model on.",
}


def about() -> str:
    """What one is looking at."""
    return WATCH if state.requested_run() else INSTEAD.get(requested_mode(), CHOOSE)


def requested_mode() -> str:
    """What is done here instead of training; empty for the form."""
    return state.requested(state.MODE, tuple(INSTEAD)) or ""


def head(heading: str) -> None:
    """Draw what is done here instead of training, with the way back."""
    with st.container(horizontal=True, vertical_alignment="center", key=Widgets.TRAIN.of("head")):
        st.subheader(heading, anchor=False, width="content")
        st.page_link(
            state.TRAIN, label="Back to training", icon=":material/arrow_back:", query_params=state.link_here(mode="", collection="")
        )


with page("Train", about):
    known = runs.list_runs()
    requested, mode = state.requested_run(), requested_mode()
    run = next((run for run in known if run.id == requested), None)
    if requested is not None and run is None:
        st.warning("The link names a run that is not here.", icon=":material/link_off:")
    if run:
        together(run, known)
        training_view(run)
    elif mode == state.OWN:
        head("Bring your own pictures")
        import_form()
    elif mode == state.DRAW:
        head("Draw together")
        class_drawings()
    else:
        training_form(known)

"""Launches a training and follows it: losses, time left, previews. Everything is read from the run's folder."""

import streamlit as st

from ui import state
from ui.frame import page
from ui.training_form import training_form
from ui.training_view import training_view
from vae_core import runs

with page("Train"):
    own = [run for run in runs.list_runs() if not run.shipped]
    requested = state.requested_run()
    run = next((run for run in runs.list_runs() if run.id == requested), None)
    if requested is not None and run is None:
        st.warning("The link names a run that is not here.", icon=":material/link_off:")
    if run:
        training_view(run)
    else:
        training_form(own)

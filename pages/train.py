"""Launch a training and watch it: the losses, the time left, the film. What happens is read from the run's folder."""

import streamlit as st

from ui import state
from ui.frame import page
from ui.training_form import training_form
from ui.training_view import training_view
from vae_core import runs

with page("Train"):
    own = [run for run in runs.list_runs() if not run.shipped]
    asked = state.asked_run()
    run = next((run for run in runs.list_runs() if run.id == asked), None)
    if asked is not None and run is None:
        st.warning("The link names a run that is not here.", icon=":material/link_off:")
    if run:
        training_view(run)
    else:
        training_form(own)

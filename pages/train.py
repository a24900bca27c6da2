"""Launch a training and watch it: the losses, the time left, the film. What happens is read from the run's folder."""

import streamlit as st

from ui import state
from ui.frame import page
from ui.launch import launch_form
from ui.watch import watch
from vae_core import runs

with page("Train"):
    own = [run for run in runs.list_runs() if not run.shipped]
    run = state.run_in_url(runs.list_runs())
    if state.url_names_no_run(runs.list_runs()):
        st.warning("The link names a run that is not here.", icon=":material/link_off:")
    if run:
        watch(run)
    else:
        launch_form(own)

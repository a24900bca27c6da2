"""What a model is for, as experiments with numbers: anomalies, noise, compression, known factors."""

from collections.abc import Callable

import streamlit as st

from ui import state
from ui.anomaly_view import anomaly_view
from ui.availability import why_missing
from ui.chosen_run import chosen_run
from ui.compression_view import compression_view
from ui.denoising_view import denoising_view
from ui.factors_view import factors_view
from ui.frame import page
from ui.glossary import term
from ui.markdown import escape
from ui.state import Widgets
from vae_core.runs.run import Run

VIEWS: dict[str, tuple[str, Callable[[Run], None]]] = {
    "anomalies": ("Anomalies", anomaly_view),
    "denoising": ("Denoising", denoising_view),
    "compression": ("Compression", compression_view),
    "factors": ("Factors", factors_view),
}
VIEW = Widgets.EXPERIMENTS.of("view")


def choose_view() -> str:
    """Draw the experiments as a row of buttons and return the chosen one."""
    first = next(iter(VIEWS))
    state.initialise(VIEW, state.requested(state.TAB, list(VIEWS)), first)
    chosen: str | None = st.segmented_control(
        "Experiment",
        list(VIEWS),
        default=st.session_state[VIEW],
        format_func=lambda name: VIEWS[name][0],
        key=VIEW,
        label_visibility="collapsed",
        required=True,
        wrap=True,
    )
    view = chosen or first
    state.update_url(tab="" if view == first else view)
    return view


ABOUT = f"What a model is for: {term('anomaly', 'anomalies')}, {term('denoising', 'noise')}, compression, {term('factor', 'known factors')}"

with page("Experiments", ABOUT) as bar:
    run = chosen_run(bar)
    if not run.codes.exists():
        st.info(escape(why_missing(run)), icon=":material/hourglass_empty:")
        st.stop()
    VIEWS[choose_view()][1](run)

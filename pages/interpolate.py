"""From one image to another through the latent space: paths, corners, sums and directions. The browser decodes."""

import streamlit as st

from ui import cached, inputs, state
from ui.availability import why_missing
from ui.components.interpolation import Mode, View, interpolation
from ui.frame import page
from ui.markdown import escape
from ui.models import chosen_run
from ui.state import Widgets

MODES: dict[Mode, tuple[str, str]] = {
    "path": ("From A to B", "AB"),
    "corners": ("Four corners", "ABCD"),
    "arithmetic": ("A − B + C", "ABC"),
    "direction": ("Towards a class", "A"),
}

MODE = Widgets.INTERPOLATE.of("mode")

with page("Interpolate"):
    run = chosen_run()
    if not inputs.has_samples(run):
        st.info(escape(why_missing(run, "its images")), icon=":material/hourglass_empty:")
        st.stop()
    state.initialise(MODE, state.requested(state.MODE, list(MODES)), "path")
    chosen_mode: Mode | None = st.segmented_control(
        "What to do",
        MODES,
        default=st.session_state[MODE],
        format_func=lambda name: MODES[name][0],
        key=MODE,
        label_visibility="collapsed",
        required=True,
    )
    mode = chosen_mode or "path"
    letters = MODES[mode][1]
    chosen = inputs.slots(run, letters, Widgets.INTERPOLATE)
    samples, usual = [one.sample for one in chosen], inputs.usual_samples(run, len(letters))
    named = "" if None in samples or samples == usual else ",".join(map(str, samples))
    state.update_url(mode="" if mode == "path" else mode, samples=named)
    images, titles = [one.image for one in chosen], [one.title for one in chosen]
    interpolation(cached.map_bundle(run), images=images, titles=titles, mode=mode, key=Widgets.INTERPOLATE.of(run.id, mode), start=View())

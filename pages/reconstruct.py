"""One image through a model: its code, its reconstruction, what was lost. Everything follows the hand, in the browser."""

import streamlit as st

from ui import cached, inputs, state
from ui.components.reconstruction import reconstruction
from ui.frame import page
from ui.models import chosen_run

with page("Reconstruct"):
    run = chosen_run()
    bundle, key = cached.map_bundle(run), f"reconstruct.{run.id}"
    asked = state.samples_in_url(len(cached.originals(run).images)) if inputs.has_samples(run) else []
    if asked:
        st.session_state.setdefault(f"{key}.place", asked[0])

    source = inputs.choose_source(run, "reconstruct")
    if source == "Draw":
        state.show_in_url(run)
        reconstruction(bundle, image=None, title="Your drawing", mode="draw", key=f"{key}.drawn")
    else:
        chosen = inputs.choose(run, source, key)
        if chosen is None:
            st.caption("The model's reconstruction appears here as soon as there is an image.")
        else:
            state.show_in_url(run, samples="" if chosen.sample is None else str(chosen.sample))
            reconstruction(bundle, image=chosen.image, title=chosen.title, mode="image", key=f"{key}.shown")

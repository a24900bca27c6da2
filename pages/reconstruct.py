"""One image through a model: its code, its reconstruction, what was lost. The browser computes it all."""

import streamlit as st

from ui import cached, inputs, state
from ui.components.reconstruction import reconstruction
from ui.frame import page
from ui.models import chosen_run
from ui.state import Widgets

with page("Reconstruct") as bar:
    run = chosen_run(bar)
    bundle, key = cached.map_bundle(run), Widgets.RECONSTRUCT.of(run.id)
    place = Widgets.RECONSTRUCT
    source = inputs.choose_source(run, place, requested=state.requested(state.MODE, list(inputs.SOURCES)))
    mode = "" if source == "Sample" else source
    samples = state.requested_samples(len(cached.originals(run).images)) if inputs.has_samples(run) else []
    state.initialise(inputs.sample_key(run, place), samples[0] if samples else None, 0)
    if source == "Draw":
        state.update_url(mode=mode, samples="")
        reconstruction(bundle, image=None, title="Your drawing", mode="draw", key=key.of("drawn"))
    else:
        chosen = inputs.choose(run, source, place)
        if chosen is None:
            state.update_url(mode=mode, samples="")
            st.caption("The model's reconstruction appears here as soon as there is an image.")
        else:
            state.update_url(mode=mode, samples=str(chosen.sample or ""))
            reconstruction(bundle, image=chosen.image, title=chosen.title, mode="image", key=key.of("shown"))

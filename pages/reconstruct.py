"""One image through a model: its code, a sample of it, its reconstruction, what was lost. The browser computes it all."""

import streamlit as st

from ui import cached, inputs, state
from ui.components.reconstruction import reconstruction
from ui.frame import page
from ui.models import chosen_run
from ui.state import Widgets

with page("Reconstruct", "What a model keeps of one image, from left to right.") as bar:
    run = chosen_run(bar)
    bundle, place = cached.map_bundle(run), Widgets.RECONSTRUCT
    key, chosen = place.of(run.id), None
    samples = state.requested_samples(len(cached.originals(run).images)) if inputs.has_samples(run) else []
    state.initialise(inputs.sample_key(run, place), samples[0] if samples else None, 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        source = inputs.choose_source(run, place, requested=state.requested(state.MODE, inputs.SOURCES))
        if source == "Sample":
            chosen = inputs.choose(run, source, place)
    pipeline = st.container()  # above the fields for files, which are many lines high once there is a picture
    if source in ("Upload", "Camera"):
        chosen = inputs.choose(run, source, place)
    state.update_url(mode="" if source == "Sample" else source, samples=str(chosen.sample or "") if chosen else "")
    with pipeline:
        if source == "Draw":
            reconstruction(bundle, image=None, title="Your drawing", mode="draw", key=key.of("drawn"))
        elif chosen:
            title = inputs.in_words(chosen.title)
            reconstruction(bundle, image=chosen.image, title=title, mode="image", key=key.of("shown"), sample=chosen.sample)
    if source in ("Upload", "Camera") and chosen is None:
        st.caption("The model's reconstruction appears here as soon as there is an image.")

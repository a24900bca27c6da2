"""One image through a model: its code, a sample of it, its reconstruction, what was lost. The browser computes it all."""

from functools import partial

import streamlit as st

from ui import cached, inputs, state
from ui.chosen_run import chosen_run
from ui.components.reconstruction import TABS, opened, reconstruction
from ui.frame import page
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
    on_screen = key.of("drawn" if source == "Draw" else "shown")

    def changed() -> None:
        """Have the URL say which panel is open."""
        tab = opened(st.session_state[on_screen])
        state.update_url(tab="" if tab == TABS[0] else tab)

    show = partial(reconstruction, bundle, key=on_screen, tab=state.requested(state.TAB, TABS) or TABS[0], on_change=changed)
    with pipeline:
        if source == "Draw":
            show(image=None, title="Your drawing", mode="draw")
        elif chosen:
            show(image=chosen.image, title=inputs.in_words(chosen.title), mode="image", sample=chosen.sample)
    if source in ("Upload", "Camera") and chosen is None:
        st.caption("The model's reconstruction appears here as soon as there is an image.")

"""Home: one living map that answers a drag at once, and the gallery of models below it."""

import streamlit as st

from ui import cached
from ui.components.latent_map import latent_map
from ui.frame import page
from ui.gallery import gallery
from ui.models import default_run, explorable, fact_line, telling_axes

with page("Home"):
    runs = explorable()
    if runs:
        run = default_run(runs)
        st.markdown("#### Drag in the square: every spot is a code, the picture is what the model makes of it")
        origin = [0.0] * run.config.model.latent_dim
        latent_map(cached.map_bundle(run), run=run.id, point=origin, axes=telling_axes(run), key=f"home.{run.id}", compact=True)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link("pages/latent_map.py", label="Open the full map", icon=":material/explore:", query_params={"run": run.id})
            st.caption(f"{run.title}: {fact_line(run)}")

    gallery()

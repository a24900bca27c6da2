"""Home: a small latent map to drag over, and the gallery of models below it."""

import streamlit as st

from ui import cached, state
from ui.components.latent_map import latent_map
from ui.frame import page
from ui.gallery import gallery
from ui.markdown import escape
from ui.models import default_run, explorable, fact_line, informative_axes
from ui.state import Widgets
from vae_core.errors import RunDamaged
from vae_core.runs.run import Run


@st.fragment
def tile(run: Run) -> None:
    """Draw the map of one model, a fragment; a damaged model is one sentence here, because the gallery shows the others."""
    try:
        bundle, axes, facts = cached.map_bundle(run), informative_axes(run), fact_line(run)
    except RunDamaged as error:
        st.error(escape(f"{run.title} is damaged: {error}."), icon=":material/broken_image:")
        return
    st.markdown("#### Drag anywhere: each point is a latent code, the image is its decoding")
    origin = [0.0] * run.config.model.latent_dim
    latent_map(bundle, run=run.id, point=origin, axes=axes, key=Widgets.HOME.of(run.id), compact=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(state.LATENT_MAP, label="Open the full map", icon=":material/explore:", query_params=state.link(state.LATENT_MAP, run))
        st.caption(f"{escape(run.title)}: {facts}")


with page("Home"):
    runs = explorable()
    if runs:
        tile(default_run(runs))

    gallery()

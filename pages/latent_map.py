"""The latent map: drag a point through latent space and see its decoding. Trains nothing."""

import streamlit as st

from ui import cached, state
from ui.components.latent_map import latent_map
from ui.frame import page
from ui.models import chosen_run, informative_axes
from ui.state import Widgets

with page("Latent map", "Every point of this map is a [code](#term-code); the [decoder](#term-decoder) makes its image. Drag.") as bar:
    run = chosen_run(bar)
    config = run.config.model
    axes_known = [f"z{index + 1}" for index in range(config.latent_dim)] + [f"pc{index + 1}" for index in range(min(8, config.latent_dim))]
    key = Widgets.LATENT_MAP.of(run.id)

    def moved() -> None:
        """Have the URL say where the point was let go."""
        view = st.session_state[key]["view"]
        state.update_url(z=state.as_point(view["point"]), axes=",".join(view["axes"]))

    point = state.requested_point(config.latent_dim) or [0.0] * config.latent_dim
    axes = state.requested_axes(axes_known) or informative_axes(run)
    latent_map(cached.map_bundle(run), run=run.id, point=point, axes=axes, key=key, on_change=moved)

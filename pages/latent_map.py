"""The latent map: drag a point through latent space and see its decoding; or draws from the prior. Trains nothing."""

import streamlit as st

from ui import cached, state
from ui.components.latent_map import DRAWS, latent_map
from ui.frame import page
from ui.models import chosen_run, informative_axes
from ui.state import Widgets

LAYERS = ("tiles", "codes", "tiles,codes", "none")

with page("Latent map", "Every point of this map is a [code](#term-code); the [decoder](#term-decoder) makes its image. Drag.") as bar:
    run = chosen_run(bar)
    latent_dim = run.config.model.latent_dim
    axes_known = [f"z{index + 1}" for index in range(latent_dim)] + [f"pc{index + 1}" for index in range(min(8, latent_dim))]
    key = Widgets.LATENT_MAP.of(run.id)

    def changed() -> None:
        """Have the URL say what the map shows."""
        view = st.session_state[key]["view"]
        state.update_url(
            z=state.as_point(view["point"]),
            axes=",".join(view["axes"]),
            layers=view["layers"],
            mode=view["mode"],
            draws=",".join(map(str, view["draws"])) if view["mode"] or tuple(view["draws"]) != DRAWS else "",
            hole=state.as_point(view["hole"] or ()),
            label="" if view["label"] is None else str(view["label"]),
        )

    latent_map(
        cached.map_bundle(run),
        run=run.id,
        point=state.requested_point(latent_dim),
        axes=state.requested_axes(axes_known) or informative_axes(run),
        layers=state.requested(state.LAYERS, LAYERS) or "",
        mode=state.requested(state.MODE, ["draws", *(f"keep-{level}" for level in run.config.model.levels)]) or "",
        draws=state.requested_draws() or DRAWS,
        hole=state.requested_point(latent_dim, state.HOLE),
        label=state.requested_label(run.config.model.classes),
        key=key,
        on_change=changed,
    )

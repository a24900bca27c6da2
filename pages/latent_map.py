"""The latent map: drag a point through latent space and see its decoding, or paint with the codes of a codebook. Trains nothing."""

import streamlit as st

from ui import cached, state
from ui.about_run import informative_axes
from ui.chosen_run import chosen_run
from ui.components.codebook import PRIORS, codebook
from ui.components.latent_map import DRAWS, latent_map
from ui.frame import page
from ui.state import Widgets
from vae_core.runs.run import Run

LAYERS = ("tiles", "codes", "tiles,codes", "none")


def show_plane(run: Run) -> None:
    """Draw the plane of a model's codes, and have the URL say what it shows."""
    latent_dim = run.config.model.latent_dim
    axes_known = [f"z{index + 1}" for index in range(latent_dim)] + [f"pc{index + 1}" for index in range(min(8, latent_dim))]
    key = Widgets.LATENT_MAP.of(run.id)

    def changed() -> None:
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


def show_codebook(run: Run) -> None:
    """Draw the codes of a discrete model, and have the URL say which map is shown."""
    key = Widgets.LATENT_MAP.of(run.id)

    def changed() -> None:
        view = st.session_state[key]["view"]
        state.update_url(codes=view["codes"], prior="" if view["prior"] == PRIORS[0] else view["prior"], seed=str(view["seed"] or ""))

    codebook(
        cached.map_bundle(run),
        run=run.id,
        codes=state.requested_codes(),
        prior="uniform" if state.requested(state.PRIOR, PRIORS) == "uniform" else "learned",
        seed=state.requested_seed(),
        key=key,
        on_change=changed,
    )


with page("Latent map", "Each [code](#term-code) becomes an image: the [decoder](#term-decoder) makes it. Drag.") as bar:
    run = chosen_run(bar)
    if run.config.model.traits.is_discrete:
        show_codebook(run)
    else:
        show_plane(run)

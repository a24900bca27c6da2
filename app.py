"""Home: a small latent map that moves until somebody takes hold of it, three doors, and the gallery of models below."""

from contextlib import suppress

import streamlit as st

from ui import cached, state
from ui.about_run import dataset_title, fact_line, informative_axes
from ui.chosen_run import by_preference, is_explorable
from ui.components.latent_map import latent_map
from ui.frame import page
from ui.gallery import gallery
from ui.glossary import term
from ui.markdown import escape
from ui.state import Widgets
from vae_core import runs
from vae_core.errors import RunDamaged
from vae_core.runs.run import Run

NUMBERS = ("no numbers", "one number", "two numbers", "three numbers", "four numbers", "five numbers", "six numbers")


@st.fragment
def tile(run: Run) -> None:
    """Draw the map of one model, a fragment; a damaged model is one sentence here, because the gallery shows the others."""
    try:
        bundle, axes, tour = cached.map_bundle(run), informative_axes(run), cached.tour(run)
    except RunDamaged as error:
        st.error(escape(f"{run.title} is damaged: {error}."), icon=":material/broken_image:")
        return
    latent_map(bundle, run=run.id, point=tour[0], axes=axes, key=Widgets.HOME.of(run.id), compact=True, tour=tour)


def has_plane(run: Run) -> bool:
    """Whether its codes can be dragged over."""
    return is_explorable(run) and not run.config.model.traits.is_discrete


def headline(run: Run) -> str:
    """What is on the screen, in plain words, as markdown."""
    count, dataset = run.config.model.latent_dim, dataset_title(run).partition(",")[0]
    numbers = NUMBERS[count] if count < len(NUMBERS) else f"{count} numbers"
    given = f"{numbers} and a label" if run.config.model.traits.is_conditional else numbers
    drawn = f"“{escape(dataset)}”" if run.config.train.dataset.startswith("own-") else dataset[:1].lower() + dataset[1:]
    return f"A machine that learned to draw {drawn} from {given}. Drag."


def doors(run: Run) -> None:
    """Draw the ways on from a model: to its map, to what it never saw, to a training."""
    unseen = {**state.link(state.RECONSTRUCT, run), state.MODE: "Draw"}
    door("Explore it", ":material/explore:", "The whole map, and every code on it.", state.LATENT_MAP, state.link(state.LATENT_MAP, run))
    door("Break it", ":material/draw:", "Draw what it has never seen: what does it make of that?", state.RECONSTRUCT, unseen)
    door("Train one", ":material/model_training:", "Teach a model of your own, and watch it learn.", state.TRAIN, state.link(state.TRAIN))


def door(label: str, icon: str, about: str, leads_to: str, parameters: dict[str, str]) -> None:
    """Draw one way on: a link, and where it leads."""
    with st.container(border=True, gap=None):
        st.page_link(leads_to, label=f"**{label}**", icon=icon, query_params=parameters)
        st.caption(about)


with page("Home", f"Every point of the map is a {term('code', 'code')}; the picture is what it decodes to.") as bar:
    everything = runs.list_runs()
    shown = next(filter(has_plane, by_preference(everything)), None)
    if shown:
        st.subheader(headline(shown), anchor=False)
        with suppress(RunDamaged), bar.facts:
            st.caption(f"{escape(shown.title)}: {fact_line(shown)}")
        left, right = st.columns([4, 1])
        with left:
            tile(shown)
        with right:
            doors(shown)
    else:
        st.page_link(state.TRAIN, label="Train your own", icon=":material/model_training:", query_params=state.link(state.TRAIN))
    gallery(everything)

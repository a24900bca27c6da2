"""The bar of every page: the program's name, a chooser of models, the other pages, the switch for projectors."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import state
from ui.picture import data_uri
from ui.state import Widgets

PAGES = (
    ("app.py", "Home", ":material/home:"),
    ("pages/latent_map.py", "Latent map", ":material/explore:"),
    ("pages/reconstruct.py", "Reconstruct", ":material/draw:"),
    ("pages/interpolate.py", "Interpolate", ":material/linear_scale:"),
    ("pages/embeddings.py", "Embeddings", ":material/bubble_chart:"),
    ("pages/experiments.py", "Experiments", ":material/science:"),
    ("pages/train.py", "Train", ":material/model_training:"),
)
NAME = "VAE explorer"
ICON = data_uri((Path(__file__).parents[1] / "assets" / "favicon.png").read_bytes())
KEY = Widgets.FRAME
SWITCH = KEY.of("projector")


class Bar(NamedTuple):
    """The places that a page about a model fills, by `chosen_run`."""

    chooser: DeltaGenerator
    facts: DeltaGenerator


def bar(about: str) -> Bar:
    """Draw the bar, and below it the line that says what one is looking at."""
    with st.container(key=KEY.of("bar"), horizontal=True, vertical_alignment="center"):
        with st.container(key=KEY.of("name"), width="content"):
            _link(PAGES[0][0], f"![]({ICON}) {NAME}")
        chooser = st.container(key=KEY.of("chooser"))
        with st.container(key=KEY.of("pages"), horizontal=True, width="content"):
            for path, label, icon in PAGES[1:]:
                _link(path, label, icon)
        st.session_state[SWITCH] = state.projector()
        st.toggle("Projector", key=SWITCH, on_change=_switch)
    with st.container(key=KEY.of("line"), horizontal=True, vertical_alignment="center"):
        st.markdown(about)
        facts = st.container(key=KEY.of("facts"), horizontal=True, vertical_alignment="center")
    return Bar(chooser, facts)


def _link(path: str, label: str, icon: str | None = None) -> None:
    st.page_link(path, label=label, icon=icon, query_params=state.link(path))


def _switch() -> None:
    state.set_projector(st.session_state[SWITCH])

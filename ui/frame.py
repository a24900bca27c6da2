"""The frame of every page: page settings, the menu, one boundary for errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from ui import server, state, warming
from ui.boundary import boundary
from ui.components.address import address
from ui.markdown import escape
from ui.picture import data_uri
from ui.state import Widgets

PAGES = (
    ("app.py", "Home", ":material/home:"),
    ("pages/latent_map.py", "Latent map", ":material/explore:"),
    ("pages/reconstruct.py", "Reconstruct", ":material/draw:"),
    ("pages/interpolate.py", "Interpolate", ":material/linear_scale:"),
    ("pages/embeddings.py", "Embeddings", ":material/bubble_chart:"),
    ("pages/train.py", "Train", ":material/model_training:"),
)
ICON = data_uri((Path(__file__).parents[1] / "assets" / "favicon.png").read_bytes())


@contextmanager
def page(title: str) -> Iterator[None]:
    """Draw the frame, then the page inside it; an expected error becomes a sentence instead of a traceback."""
    server.prepare()
    st.set_page_config(page_title=f"{title} · VAE explorer", page_icon=ICON, layout="wide")
    state.begin(next(path for path, label, _ in PAGES if label == title))
    with st.container(horizontal=True, gap="small"):
        for path, label, icon in PAGES:
            st.page_link(path, label=label, icon=icon, query_params=state.link(path))
        address(key=Widgets.ADDRESS)
    warming.begin()
    message = state.pop_message()
    if message:
        st.toast(escape(message))
    with boundary():
        yield

"""What every page begins with: page settings, the menu, one boundary for errors."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ui import server, state, static_files
from ui.boundary import boundary
from ui.components.address import address
from ui.plain import plain
from vae_core import projecting

PAGES = (
    ("app.py", "Home", ":material/home:"),
    ("pages/latent_map.py", "Latent map", ":material/explore:"),
    ("pages/reconstruct.py", "Reconstruct", ":material/draw:"),
    ("pages/interpolate.py", "Interpolate", ":material/linear_scale:"),
    ("pages/embeddings.py", "Embeddings", ":material/bubble_chart:"),
    ("pages/train.py", "Train", ":material/model_training:"),
)
WARM_UP_AFTER = 20.0  # seconds: compiling takes a core, which the first page needs


@contextmanager
def page(title: str) -> Iterator[None]:
    """Draw the frame, then the page inside it; a refusal becomes a sentence instead of a traceback."""
    server.prepare()
    st.set_page_config(page_title=f"{title} · VAE explorer", page_icon="assets/favicon.png", layout="wide")
    state.begin(next(path for path, label, _ in PAGES if label == title))
    with st.container(horizontal=True, gap="small"):
        for path, label, icon in PAGES:
            st.page_link(path, label=label, icon=icon, query_params=state.link(path))
        address()
    _warm_up()
    message = state.remembered()
    if message:
        st.toast(plain(message))
    with boundary():
        yield


@st.cache_resource(show_spinner=False)
def _warm_up() -> None:
    """Once a server, some time after its first page: have compiled in the background what projections need."""
    threading.Thread(target=static_files.serve_compressed, name="compress scripts", daemon=True).start()
    timer = threading.Timer(WARM_UP_AFTER, projecting.warm_up)
    timer.daemon = True
    timer.start()

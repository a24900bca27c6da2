"""The frame of every page: page settings, style sheets, the bar, one boundary for errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from ui import server, state, warming
from ui.bar import ICON, KEY, NAME, PAGES, Bar, bar
from ui.boundary import boundary
from ui.components.address import address
from ui.components.terms import terms
from ui.markdown import escape
from ui.state import Widgets
from ui.style_sheets import style_sheets


@contextmanager
def page(title: str, about: str | Callable[[], str]) -> Iterator[Bar]:
    """Draw the frame, then the page inside it; an expected error becomes a sentence instead of a traceback.

    Args:
        title: the page's name in the menu.
        about: what one is looking at: markdown of at most 65 characters, for it stands on one line with the facts of a model;
            or what says it when the URL is known.
    """
    server.prepare()
    st.set_page_config(page_title=f"{title} · {NAME}", page_icon=ICON, layout="wide")
    state.begin(next(path for path, label, _ in PAGES if label == title))
    style_sheets(larger=state.projector())
    with st.container(gap=None):
        places = bar(about if isinstance(about, str) else about())
        address(key=Widgets.ADDRESS)
        terms(key=KEY.of("terms"))
    warming.begin()
    with boundary():
        yield places
    message = state.pop_message()  # last, for a page that reruns before its end would lose it
    if message:
        st.toast(escape(message))

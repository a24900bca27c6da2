"""A sheet beside what a page shows, for choices about it: it covers neither image nor slider. Knows no page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.components.mount import part_of_the_page
from ui.state import Key, Widgets


def beside() -> DeltaGenerator:
    """A container that a sheet may be opened in: what stands in it first stays where it is."""
    return st.container(key=Widgets.SHEET.of("beside"))


@contextmanager
def side_sheet(place: Key, on_close: Callable[[], None]) -> Iterator[None]:
    """A container at the right of `beside()`, in a narrow window at its foot; it gets the focus.

    Escape calls `on_close`, after which the script is to leave the sheet out.
    """
    with st.container(key=Widgets.SHEET):
        yield
        _SIDE_SHEET(key=place.of("sheet"), data={}, height=1, on_close_change=on_close)


_SIDE_SHEET = part_of_the_page("side_sheet", script="side_sheet/side_sheet.js", styles=("side_sheet/side_sheet.css",))

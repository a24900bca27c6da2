"""The gallery of models: one card each, with its actions."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import streamlit as st

from ui import cached, state
from ui.about_run import fact_line
from ui.boundary import attempt, fragment, refusal
from ui.glossary import without_terms
from ui.markdown import escape
from ui.model_menu import AT_WORK, model_menu
from ui.state import Widgets
from vae_core import runs
from vae_core.errors import RunDamaged
from vae_core.runs.run import Run
from vae_core.runs.status import Status

KEY = Widgets.GALLERY
A_PAGE = 3  # own models that are seen at once
MAX_TRASHED = 20
SECONDS_BETWEEN_LOOKS = 2.0
STATES: dict[str, tuple[str, str, Literal["green", "blue", "gray", "orange", "red"]]] = {
    "finished": ("Trained", ":material/check_circle:", "green"),
    "running": ("Training", ":material/progress_activity:", "blue"),
    "queued": ("Waiting for its turn", ":material/hourglass_empty:", "gray"),
    "stopped": ("Stopped", ":material/pause_circle:", "orange"),
    "interrupted": ("Interrupted", ":material/power_off:", "orange"),
    "failed": ("Failed", ":material/error:", "red"),
    "damaged": ("Damaged", ":material/broken_image:", "red"),
}
SHOWS = {
    "mnist-2d": "Two numbers a digit: all that it can draw fits on one map.",
    "mnist-16d": "Sixteen numbers a digit: sharp, but no map shows them all at once.",
    "mnist-2d-conditional": "The digit is told, so the map is all handwriting: one hand, any digit.",
    "mnist-vq": "An image is 49 codes out of 64: paint with them, or have a prior draw.",
    "mnist-ae-2d": "The same network without a prior: between the digits lie holes.",
    "emoji-32d": "In colour, from few pictures: it redraws well, and invents badly.",
    "shapes-6d": "The factors behind each picture are known: does a number find one?",
}
"""What each shipped model shows that the others do not."""


def gallery(everything: Sequence[Run]) -> None:
    """Draw the models as cards: a page of the user's own, newest first, then the shipped ones."""
    own, shipped = ([run for run in everything if run.shipped is is_shipped] for is_shipped in (False, True))
    if not everything:
        st.caption("There is no model here yet: train one to see it here.")
    _trash()
    if own:
        st.subheader("Your models", anchor=False)
        _row(_page(own), KEY.of("row", "own"))
    if shipped:
        st.subheader("Models to begin with", anchor=False)
        _row(shipped, KEY.of("row", "shipped"))


def _trash() -> None:
    """The deleted models, the last ones first, each with the way back."""
    paths = runs.trashed()
    if not paths:
        return
    with st.popover("Trash", icon=":material/delete:", type="tertiary"):
        st.caption("Deleted models, the last one first. A model that is brought back keeps its links.")
        for path in paths[:MAX_TRASHED]:
            run, key = Run(path), KEY.of("restore", path.name)
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(escape(run.title))
                st.button("Bring back", icon=":material/undo:", on_click=_restore, args=(path, run.title), key=key)
        refusal(KEY.of("restore"))


def _restore(path: Path, title: str) -> None:
    if attempt(lambda: runs.restore(path), KEY.of("restore")):
        state.announce(f"{title} is back")


def _page(own: Sequence[Run]) -> Sequence[Run]:
    """The own models on the page that the URL names; draws the way to the other pages if there are any."""
    pages, key = math.ceil(len(own) / A_PAGE), KEY.of("page")
    if pages < 2:
        return own
    asked = state.requested(state.PAGE, [str(number + 1) for number in range(pages)])
    state.initialise(key, int(asked or 1), 1)
    if st.session_state[key] > pages:
        st.session_state[key] = 1
    number = st.pagination(pages, key=key, on_change=lambda: _turned(st.session_state[key]))
    return own[(number - 1) * A_PAGE : number * A_PAGE]


def _turned(number: int) -> None:
    """Have the URL name the page, unless it is the first."""
    state.update_url(page="" if number == 1 else str(number))


def _row(shown: Sequence[Run], key: str) -> None:
    """Cards in columns of equal width, as many as there is room for (frame.css)."""
    with st.container(horizontal=True, key=key):
        for run in shown:
            _card(run)


def _card(run: Run) -> None:
    status = run.status
    is_damaged, has_network = status.state == "damaged", run.network.exists()
    with st.container(border=True, height="stretch", key=KEY.of(run.id)):
        if cover := cached.cover(run):
            st.image(cover, width="stretch", alt=f"What {run.title} draws")
        if status.state in AT_WORK:
            fragment(_head, run_every=SECONDS_BETWEEN_LOOKS)(run, (status.state, has_network))
        else:
            _draw_head(run, status)
        with st.container(horizontal=True, vertical_alignment="center"):
            if has_network and not is_damaged:
                st.page_link(state.LATENT_MAP, label="Explore", icon=":material/explore:", query_params=state.link(state.LATENT_MAP, run))
            if not run.shipped and not is_damaged:
                st.page_link(state.TRAIN, label="Training", icon=":material/show_chart:", query_params=state.link(state.TRAIN, run))
            model_menu(run, status.state)


def _head(run: Run, drawn: tuple[str, bool]) -> None:
    """State and facts of a run at work, drawn alone again and again until the rest of its card is out of date."""
    status = run.status
    if (status.state, run.network.exists()) != drawn:
        st.rerun()
    _draw_head(run, status)


def _draw_head(run: Run, status: Status) -> None:
    lines = [f"**{escape(run.title)}**"]
    if status.state != "finished":
        label, icon, colour = STATES[status.state]
        lines.append(f":{colour}-badge[{icon} {label}]")
    if run.id in SHOWS:
        lines.append(SHOWS[run.id])
    st.markdown("  \n".join(lines))
    st.caption(_about(run, status))


def _about(run: Run, status: Status) -> str:
    """What to know about the run, as markdown: its facts, or what is wrong with it."""
    if status.state in ("damaged", "failed"):
        return escape(status.message)
    try:
        return without_terms(fact_line(run))
    except RunDamaged as error:
        return escape(str(error))

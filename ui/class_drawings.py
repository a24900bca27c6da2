"""A collection of drawings that a class makes together and turns into a data set. Knows no training."""

import secrets
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from ui.boundary import attempt, fragment, refusal
from ui.components.class_drawings import drawing_list
from ui.components.sketch import sketch
from ui.markdown import escape
from ui.state import Session, Widgets
from vae_core.data import own
from vae_core.data.own import Drawing
from vae_core.errors import DataError

KEY = Widgets.DRAWINGS
PAD = (1, 28, 28)
MAX_SHOWN = 40
MAX_CHIPS = 16
MIN_DRAWINGS = 4
SECONDS_BETWEEN_LOOKS = 2.0
SHOWN, LABEL, NEW_LABEL = (KEY.of(name) for name in ("shown", "label", "new_label"))


def class_drawings(made: Callable[[str, str], None]) -> None:
    """Draw the pad and the latest drawings of a collection; `made` is called with the name of a data set made of them, and a sentence."""
    st.caption("Draw, say what it is, add it. Everybody who opens this page adds to the same collection.")
    collection = _collection()
    known = _known(collection)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        number = st.session_state.setdefault(Session.DRAWING_NUMBER, 0)
        drawing = sketch(PAD, background=0.0, key=KEY.of("pad"), number=number)
    with right:
        _label(known)
        st.button(
            "Add",
            icon=":material/add:",
            type="primary",
            disabled=drawing is None,
            on_click=_add,
            args=(collection, drawing, number),
            key=KEY.of("add"),
            help="Draw something first" if drawing is None else None,
        )
        refused = st.session_state.pop(Session.DRAWING_REFUSAL, None)
        if refused:
            st.error(escape(refused), icon=":material/error:")
    fragment(_everybody, run_every=SECONDS_BETWEEN_LOOKS)(collection, made)


def _collection() -> str:
    given = st.text_input(
        "Collection",
        value="drawings",
        max_chars=40,
        key=KEY.of("collection"),
        persist_state="session",
        help="Another name starts another collection.",
    )
    return given.strip().lower().replace(" ", "-") or "drawings"


def _label(known: Sequence[Drawing]) -> None:
    """Choose one of the labels in use, or write a new one, which has priority."""
    used = [label for label, _ in Counter(drawing.label for drawing in known if drawing.label).most_common()]
    chosen = st.session_state.get(LABEL)
    if chosen not in used:
        st.session_state[LABEL] = chosen = None
    if used:
        chips = used[:MAX_CHIPS] + [label for label in used[MAX_CHIPS:] if label == chosen]
        st.pills("What is it?", chips, format_func=escape, wrap=True, key=LABEL, persist_state="session")
    st.text_input("Something else" if used else "What is it?", max_chars=40, key=NEW_LABEL, placeholder="cat, house, tree …")


def _add(collection: str, drawing: np.ndarray, number: int) -> None:
    """Add the drawing under its label and start the next one under the same; a refusal is kept to be shown.

    `number` says which drawing of this page it is: pressing twice adds it once.
    """
    if number != st.session_state[Session.DRAWING_NUMBER]:
        return
    label = st.session_state.get(NEW_LABEL, "").strip() or st.session_state.get(LABEL) or ""
    try:
        added = own.add_drawing(collection, drawing, label, _author())
    except DataError as error:
        st.session_state[Session.DRAWING_REFUSAL] = str(error)
        return
    _known.clear(collection)
    st.session_state[LABEL] = {drawing.id: drawing.label for drawing in _known(collection)}.get(added)
    st.session_state[NEW_LABEL] = ""
    st.session_state[Session.DRAWING_NUMBER] += 1


def _everybody(collection: str, made: Callable[[str, str], None]) -> None:
    """Draw the latest drawings, with a way to remove one's own, and the button that makes a data set of all."""
    known, author = _known(collection), _author()
    if not known:
        st.caption("Nobody has added a drawing yet.")
        return
    mine = sum(drawing.author == author for drawing in known)
    st.caption(f"{_count(len(known))}, {mine:,} of them yours. A drawing is yours until you reload this page.")
    removed = drawing_list(known[: -MAX_SHOWN - 1 : -1], author=author, key=SHOWN)
    if removed:
        _known.clear(collection)
        if attempt(lambda: own.remove_drawing(collection, removed, author), SHOWN):
            st.rerun()
    if st.button("Make a data set of them", icon=":material/dataset:", disabled=len(known) < MIN_DRAWINGS, key=KEY.of("collect")):
        title = f"{collection.replace('-', ' ').capitalize()} ({len(known):,})"
        attempt(lambda: made(own.collect(collection, title), f"{title} can be trained on now"), SHOWN)
    refusal(SHOWN)
    if len(known) < MIN_DRAWINGS:
        st.caption(f"A data set needs at least {MIN_DRAWINGS} drawings; a good one has a hundred or more.")


@st.cache_data(ttl=1.0, max_entries=16, show_spinner=False)
def _known(collection: str) -> list[Drawing]:
    """A collection's drawings, read at most once a second for all visitors together."""
    return own.drawings(collection)


def _author() -> str:
    """An id of this person for as long as the page is open."""
    author: str = st.session_state.setdefault(Session.AUTHOR, secrets.token_hex(16))
    return author


def _count(drawings: int) -> str:
    return f"{drawings:,} drawing{'s' if drawings != 1 else ''}"

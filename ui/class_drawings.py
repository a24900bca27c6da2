"""A collection of drawings that a class makes together and turns into a data set, under an address of its own. Knows no training."""

import io
import secrets
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit, urlunsplit

import numpy as np
import segno
import streamlit as st

from ui import state
from ui.boundary import attempt, fragment, refusal
from ui.components.class_drawings import drawing_list
from ui.components.sketch import sketch
from ui.import_form import turn_to
from ui.markdown import escape
from ui.picture import show_png
from ui.state import Session, Widgets
from vae_core.data import own
from vae_core.data.own import Drawing
from vae_core.errors import DataError

KEY = Widgets.DRAWINGS
PAD = (1, 28, 28)
MAX_SHOWN = 40
MAX_CHIPS = 16
MIN_DRAWINGS = 4
USUAL = "drawings"
"""The collection, unless the address or a person names another."""
SECONDS_BETWEEN_LOOKS = 2.0
SHOWN, LABEL, NEW_LABEL = (KEY.of(name) for name in ("shown", "label", "new_label"))


def class_drawings() -> None:
    """Draw the pad, the way for others to join, and the latest drawings of a collection."""
    fragment(_class_drawings)()


def _class_drawings() -> None:
    left, right = st.columns([1, 1], gap="medium")
    with right:
        naming, joining = st.container(), st.container()
        with joining:
            collection = _collection()
            _invite(collection)
    known = _known(collection)
    with left:
        number = st.session_state.setdefault(Session.DRAWING_NUMBER, 0)
        drawing = sketch(PAD, background=0.0, key=KEY.of("pad"), number=number)
    with naming:
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
    fragment(_everybody, run_every=SECONDS_BETWEEN_LOOKS)(collection)


def _collection() -> str:
    key = KEY.of("collection")
    state.initialise(key, state.requested_text(state.COLLECTION) or st.session_state.get(Session.COLLECTION), USUAL)
    given = st.text_input("Collection", max_chars=40, key=key, help="Another name starts another collection.")
    st.session_state[Session.COLLECTION] = given
    collection = given.strip().lower().replace(" ", "-") or USUAL
    state.update_url(collection="" if collection == USUAL else collection)
    return collection


def _invite(collection: str) -> None:
    """Draw the address of this page, to be copied or photographed from a projector."""
    address = st.context.url
    if not address:
        return
    link = urlunsplit(urlsplit(address)._replace(query=urlencode({state.MODE: state.DRAW, state.COLLECTION: collection}), fragment=""))
    code, text = st.columns([1, 2], vertical_alignment="center")
    with code:
        show_png(_qr_code(link), alt="The address of this page as a QR code")
    with text:
        st.caption("Everybody who opens this address draws for the same collection.")
        st.code(link, language=None, wrap_lines=True)
        if urlsplit(link).hostname in ("localhost", "127.0.0.1"):
            st.caption("It opens on this computer alone: for a class, start the server as docs/classroom.md says.")


@st.cache_data(max_entries=16, show_spinner=False)
def _qr_code(text: str) -> bytes:
    buffer = io.BytesIO()
    segno.make(text, micro=False).save(buffer, kind="png", scale=8, border=3)
    return buffer.getvalue()


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


def _everybody(collection: str) -> None:
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
        if attempt(lambda: _collect(collection, title), SHOWN):
            st.rerun()
    refusal(SHOWN)
    if len(known) < MIN_DRAWINGS:
        st.caption(f"A data set needs at least {MIN_DRAWINGS} drawings; a good one has a hundred or more.")


def _collect(collection: str, title: str) -> None:
    """Make a data set, and show the form with it."""
    turn_to(own.collect(collection, title))
    state.announce(f"{title} can be trained on now")


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

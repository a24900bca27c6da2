"""A collection of drawings that a class makes together and turns into a data set, under an address of its own. Knows no training."""

import io
import secrets
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from ui import state
from ui.boundary import attempt, fragment, refusal
from ui.components.class_drawings import drawing_list
from ui.components.sketch import latest, sketch
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
ON_THE_PAD, NAMED, LABEL, NEW_LABEL, SHOWN = (KEY.of(name) for name in ("pad", "collection", "label", "new_label", "shown"))


def class_drawings() -> None:
    """Draw the pad, the way for others to join, and the latest drawings of a collection."""
    fragment(_class_drawings)()


def _class_drawings() -> None:
    left, right = st.columns([1, 1], gap="medium")
    with left:
        sketch(PAD, background=0.0, key=ON_THE_PAD, taken=st.session_state.setdefault(Session.DRAWING_TAKEN, 0))
    with right:
        naming, joining = st.container(), st.container()
        with joining:
            collection = _collection()
            _invite(collection)
        with naming:
            _naming(_known(collection))
    fragment(_everybody, run_every=SECONDS_BETWEEN_LOOKS)(collection)


def _collection() -> str:
    state.initialise(NAMED, state.requested_text(state.COLLECTION) or st.session_state.get(Session.COLLECTION), USUAL)
    st.text_input("Collection", max_chars=40, key=NAMED, help="Another name starts another collection.")
    st.session_state[Session.COLLECTION] = st.session_state[NAMED]
    collection = _chosen()
    state.update_url(collection="" if collection == USUAL else collection)
    return collection


def _chosen() -> str:
    """The collection that the field names."""
    return st.session_state[NAMED].strip().lower().replace(" ", "-") or USUAL


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


def _naming(known: Sequence[Drawing]) -> None:
    """Draw the field of a new label, which has priority over one in use, and the button that adds what is on the pad."""
    used = [label for label, _ in Counter(drawing.label for drawing in known if drawing.label).most_common()]
    chosen = st.session_state.get(LABEL)
    if chosen not in used:
        st.session_state[LABEL] = chosen = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("What is it?", max_chars=40, key=NEW_LABEL, placeholder=chosen or "cat, house, tree …")
        st.button("Add", icon=":material/add:", type="primary", on_click=_add, key=KEY.of("add"))
    refused = st.session_state.pop(Session.DRAWING_REFUSAL, None)
    if refused:
        st.error(escape(refused), icon=":material/error:")
    if used:
        chips = used[:MAX_CHIPS] + [label for label in used[MAX_CHIPS:] if label == chosen]
        st.pills("Or one of these", chips, format_func=escape, wrap=True, key=LABEL, persist_state="session")


def _add() -> None:
    """Add what is on the pad now under its label, and start the next drawing under the same; a refusal is kept to be shown.

    All is read as the browser sent it with the press: what the page was drawn with may be older. Pressing twice adds a drawing once.
    """
    drawn, collection = latest(st.session_state.get(ON_THE_PAD), PAD), _chosen()
    if drawn is None:
        st.session_state[Session.DRAWING_REFUSAL] = "Draw something first"
        return
    if drawn.taken != st.session_state[Session.DRAWING_TAKEN]:  # it is added; the pad has not heard of it yet
        return
    label = st.session_state.get(NEW_LABEL, "").strip() or st.session_state.get(LABEL) or ""
    try:
        added = own.add_drawing(collection, drawn.image, label, _author())
    except DataError as error:
        st.session_state[Session.DRAWING_REFUSAL] = str(error)
        return
    _known.clear(collection)
    st.session_state[LABEL] = {drawing.id: drawing.label for drawing in _known(collection)}.get(added)
    st.session_state[NEW_LABEL] = ""
    st.session_state[Session.DRAWING_TAKEN] = drawn.count


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

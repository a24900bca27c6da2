"""Expected errors become sentences wherever code runs: in a page, a fragment, a dialog or a callback. Nothing that was typed is lost."""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from ui.markdown import escape
from ui.state import Key, Session
from vae_core.errors import ExplorerError
from vae_core.files import storage

_FIRST_WORDS = ("the", "this", "there", "no", "a", "an", "nothing", "only", "choose")

log = logging.getLogger(__name__)


@contextmanager
def boundary() -> Iterator[None]:
    """Show an expected error of the block as a sentence; what follows the block is drawn."""
    try:
        yield
    except ExplorerError as error:
        _say(str(error))
    except OSError as error:
        log.exception("unexpected error")
        _say(storage.sentence(error))


def fragment(draw: Callable[..., None], run_every: float | None = None) -> Callable[..., None]:
    """`st.fragment` with a boundary of its own: a fragment runs again without its page, outside the page's boundary."""

    @functools.wraps(draw)
    def guarded(*arguments: object, **named: object) -> None:
        with boundary():
            draw(*arguments, **named)

    return st.fragment(guarded, run_every=run_every)


def attempt(act: Callable[[], object], place: Key) -> bool:
    """Call `act` and return whether it succeeded. An expected error is kept for `refusal` to show: a callback cannot show anything."""
    kept = st.session_state.setdefault(Session.REFUSALS, {})
    kept.pop(place, None)
    try:
        act()
    except ExplorerError as error:
        kept[place] = str(error)
        return False
    return True


def refusal(place: Key) -> None:
    """Show why the last attempt at this place failed, if it did."""
    sentence = st.session_state.get(Session.REFUSALS, {}).get(place)
    if sentence:
        _say(sentence)


def _say(message: str) -> None:
    st.error(escape(_as_sentence(message)), icon=":material/error:")


def _as_sentence(message: str) -> str:
    """A message that stands alone begins with a capital letter, unless its first word is a name: of a run, a file or a setting."""
    return message[:1].upper() + message[1:] if message.split(" ", 1)[0] in _FIRST_WORDS else message

"""The gallery of models: one card each, with its actions."""

import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import streamlit as st

from ui import cached, state
from ui.boundary import attempt, boundary, fragment, refusal
from ui.facts import facts
from ui.markdown import escape
from ui.models import fact_line
from ui.state import Widgets
from vae_core import runs
from vae_core.errors import RunDamaged
from vae_core.runs import titles
from vae_core.runs.run import Run
from vae_core.runs.status import Status

KEY = Widgets.GALLERY
CARD_WIDTH = 350
A_PAGE = 6  # own models that are seen at once: two rows of a wide screen
MAX_TRASHED = 20
AT_WORK = ("running", "queued")
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


def gallery() -> None:
    """Draw the models as cards: a page of the user's own, newest first, then the shipped ones."""
    everything = runs.list_runs()
    own = [run for run in everything if not run.shipped]
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader("Models")
        label = "Train another" if own else "Train your own"
        with st.container(horizontal=True, width="content"):
            _trash()
            st.page_link(state.TRAIN, label=label, icon=":material/add:", query_params=state.link(state.TRAIN))
    if not everything:
        st.caption("There is no model here yet: train one to see it here.")
    elif not own:
        st.caption("These came with the program. Train your own to see it here.")
    shown = _page(own)
    with st.container(horizontal=True, gap="medium"):
        for run in [*shown, *(run for run in everything if run.shipped)]:
            _card(run)


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
    starts = range(0, len(own), A_PAGE)
    if len(starts) < 2:
        return own
    first = starts[int(state.requested(state.PAGE, [str(number + 1) for number in range(len(starts))]) or 1) - 1]
    shown = own[first : first + A_PAGE]
    with st.container(horizontal=True, vertical_alignment="center"):
        _turn("Newer", ":material/chevron_left:", first - A_PAGE, starts)
        st.caption(f"{first + 1}–{first + len(shown)} of {len(own)} models of your own", width="content")
        _turn("Older", ":material/chevron_right:", first + A_PAGE, starts)
    return shown


def _turn(label: str, icon: str, first: int, starts: range) -> None:
    """A button that shows the own models from the given one on."""
    number = first // A_PAGE + 1
    to = {state.PAGE: "" if number == 1 else str(number)}
    key = KEY.of(label.lower())
    st.button(label, icon=icon, type="tertiary", disabled=first not in starts, on_click=state.update_url, kwargs=to, key=key)


def _card(run: Run) -> None:
    status = run.status
    with st.container(border=True, width=CARD_WIDTH, key=KEY.of(run.id)):
        cover = cached.cover(run)
        if cover:
            st.image(cover, width="stretch")
        if status.state in AT_WORK:
            fragment(_head, run_every=SECONDS_BETWEEN_LOOKS)(run, (status.state, run.network.exists()))
        else:
            _draw_head(run, status)
        with st.container(horizontal=True, vertical_alignment="center"):
            if status.state != "damaged" and run.network.exists():
                st.page_link(state.LATENT_MAP, label="Explore", icon=":material/explore:", query_params=state.link(state.LATENT_MAP, run))
            if status.state != "damaged" and not run.shipped:
                st.page_link(state.TRAIN, label="Training", icon=":material/show_chart:", query_params=state.link(state.TRAIN, run))
            if _has_facts(run) and st.button("Facts", icon=":material/monitoring:", type="tertiary", key=KEY.of("facts", run.id)):
                facts(run)
            _more(run, status.state)


def _head(run: Run, drawn: tuple[str, bool]) -> None:
    """State and facts of a run at work, drawn alone again and again until the rest of its card is out of date."""
    status = run.status
    if (status.state, run.network.exists()) != drawn:
        st.rerun()
    _draw_head(run, status)


def _draw_head(run: Run, status: Status) -> None:
    label, icon, colour = STATES[status.state]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.text(run.title)
        st.badge(label, icon=icon, color=colour)
    st.caption(_about(run, status))


def _has_facts(run: Run) -> bool:
    with suppress(RunDamaged):
        return run.status.state != "damaged" and bool(run.card())
    return False


def _about(run: Run, status: Status) -> str:
    """What to know about the run, as markdown: its facts, or what is wrong with it."""
    if status.state in ("damaged", "failed"):
        return escape(status.message)
    try:
        return fact_line(run)
    except RunDamaged as error:
        return escape(str(error))


def _more(run: Run, run_state: str) -> None:
    with st.popover("More", icon=":material/more_horiz:", type="tertiary"):
        if run_state != "damaged":
            st.download_button(
                "Download",
                lambda: _archive(run),
                file_name=f"{titles.file_name(run.title, run.id)}.zip",
                mime="application/zip",
                icon=":material/download:",
                on_click="ignore",
                key=KEY.of("download", run.id),
            )
        if run.shipped:
            st.caption("Shipped with the program: it cannot be renamed or deleted.")
            return
        if st.button("Rename", icon=":material/edit:", key=KEY.of("rename", run.id)):
            _rename(run)
        if run_state not in AT_WORK and st.button("Delete", icon=":material/delete:", key=KEY.of("delete", run.id)):
            _delete(run)


@st.dialog("Rename the model")
def _rename(run: Run) -> None:
    with st.form(KEY.of("rename"), border=False):
        title = st.text_input("Name", value=run.title, max_chars=60)
        if st.form_submit_button("Rename", type="primary"):
            _do(lambda: runs.rename(run, title), f"Renamed to {title}")


@st.dialog("Delete the model?")
def _delete(run: Run) -> None:
    st.write(f"“{escape(run.title)}” goes to the trash folder inside the checkpoints folder; “Trash” brings it back.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key=KEY.of("delete", "confirm")):
            _do(lambda: runs.delete(run), f"{run.title} is in the trash")
        if st.button("Keep it", key=KEY.of("delete", "cancel")):
            st.rerun()


def _do(act: Callable[[], object], done: str) -> None:
    """Call `act` and close the dialog, or show in it why that failed: a dialog runs outside the page's boundary."""
    with boundary():
        act()
        state.announce(done)
        st.rerun()


def _archive(run: Run) -> bytes:
    buffer = io.BytesIO()
    runs.archive(run, buffer)
    return buffer.getvalue()

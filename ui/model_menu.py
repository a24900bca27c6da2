"""What can be done with a model besides looking at it: a menu, and a dialog for each entry."""

import io
from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from ui import state
from ui.boundary import boundary
from ui.facts import facts
from ui.inside import inside
from ui.markdown import escape
from ui.state import Widgets
from vae_core import runs
from vae_core.errors import RunDamaged
from vae_core.runs import titles
from vae_core.runs.run import Run

KEY = Widgets.GALLERY
AT_WORK = ("running", "queued")
ICONS = {
    "Facts": ":material/monitoring:",
    "Inside": ":material/account_tree:",
    "Download": ":material/download:",
    "Rename": ":material/edit:",
    "Delete": ":material/delete:",
}


def model_menu(run: Run, run_state: str) -> None:
    """Draw the menu of a model in that state; an entry opens its dialog. Shipped models stay as they are."""
    fits = {
        "Facts": run_state != "damaged" and _is_measured(run),
        "Inside": run_state != "damaged",
        "Download": run_state != "damaged",
        "Rename": not run.shipped,
        "Delete": not run.shipped and run_state not in AT_WORK,
    }
    entries = [name for name in fits if fits[name]]
    if not entries:
        return
    dialogs: dict[str, Callable[[Run], None]] = {
        "Facts": facts,
        "Inside": inside,
        "Download": _download,
        "Rename": _rename,
        "Delete": _delete,
    }
    chosen = st.menu_button("More", entries, type="tertiary", format_func=lambda name: f"{ICONS[name]} {name}", key=KEY.of("more", run.id))
    if chosen:
        dialogs[chosen](run)


def _is_measured(run: Run) -> bool:
    with suppress(RunDamaged):
        return bool(run.card())
    return False


@st.dialog("Download the model")
def _download(run: Run) -> None:
    st.write("A ZIP of the model's folder: weights, settings, codes, measurements and the pictures of its training.")
    st.download_button(
        "Download",
        lambda: _archive(run),
        file_name=f"{titles.file_name(run.title, run.id)}.zip",
        mime="application/zip",
        type="primary",
        icon=ICONS["Download"],
        on_click="ignore",
        key=KEY.of("download"),
    )


def _archive(run: Run) -> bytes:
    buffer = io.BytesIO()
    runs.archive(run, buffer)
    return buffer.getvalue()


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

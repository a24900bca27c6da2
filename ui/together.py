"""Links between runs that were launched together, above the page of each."""

from collections.abc import Sequence

import streamlit as st

from ui import state
from ui.markdown import escape
from vae_core.runs.run import Run


def together(run: Run, known: Sequence[Run]) -> None:
    """Draw a link to each run that the URL names beside this one; nothing where it names none that is here."""
    ids = state.requested_together()
    launched = [one for one in known if one.id in ids]
    launched.sort(key=lambda one: ids.index(one.id))
    if len(launched) < 2:
        return
    with st.container(horizontal=True, gap="small"):
        for one in launched:
            label = escape(one.title)
            st.page_link(
                state.TRAIN,
                label=f"**{label}**" if one.id == run.id else label,
                icon=":material/visibility:" if one.id == run.id else None,
                query_params=state.link_together(one, launched),
            )

"""Which run a page shows: the candidates, whose choice comes first, and the chooser in the bar."""

from collections.abc import Iterator, Sequence

import streamlit as st

from ui import state
from ui.about_run import fact_line
from ui.availability import why_missing
from ui.bar import Bar
from ui.boundary import fragment
from ui.markdown import escape
from ui.state import Session, Widgets
from vae_core import runs as run_folders
from vae_core.errors import RunNotFound
from vae_core.runs.run import Run

DEFAULT = "mnist-2d"
SECONDS_BETWEEN_LOOKS = 3.0


def explorable() -> list[Run]:
    """Runs that the browser can decode: own ones first, newest first, then the shipped ones."""
    return [run for run in run_folders.list_runs() if is_explorable(run)]


def is_explorable(run: Run) -> bool:
    """Whether the browser can decode it."""
    return run.network.exists() and run.status.state not in ("damaged", "queued")


def by_preference(listed: Sequence[Run]) -> Iterator[Run]:
    """The runs in the order in which a page would show one: those that this person asked for, the usual one, the shipped ones, all."""
    yield from state.preferred_runs(listed)
    yield from (run for run in listed if run.id == DEFAULT)
    yield from (run for run in listed if run.shipped)
    yield from listed


def pick_run(candidates: list[Run]) -> Run:
    """A select box of models, in step with the URL. Warns and shows another one when the URL names a run that cannot be shown."""
    known, chosen = {run.id: run for run in candidates}, next(by_preference(candidates))
    requested = state.requested_run()
    if requested is not None and requested not in known:
        st.warning(escape(f"The link names a model that {_absence(requested)} This is another one."), icon=":material/link_off:")
    if st.session_state.get(Session.MODEL) not in known:
        st.session_state[Session.MODEL] = chosen.id
    state.initialise(Session.MODEL, chosen.id, chosen.id)
    titles = {run_id: run.title for run_id, run in known.items()}
    picked = st.selectbox(
        "Model",
        list(known),
        format_func=titles.__getitem__,
        label_visibility="collapsed",
        key=Session.MODEL,
        on_change=lambda: state.choose(st.session_state[Session.MODEL]),
    )
    return known[picked]


def _absence(run_id: str) -> str:
    """Why the run of that id cannot be shown."""
    try:
        return f"cannot be shown yet. {why_missing(run_folders.find(run_id), 'its pictures')}"
    except RunNotFound:
        return "is not here."


def chosen_run(bar: Bar) -> Run:
    """Draw the chooser of models and the facts of the chosen one into the bar, and return it. Without any model the page ends here."""
    runs = explorable()
    if not runs:
        st.info("There is no trained model yet.")
        st.page_link(state.TRAIN, label="Train one", icon=":material/model_training:", query_params=state.link(state.TRAIN))
        st.stop()
    with bar.chooser:
        run = pick_run(runs)
    status = run.status
    with bar.facts:
        st.caption(fact_line(run))
        if status.state == "running":
            fragment(_as_of, run_every=SECONDS_BETWEEN_LOOKS)(run, status.epoch)
    return run


def _as_of(run: Run, epoch: int) -> None:
    """The epoch of the model on a page that was opened while it is trained, where the training is now, and the way to that."""
    status = run.status
    now = f"the training is at epoch {status.epoch} of {status.epochs}" if status.state == "running" else "the training has ended"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"As of epoch {epoch}; {now}.", width="content")
        is_current = status.state == "running" and status.epoch == epoch
        if st.button("Refresh", icon=":material/refresh:", type="tertiary", disabled=is_current, key=Widgets.MODEL.of("refresh")):
            st.rerun(scope="app")

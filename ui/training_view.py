"""Follows a training: progress, film, losses; stop and resume. Everything is read from the run's folder."""

import math
import time
from collections.abc import Sequence

import streamlit as st

from ui import state
from ui.about_run import fact_line, image_shape
from ui.boundary import attempt, boundary, refusal
from ui.components.film import film
from ui.components.losses import losses
from ui.gallery import STATES
from ui.glossary import term
from ui.markdown import escape
from ui.state import Session, Widgets
from ui.training_losses import losses_of
from vae_core import data
from vae_core.errors import RunDamaged
from vae_core.runs import findings, previews
from vae_core.runs.measurements import Metrics
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.training import conditions, jobs

KEY = Widgets.WATCH
LIVE = ("running", "queued")
SECONDS_TO_APPEAR = 10.0
RECORD = {"split", "epoch", "total", "reconstruction", "kl", "images_per_second"}


def training_view(run: Run) -> None:
    """Draw the page of one run, which follows its training while that runs."""
    live = _is_live(run, run.status)
    if run.status.state == "damaged":
        with st.container(horizontal=True, vertical_alignment="center", key=KEY.of("head")):
            st.subheader(escape(run.title), anchor=False)
            _new_training()
        st.error(escape(f"This run is damaged: {run.status.message}."), icon=":material/broken_image:")
        return
    st.fragment(_follow, run_every=1.0 if live else None)(run, live)


def _is_live(run: Run, status: Status) -> bool:
    """Whether the training runs: for some seconds after a start also if its process is not seen yet."""
    started, until = st.session_state.get(Session.STARTED, ("", 0.0))
    return status.state in LIVE or (started == run.id and time.monotonic() < until and status.state in ("interrupted", "damaged"))


def _follow(run: Run, was_live: bool) -> None:
    with boundary():
        try:
            _draw(run, was_live)
        except RunDamaged as error:
            st.error(escape(f"This run is damaged: {error}."), icon=":material/broken_image:")


def _draw(run: Run, was_live: bool) -> None:
    status = run.status
    if was_live and not _is_live(run, status):
        state.announce(f"{run.title}: {STATES[status.state][0].lower()}")
        st.rerun()
    _head(run, status)
    config = run.config
    names = data.describe(config.train.dataset).class_names if config.train.dataset in data.names() else ()
    film(
        run.previews,
        image_shape=image_shape(run),
        latent_dim=config.model.latent_dim,
        class_names=names,
        has_prior=config.model.traits.is_normal,
        is_conditional=config.model.traits.is_conditional,
        live=status.state in LIVE,
        signed=run.signed,
        key=KEY.of("film", run.id),
    )
    _measured(run, status)


# ---- The row above the film --------------------------------------------------------------------------------------------


def _head(run: Run, status: Status) -> None:
    """Draw title, state and possible actions in one row."""
    label, icon, colour = STATES[status.state]
    if status.state == "queued" and not jobs.is_waiting(run):
        label = "Starting"
    with st.container(horizontal=True, vertical_alignment="center", key=KEY.of("head")):
        st.subheader(escape(run.title), anchor=False)
        st.badge(label, icon=icon, color=colour)
        with st.container(horizontal=True, vertical_alignment="center", key=KEY.of("state")):
            _state(run, status)
        _stop_or_resume(run, status)
        st.page_link(
            state.LATENT_MAP,
            label="Explore this model",
            icon=":material/explore:",
            disabled=not run.network.exists(),
            query_params=state.link(state.LATENT_MAP, run),
        )
        _new_training()
    refusal(KEY.of("stop" if status.state in LIVE else "resume", run.id))


def _new_training() -> None:
    st.page_link(state.TRAIN, label="New training", icon=":material/add:", query_params=state.link(state.TRAIN))


def _state(run: Run, status: Status) -> None:
    """Draw how far the training is, what it waits for, or how it ended."""
    if status.state == "queued":
        jobs.advance(run.path.parent)
    if status.state == "queued" and jobs.is_waiting(run):
        _turn(run)
    elif status.state in LIVE:
        st.progress(min(1.0, status.step / max(1, status.steps)), _progress(status))
    elif status.state == "finished":
        epochs = term("epoch", f"epoch{'s' if status.epoch != 1 else ''}")
        st.caption(f"{status.epoch:,} {epochs} in {_clock(status.seconds)}")
    elif status.state == "stopped":
        st.caption(escape(status.message))
    else:
        st.caption(f"After {status.epoch:,} of {status.epochs:,} epochs")


def _turn(run: Run) -> None:
    """Draw a waiting run's place in the queue, and the training that comes first of those before it."""
    before, place = jobs.runs_before(run), jobs.queue_position(run) + 1
    words = "First in line" if place == 1 else f"Number {place} in line"
    if not before:
        st.caption(f"{words}: it begins now")
        return
    st.caption(f"{words}; {len(before)} training{'s' if len(before) != 1 else ''} before it, now", width="content")
    st.page_link(state.TRAIN, label=escape(before[0].title), query_params=state.link(state.TRAIN, before[0]))


def _stop_or_resume(run: Run, status: Status) -> None:
    if status.state in LIVE:
        stopping = jobs.stop_requested(run)
        label = "Stopping …" if stopping else "Stop"
        st.button(label, icon=":material/stop:", disabled=stopping, on_click=_stop, args=(run,), key=KEY.of("stop"))
    elif _resumable(run, status) and st.button("Resume", icon=":material/play_arrow:", type="primary", key=KEY.of("resume")):
        _resume(run)


def _stop(run: Run) -> None:
    if run.status.state in LIVE:  # else it has ended since the button was drawn
        attempt(lambda: jobs.stop(run), KEY.of("stop", run.id))


def _resume(run: Run) -> None:
    if attempt(lambda: jobs.resume(run), KEY.of("resume", run.id)):
        st.session_state[Session.STARTED] = run.id, time.monotonic() + SECONDS_TO_APPEAR
        st.rerun(scope="app")


def _resumable(run: Run, status: Status) -> bool:
    return status.state in ("stopped", "interrupted", "failed") and run.resume.exists()


def _progress(status: Status) -> str:
    if status.state == "queued":
        return "Starting"
    if not status.steps or status.message != "Training":
        return escape(status.message)
    epoch = f"Epoch {min(status.epoch + 1, status.epochs)} of {status.epochs}"
    if not status.step:
        return epoch
    return f"{epoch}, about {_clock(status.seconds / status.step * (status.steps - status.step))} left"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


# ---- The strip below it ------------------------------------------------------------------------------------------------


def _measured(run: Run, status: Status) -> None:
    """Draw the losses, and beside them what there is to know of the training."""
    records = [record for record in run.metrics() if record.keys() >= RECORD]
    followed = previews.followed_in(run.previews)
    held_out = int(followed.held_out.sum()) if len(followed.held_out) else None
    validated = held_out is None or held_out >= findings.FEW
    left, right = st.columns([3, 1], gap="medium")
    with left:
        losses(
            losses_of(run.config, records, validated=validated),
            epochs=status.epochs if status.state in LIVE else math.ceil(records[-1]["epoch"]) if records else 1,
            remark="now, on held-out images" if validated else f"on training images: {held_out} held-out are too few to measure",
            key=KEY.of("losses", run.id),
        )
    with right:
        for finding in findings.look(run.config, run.card() or {}, records, held_out=held_out, spread=previews.spread_in(run.previews)):
            st.info(str(finding), icon=":material/info:")
        _facts(run, status, records)


def _facts(run: Run, status: Status, records: Sequence[Metrics]) -> None:
    """Draw what there is to know of the run, in small type."""
    if status.state in ("failed", "interrupted"):
        st.error(escape(status.message), icon=":material/error:")
    for sentence in (conditions.start(run), conditions.remark(run)):
        if sentence:
            st.caption(escape(sentence))
    training = [record for record in records if record["split"] == "train"]
    speed = f" · {training[-1]['images_per_second']:,.0f} images per second" if training else ""
    st.caption(fact_line(run) + speed)

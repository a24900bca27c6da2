"""Follows a training: progress, losses, previews; stop and resume. Everything is read from the run's folder."""

import time
from collections.abc import Sequence

import streamlit as st

from ui import charts, state
from ui.boundary import attempt, boundary, refusal
from ui.components.film import film
from ui.gallery import STATES
from ui.markdown import escape
from ui.models import fact_line, image_shape, nats
from ui.state import Session, Widgets
from vae_core import data
from vae_core.errors import RunDamaged
from vae_core.runs import findings
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.training import conditions, jobs

KEY = Widgets.WATCH
LIVE = ("running", "queued")
SECONDS_TO_APPEAR = 10.0
MAX_POINTS = 400
RECORD = {"split", "epoch", "total", "reconstruction", "kl", "images_per_second"}
TOTAL, RECONSTRUCTION, KL = "#5B5BD6", "#0E9F8E", "#D9730D"


def training_view(run: Run) -> None:
    """Draw the page of one run, which follows its training while that runs."""
    live = _is_live(run, run.status)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escape(run.title))
        st.page_link(state.TRAIN, label="New training", icon=":material/add:", query_params=state.link(state.TRAIN))
    if run.status.state == "damaged":
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
    records = [record for record in run.metrics() if record.keys() >= RECORD]
    for finding in findings.look(run.config, run.card() or {}, records):
        st.info(str(finding), icon=":material/info:")
    if records:
        _numbers(records)
        _losses(records)
    config = run.config
    names = data.describe(config.train.dataset).class_names if config.train.dataset in data.names() else ()
    film(
        run.previews,
        image_shape=image_shape(run),
        latent_dim=config.model.latent_dim,
        class_names=names,
        family=config.model.family,
        live=status.state in LIVE,
        signed=run.signed,
        key=KEY.of("film", run.id),
    )
    st.caption(fact_line(run))


def _head(run: Run, status: Status) -> None:
    """Draw the state, the progress and the possible actions."""
    label, icon, colour = STATES[status.state]
    if status.state == "queued" and not jobs.is_waiting(run):
        label = "Starting"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(label, icon=icon, color=colour)
        if status.state in LIVE:
            stopping = jobs.stop_requested(run)
            st.button(
                "Stopping …" if stopping else "Stop",
                icon=":material/stop:",
                disabled=stopping,
                on_click=_stop,
                args=(run,),
                key=KEY.of("stop"),
            )
        elif _resumable(run, status) and st.button("Resume", icon=":material/play_arrow:", type="primary", key=KEY.of("resume")):
            _resume(run)
        if run.network.exists():
            st.page_link(
                state.LATENT_MAP,
                label="Explore this model",
                icon=":material/explore:",
                query_params=state.link(state.LATENT_MAP, run),
            )
    refusal(KEY.of("stop" if status.state in LIVE else "resume", run.id))
    if status.state in ("failed", "stopped", "interrupted"):
        st.caption(escape(status.message))
    if remark := conditions.remark(run):
        st.caption(escape(remark))
    if status.state in LIVE:
        st.progress(min(1.0, status.step / max(1, status.steps)), _progress(run, status))


def _stop(run: Run) -> None:
    if run.status.state in LIVE:  # else it has ended since the button was drawn
        attempt(lambda: jobs.stop(run), KEY.of("stop", run.id))


def _resume(run: Run) -> None:
    if attempt(lambda: jobs.resume(run), KEY.of("resume", run.id)):
        st.session_state[Session.STARTED] = run.id, time.monotonic() + SECONDS_TO_APPEAR
        st.rerun(scope="app")


def _resumable(run: Run, status: Status) -> bool:
    return status.state in ("stopped", "interrupted", "failed") and run.resume.exists()


def _progress(run: Run, status: Status) -> str:
    if status.state == "queued":
        jobs.advance(run.path.parent)
        ahead = jobs.queue_position(run)
        if ahead:
            return f"Waiting: {ahead} training{'s' if ahead != 1 else ''} before this one"
        return "Waiting: it is the next one" if jobs.is_waiting(run) else "Starting"
    if not status.steps or status.message != "Training":
        return escape(status.message)
    epoch = f"Epoch {status.epoch + 1} of {status.epochs}"
    if not status.step:
        return epoch
    left = status.seconds / status.step * (status.steps - status.step)
    return f"{epoch}, about {int(left) // 60}:{int(left) % 60:02} left"


def _numbers(records: Sequence[charts.Record]) -> None:
    training = [record for record in records if record["split"] == "train"]
    validation = [record for record in records if record["split"] == "validation"]
    shown = (validation or training)[-1]
    where = "held-out images" if validation else "training images"
    with st.container(horizontal=True, gap="large"):
        st.metric(
            "−ELBO, nats per image", nats(shown["total"]), help=f"Reconstruction plus KL, on {where}. Lower is better.", width="content"
        )
        st.metric(
            "Reconstruction",
            nats(shown["reconstruction"]),
            help="What it costs to describe the pixels when the code is known.",
            width="content",
        )
        st.metric("KL", nats(shown["kl"], 2), help="What the code itself costs: how far the posterior is from the prior.", width="content")
        if training:
            st.metric("Images per second", f"{training[-1]['images_per_second']:,.0f}", width="content")


def _losses(records: Sequence[charts.Record]) -> None:
    thinned = _thin(records)
    left, right = st.columns(2)
    with left:
        both = [("total", "−ELBO"), ("reconstruction", "Reconstruction")]
        st.echarts_chart(
            charts.losses(thinned, both, [TOTAL, RECONSTRUCTION]),
            height=280,
            key=KEY.of("total"),
            alt="−ELBO and reconstruction over epochs",
        )
    with right:
        st.echarts_chart(charts.losses(thinned, [("kl", "KL")], [KL]), height=280, key=KEY.of("kl"), alt="KL over epochs")


def _thin(records: Sequence[charts.Record]) -> list[charts.Record]:
    """All validation records, and at most 400 training records, evenly."""
    training = [record for record in records if record["split"] == "train"]
    every = -(-len(training) // MAX_POINTS)
    kept = training[::-1][:: max(1, every)][::-1]
    return kept + [record for record in records if record["split"] == "validation"]

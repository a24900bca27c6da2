"""What starts trainings: one, in a row that stays in the window, or three that differ in β alone; and how long they take."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from ui import estimate, state
from ui.beta_card import choose_three
from ui.boundary import boundary
from ui.state import Widgets
from vae_core import data
from vae_core.config import RunConfig
from vae_core.errors import RunError
from vae_core.runs import titles
from vae_core.runs.run import Run
from vae_core.training import jobs

KEY = Widgets.TRAIN


def launch_row(config: RunConfig, title: str) -> None:
    """Draw the button that starts the training with how long it takes, at the bottom of the window."""
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        here = data.is_available(config.train.dataset)
        if st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=not here, key=KEY.of("start")):
            with boundary():
                state.launch(jobs.launch(config, title=title))
                st.rerun()
        waits = not estimate.is_known(config) or estimate.seconds_to_train(config) is None
        st.fragment(_estimate, run_every=1.0 if waits else None)(config, waits)


def launch_three(config: RunConfig, title: str) -> None:
    """Draw three values of β and the button that trains one model of each."""
    if config.model.traits.is_discrete:
        st.caption("A map of codes is not pulled towards its prior, which learns from it: β means nothing to it.")
        return
    if not config.model.traits.has_prior:
        st.caption("An autoencoder has no prior and no KL: β means nothing to it.")
        return
    if config.train.bound == "importance":
        st.caption("The importance-weighted bound has no KL of its own: there is nothing for β to weigh.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        betas = choose_three()
        ready = len(betas) == 3 and data.is_available(config.train.dataset)
        clicked = st.button("Train these three β", icon=":material/playlist_play:", disabled=not ready, key=KEY.of("start", "three"))
    if clicked:
        with boundary():
            state.launch(*launch_each(config, betas, title))
            st.rerun()


def launch_each(config: RunConfig, betas: Sequence[float], title: str = "") -> list[Run]:
    """Launch trainings that differ in β alone; a title is one for all, with β behind it.

    Raises ConfigError when one of them cannot be, and RunError when one cannot be started, saying which were.
    """
    launched: list[Run] = []
    for one in [replace(config, train=replace(config.train, beta=beta)) for beta in betas]:
        try:
            launched.append(jobs.launch(one, title=titles.with_beta(one, title)))
        except RunError as error:
            started = " and ".join(f"“{run.title}”" for run in launched) or "none"
            raise RunError(f"β {one.train.beta:g} could not be started: {error}. Of the three, started: {started}") from None
    return launched


def _estimate(config: RunConfig, waits: bool) -> None:
    if not estimate.is_known(config):
        st.caption("Timing a few steps on this computer …")
        return
    seconds = estimate.seconds_to_train(config)
    if seconds is None:  # it is asked again after a while
        st.caption("This computer is too busy to be timed now; the time left is shown once the training runs")
        return
    if waits:  # a rerun of the page ends the polling
        st.rerun()
    st.caption(f"About {_duration(seconds)} on this computer")
    if config.model.traits.weighs_kl:
        st.caption(f"Three β: about {_duration(3 * seconds)}")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"

"""The choice of a run whose weights a training starts from, and what of them fits. Launches nothing."""

import json
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from ui import state
from ui.markdown import escape
from ui.state import Key
from vae_core.config import SETTINGS, RunConfig, TrainConfig
from vae_core.processes import asking
from vae_core.runs.run import Run

FITTING = "vae_core.training.fitting"
ANEW = "Nothing: new weights"
START_FROM = SETTINGS["start_from"]


def choose_start(runs: Sequence[Run], key: Key, requested: str | None) -> str:
    """Draw the choice of a run that has weights; return its id, or nothing for a training that begins anew.

    Args:
        runs: to choose from, as far as they have weights.
        key: of the select box.
        requested: the run that the URL names; one that is not here is said to be so.
    """
    known = {run.id: run.title for run in runs if run.weights.exists() and run.status.state != "damaged"}
    if requested and requested not in known:
        st.warning("The link starts from a model that is not here; this training begins anew.", icon=":material/link_off:")
    state.initialise(key, requested if requested in known else None, "")
    if st.session_state[key] not in known:
        st.session_state[key] = ""
    chosen: str = st.selectbox(
        START_FROM.label, ["", *known], format_func=lambda name: known.get(name, ANEW), key=key, help=START_FROM.help
    )
    return chosen


def show_fit(config: RunConfig) -> bool:
    """Say what a training takes from the run that it starts from, as soon as that is known; False where nothing of it fits."""
    if not config.train.start_from:
        return True
    answer = asking.answer(FITTING, _question(config))
    if not answer.done:
        st.fragment(_wait, run_every=1.0)(config)
    if answer.result is None:  # the training itself will say it
        return True
    found = json.loads(answer.result)
    if found["fits"]:
        st.caption(escape(found["sentence"]))
    else:
        with st.bottom:
            st.error(escape(found["sentence"]), icon=":material/error:")
    return bool(found["fits"])


def _wait(config: RunConfig) -> None:
    if asking.answer(FITTING, _question(config)).done:
        st.rerun()
    st.caption("Comparing the networks …")


def _question(config: RunConfig) -> str:
    """The config, of which nothing else counts than its network and where it starts from."""
    return json.dumps(replace(config, preset="", train=TrainConfig(start_from=config.train.start_from)).to_json())

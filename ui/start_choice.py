"""The choice of a run whose weights a training starts from, and what of them fits. Launches nothing."""

import json
from dataclasses import replace

import streamlit as st

from ui import state
from ui.markdown import escape
from ui.state import Key
from vae_core import runs
from vae_core.config import SETTINGS, RunConfig, TrainConfig
from vae_core.processes import asking

FITTING = "vae_core.training.fitting"
ANEW = "Nothing: new weights"
START_FROM = SETTINGS["start_from"]


def choose_start(key: Key, requested: str | None) -> str:
    """Draw the choice of a run that has weights; return its id, or nothing for a training that begins anew.

    Args:
        key: of the select box.
        requested: the run that the URL names; one that is not here is said to be so.
    """
    known = {run.id: run.title for run in runs.list_runs() if run.weights.exists() and run.status.state != "damaged"}
    if requested and requested not in known:
        st.warning("The link starts from a model that is not here; this training begins anew.", icon=":material/link_off:")
    state.initialise(key, requested if requested in known else None, "")
    if st.session_state[key] not in known:
        st.session_state[key] = ""
    chosen: str = st.selectbox(
        START_FROM.label, ["", *known], format_func=lambda name: known.get(name, ANEW), key=key, help=START_FROM.help
    )
    return chosen


def show_fit(config: RunConfig) -> None:
    """Say what a training takes from the run that it starts from, as soon as that is known; nothing where it begins anew."""
    if config.train.start_from:
        waits = not asking.answer(FITTING, _question(config)).done
        st.fragment(_say_fit, run_every=1.0 if waits else None)(config, waits)


def _say_fit(config: RunConfig, waits: bool) -> None:
    answer = asking.answer(FITTING, _question(config))
    if not answer.done:
        st.caption("Comparing the networks …")
        return
    if waits:  # a rerun of the page ends the polling
        st.rerun()
    if answer.result is None:  # the training itself will say it
        return
    found = json.loads(answer.result)
    if found["fits"]:
        st.caption(escape(found["sentence"]))
    else:
        st.error(escape(found["sentence"]), icon=":material/error:")


def _question(config: RunConfig) -> str:
    """The config, of which nothing else counts than its network and where it starts from."""
    return json.dumps(replace(config, preset="", train=TrainConfig(start_from=config.train.start_from)).to_json())

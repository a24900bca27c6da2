"""How long a training will take here: a few real steps timed in another process, once for each kind of training."""

import json
import subprocess
import sys
import threading
from concurrent.futures import Future

import streamlit as st

from vae_core import data
from vae_core.config import RunConfig

SECONDS_AT_MOST = 60


def is_known(config: RunConfig) -> bool:
    """Whether the steps of such a training have been timed; asking starts the timing."""
    return _future(config).done()


def seconds_to_train(config: RunConfig) -> float | None:
    """Estimated seconds of the whole training, once `is_known`; None when it could not be timed."""
    images_per_second = _future(config).result()
    if images_per_second is None:
        return None
    info = data.describe(config.train.dataset)
    images = 0.8 * (config.train.images or info.count)
    return config.train.epochs * images / images_per_second * 1.1


def _future(config: RunConfig) -> Future:
    model, train = config.to_json()["model"], config.to_json()["train"]
    return _timing(json.dumps({"model": model, "train": {"batch_size": train["batch_size"], "device": train["device"]}}))


@st.cache_resource(max_entries=64, show_spinner=False)
def _timing(question: str) -> Future:
    """The answer to come. Whoever waits for it must not keep the server from ending, so the thread is a daemon."""
    future = Future()
    threading.Thread(target=_answer, args=(question, future, _turn()), name="time a few steps", daemon=True).start()
    return future


def _answer(question: str, future: Future, turn: threading.Lock) -> None:
    with turn:
        future.set_result(_ask(question))


@st.cache_resource(show_spinner=False)
def _turn() -> threading.Lock:
    """One timing at once: two would slow each other down."""
    return threading.Lock()


def _ask(question: str) -> float | None:
    """Images a second, from `python -m vae_core.speed`; None when it could not be measured."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "vae_core.speed"], input=question, capture_output=True, text=True, timeout=SECONDS_AT_MOST, check=True
        )
        return float(json.loads(done.stdout)["images_per_second"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None

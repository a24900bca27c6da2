"""What the changes of training images look like: some images, and below each the same changed, made by another process."""

import json
import subprocess
import sys
import threading
from concurrent.futures import Future

import streamlit as st

from vae_core import data, jobs
from vae_core.config import TrainConfig

SETTINGS = ("rotation", "shift", "zoom", "brightness", "flip")
SECONDS_AT_MOST = 60


def variation(config: TrainConfig) -> None:
    """A strip of images of the data set and what the chosen changes make of them; comes later by itself and holds nothing up."""
    chosen = {name: getattr(config, name) for name in SETTINGS}
    if not any(chosen.values()):
        st.caption("Each time a training image is seen, it can be changed a little: few images teach more so. Nothing is changed now.")
    elif data.is_available(config.dataset):
        strip = _strip(json.dumps({"dataset": config.dataset, **chosen}))
        st.fragment(_show, run_every=None if strip.done() else 0.5)(strip)


def _show(strip: Future) -> None:
    if not strip.done():
        st.caption("Changing some images …")
    elif strip.result() is None:
        st.caption("The changed images could not be shown")
    else:
        st.image(strip.result(), width="stretch", output_format="PNG")
        st.caption("Above, images as they are; below, what a training might see of each.")


@st.cache_resource(max_entries=32, show_spinner=False)
def _strip(question: str) -> Future:
    """The picture to come. Whoever waits for it must not keep the server from ending, so the thread is a daemon."""
    future = Future()
    threading.Thread(target=_answer, args=(question, future, _turn()), name="change a few images", daemon=True).start()
    return future


def _answer(question: str, future: Future, turn: threading.Lock) -> None:
    with turn:
        future.set_result(_ask(question))


@st.cache_resource(show_spinner=False)
def _turn() -> threading.Lock:
    """One process at once: each loads torch."""
    return threading.Lock()


def _ask(question: str) -> bytes | None:
    """The PNG from `python -m vae_core.variation`; None when there is none."""
    command = [sys.executable, "-m", "vae_core.variation"]
    try:
        return subprocess.run(
            command, input=question.encode(), capture_output=True, cwd=jobs.PROGRAM, timeout=SECONDS_AT_MOST, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None

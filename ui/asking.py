"""Questions that only a process with torch can answer: asked once each, one at a time, while the page stays free."""

import subprocess
import sys
import threading
from concurrent.futures import Future

import streamlit as st

from vae_core import jobs

SECONDS_AT_MOST = 60


@st.cache_resource(max_entries=64, show_spinner=False)
def answer(module: str, question: str) -> "Future[bytes | None]":
    """What `python -m MODULE` will print when it reads the question; None when it fails.

    Whoever waits for it must not keep the server from ending, so the thread is a daemon.
    """
    future = Future()
    threading.Thread(target=_answer, args=(module, question, future, _turn()), name=f"ask {module}", daemon=True).start()
    return future


def _answer(module: str, question: str, future: Future, turn: threading.Lock) -> None:
    with turn:
        future.set_result(ask(module, question))


@st.cache_resource(show_spinner=False)
def _turn() -> threading.Lock:
    """One process at once: each loads torch, and two that are timed would slow each other down."""
    return threading.Lock()


def ask(module: str, question: str) -> bytes | None:
    """Ask now and wait."""
    command = [sys.executable, "-m", module]
    try:
        return subprocess.run(
            command, input=question.encode(), capture_output=True, cwd=jobs.PROGRAM, timeout=SECONDS_AT_MOST, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None

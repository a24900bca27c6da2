"""What an experiment measures, once it is there; until then, what is being done. Knows no experiment."""

import streamlit as st

from ui.boundary import fragment
from vae_core.applications import questions
from vae_core.applications.questions import Arrays, Question

SECONDS_BETWEEN_LOOKS = 0.7


def measured(question: Question, doing: str) -> Arrays | None:
    """The answer to a question; None while it is computed, which is said with the words of `doing`. Raises what `questions.answer` does."""
    found = questions.answer(question)
    if found is None:
        fragment(_wait, run_every=SECONDS_BETWEEN_LOOKS)(question, doing)
    return found


def _wait(question: Question, doing: str) -> None:
    if questions.answer(question) is not None:
        st.rerun(scope="app")
    st.info(f"{doing} It takes some seconds, once for everybody.", icon=":material/hourglass_empty:")

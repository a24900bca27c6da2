"""Asks for what an experiment measures, which a process with torch computes once for all who ask. Needs no torch, knows no screen."""

import base64
import json
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from vae_core.applications import images
from vae_core.errors import RunDamaged, RunError
from vae_core.files.tensors import pack, unpack
from vae_core.latent import encoded_sets
from vae_core.processes import asking
from vae_core.runs.run import Run

MODULE = "vae_core.applications.answers"
SECONDS_AT_MOST = 180.0
UNANSWERED = "this could not be computed in time; try again in a minute, when the computer is less busy"

Arrays = Mapping[str, np.ndarray]


class Question(NamedTuple):
    """What is asked: an experiment's name, the run, and what else it has to be told."""

    experiment: str
    run: Run
    told: Mapping[str, str] = {}
    sets: tuple[str, ...] = ()
    """Names of the data sets that the answer depends on, beside the weights and what the run learned from."""

    def as_text(self) -> str:
        """The same as JSON on one line, with digests of the weights and the images, which decide the answer too.

        Raises DataError when a data set is not here, RunDamaged without weights.
        """
        keys = [encoded_sets.key(self.run, name) for name in self.sets or [images.dataset(self.run)]]
        return json.dumps({"experiment": self.experiment, "run": str(self.run.path.resolve()), "told": dict(self.told), "of": keys})


def answer(question: Question) -> Arrays | None:
    """What was measured, as arrays by name; None while it is being computed, which this begins: ask again.

    Raises RunError with the reason why there is nothing, and what `Question.as_text` raises.
    """
    found = asking.answer(MODULE, question.as_text(), SECONDS_AT_MOST)
    return decoded(found.result or b"") if found.done else None


def encoded(arrays: Arrays) -> str:
    """Arrays as text on one line."""
    return base64.b64encode(pack(arrays, {})).decode()


def refused(sentence: str) -> str:
    """A refusal as text on one line."""
    return json.dumps({"refused": sentence})


def decoded(text: bytes) -> Arrays:
    """What `encoded` made a text of. Raises RunError with the sentence of `refused`, or for what is no such text."""
    try:
        if not text.startswith(b"{"):
            return unpack(base64.b64decode(text, validate=True), "the answer")[0]
        sentence = json.loads(text)["refused"]
    except (ValueError, KeyError, RunDamaged):
        sentence = UNANSWERED
    raise RunError(sentence)

"""Computes what experiments measure: `python -m vae_core.applications.answers`, JSON in, arrays as text out, a line each."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from vae_core import console
from vae_core.applications import anomaly, compression, denoising, factors
from vae_core.applications.questions import encoded, refused
from vae_core.errors import ConfigError, ExplorerError
from vae_core.processes import priority
from vae_core.processes.answering import answer_lines
from vae_core.runs.run import Run

Told = Mapping[str, str]


def _anomaly(run: Run, told: Told) -> dict[str, np.ndarray]:
    return anomaly.to_arrays(anomaly.measure(run, told["group"]))


def _denoising(run: Run, told: Told) -> dict[str, np.ndarray]:
    return vars(denoising.measure(Run(run.path.parent / told["of"]), run))


def _compression(run: Run, told: Told) -> dict[str, np.ndarray]:
    return vars(compression.measure(run))


def _factors(run: Run, told: Told) -> dict[str, np.ndarray]:
    return vars(factors.measure(run))


EXPERIMENTS: dict[str, Callable[[Run, Told], dict[str, np.ndarray]]] = {
    "anomaly": _anomaly,
    "denoising": _denoising,
    "compression": _compression,
    "factors": _factors,
}


def answer(question: str) -> str:
    """The answer to a question as `Question.as_text` puts it: arrays, or why there are none."""
    try:
        asked = json.loads(question)
        compute, run, told = EXPERIMENTS[asked["experiment"]], Run(Path(asked["run"])), asked["told"]
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"the question is {question[:60]!r}; expected JSON that names an experiment and a run") from None
    try:
        return encoded(compute(run, told))
    except ExplorerError as error:
        return refused(str(error))


def main() -> int:
    """Answer the questions on standard input, a line each. Returns the exit status, as `answer_lines` says."""
    console.tolerate_encoding_errors()
    priority.lower_priority()
    return answer_lines(answer)


if __name__ == "__main__":
    sys.exit(main())

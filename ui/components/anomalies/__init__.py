"""The anomaly bench as a Streamlit component: groups of images by a score, with a threshold to drag. Knows no run."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ui.components.mount import component


@dataclass(frozen=True)
class Score:
    """A score of two groups of images: `known` and `anomalous` in rising order, `curve` and `auc` of the ROC."""

    name: str
    label: str
    about: str
    unit: str
    known: Sequence[float]
    anomalous: Sequence[float]
    curve: Sequence[Sequence[float]]
    auc: float


@dataclass(frozen=True)
class Top:
    """The images with the largest values of a score: sheets of one row as data URIs, and which images are anomalous."""

    score: str
    images: str
    reconstructions: str
    count: int
    anomalous: Sequence[bool]
    values: Sequence[float]


@dataclass(frozen=True)
class Chosen:
    """The score that is shown, and a threshold; None is the usual one."""

    score: str
    threshold: float | None = None


def anomalies(
    scores: Sequence[Score], top: Top, chosen: Chosen, groups: tuple[str, str], *, key: str, on_change: Callable[[], None]
) -> None:
    """Show the scores of two groups, by what each group is called; `on_change` is called when a person has chosen otherwise."""
    data = {"scores": [asdict(score) for score in scores], "top": asdict(top), "groups": groups, **asdict(chosen)}
    _VIEW(data=data, key=key, on_chosen_change=on_change)


def chosen_of(state: Any, names: Sequence[str]) -> Chosen | None:
    """What the browser sent, of scores of these names; None for nothing and for anything else."""
    sent = state.get("chosen") if hasattr(state, "get") else None
    if not isinstance(sent, dict) or sent.get("score") not in names:
        return None
    threshold = sent.get("threshold")
    usable = isinstance(threshold, int | float) and math.isfinite(threshold)
    return Chosen(str(sent["score"]), float(threshold) if usable else None)  # type: ignore[arg-type]  # it is a number there


_VIEW = component("anomalies", script="anomalies/anomalies.js", styles=("anomalies/anomalies.css",))

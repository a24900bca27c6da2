"""The losses of a training as a Streamlit component, a chart each. Knows no run and no training."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ui.components.mount import component

Line = list[tuple[float, float]]
"""Epochs and values."""


@dataclass(frozen=True)
class Loss:
    """One chart: `name` is HTML, `digits` are those behind the point."""

    name: str
    meaning: str
    colour: str
    digits: int
    training: Line
    validation: Line


def losses(shown: Sequence[Loss], *, epochs: int, remark: str, key: str) -> None:
    """Show losses side by side over the `epochs` of the whole training; without a record yet, empty charts of the same size.

    The epoch that the film of the page shows is marked; at its last frame `remark` stands in the place of that epoch.
    """
    _VIEW(data={"losses": [asdict(loss) for loss in shown], "epochs": epochs, "remark": remark}, key=key)


_VIEW = component("losses", script="losses/losses.js", styles=("losses/losses.css",))

"""β as a Streamlit component: a large slider with marks that say what a value does. Knows no training."""

from collections.abc import Callable
from typing import Any

from ui.components.mount import component


def beta_slider(value: float, *, disabled: bool, key: str, on_change: Callable[[], None]) -> None:
    """Show β; `on_change` is called when a person lets go of another value, which `chosen_beta` then returns."""
    _BETA(data={"value": value, "disabled": disabled}, key=key, on_value_change=on_change)


def chosen_beta(state: Any) -> float | None:
    """The value in the component's state, as the browser sent it; None for none and for anything that is no value of the slider."""
    value = state.get("value") if hasattr(state, "get") else None
    return next((stop for stop in STOPS if stop == value), None)


STOPS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0)
"""The values of the slider, as beta.js has them."""
_BETA = component("beta", script="beta/beta.js", styles=("beta/beta.css",))

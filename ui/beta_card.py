"""The card of β: one value on a large slider, or three that are trained one after the other. Launches nothing."""

from contextlib import suppress

import streamlit as st

from ui.components.beta import beta_slider, chosen_beta
from ui.forms import setting_field
from ui.state import Key, Widgets
from vae_core.config import SETTINGS
from vae_core.errors import ConfigError
from vae_core.schema import Value

KEY = Widgets.TRAIN
SLIDER, THREE = KEY.of("beta_slider"), KEY.of("three")
BETA = SETTINGS["beta"]
USUAL = "0, 1, 8"


def choose_beta(key: Key, requested: str | None, usual: Value, *, has_prior: bool) -> Value:
    """Draw the slider and the field of any value, which are one; without a prior they are off.

    Args:
        key: of the field.
        requested: the value that the URL names, as text.
        usual: the value to begin with where it names none.
        has_prior: whether β means anything to the family of models.
    """
    place = st.container()
    value = setting_field(BETA, key, requested, usual, disabled=not has_prior)
    with place:
        beta_slider(float(str(value)), disabled=not has_prior, key=SLIDER, on_change=lambda: _take(key))
    return value


def _take(key: Key) -> None:
    chosen = chosen_beta(st.session_state[SLIDER])
    if chosen is not None:
        st.session_state[key] = chosen


def choose_three() -> tuple[float, ...]:
    """Draw the field of three values of β; empty for what is no such thing, which is said."""
    text = st.text_input("Three β", value=USUAL, key=THREE, max_chars=40, persist_state="session", label_visibility="collapsed", width=110)
    betas = parse_three(text)
    if not betas:
        st.caption(f"Expected three different numbers from {BETA.minimum:g} to {BETA.maximum:g}, separated by commas.")
    return betas


def parse_three(text: str) -> tuple[float, ...]:
    """Three different values of β out of text; empty for anything else."""
    found: dict[float, None] = {}
    with suppress(ConfigError):
        found = {float(str(BETA.parse(part.strip()))): None for part in text.split(",")}
    return tuple(found) if len(found) == 3 and text.count(",") == 2 else ()

"""A field for a setting, made from its schema; it begins with what the URL asks for. Knows no particular setting."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

import streamlit as st

from ui import state
from ui.state import Key
from vae_core.errors import ConfigError
from vae_core.schema import Setting, Value

MAX_NUMBER = 10**15
"""What a field takes: beyond 2^53 a browser does not know whole numbers."""


def setting_field(
    setting: Setting,
    key: Key,
    requested: str | None,
    usual: Value,
    *,
    titles: Mapping[str, str] | None = None,
    buttons: bool = False,
    width: int | Literal["stretch"] = "stretch",
    disabled: bool = False,
    hides_label: bool = False,
) -> Value:
    """Draw the field of a setting.

    Args:
        setting: its kind, range and choices decide the widget.
        key: of the widget; a value that is kept under it and not allowed any more gives way to the usual one, one just typed stays.
        requested: the value that the URL names, as text; one that is not allowed does not count.
        usual: the value to begin with where the URL names none.
        titles: what choices are called, if not by their words.
        buttons: choices are a row of buttons instead of a select box.
        width: of a select box, in pixels.
        disabled: a number is shown and cannot be changed.
        hides_label: the name of a choice is left to screen readers, and so is its help.

    Returns:
        The value; of whole numbers in a row, the text as it was typed.
    """
    value: Any = _begin(setting, key, requested, usual)
    label, help = setting.label, setting.help or None
    if setting.choices:
        return _choice(setting, key, value, titles or {}, buttons, width, hides_label)
    entered: Value
    if setting.kind is bool:
        entered = st.toggle(label, value, key=key, help=help)
    elif setting.kind in (int, float):
        entered = _number(setting, key, value, disabled)
    else:
        entered = st.text_input(label, value, key=key, help=help)
    return entered


def _number(setting: Setting, key: Key, value: float, disabled: bool) -> int | float:
    """A field that takes any number: with limits, the browser would keep one outside them to itself and the old one would count."""
    step, format = (1, "%d") if setting.kind is int else (None, "%g")
    help, accept = setting.help or None, _accept_typed
    number: int | float = st.number_input(
        setting.label, value=value, step=step, format=format, key=key, help=help, on_change=accept, args=(setting, key), disabled=disabled
    )
    return number


def _accept_typed(setting: Setting, key: Key) -> None:
    """Remember that a person typed this number under these limits: one that is not allowed stays, for the reader to refuse."""
    typed = max(-MAX_NUMBER, min(st.session_state[key], MAX_NUMBER))
    st.session_state[key] = typed
    st.session_state[key.of("typed")] = typed, setting.minimum, setting.maximum


def _choice(
    setting: Setting, key: Key, value: str, titles: Mapping[str, str], buttons: bool, width: int | Literal["stretch"], hides_label: bool
) -> str:
    def readable(choice: str) -> str:
        return titles.get(choice, choice.replace("_", " "))

    label, choices, help = setting.label, list(setting.choices), setting.help or None
    look: Any = {"format_func": readable, "key": key, "help": help, "label_visibility": "collapsed" if hides_label else "visible"}
    if buttons:
        chosen = st.segmented_control(label, choices, default=value, required=True, wrap=True, **look)
    else:
        chosen = st.selectbox(label, choices, choices.index(value), width=width, **look)
    return chosen or choices[0]


def _begin(setting: Setting, key: Key, requested: str | None, usual: Value) -> object:
    """Give the field its value: once a visit the one that the URL asks for, else the one that it has, else the usual one."""
    wanted = None
    with suppress(ConfigError):
        wanted = None if requested is None else _shown(setting, setting.parse(requested))
    state.initialise(key, wanted, _shown(setting, usual))
    value = st.session_state[key]
    typed = st.session_state.get(key.of("typed")) == (value, setting.minimum, setting.maximum)
    if setting.kind is not tuple and not typed and not _is_allowed(setting, value):
        st.session_state[key] = usual
    return st.session_state[key]


def _shown(setting: Setting, value: Value) -> Value:
    """A value as the field takes it: whole numbers in a row are text."""
    if setting.kind is not tuple:
        return value
    return ", ".join(map(str, value)) if isinstance(value, tuple) else "mirror"


def _is_allowed(setting: Setting, value: object) -> bool:
    try:
        setting.check(value)
    except ConfigError:
        return False
    return True

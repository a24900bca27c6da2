"""A field for each kind of setting: what it begins with, what it refuses, what it gives back."""

import pytest
from streamlit.testing.v1 import AppTest

from vae_core.schema import Setting, Value

SETTINGS = {
    "whole": Setting("whole", 3, "A count.", minimum=1, maximum=9),
    "real": Setting("real", 0.5, "A share.", minimum=0.0, maximum=1.0),
    "switch": Setting("switch", False, "On or off."),
    "word": Setting("word", "red", "A colour.", choices=("red", "dark_green")),
    "row": Setting("row", (8, 4), "Layers.", minimum=1, maximum=64),
    "mirror": Setting("mirror", None, "Layers.", minimum=1, maximum=64),
}


def _form(setting: "Setting", asked: str | None, kept: object) -> None:
    import streamlit as st

    from ui import state
    from ui.forms import setting_field
    from ui.state import Widgets

    state.begin("app.py")
    key = Widgets.TRAIN.of(setting.name)
    if kept is not None and key not in st.session_state:
        state.initialise(key, kept, kept)
    st.session_state["given"] = setting_field(setting, key, asked, setting.default)


def given(name: str, asked: str | None = None, kept: object = None) -> Value:
    app = AppTest.from_function(_form, args=(SETTINGS[name], asked, kept), default_timeout=30).run()
    assert not app.exception
    return app.session_state["given"]


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("whole", None, 3),
        ("whole", "5", 5),
        ("whole", "99", 3),
        ("whole", "many", 3),
        ("real", "0.25", 0.25),
        ("real", "nan", 0.5),
        ("switch", "1", True),
        ("switch", "perhaps", False),
        ("word", "dark_green", "dark_green"),
        ("word", "<b>", "red"),
        ("row", None, "8, 4"),
        ("row", "16-8", "16, 8"),
        ("row", "0", "8, 4"),
        ("mirror", None, "mirror"),
        ("mirror", "2,3", "2, 3"),
    ],
)
def test_a_field_begins_with_what_the_url_asks_for_if_that_is_allowed(name: str, asked: str | None, expected: Value) -> None:
    assert given(name, asked) == expected


KEPT = [("whole", 7, 7), ("whole", 12, 3), ("word", "dark_green", "dark_green"), ("word", "blue", "red")]


@pytest.mark.parametrize(("name", "kept", "expected"), KEPT)
def test_a_value_that_is_kept_and_not_allowed_any_more_gives_way_to_the_usual_one(name: str, kept: object, expected: Value) -> None:
    assert given(name, kept=kept) == expected


AS_DRAWN = [("whole", "5", 5), ("real", "0.25", 0.25), ("switch", "1", True), ("word", "dark_green", 1), ("row", "16-8", "16, 8")]


@pytest.mark.parametrize(("name", "asked", "expected"), AS_DRAWN)
def test_a_field_that_is_mounted_late_has_its_value_as_the_default(name: str, asked: str, expected: object) -> None:
    """A closed popover mounts its fields when it is opened: by then their values are no news, and the browser takes the default."""
    app = AppTest.from_function(_form, args=(SETTINGS[name], asked, None), default_timeout=30).run().run()
    kinds = ("number_input", "toggle", "selectbox", "text_input")
    [field] = [element for kind in kinds for element in app.get(kind)]
    assert not field.proto.set_value
    assert field.proto.default == expected

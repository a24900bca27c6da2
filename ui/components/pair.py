"""A component in two mounts: one constant with a model's bytes, one small with a view. Knows no particular component."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from ui.components.bundle import digest_of
from ui.components.mount import read


class Pair:
    """A view of a model, written in JavaScript. Scripts and a model's bytes reach a page once; later changes send the view alone."""

    def __init__(self, name: str, *, view: str, scripts: Sequence[str], styles: Sequence[str], worker: Sequence[str] = ()) -> None:
        """`view` is the class that draws, found in `scripts`, which follow network.js and model.js; `worker` runs beside the page."""
        self._kind = name.replace("_", "-")
        texts = {"STYLE": read(*styles), "WORKER": read(*worker), "KIND": self._kind}
        constants = "".join(f"const {constant} = {json.dumps(text)};\n" for constant, text in texts.items())
        script = read("network.js", "model.js", *scripts) + constants + f"const View = {view};\n"
        self._model = st.components.v2.component(f"{name}_model", js=script)
        self._view = st.components.v2.component(name, js=read("view.js"))

    def __call__(self, bundle: bytes, data: Mapping[str, Any], *, key: str, **on_change: Callable[[], None]) -> Any:
        """Mount both; returns the view's state. `data` is small JSON; `on_change` has on_NAME_change for every state the view sets."""
        state = self._view(key=key, data={"source": f"{self._kind}:{digest_of(bundle)}", **data}, **on_change)
        self._model(key=f"{key}-model", data=bundle, height=1)
        return state

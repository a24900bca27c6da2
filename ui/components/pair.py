"""A component in two mounts: one constant with a model's bytes, one small with a view. Knows no particular component."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from ui.components.bundle import digest_of
from ui.components.link import link
from ui.components.mount import component, read


class Pair:
    """A view of a model, written in JavaScript. Scripts and a model's bytes reach a page once; later changes send the view alone."""

    def __init__(self, name: str, *, script: str, styles: Sequence[str], worker: str | None = None) -> None:
        """`script` exports a function of what `mounted` in model/mounted.js calls texts; `worker` runs beside the page."""
        self._kind = name.replace("_", "-")
        texts = {"kind": self._kind, "style": read(*styles), "worker": link(worker) if worker else ""}
        self._model = st.components.v2.component(f"{name}_model", js=link(script, texts))
        self._view = component(name, script="model/view.js")

    def __call__(self, bundle: bytes, data: Mapping[str, Any], *, key: str, **on_change: Callable[[], None]) -> Any:
        """Mount both; returns the view's state. `data` is small JSON; `on_change` has on_NAME_change for every state the view sets."""
        state = self._view(key=key, data={"source": f"{self._kind}:{digest_of(bundle)}", **data}, **on_change)
        self._model(key=f"{key}-model", data=bundle, height=1)
        return state

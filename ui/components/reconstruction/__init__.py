"""One image through a model as a Streamlit component: code, reconstruction, what was lost. Knows no run folders and no files of people."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ui.components.mount import as_text, nothing
from ui.components.pair import Pair

MODES = ("image", "draw")
TABS = ("way", "disturb", "price", "samples", "neighbours", "place", "files")
"""The panels below the image, as layout.js calls them; a model need not have all."""


def reconstruction(
    bundle: bytes,
    *,
    image: np.ndarray | None,
    title: str,
    mode: str,
    key: str,
    sample: int | None = None,
    tab: str = TABS[0],
    on_change: Callable[[], None] = nothing,
) -> np.ndarray | None:
    """Show what the model of a `bundle` makes of an image; everything is computed in the browser and follows the hand.

    `image` is uint8 (C, H, W) as the model takes it, `title` its name; `sample` says which one of the bundle's images it is: that one is
    not among its own neighbours. Mode "image" shows it; mode "draw" begins with it (None: with what was drawn in this tab before) and
    returns what has been drawn since, uint8 (C, H, W), as of the last time that the pen was lifted; None while nothing was. `tab` is
    the panel that is open at first; `on_change` is called when another one was opened, which `opened` tells.
    Raises ValueError when `image` is of another kind or `mode` unknown; an image that does not fit the model is refused on the page.
    """
    if mode not in MODES:
        raise ValueError(f"the mode is {mode!r}; expected one of {', '.join(MODES)}")
    if image is not None and (image.dtype != np.uint8 or image.ndim != 3):
        raise ValueError(f"the image is {image.dtype} {image.shape}; expected uint8 (C, H, W)")
    data = {"image": None if image is None else as_text(image), "title": title, "mode": mode, "sample": sample, "tab": tab}
    state = _PAIR(bundle, data, key=key, on_drawing_change=nothing, on_tab_change=on_change)
    return _parse(state.get("drawing")) if mode == "draw" else None


def opened(state: Mapping[str, Any]) -> str:
    """The panel that is open, by what the session keeps under the component's key."""
    answer = state.get("tab")
    return answer if answer in TABS else TABS[0]


def _parse(drawing: Any) -> np.ndarray | None:
    """The browser's answer; one that is not as the browser writes it does not count."""
    try:
        shape = tuple(int(side) for side in drawing["shape"])
        pixels = np.frombuffer(base64.b64decode(drawing["pixels"], validate=True), np.uint8)
        return pixels.reshape(shape) if len(shape) == 3 and min(shape) > 0 else None
    except (TypeError, KeyError, ValueError, OverflowError):
        return None


_PAIR = Pair(
    "reconstruction",
    script="reconstruction/reconstruction.js",
    styles=("view/controls.css", "sketch/sketch.css", "model/small_map.css", "reconstruction/reconstruction.css"),
)

"""The sketch pad as a Streamlit component: what a person draws becomes a model's input. Knows no model and no data set."""

import base64
import binascii
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ui.components.mount import as_text, component, nothing


@dataclass(frozen=True)
class Sketched:
    """What a pad said last.

    Attributes:
        image: the drawing, uint8 (C, H, W).
        count: how many times the pad has spoken; given back to it as `taken`, it takes this drawing off the pad.
        taken: what it was given last when it spoke.
    """

    image: np.ndarray
    count: int
    taken: int


def sketch(
    image_shape: tuple[int, int, int], *, background: float, key: str, start: np.ndarray | None = None, taken: int = 0
) -> np.ndarray | None:
    """Show a pad to draw on, and rerun once when a stroke ends; returns the drawing, uint8 (C, H, W), or None while it is empty.

    `image_shape` is channels (1 or 3), height, width in pixels; `background` the grey of the paper, 0 black to 1 white. `start`, uint8
    (C, H, W), lies on the pad at first; another one begins a new drawing. `taken` is the `Sketched.count` of a drawing that is wanted no
    more: its strokes leave the pad, those that were drawn since stay. Where images are as MNIST's, a drawing is scaled and centred as they
    are, unless the person switches that off.
    Raises ValueError when a shape or the background cannot be used.
    """
    if len(image_shape) != 3 or image_shape[0] not in (1, 3) or min(image_shape) < 1:
        raise ValueError(f"the image's shape is {tuple(image_shape)}; expected channels (1 or 3), height and width")
    if not (math.isfinite(background) and 0 <= background <= 1):
        raise ValueError(f"the background is {background}; expected a grey from 0 (black) to 1 (white)")
    if start is not None and (start.dtype != np.uint8 or start.shape != tuple(image_shape)):
        raise ValueError(f"the drawing starts from {start.dtype} {start.shape}; expected uint8 {tuple(image_shape)}")
    begins = None if start is None else as_text(start)
    pad = {"shape": list(image_shape), "background": round(float(background), 4), "start": begins}
    name = hashlib.sha256(json.dumps(pad).encode()).hexdigest()[:16]
    state = _SKETCH(data={**pad, "name": name, "taken": taken}, key=key, on_drawing_change=nothing)
    answer = state.get("drawing")
    if not isinstance(answer, dict) or answer.get("name") != name:  # none yet, or one about a pad that was here before
        return None if start is None else start.copy()
    drawn = latest(state, image_shape)
    return drawn.image if drawn and drawn.taken == taken else None


def latest(state: Any, image_shape: tuple[int, int, int]) -> Sketched | None:
    """What a pad's state says, as the browser sent it: in a callback, before `sketch` returns it. None for no drawing of this shape."""
    answer = state.get("drawing") if hasattr(state, "get") else None
    if not isinstance(answer, dict):
        return None
    image, count, taken = (answer.get(name) for name in ("image", "count", "taken"))
    image = _decode(image, tuple(image_shape))
    return Sketched(image, count, taken) if image is not None and isinstance(count, int) and isinstance(taken, int) else None


def _decode(text: Any, image_shape: tuple[int, ...]) -> np.ndarray | None:
    """The image that the browser sent; None for none, and for anything that is not one of this shape."""
    try:
        pixels = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except (TypeError, ValueError, binascii.Error):
        return None
    return pixels.reshape(image_shape).copy() if pixels.size == math.prod(image_shape) else None


_SKETCH = component("sketch", script="sketch/sketch.js", styles=("sketch/sketch.css",))

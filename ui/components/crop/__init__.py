"""A part of a picture chosen by hand, as a Streamlit component: a box that keeps its proportions. Knows no model and no files of people."""

import base64
import hashlib
import math
from typing import Any

import numpy as np
import streamlit as st

from ui.components.mount import component, nothing
from vae_core.files.pictures import webp

Box = tuple[float, float, float, float]

MAX_SIDE = 512
SMALL_SIDE = 128  # pictures up to here are sent without loss and seen pixel by pixel

_ASPECT_TOLERANCE = 0.01
_MOST_KEPT = 32


def crop(picture: np.ndarray, *, box: Box, aspect: float, key: str) -> Box:
    """Show a picture with a box to move and resize, and rerun once when the hand lets go; returns the box.

    `picture` is uint8 (H, W) or (H, W, 3), at most 512 pixels a side. Boxes are left, top, right, bottom as fractions of it; `aspect` is
    the width by the height of every box in pixels. It begins as the largest such box in the middle of `box`, (0, 0, 1, 1) for all of
    the picture, and begins anew whenever picture, `box` or `aspect` is another than at the last run.
    Raises ValueError when one of them cannot be used.
    """
    _check(picture, box, aspect)
    shown = _shown(picture, box, aspect, key)
    state = _CROP(data=shown, key=key, on_box_change=nothing)
    return _parse(state.get("box"), shown) or tuple(shown["box"])


def _check(picture: np.ndarray, box: Box, aspect: float) -> None:
    plain = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
    if picture.dtype != np.uint8 or not plain or not 1 <= min(picture.shape[:2]) <= max(picture.shape[:2]) <= MAX_SIDE:
        raise ValueError(f"the picture is {picture.dtype} {picture.shape}; expected uint8 (H, W) or (H, W, 3), at most {MAX_SIDE} a side")
    if not _is_box(box):
        raise ValueError(f"the box is {box}; expected left, top, right and bottom between 0 and 1, in order")
    if not (math.isfinite(aspect) and aspect > 0):
        raise ValueError(f"the aspect is {aspect}; expected a width divided by a height, above 0")


def _is_box(box: Any) -> bool:
    if not isinstance(box, list | tuple) or len(box) != 4:
        return False
    if any(isinstance(edge, bool) or not isinstance(edge, int | float) for edge in box):
        return False
    left, top, right, bottom = box  # no comparison with NaN is true
    return bool(0 <= left < right <= 1 and 0 <= top < bottom <= 1)


def _shown(picture: np.ndarray, box: Box, aspect: float, key: str) -> dict[str, Any]:
    """What the browser is told: the same as at the last run, or something else under the next number."""
    height, width = picture.shape[:2]
    digest = hashlib.sha256(repr((picture.shape, *box, aspect)).encode() + picture.tobytes()).hexdigest()
    last, number = st.session_state.get(f"{key}.shown", ("", 0))
    number += digest != last
    st.session_state[f"{key}.shown"] = (digest, number)
    return {
        "number": number,
        "picture": _encode(digest, picture),
        "size": [width, height],
        "small": _is_small(picture),
        "aspect": float(aspect),
        "box": _fitted(box, aspect * height / width),
    }


@st.cache_data(max_entries=_MOST_KEPT, show_spinner=False)
def _encode(digest: str, _picture: np.ndarray) -> str:
    return base64.b64encode(webp(_picture, lossless=_is_small(_picture))).decode()


def _is_small(picture: np.ndarray) -> bool:
    return bool(max(picture.shape[:2]) <= SMALL_SIDE)


def _fitted(box: Box, aspect: float) -> list[float]:
    """The largest box of an aspect, here of fractions, in the middle of another."""
    left, top, right, bottom = map(float, box)
    across = min(right - left, (bottom - top) * aspect) / 2
    x, y, down = (left + right) / 2, (top + bottom) / 2, across / aspect
    return [min(max(edge, 0.0), 1.0) for edge in (x - across, y - down, x + across, y + down)]


def _parse(answer: Any, shown: dict[str, Any]) -> Box | None:
    """The browser's box; None for none, for one on something shown before, and for anything that is not a box of the aspect."""
    if not isinstance(answer, dict) or answer.get("number") != shown["number"] or not _is_box(answer.get("box")):
        return None
    left, top, right, bottom = map(float, answer["box"])
    width, height = shown["size"]
    aspect = (right - left) * width / ((bottom - top) * height)
    return (left, top, right, bottom) if math.isclose(aspect, shown["aspect"], rel_tol=_ASPECT_TOLERANCE) else None


_CROP = component("crop", script="crop/crop.js", styles=("crop/crop.css",))

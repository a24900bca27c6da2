"""From image to image through a latent space, as a Streamlit component: decoded in the browser. Knows no run folders."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ui.components.bundle import digest_of
from ui.components.mount import as_text, nothing
from ui.components.pair import Pair

Mode = Literal["path", "corners", "arithmetic", "direction"]
Rule = Literal["linear", "spherical"]

DECIMALS = 4
IMAGES = {"path": 2, "corners": 4, "arithmetic": 3, "direction": 1}
_USED = {
    "path": ("t", "rule", "swapped", "keeps_label"),
    "corners": ("u", "v", "keeps_label"),
    "arithmetic": ("strength", "keeps_label"),
    "direction": ("label", "strength"),
}
_NUMBERS = ("t", "u", "v", "strength")


@dataclass(frozen=True)
class View:
    """Where the user is; a mode uses the fields it needs and leaves the others as they were given.

    path: `t` is 0 at A and 1 at B, from -0.5 to 1.5; `rule`; `swapped` says that A and B changed places.
    corners: `u` across and `v` down, from 0 to 1. arithmetic: A + `strength` (C - B), from 0 to 1.5.
    direction: A + `strength` times the direction of the class `label` (None: the first one), from -3 to 3.
    `keeps_label`: a conditional model is told the label of A everywhere, and not that of the nearest image.
    """

    t: float = 0.5
    rule: Rule = "linear"
    swapped: bool = False
    u: float = 0.5
    v: float = 0.5
    strength: float = 1.0
    label: int | None = None
    keeps_label: bool = False

    def __post_init__(self) -> None:
        numbers = [getattr(self, name) for name in _NUMBERS]
        if not all(map(math.isfinite, numbers)):
            raise ValueError(f"t, u, v and strength are {numbers}; expected finite numbers")
        if self.rule not in ("linear", "spherical"):
            raise ValueError(f"the rule is {self.rule!r}; expected linear or spherical")


def interpolation(
    bundle: bytes,
    *,
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    mode: Mode,
    key: str,
    start: View | None = None,
    choosing: int | None = None,
    on_change: Callable[[], None] | None = None,
    on_choose: Callable[[], None] | None = None,
) -> View:
    """Show the way between `images` that the model of a `bundle` decodes; this reruns once when the user lets go.

    `images` are uint8 (C, H, W) as the model takes them, one title each: A and B for a path, four corners (upper left, upper right, lower
    left, lower right), A, B and C of A - B + C, or one that follows the direction of a class. `start` is where to begin, and where to
    go whenever it changes. The state is also at `st.session_state[key]["view"]` for `on_change`: run, mode and the mode's fields.
    A press on an image calls `on_choose`, with its place among `images` at `st.session_state[key]["choose"]`; `choosing` is the place of
    the one that is being chosen anew.
    Raises ValueError when the images are not as many as the mode takes, or not of one shape and uint8, or lack a title.
    """
    _check(images, titles, mode)
    start = start or View()
    data = {
        "mode": mode,
        "choosing": choosing,
        "images": [as_text(image) for image in images],
        "titles": list(titles),
        "of": _name_of(bundle, images, titles, mode),
        "start": {name: _rounded(getattr(start, name)) for name in _USED[mode]},
    }
    state = _PAIR(bundle, data, key=key, on_view_change=on_change or nothing, on_choose_change=on_choose or nothing)
    return _parse(state.get("view"), mode, start)


def settings_of(mode: Mode, view: View) -> dict[str, object]:
    """What of a view is not as at first, by name, for a link; `parse_view` reads it."""
    usual = View()
    seen = {name: getattr(view, name) for name in _USED[mode] if getattr(view, name) != getattr(usual, name)}
    return {name: f"{value:g}" if isinstance(value, float) else int(value) if name != "rule" else value for name, value in seen.items()}


def parse_view(mode: Mode, settings: Mapping[str, str]) -> View:
    """The view that a link asks for. What cannot be read is as at first."""
    readers: dict[str, Callable[[str], Any]] = {"rule": str, "label": int, "swapped": _is_on, "keeps_label": _is_on}
    try:
        return View(**{name: readers.get(name, float)(settings[name]) for name in _USED[mode] if name in settings})
    except ValueError:
        return View()


def _is_on(text: str) -> bool:
    return text == "1"


def _check(images: Sequence[np.ndarray], titles: Sequence[str], mode: Mode) -> None:
    if len(images) != IMAGES[mode] or len(titles) != IMAGES[mode]:
        raise ValueError(f"{len(images)} images and {len(titles)} titles for {mode}; expected {IMAGES[mode]} of each")
    shapes = {image.shape for image in images}
    if len(shapes) != 1 or len(images[0].shape) != 3 or any(image.dtype != np.uint8 for image in images):
        kinds = ", ".join(f"{image.dtype} {image.shape}" for image in images)
        raise ValueError(f"the images are {kinds}; expected uint8 (C, H, W), all of one shape")


def _name_of(bundle: bytes, images: Sequence[np.ndarray], titles: Sequence[str], mode: Mode) -> str:
    """Changes with whatever the view is a view of."""
    digest = hashlib.sha256(repr((digest_of(bundle), mode, list(titles))).encode())
    for image in images:
        digest.update(image.tobytes())
    return digest.hexdigest()[:16]


def _parse(view: Mapping[str, Any] | None, mode: Mode, start: View) -> View:
    """The browser's answer. Other images are seen from the same place; another mode's place does not count."""
    if not view or view["mode"] != mode:
        return start
    seen: dict[str, Any] = {name: float(view[name]) if name in _NUMBERS else view[name] for name in _USED[mode]}
    return replace(start, **seen)


def _rounded(value: float | str | bool | None) -> float | str | bool | None:
    return round(value, DECIMALS) if isinstance(value, float) else value


_PAIR = Pair(
    "interpolation",
    script="interpolation/interpolation.js",
    styles=("view/controls.css", "model/small_map.css", "interpolation/interpolation.css"),
)

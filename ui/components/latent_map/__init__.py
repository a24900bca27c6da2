"""The latent map as a Streamlit component: one constant mount with a model, one small mount with a view. Knows no run folders."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ui.components.mount import nothing
from ui.components.pair import Pair

DECIMALS = 4


@dataclass(frozen=True)
class View:
    """Where the user is: all coordinates of the point, and the names of the plane's two axes. None before the first release."""

    point: tuple[float, ...] | None
    axes: tuple[str, str] | None


def latent_map(
    bundle: bytes,
    *,
    run: str,
    point: Sequence[float],
    axes: tuple[str, str],
    key: str,
    compact: bool = False,
    tour: Sequence[Sequence[float]] = (),
    on_change: Callable[[], None] | None = None,
) -> View:
    """Draw the map of a `bundle`; the browser decodes, and this reruns once when the user lets go.

    `point` has D finite numbers and `axes` two names, "z1" .. "zD" or "pc1" .. "pc8": where to begin, and where to go whenever they change.
    `compact` leaves the plane and the image alone. Codes to `tour` have the point drift past them until somebody takes over; this reruns
    nothing. The state is also at `st.session_state[key]["view"]` for `on_change`.
    Raises ValueError when the point holds a number that is not finite.
    """
    if not all(math.isfinite(value) for value in point):
        raise ValueError(f"the point is {list(point)}; expected finite numbers")
    stops = [_rounded(code) for code in tour]
    data = {"run": run, "point": _rounded(point), "axes": list(axes), "compact": compact, "tour": stops}
    state = _PAIR(bundle, data, key=key, on_view_change=on_change or nothing)
    return _parse(state.get("view"), run)


def _rounded(code: Sequence[float]) -> list[float]:
    return [round(float(value), DECIMALS) for value in code]


def _parse(view: dict[str, Any] | None, run: str) -> View:
    """The browser's answer. One that belongs to another run is older than the run on the screen and does not count."""
    if not view or view["run"] != run:
        return View(point=None, axes=None)
    return View(point=tuple(map(float, view["point"])), axes=(view["axes"][0], view["axes"][1]))


_PAIR = Pair(
    "latent_map",
    script="latent_map/latent_map.js",
    styles=("view/controls.css", "view/plane.css", "latent_map/latent_map.css", "latent_map/compact.css"),
    worker="runtime/decoding_worker.js",
)

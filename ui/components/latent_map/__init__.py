"""The latent map as a Streamlit component: one constant mount with a model, one small mount with a view. Knows no run folders."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ui.components.mount import nothing
from ui.components.pair import Pair

DECIMALS = 4
DRAWS = (36, 0)


@dataclass(frozen=True)
class View:
    """Where the user is: all coordinates of the point, and the names of the plane's two axes. None before the first change."""

    point: tuple[float, ...] | None
    axes: tuple[str, str] | None


def latent_map(
    bundle: bytes,
    *,
    run: str,
    point: Sequence[float] | None,
    axes: tuple[str, str],
    key: str,
    layers: str = "",
    mode: str = "",
    draws: tuple[int, ...] = DRAWS,
    hole: Sequence[float] | None = None,
    label: int | None = None,
    compact: bool = False,
    tour: Sequence[Sequence[float]] = (),
    on_change: Callable[[], None] | None = None,
) -> View:
    """Draw the map of a `bundle`; the browser decodes, and this reruns once when the user lets go.

    Args:
        bundle: the model with its codes.
        run: names the model in links and in files.
        point: D finite numbers: where to begin, and where to go whenever they change. None: the code of the model's first image.
        axes: two names, "z1" .. "zD" or "pc1" .. "pc8".
        key: the state is also at `st.session_state[key]["view"]` for `on_change`, as a dict with what follows here and `point`, `axes`.
        layers: what lies on the plane: "tiles", "codes", both with a comma between, or "none"; empty for the usual.
        mode: empty for the map, "draws" for draws from the prior, "keep-" and the name of a level for draws of the other levels.
        draws: how many (16, 36, 64 or 100), their seed (0 to 99,999), and the number of the one component that they come from, if any.
        hole: D numbers: the middle of a hole to mark.
        label: what a conditional model is told, from 0; None: the class of the model's first image.
        compact: the plane and the image alone.
        tour: codes that the point drifts past until somebody takes over; this reruns nothing.
        on_change: is called before the rerun.

    Raises:
        ValueError: the point holds a number that is not finite.
    """
    if not all(math.isfinite(value) for value in point or ()):
        raise ValueError(f"the point is {list(point or ())}; expected finite numbers")
    data = {
        "run": run,
        "point": _rounded(point),
        "axes": list(axes),
        "compact": compact,
        "tour": [_rounded(code) for code in tour],
        "layers": layers,
        "mode": mode,
        "draws": list(draws),
        "hole": _rounded(hole),
        "label": label,
    }
    state = _PAIR(bundle, data, key=key, on_view_change=on_change or nothing)
    return _parse(state.get("view"), run)


def _rounded(point: Sequence[float] | None) -> list[float] | None:
    return None if point is None else [round(float(value), DECIMALS) for value in point]


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

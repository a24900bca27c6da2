"""The codes of a data set as clouds of points, as a Streamlit component. Knows no run folders, and not how a projection is made."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from ui.components.bundle import digest_of
from ui.components.mount import as_text, component, nothing
from ui.components.pair import Pair
from vae_core.files.tensors import pack

MOST_PROJECTIONS = 2


@dataclass(frozen=True, eq=False)
class Projection:
    """Where codes lie on a plane or in space, and what is known of that place."""

    name: str
    points: np.ndarray  # (N, 2) or (N, 3)
    axes: tuple[str, ...] = ()  # one name an axis, such as "pc1", where axes mean something
    plane: tuple[np.ndarray, np.ndarray] | None = None  # origin (D,), orthonormal basis (2, D): z = origin + x * basis[0] + y * basis[1]
    film: str = ""  # the name under which `pack_frames` tells how it came about
    noise: np.ndarray | None = None  # (M, D): random codes that it draws in place of the others, to compare them with


@dataclass(frozen=True, eq=False)
class Own:
    """A person's own image, to be encoded and placed among the points by the browser."""

    name: str
    image: np.ndarray  # uint8 (C, H, W), as the model takes it


@dataclass(frozen=True)
class View:
    """What the person did: the name of what colours mean, pinned points, how many are selected, and which projection is shown.

    `colour_by` is "class", "cluster", the name of a scalar, or "z1" .. "zD"; `layout` is "0", "1" or "both". None before the first touch.
    """

    colour_by: str | None = None
    pins: tuple[int, ...] = ()
    selected: int = 0
    layout: str | None = None


def pack_points(
    codes: np.ndarray,
    *,
    projections: Sequence[Projection],
    labels: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    scalars: Mapping[str, np.ndarray] | None = None,
    index: np.ndarray | None = None,
    class_names: Sequence[str] = (),
    has_thumbnails: bool = True,
    held_out: int = 0,
) -> bytes:
    """All points for `scatter` in one blob, which a page receives once.

    `codes` are (N, D); if `has_thumbnails`, the first M of them are those of the bundle, whose images have thumbnails. There are one or two
    `projections` of N points; the second may be one of noise. The first `held_out` points are ringed. `labels` and `clusters` are (N,)
    whole numbers, -1 for none; `scalars` are (N,) each, by a name that says their unit ("Reconstruction, nats"); `index` (N,) are places
    in the data set, for people. Equal input gives equal bytes.
    Raises ValueError when something does not fit, or holds a number that is not finite.
    """
    given = {"labels": labels, "clusters": clusters, "index": index}
    columns = {name: np.asarray(column) for name, column in given.items() if column is not None}
    scalars = scalars or {}
    _check(codes, projections, {**columns, **scalars})
    arrays = {"codes": codes, **columns, **{f"scalar{place}": values for place, values in enumerate(scalars.values())}}
    for place, projection in enumerate(projections):
        arrays[f"points{place}"] = projection.points
        if projection.noise is not None:
            arrays["noise"] = projection.noise
        if projection.plane:
            arrays[f"origin{place}"], arrays[f"basis{place}"] = projection.plane
    about = {
        "count": len(codes),
        "held_out": held_out,
        "codes": _digest([codes, *(projection.noise for projection in projections if projection.noise is not None)]),
        "scalars": list(scalars),
        "class_names": list(class_names),
        "has_thumbnails": has_thumbnails,
        "projections": [_describe(projection) for projection in projections],
    }
    return _pack("points", _digest(arrays.values()), about, {name: np.asarray(array, np.float32) for name, array in arrays.items()})


def pack_frames(film: str, steps: Sequence[int], frames: np.ndarray) -> bytes:
    """Frames (F, N, 2) of a projection on its way, made at `steps`, as a part for `scatter`: each step once, in as many parts as you like.

    They are kept to 16 bits, which is finer than a screen. Raises ValueError when the shapes do not fit or a number is not finite.
    """
    if frames.ndim != 3 or frames.shape[2] != 2 or len(frames) != len(steps) or not len(frames):
        raise ValueError(f"frames have shape {frames.shape} for {len(steps)} steps; expected (F, N, 2), one step a frame")
    if not np.isfinite(frames).all():
        raise ValueError(f"frames of {film} hold numbers that are not finite; compute the projection again")
    scales = np.maximum(np.abs(frames).max(axis=(1, 2), initial=0.0), np.finfo(np.float32).tiny) / np.iinfo(np.int16).max
    whole = np.round(frames / scales[:, None, None]).astype(np.int16)
    return _pack(film, f"from {steps[0]}", {"steps": [int(step) for step in steps], "scales": scales.tolist()}, {"frames": whole})


def scatter(
    bundle: bytes,
    points: bytes,
    *,
    key: str,
    view: Mapping[str, Any],
    frames: Sequence[bytes] = (),
    own: Sequence[Own] = (),
    on_change: Callable[[], None] | None = None,
) -> View:
    """Draw `points` (from `pack_points`) of the model of a `bundle`; the browser decodes, and this reruns when something is chosen.

    `view` has, all optional: run, its name; live, whether more `frames` (from `pack_frames`) are to come; and what to begin with, and to
    go to whenever it changes: colour_by, pins, layout, as in `View`. `own` images are drawn among the points: exactly where a decodable
    projection has their codes, else at the weighted mean of their five nearest. While `live`, call this again and again: parts that were
    sent stay where they are. The state is also at `st.session_state[f"{key}.view"]["view"]`.
    Raises ValueError when an own image is not uint8 (C, H, W).
    """
    data = {
        "points": digest_of(points),
        "run": view.get("run", ""),
        "live": bool(view.get("live", False)),
        "own": [_plain(one) for one in own],
        **{name: view.get(name) for name in ("colour_by", "layout")},
        "pins": None if view.get("pins") is None else [int(pin) for pin in view["pins"]],
    }
    with st.container(key=key, gap=None):
        state = _PAIR(bundle, data, key=f"{key}.view", on_view_change=on_change or nothing)
        for part in (points, *frames):
            _PART(data=part, key=f"{key}.{digest_of(part)[:16]}", height=1)
    return _parse(state.get("view"), data["points"])


def _check(codes: np.ndarray, projections: Sequence[Projection], columns: Mapping[str, np.ndarray]) -> None:
    if codes.ndim != 2 or not len(codes):
        raise ValueError(f"codes have shape {codes.shape}; expected (N, D) with at least one point")
    if not 1 <= len(projections) <= MOST_PROJECTIONS:
        raise ValueError(f"{len(projections)} projections were given; expected one or two")
    for name, values in {"codes": codes, **columns}.items():
        if values.shape[:1] != (len(codes),) or (name != "codes" and values.ndim != 1):
            raise ValueError(f"{name} has shape {values.shape}; expected one number for each of {len(codes)} codes")
        _check_finite(name, values)
    for projection in projections:
        _check_projection(projection, codes if projection.noise is None else projection.noise)
    if projections[0].noise is not None:
        raise ValueError(f"{projections[0].name} draws noise; expected it beside a projection of the codes")


def _check_projection(projection: Projection, codes: np.ndarray) -> None:
    points, name = projection.points, projection.name
    if points.ndim != 2 or len(points) != len(codes) or points.shape[1] not in (2, 3):
        raise ValueError(f"{name} has shape {points.shape}; expected ({len(codes)}, 2) or ({len(codes)}, 3)")
    if projection.axes and len(projection.axes) != points.shape[1]:
        raise ValueError(f"{name} has {len(projection.axes)} axes for {points.shape[1]} coordinates; expected a name each, or none")
    _check_finite(name, points)
    if projection.plane is None:
        return
    origin, basis = projection.plane
    if points.shape[1] != 2 or origin.shape != codes.shape[1:] or basis.shape != (2, codes.shape[1]):
        raise ValueError(f"the plane of {name} is {origin.shape} and {basis.shape}; expected ({codes.shape[1]},) and (2, {codes.shape[1]})")
    _check_finite(f"the plane of {name}", np.vstack([origin, basis]))


def _check_finite(name: str, values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds numbers that are not finite; compute it again")


def _describe(projection: Projection) -> dict[str, object]:
    return {
        "name": projection.name,
        "dims": projection.points.shape[1],
        "axes": list(projection.axes),
        "decodable": projection.plane is not None,
        "film": projection.film,
        "is_noise": projection.noise is not None,
    }


def _digest(arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _pack(film: str, name: str, about: Mapping[str, object], arrays: Mapping[str, np.ndarray]) -> bytes:
    """A part as view/parts.js reads it, the same bytes whenever it is made."""
    text = json.dumps({"film": film, "name": name, **about}, allow_nan=False)
    return pack({**arrays, "about": np.frombuffer(text.encode(), np.uint8)}, {})


def _plain(own: Own) -> dict[str, object]:
    """An own image as JSON."""
    if own.image.dtype != np.uint8 or own.image.ndim != 3:
        raise ValueError(f"{own.name} is {own.image.dtype} {own.image.shape}; expected uint8 (C, H, W)")
    return {"name": own.name, "image": as_text(own.image)}


def _parse(view: Mapping[str, Any] | None, points: str) -> View:
    """The browser's answer. One that belongs to other points is older than those on the screen and does not count."""
    if not view or view["points"] != points:
        return View()
    return View(view["colour_by"], tuple(int(pin) for pin in view["pins"]), int(view["selected"]), view["layout"])


_PART = component("scatter_part", script="view/parts.js")
_PAIR = Pair(
    "scatter",
    script="scatter/scatter.js",
    styles=("view/controls.css", "view/plane.css", "scatter/scatter.css"),
    worker="runtime/decoding_worker.js",
)

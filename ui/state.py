"""The one file that names URL parameters and state keys. Everything that comes from a URL is checked here."""

import math
from collections.abc import Sequence

import streamlit as st

from vae_core import runs
from vae_core.errors import RunNotFound
from vae_core.runs import Run

RUN, POINT, AXES, SAMPLES, MODE, SETTINGS = "run", "z", "axes", "samples", "mode", "settings"
FARTHEST = 1e3


def run_in_url(candidates: Sequence[Run]) -> Run | None:
    """The run that the URL names, if it is one of the candidates."""
    asked = st.query_params.get(RUN)
    if asked is None:
        return None
    try:
        found = runs.find(asked)
    except RunNotFound:
        return None
    return found if found in candidates else None


def url_names_no_run(candidates: Sequence[Run]) -> bool:
    """Whether the URL asks for a run that is not there (or not one that this page can show)."""
    return RUN in st.query_params and run_in_url(candidates) is None


def show_in_url(run: Run, point: Sequence[float] = (), axes: Sequence[str] = (), **more: str) -> None:
    """Make the URL say what is on the screen, so that a copied link shows the same."""
    values = {RUN: run.id, **{name: value for name, value in more.items() if value}}
    if len(point):
        values[POINT] = ",".join(f"{value:.4g}" for value in point)
    if len(axes):
        values[AXES] = ",".join(axes)
    if dict(st.query_params) != values:
        st.query_params.from_dict(values)


def samples_in_url(most: int) -> list[int]:
    """The images of the data set that the URL names: places from 0 to `most` - 1; none if any is wrong."""
    parts = st.query_params.get(SAMPLES, "").split(",")
    return [int(part) for part in parts] if all(part.isdecimal() and len(part) < 7 and int(part) < most for part in parts) else []


def mode_in_url(known: Sequence[str]) -> str:
    """The mode that the URL names, else the first one."""
    asked = st.query_params.get(MODE)
    return asked if asked in known else known[0]


def settings_in_url() -> dict[str, str]:
    """The settings that the URL names, as text: whoever takes one up checks it."""
    parts = [part.partition(":") for part in st.query_params.get(SETTINGS, "").split(",")]
    return {name: value for name, _, value in parts if name and value}


def point_in_url(latent_dim: int) -> list[float] | None:
    """The point that the URL names: `latent_dim` finite numbers, or None."""
    try:
        point = [float(part) for part in st.query_params.get(POINT, "").split(",")]
    except ValueError:
        return None
    fits = len(point) == latent_dim and all(math.isfinite(value) and abs(value) <= FARTHEST for value in point)
    return point if fits else None


def axes_in_url(known: Sequence[str]) -> tuple[str, str] | None:
    """The two different axes of one kind that the URL names, if the model has them."""
    axes = tuple(st.query_params.get(AXES, "").split(","))
    fits = len(axes) == 2 and axes[0] != axes[1] and set(axes) <= set(known) and axes[0][0] == axes[1][0]
    return axes if fits else None


def remember(message: str) -> None:
    """Say something after the next rerun (a toast shown just before a rerun would be lost)."""
    st.session_state["state.message"] = message


def remembered() -> str | None:
    """The message to say now, once."""
    return st.session_state.pop("state.message", None)

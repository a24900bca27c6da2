"""The form that starts a training, made from the metadata of vae_core.config. Knows no running process."""

import dataclasses
from collections.abc import Sequence

import streamlit as st

from ui import cached, estimate, state
from ui.gallery import STATES
from vae_core import data, jobs
from vae_core.config import PRESETS, SETTINGS, RunConfig, configure
from vae_core.runs import Run

MAIN = ("latent_dim", "epochs", "beta", "beta_schedule", "width", "likelihood")
HIDDEN = ("dataset", "image_shape")


def launch_form(own: Sequence[Run]) -> None:
    """Choose data, a recipe and what matters; see what it will cost; start."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.subheader("What to learn from")
        dataset = _choose_dataset()
    with right:
        st.subheader("How to learn it")
        preset = _choose_preset(dataset)
    settings = _settings(preset, dataset)
    config = configure(preset, {**settings, "dataset": dataset})
    with st.container(horizontal=True, vertical_alignment="center"):
        start = st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=not data.is_available(dataset))
        st.fragment(_estimate, run_every=None if estimate.is_known(config) else 1.0)(config)
    if start:
        run = jobs.launch(config)
        state.show_in_url(run)
        st.rerun()
    _earlier(own)


def _choose_dataset() -> str:
    names = data.names()
    dataset = st.selectbox("Data set", names, format_func=lambda name: data.describe(name).title, key="train.dataset")
    info = data.describe(dataset)
    if not data.is_available(dataset):
        _offer_download(dataset)
        return dataset
    channels, height, width = info.image_shape
    st.image(cached.sample_strip(dataset), width="stretch", output_format="PNG")
    classes = f" · {len(info.class_names)} classes" if info.class_names else ""
    st.caption(
        f"{info.about} {info.count:,} images · {height} × {width} · {'grey' if channels == 1 else 'colour'}{classes} · {info.licence}"
    )
    return dataset


def _offer_download(dataset: str) -> None:
    info = data.describe(dataset)
    st.caption(f"{info.about} It is not on this computer yet (about {info.download_mb} MB); the built-in sets need no download.")
    if st.button(f"Download {info.title}", icon=":material/download:", key="train.download"):
        bar = st.progress(0.0, f"Downloading {info.title}")
        data.download(dataset, lambda fraction, sentence: bar.progress(min(1.0, fraction), sentence))
        state.remember(f"{info.title} is here")
        st.rerun()


def _choose_preset(dataset: str) -> str:
    """Recipes made for this data set first, then the others; they differ in more than the fields below."""
    made_for = [name for name, preset in PRESETS.items() if preset.settings.get("dataset", "mnist10k") == dataset]
    names = made_for + [name for name in PRESETS if name not in made_for]
    preset = st.selectbox("Recipe", names, key=f"train.preset.{dataset}")
    st.caption(PRESETS[preset].about)
    return preset


def _settings(preset: str, dataset: str) -> dict[str, object]:
    """The values of every field of the form; a field starts at the recipe's value."""
    base = _flat(configure(preset, {"dataset": dataset}))
    chosen: dict[str, object] = {}
    columns = st.columns(3)
    for index, name in enumerate(MAIN):
        with columns[index % 3]:
            chosen[name] = _field(SETTINGS[name], base[name], preset)
    with st.expander("Advanced", icon=":material/tune:"):
        columns = st.columns(3)
        rest = [name for name in SETTINGS if name not in (*MAIN, *HIDDEN)]
        for index, name in enumerate(rest):
            with columns[index % 3]:
                chosen[name] = _field(SETTINGS[name], base[name], preset)
    return chosen


def _field(item: dataclasses.Field, value: object, preset: str) -> object:
    """The widget for one setting, by its type and metadata."""
    metadata, key = item.metadata, f"train.{preset}.{item.name}"
    label = metadata["label"] or item.name.replace("_", " ").capitalize()
    shared = {"label": label, "help": metadata["help"], "key": key}
    if metadata["choices"]:
        return st.selectbox(options=metadata["choices"], index=metadata["choices"].index(value), format_func=_readable, **shared)
    if item.type is bool:
        return st.toggle(value=value, **shared)
    if item.type in (int, float):
        kind, step = item.type, 1 if item.type is int else None
        return st.number_input(
            value=value,
            min_value=kind(metadata["minimum"]),
            max_value=kind(metadata["maximum"]),
            step=step,
            format=None if step else "%g",
            **shared,
        )
    text = "mirror" if value is None else ", ".join(map(str, value))
    return st.text_input(value=text, **shared)


def _estimate(config: RunConfig) -> None:
    if not estimate.is_known(config):
        st.caption("Timing a few steps on this computer …")
        return
    seconds = estimate.seconds_to_train(config)
    st.caption("This computer could not be timed" if seconds is None else f"About {_duration(seconds)} on this computer")


def _earlier(own: Sequence[Run]) -> None:
    if not own:
        return
    st.subheader("Earlier trainings")
    for run in own[:8]:
        label, icon, colour = STATES[run.status.state]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link("pages/train.py", label=run.title, query_params={state.RUN: run.id})
            st.badge(label, icon=icon, color=colour)


def _flat(config: RunConfig) -> dict[str, object]:
    return {**vars(config.model), **vars(config.train)}


def _readable(choice: str) -> str:
    return choice.replace("_", " ")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"

"""The form that starts a training, made from the metadata of vae_core.config. Knows no running process."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from ui import augmentation_preview, cached, estimate, state
from ui.boundary import boundary
from ui.forms import setting_field
from ui.gallery import STATES
from ui.import_form import import_form, just_made
from ui.markdown import escape
from ui.picture import show_png
from ui.state import Address, Key, Widgets
from vae_core import data
from vae_core.config import SETTINGS, RunConfig, TrainConfig, parse_setting
from vae_core.data import DatasetInfo
from vae_core.data.own import damaged, delete
from vae_core.errors import ConfigError, DataError
from vae_core.files.storage import CHECKPOINTS
from vae_core.presets import PRESETS, configure
from vae_core.runs import titles
from vae_core.runs.run import Run
from vae_core.schema import Value, as_text
from vae_core.training import jobs

KEY = Widgets.TRAIN
MAIN = ("latent_dim", "epochs", "beta", "beta_schedule", "width", "likelihood")
DATASET, TITLE = KEY.of("dataset"), KEY.of("title")
HIDDEN = ("dataset", "image_shape")
SMALL_SET, STEPS, MAX_EPOCHS = 5_000, 1_500, 200
"""Own sets of fewer images than SMALL_SET are trained for STEPS steps, but for at most MAX_EPOCHS epochs."""


def training_form(own: Sequence[Run]) -> None:
    """Choose a data set, a preset and the main settings; see how long it takes; start."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.subheader("What to learn from")
        dataset = _choose_dataset()
    with right:
        st.subheader("How to learn it")
        preset = _choose_preset(dataset)
        launching = st.container()
    usual = _usual(preset, dataset)
    settings = {**_settings(preset, dataset, usual), "dataset": dataset}
    try:
        config = configure(preset, settings)
    except ConfigError as error:
        with launching:
            _title("")
            st.error(escape(str(error)), icon=":material/error:")
        return
    with launching:
        title = _title(titles.suggest(config))
    changed = {name: value for name, value in _flat(config).items() if value != usual[name] and name not in HIDDEN}
    state.update_url(**_address(dataset, preset, changed, title))
    with launching, st.container(horizontal=True, vertical_alignment="center"):
        start = st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=not data.is_available(dataset))
        waits = not estimate.is_known(config) or estimate.seconds_to_train(config) is None
        st.fragment(_estimate, run_every=1.0 if waits else None)(config, waits)
    _warn()
    if start:
        with boundary():
            run = jobs.launch(config, title=title)
            state.launch(run)
            st.rerun()
    _earlier(own)


def _warn() -> None:
    """Warn before a training is started, not after, when the folder that it writes to is read-only or almost full."""
    warning = CHECKPOINTS.warning()
    if warning:
        st.warning(escape(f"Before you start: {warning}."), icon=":material/folder_off:")


def _title(suggestion: str) -> str:
    """Draw the field of the run's name; an empty one stands for the suggestion in it."""
    state.initialise(TITLE, state.requested_text(state.TITLE), "")
    help = "The name of the run in lists and files; at first made of its data set, its dimensions and what differs from the preset."
    return st.text_input("Name", key=TITLE, placeholder=suggestion, max_chars=titles.MAX_LETTERS, help=help).strip()


def _address(dataset: str, preset: str, changed: Mapping[str, Value], title: str) -> Address:
    """The form's values as URL parameters, so that a link opens the form as it is; default values are left out."""
    return {
        "data": "" if dataset == data.names()[0] else dataset,
        "recipe": "" if preset == _presets(dataset)[0] else preset,
        "settings": state.as_settings({name: as_text(value) for name, value in changed.items()}),
        "title": title,
    }


def _choose_dataset() -> str:
    names = data.names()
    made = just_made(names)
    state.initialise(DATASET, state.requested(state.DATASET, names), names[0])
    if made or st.session_state[DATASET] not in names:
        st.session_state[DATASET] = made or names[0]
    dataset = st.selectbox("Data set", names, format_func=lambda name: data.describe(name).title, key=DATASET, on_change=_begin_anew)
    with st.container():  # however much it shows, what is below stays the same element
        if data.is_available(dataset):
            _show_dataset(data.describe(dataset))
        else:
            _offer_download(dataset)
        _show_damaged()
    import_form(dataset)
    return dataset


def _show_dataset(info: DatasetInfo) -> None:
    """Draw some of its images, its facts and, for an own set, the button that deletes it."""
    try:
        show_png(cached.sample_strip(info.name))
    except DataError as error:
        st.error(escape(str(error)), icon=":material/broken_image:")
    channels, height, width = info.image_shape
    count = f"{len(info.class_names)} class{'es' if len(info.class_names) > 1 else ''}" if info.class_names else "no classes"
    facts = (f"{info.count:,} images", f"{height} × {width}", "grey" if channels == 1 else "colour", count, escape(info.licence))
    st.caption(f"{escape(info.about)} {' · '.join(facts)}")
    if info.own and st.button("Delete this data set", icon=":material/delete:", type="tertiary", key=KEY.of("delete")):
        _delete(info.name, info.title)


def _show_damaged() -> None:
    """Draw own sets that are damaged, with the buttons that delete them."""
    for name, sentence in damaged().items():
        st.error(escape(sentence), icon=":material/broken_image:")
        if st.button(f"Delete {escape(name)}", icon=":material/delete:", type="tertiary", key=KEY.of("delete", name)):
            _delete(name, name)


@st.dialog("Delete the data set?")
def _delete(name: str, title: str) -> None:
    st.text(f"“{title}” goes to the trash folder beside your data sets; nothing is erased.")
    st.text("Models trained on it stay and can be explored; only an unfinished training on it cannot be resumed.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key=KEY.of("delete", "confirm")):
            with boundary():
                delete(name)
                state.announce(f"{title} is in the trash")
                st.rerun()
        if st.button("Keep it", key=KEY.of("delete", "cancel")):
            st.rerun()


def _offer_download(dataset: str) -> None:
    info = data.describe(dataset)
    st.caption(f"{escape(info.about)} It is not on this computer yet (about {info.download_mb} MB); the built-in sets need no download.")
    if st.button(f"Download {escape(info.title)}", icon=":material/download:", key=KEY.of("download")):
        bar = st.progress(0.0, f"Downloading {escape(info.title)}")

        def progress(fraction: float, sentence: str) -> None:
            bar.progress(min(1.0, fraction), escape(sentence))

        with boundary():
            data.download(dataset, progress)
            state.announce(f"{info.title} is here")
            st.rerun()


def _choose_preset(dataset: str) -> str:
    names, key = _presets(dataset), KEY.of("preset", dataset)
    state.initialise(key, state.requested(state.RECIPE, names), names[0])
    preset = st.selectbox("Preset", names, key=key, on_change=_begin_anew)
    st.caption(PRESETS[preset].about)
    return preset


def _begin_anew() -> None:
    """Other data or another preset starts with its own values."""
    state.update_url(settings="", recipe="")


def _presets(dataset: str) -> list[str]:
    """Presets made for this data set first, or for such images, then the others; they differ in more than the form's fields."""
    made_for = [name for name, preset in PRESETS.items() if preset.settings.get("dataset", "mnist10k") == dataset]
    suited = [] if made_for else [_suited(data.describe(dataset))]
    return list(dict.fromkeys([*made_for, *suited, *PRESETS]))


def _suited(info: DatasetInfo) -> str:
    """The preset to begin with where none was made for the images: small grey ones are like digits, others like emoji."""
    channels, height, _ = info.image_shape
    return "mnist-2d-quick" if channels == 1 and height <= 28 else "emoji-32d"


def _usual(preset: str, dataset: str) -> dict[str, Value]:
    """The preset's value of every setting; a small set has its own length."""
    info, config = data.describe(dataset), configure(preset, {"dataset": dataset})
    return _flat(config) | (_length(info.count, config.train.epochs) if info.own and info.count < SMALL_SET else {})


def _settings(preset: str, dataset: str, base: dict[str, Value]) -> dict[str, Value]:
    """The values of every field of the form; a field starts at what the URL asks for, or at its value in `base`."""
    key = KEY.of(dataset, preset) if data.describe(dataset).own else KEY.of(preset)
    chosen = _fields(MAIN, base, key)
    with st.expander("Vary the images", icon=":material/flip:"):
        chosen |= _fields(augmentation_preview.SETTINGS, base, key)
        varied: dict[str, Any] = {name: chosen[name] for name in augmentation_preview.SETTINGS}
        with suppress(ConfigError):  # said once, where the training would be started
            augmentation_preview.show_preview(TrainConfig(dataset=dataset, **varied))
    with st.expander("Advanced", icon=":material/tune:"):
        chosen |= _fields([name for name in SETTINGS if name not in (*chosen, *HIDDEN)], base, key)
    return chosen


def _length(images: int, epochs: int) -> dict[str, Value]:
    """Batch size and epochs, at least those of the preset, with which a small set can be learned from."""
    batch_size = 32
    steps_an_epoch = max(1, images * 4 // 5 // batch_size)
    return {"batch_size": batch_size, "epochs": max(epochs, min(MAX_EPOCHS, -(-STEPS // steps_an_epoch)))}


def _fields(names: Sequence[str], base: Mapping[str, Value], key: Key) -> dict[str, Value]:
    """The fields of some settings in three columns, and their values."""
    columns, requested = st.columns(3), _requested_settings()
    chosen = {}
    for index, name in enumerate(names):
        with columns[index % 3]:
            chosen[name] = setting_field(SETTINGS[name], key.of(name), requested.get(name), base[name])
    return chosen


def _requested_settings() -> dict[str, str]:
    """The settings that the URL asks for, as text; a value that is not possible does not count."""
    possible = {}
    for name, text in state.requested_settings().items():
        with suppress(ConfigError):
            parse_setting(name, text)
            possible[name] = text
    return possible


def _estimate(config: RunConfig, waits: bool) -> None:
    if not estimate.is_known(config):
        st.caption("Timing a few steps on this computer …")
        return
    seconds = estimate.seconds_to_train(config)
    if seconds is None:  # it is asked again after a while
        st.caption("This computer is too busy to be timed now; the time left is shown once the training runs")
        return
    if waits:  # a rerun of the page ends the polling
        st.rerun()
    st.caption(f"About {_duration(seconds)} on this computer")


def _earlier(own: Sequence[Run]) -> None:
    if not own:
        return
    st.subheader("Earlier trainings")
    for run in own[:8]:
        label, icon, colour = STATES[run.status.state]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(state.TRAIN, label=escape(run.title), query_params=state.link(state.TRAIN, run))
            st.badge(label, icon=icon, color=colour)


def _flat(config: RunConfig) -> dict[str, Value]:
    return {**vars(config.model), **vars(config.train)}


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"

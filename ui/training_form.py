"""The form that starts a training, made from the metadata of vae_core.config: three cards, more settings, Start. Knows no process."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import augmentation_preview, beta_card, start_choice, state
from ui.dataset_card import begin_anew, choose_dataset
from ui.forms import setting_field
from ui.gallery import STATES
from ui.glossary import term
from ui.import_form import running_imports
from ui.launch_row import launch_row, launch_three
from ui.markdown import escape
from ui.state import Address, Key, Widgets
from vae_core import data
from vae_core.config import SETTINGS, RunConfig, TrainConfig, parse_setting
from vae_core.data import DatasetInfo
from vae_core.errors import ConfigError
from vae_core.files.storage import CHECKPOINTS
from vae_core.presets import PRESETS, configure
from vae_core.runs import titles
from vae_core.runs.run import Run
from vae_core.schema import Value, as_text
from vae_core.traits import FAMILIES

KEY = Widgets.TRAIN
RECIPE, MORE = ("latent_dim", "epochs"), ("width", "likelihood", "beta_schedule")
TITLE = KEY.of("title")
HIDDEN = ("dataset", "image_shape", "classes")
MATTERS = (
    f"the {term('likelihood', 'likelihood')} that pixels are scored by, with its {term('pixel-sigma', 'pixel sigma')}, "
    f"and the {term('learning-rate', 'learning rate')}"
)
SMALL_SET, STEPS, MAX_EPOCHS = 5_000, 1_500, 200
"""Own sets of fewer images than SMALL_SET are trained for STEPS steps, but for at most MAX_EPOCHS epochs."""
FEW_IMAGES = 500
"""Own sets of fewer images begin with a map."""


def training_form(known: Sequence[Run]) -> None:
    """Choose a data set, a preset, the main settings and β; see how long it takes; start one training, or three."""
    with st.container(key=KEY.of("cards")):
        pictures, recipe, beta = st.columns(3, border=True)
    with pictures:
        st.markdown("#### Pictures", anchors=False)
        dataset = choose_dataset()
        ways = st.container(horizontal=True)
    running_imports(dataset)
    with recipe:
        st.markdown("#### Recipe", anchors=False)
        preset = _choose_preset(dataset)
        naming = st.container()
    with beta:
        st.markdown("#### β: the weight of the [KL](#term-kl)", anchors=False)
    usual = _usual(preset, dataset)
    settings = {**_settings(preset, dataset, usual, known, recipe, beta), "dataset": dataset}
    try:
        config = configure(preset, settings)
    except ConfigError as error:
        with naming:
            _title("")
        with st.bottom:
            st.error(escape(str(error)), icon=":material/error:")
        return
    with naming:
        title = _title(titles.suggest(config))
    changed = {name: value for name, value in _flat(config).items() if value != usual[name] and name not in HIDDEN}
    state.update_url(**_address(dataset, preset, changed, title))
    with ways:  # they lead back to the form as it is now
        st.page_link(
            state.TRAIN, label="Bring your own", icon=":material/add_photo_alternate:", query_params=state.link_here(mode=state.OWN)
        )
        st.page_link(state.TRAIN, label="Draw together", icon=":material/draw:", query_params=state.link_here(mode=state.DRAW))
    if not start_choice.show_fit(config):
        return
    _warn()
    with beta:
        launch_three(config, title)
    launch_row(config, title)
    _earlier([run for run in known if not run.shipped])


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


def _choose_preset(dataset: str) -> str:
    names, key = _presets(dataset), KEY.of("preset", dataset)
    state.initialise(key, state.requested(state.RECIPE, names), names[0])
    preset = st.selectbox("Preset", names, format_func=lambda name: PRESETS[name].title, key=key, on_change=begin_anew)
    made_for = str(PRESETS[preset].settings["dataset"])
    tuned = "" if made_for == dataset else f" Tuned on {escape(data.describe(made_for).title.lower())}."
    st.caption(PRESETS[preset].about + tuned)
    return preset


def _presets(dataset: str) -> list[str]:
    """Presets made for this data set first, or for such images, then the others; none that needs labels for a set without."""
    info = data.describe(dataset)
    made_for = [name for name, preset in PRESETS.items() if preset.settings["dataset"] == dataset]
    suited = [] if made_for else [_suited(info)]
    possible = [name for name, preset in PRESETS.items() if info.class_names or not preset.traits.is_conditional]
    return list(dict.fromkeys([*made_for, *suited, *possible]))


def _suited(info: DatasetInfo) -> str:
    """The preset to begin with where none was made for the images: small grey ones are like digits, others like emoji."""
    channels, height, _ = info.image_shape
    return "mnist-2d-quick" if channels == 1 and height <= 28 else "emoji-32d"


def _usual(preset: str, dataset: str) -> dict[str, Value]:
    """The preset's value of every setting; a small set has its own length, and a map where it is very small."""
    info, config = data.describe(dataset), configure(preset, {"dataset": dataset})
    usual = _flat(config)
    if info.own and info.count < SMALL_SET:
        usual |= _length(info.count, config.train.epochs)
    has_map = SETTINGS["latent_dim"].belongs_to(config.model.family)
    return usual | {"latent_dim": 2} if has_map and info.own and info.count < FEW_IMAGES else usual


def _settings(
    preset: str, dataset: str, base: dict[str, Value], known: Sequence[Run], recipe: DeltaGenerator, beta: DeltaGenerator
) -> dict[str, Value]:
    """The values of every field of the form; a field starts at what the URL asks for, or at its value in `base`."""
    key = KEY.of(dataset, preset) if data.describe(dataset).own else KEY.of(preset)
    family = str(base["family"])
    with recipe:
        chosen = _fields(_of(family, RECIPE), base, key, across=2)
    with st.expander("More settings", icon=":material/tune:"):
        st.caption(f"What matters most here: {MATTERS}.")
        chosen |= _fields(_of(family, MORE), base, key)
        chosen["without"] = _choose_left_out(dataset, base["without"], key.of("without", dataset))
        chosen["start_from"] = start_choice.choose_start(known, key.of("start_from"), _requested_settings().get("start_from"))
        st.markdown("##### Vary the images", anchors=False)
        chosen |= _fields(augmentation_preview.SETTINGS, base, key)
        varied: dict[str, Any] = {name: chosen[name] for name in augmentation_preview.SETTINGS}
        with suppress(ConfigError):  # said once, where the training would be started
            augmentation_preview.show_preview(TrainConfig(dataset=dataset, **varied))
        st.markdown("##### Advanced", anchors=False)
        rest = [setting for name, setting in SETTINGS.items() if name not in (*chosen, *HIDDEN, "beta", "family")]
        chosen |= _fields(["family"], base, key)
        chosen |= _fields(_of(str(chosen["family"]), [setting.name for setting in rest]), base, key)
    with beta:
        has_prior = FAMILIES[str(chosen["family"])].weighs_kl
        wanted = _requested_settings().get("beta")
        chosen["beta"] = beta_card.choose_beta(key.of("beta"), wanted, base["beta"], has_prior=has_prior)
    return chosen


def _choose_left_out(dataset: str, usual: Value, key: Key) -> tuple[int, ...]:
    """Draw the classes of a data set, of which some can be left out; nothing for one without classes."""
    setting, names = SETTINGS["without"], data.describe(dataset).class_names
    if not names:
        return ()

    def known(classes: Value) -> list[int]:
        return [label for label in classes if label < len(names)] if isinstance(classes, tuple) else []

    requested = _requested_settings().get("without")
    state.initialise(key, None if requested is None else known(setting.parse(requested)), known(usual))
    return tuple(
        st.multiselect(setting.label, range(len(names)), format_func=names.__getitem__, help=setting.help, placeholder="None", key=key)
    )


def _of(family: str, names: Sequence[str]) -> list[str]:
    """The settings that a family has."""
    return [name for name in names if SETTINGS[name].belongs_to(family)]


def _length(images: int, epochs: int) -> dict[str, Value]:
    """Batch size and epochs, at least those of the preset, with which a small set can be learned from."""
    batch_size = 32
    steps_an_epoch = max(1, images * 4 // 5 // batch_size)
    return {"batch_size": batch_size, "epochs": max(epochs, min(MAX_EPOCHS, -(-STEPS // steps_an_epoch)))}


def _fields(names: Sequence[str], base: Mapping[str, Value], key: Key, *, across: int = 3) -> dict[str, Value]:
    """The fields of some settings, row by row, so that the Tab key goes as the eye does; and their values."""
    requested, chosen = _requested_settings(), {}
    for start in range(0, len(names), across):
        for column, name in zip(st.columns(across, vertical_alignment="bottom"), names[start : start + across], strict=False):
            with column:
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

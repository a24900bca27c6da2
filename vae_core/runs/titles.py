"""What a run is called unless a person says otherwise: its data set, its dimensions and what differs from its recipe. Knows no disk."""

import re
import unicodedata
from collections.abc import Collection

from vae_core.config import SETTINGS, RunConfig, TrainConfig
from vae_core.data.registry import describe
from vae_core.errors import DataError
from vae_core.presets import PRESETS, configure

MAX_LETTERS = 60
_IN_THE_HEAD = ("dataset", "image_shape", "classes", "latent_dim")
_OF_A_SMALL_SET = ("epochs", "batch_size")
_SHORT = {
    "beta": "β {}",
    "beta_schedule": "β {}",
    "epochs": "{} epochs",
    "images": "{:,} images",
    "family": "{}",
    "likelihood": "{}",
    "batch_size": "batches of {}",
    "without": "without {}",
    "learn_sigma": "learned sigma: {}",
    "start_from": "from {}",
}


def suggest(config: RunConfig) -> str:
    """For example "Digits · 2-D · β 8": at most 60 characters."""
    parts = [_dataset(config.train.dataset), f"{config.model.latent_dim}-D"]
    if config.preset in PRESETS and config.preset not in _usual_presets(config.train.dataset):
        parts.append(config.preset)
    title = " · ".join(parts + _changes(config))
    return title if len(title) <= MAX_LETTERS else f"{title[: MAX_LETTERS - 1].rstrip(' ·')}…"


def with_beta(config: RunConfig, title: str = "") -> str:
    """The title, or the suggested one, with the β of the training in it, whatever the recipe's is: for runs that differ in β alone."""
    beta = f"β {config.train.beta:g}"
    head = title or suggest(config)
    if beta in head.split(" · "):
        return head
    return f"{head[: MAX_LETTERS - len(beta) - 3].rstrip(' ·')} · {beta}"


def unique(title: str, taken: Collection[str]) -> str:
    """The title, with a number behind it if it is taken."""
    number, found = 1, title
    while found in taken:
        number += 1
        found = f"{title[: MAX_LETTERS - 6]} ({number})"
    return found


def file_name(title: str, otherwise: str) -> str:
    """A title as the name of a file without its suffix: letters, digits and hyphens of any system."""
    plain = unicodedata.normalize("NFKD", title.replace("β", "beta")).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "-", plain).strip("-.").lower()[:MAX_LETTERS] or otherwise


def _dataset(name: str) -> str:
    try:
        info = describe(name)
    except DataError:
        return name
    return info.short or info.title


def _left_out(train: TrainConfig) -> str:
    """The names of the classes left out, or their numbers where the data set is not here."""
    try:
        names = describe(train.dataset).class_names
    except DataError:
        names = ()
    return ", ".join(names[label] if label < len(names) else str(label) for label in train.without)


def _usual_presets(dataset: str) -> tuple[str, ...]:
    """Recipes that need no mention: the first one made for the data set, else all."""
    made_for = [name for name, preset in PRESETS.items() if preset.settings.get("dataset", "mnist10k") == dataset]
    return tuple(made_for[:1]) if made_for else tuple(PRESETS)


def _changes(config: RunConfig) -> list[str]:
    """The settings that differ from the recipe's, in short."""
    if config.preset not in PRESETS:
        return []
    usual, own = configure(config.preset, {"dataset": config.train.dataset}), config.train.dataset.startswith("own-")
    unnamed = _IN_THE_HEAD + (_OF_A_SMALL_SET if own else ())
    before, now = ({**vars(part.model), **vars(part.train), "without": _left_out(part.train)} for part in (usual, config))
    return [_change(name, value) for name, value in now.items() if value != before[name] and name not in unnamed]


def _change(name: str, value: object) -> str:
    label = SETTINGS[name].label.lower()
    if isinstance(value, bool):
        return label if value else f"no {label}"
    if name == "epochs" and value == 1:
        return "1 epoch"
    return _SHORT.get(name, f"{label} {{}}").format(_readable(value))


def _readable(value: object) -> object:
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "mirrored" if value is None else value if isinstance(value, int) else str(value).replace("_", " ")

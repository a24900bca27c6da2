"""What runs are called by themselves."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.config import SETTINGS
from vae_core.errors import ConfigError
from vae_core.presets import PRESETS, configure
from vae_core.runs import titles


@pytest.mark.parametrize(
    ("preset", "settings", "title"),
    [
        ("mnist-2d-quick", {}, "Digits · 2-D"),
        ("mnist-2d-quick", {"beta": 8}, "Digits · 2-D · β 8"),
        ("mnist-2d-quick", {"latent_dim": 10, "beta": 0.5, "epochs": 30}, "Digits · 10-D · 30 epochs · β 0.5"),
        ("mnist-2d-quick", {"epochs": 1}, "Digits · 2-D · 1 epoch"),
        ("mnist-2d-quick", {"hidden": (), "batch_norm": False}, "Digits · 2-D · dense layers none · no batch norm"),
        ("tutorial-mlp", {"dataset": "digits", "flip": True}, "Tiny digits · 2-D · flip"),
        ("linear-ae", {}, "Digits · 2-D · linear-ae"),
        ("mnist-ae-2d", {"seed": 3}, "Digits 70k · 2-D · mnist-ae-2d · seed 3"),
        ("emoji-32d", {"family": "autoencoder"}, "Emoji · 32-D · autoencoder"),
        ("mnist-2d-quick", {"without": "4,9"}, "Digits · 2-D · without 4, 9"),
        ("emoji-32d", {"without": "8"}, "Emoji · 32-D · without Flags"),
        ("mnist-2d", {"family": "conditional"}, "Digits 70k · 2-D · conditional"),
        ("emoji-32d", {"beta_schedule": "cyclical", "images": 1000}, "Emoji · 32-D · 1,000 images · β cyclical"),
    ],
)
def test_a_title_says_what_differs_from_the_recipe(preset: str, settings: dict, title: str) -> None:
    assert titles.suggest(configure(preset, settings)) == title


@pytest.mark.parametrize("preset", PRESETS)
def test_different_values_give_different_titles(preset: str) -> None:
    usual = configure(preset)
    numbers = [name for name, item in SETTINGS.items() if item.kind in (int, float) and name not in ("images", "latent_dim", "kernel")]
    now = {**vars(usual.model), **vars(usual.train)}
    changed = {name: min(now[name] + 1, SETTINGS[name].maximum) for name in numbers}
    found = []
    for name, value in changed.items():
        with suppress(ConfigError):  # it has no meaning beside the preset's other settings
            found += [titles.suggest(configure(preset, {name: value}))] if value != now[name] else []
    assert len(found) > 15
    assert len({titles.suggest(usual), *found}) == len(found) + 1


def test_a_title_is_never_too_long_and_says_that_it_was_cut() -> None:
    everything = {"beta": 2, "epochs": 3, "seed": 4, "learning_rate": 0.25, "free_bits": 0.5, "gradient_clip": 1}
    title = titles.suggest(configure("mnist-2d-quick", everything))
    assert len(title) <= 60
    assert title.endswith("…")


@given(st.lists(st.sampled_from(["a", "a (2)", "b", "x" * 60]), max_size=8))
def test_of_any_titles_asked_for_no_two_are_the_same(asked: list[str]) -> None:
    taken: list[str] = []
    for title in asked:
        taken.append(titles.unique(title, taken))
    assert len(set(taken)) == len(taken)
    assert max(map(len, taken), default=0) <= 60


@given(st.text(max_size=60))
def test_a_title_is_a_file_name_of_any_system(title: str) -> None:
    name = titles.file_name(title, "run-001")
    assert set(name) <= {*string.ascii_lowercase, *string.digits, "-", "."}
    assert name[0] not in "-."
    assert titles.file_name("Digits · 2-D · β 8", "") == "digits-2-d-beta-8"

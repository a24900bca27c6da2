"""The layers of a network: parameters that add up, shapes that fit each other, tables of the two tutorials; the dialog about them."""

import json
import subprocess
import sys
from itertools import pairwise

import pytest

from vae_core import models, runs
from vae_core.__main__ import main
from vae_core.config import ModelConfig
from vae_core.models.summary import Layer, layers
from vae_core.presets import PRESETS, configure
from vae_core.traits import FAMILIES


def small(family: str, **settings: object) -> ModelConfig:
    classes = {"classes": 3} if FAMILIES[family].is_conditional else {}
    return ModelConfig(family=family, image_shape=(3, 16, 20), channels=(4, 8), hidden=(12,), latent_dim=3, **classes, **settings)


def total(found: list[Layer]) -> int:
    return sum(layer.parameters for layer in found)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "settings", [{}, {"batch_norm": False, "likelihood": "gaussian", "output": "linear"}, {"blocks": 1, "upsampling": "nearest"}], ids=str
)
def test_parameters_add_up_in_every_family(family: str, settings: dict) -> None:
    config = small(family, **settings)
    assert total(layers(config)) == sum(models.parameter_counts(models.build(config)))


@pytest.mark.parametrize("preset", PRESETS)
def test_parameters_add_up_in_every_preset(preset: str) -> None:
    config = configure(preset).model
    found = layers(config)
    assert total(found) == sum(models.parameter_counts(models.build(config)))
    assert len({layer.name for layer in found}) == len(found)
    last = [layer for layer in found if layer.name.startswith("decoder.")][-1]
    assert last.gives == config.image_shape


@pytest.mark.parametrize("family", FAMILIES)
def test_each_layer_of_a_chain_takes_what_the_one_before_gives(family: str) -> None:
    for part in ("encoder.", "decoder."):
        chain = [layer for layer in layers(small(family)) if layer.name.startswith(part)]
        assert all(after.takes == before.gives for before, after in pairwise(chain))


def test_the_keras_tutorials_tables_are_ours() -> None:
    """What `encoder.summary()` and `decoder.summary()` print there, where mean and log variance are two layers of 34 numbers."""
    found = [layer for layer in layers(configure("tutorial-keras").model) if layer.parameters]
    assert [(layer.kind, layer.gives, layer.parameters) for layer in found] == [
        ("Conv2d 3 × 3, stride 2", (32, 14, 14), 320),
        ("Conv2d 3 × 3, stride 2", (64, 7, 7), 18_496),
        ("Linear", (16,), 50_192),
        ("Linear", (4,), 2 * 34),
        ("Linear", (3136,), 9_408),
        ("ConvTranspose2d 3 × 3, stride 2", (64, 14, 14), 36_928),
        ("ConvTranspose2d 3 × 3, stride 2", (32, 28, 28), 18_464),
        ("Conv2d 3 × 3", (1, 28, 28), 289),
    ]


def test_the_command_line_prints_a_line_for_each_layer_and_the_sum(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "mnist-2d"]) == 0
    *rows, whole = capsys.readouterr().out.splitlines()
    assert " ".join(rows[0].split()) == "encoder.0 Conv2d 3 × 3, stride 2 16 x 14 x 14 144"
    assert len(rows) == len(layers(runs.find("mnist-2d").config.model))
    assert whole.split() == ["all", f"{runs.find('mnist-2d').card()['parameters']:,}"]


def test_a_process_answers_with_the_same_layers_and_nothing_for_what_is_no_model() -> None:
    config = small("vq")
    questions = f"{json.dumps(vars(config))}\n[1]\n{{'\n"
    answered = subprocess.run(
        [sys.executable, "-m", "vae_core.models.summary"], input=questions, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    first, *others = answered.stdout.splitlines()
    assert json.loads(first) == json.loads(json.dumps([layer._asdict() for layer in layers(config)]))
    assert others == ["", ""]
    assert "expected JSON with the settings of a model" in answered.stderr

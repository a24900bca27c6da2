"""Settings are written once, refuse nonsense in one sentence, and survive JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.config import SETTINGS, ModelConfig, RunConfig
from vae_core.errors import ConfigError, DataError
from vae_core.presets import PRESETS, configure
from vae_core.schema import as_text


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_survives_json(preset):
    config = configure(preset)
    assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_help_and_a_way_to_check_it(name):
    item = SETTINGS[name]
    assert item.help.endswith(".")
    bounded = item.minimum is not None and item.maximum is not None
    assert bounded or item.choices or item.kind is bool or name in ("dataset", "start_from")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"beta": "-1"}, "beta is -1; expected a number from 0 to 100"),
        ({"beta": "nan"}, "beta is nan; expected a number from 0 to 100"),
        ({"latent_dim": 0}, "latent_dim is 0; expected a whole number from 1 to 256"),
        ({"latent_dim": 2.5}, "latent_dim is 2.5; expected a whole number"),
        ({"epochs": 1e9}, "epochs is 1e+09; expected a whole number from 1 to 1000"),
        ({"epochs": "many"}, "epochs is 'many'; expected a whole number"),
        ({"image_shape": (1, 7, 7)}, "an image side is 7 pixels; it must be between 8 and 128"),
        ({"image_shape": (2, 28, 28)}, "images have 2 channels; expected 1 (grey) or 3 (colour)"),
        ({"network": "transformer"}, "network is 'transformer'; choose one of conv, mlp"),
        ({"batch_norm": "perhaps"}, "batch_norm is 'perhaps'; expected true or false"),
        ({"kernel": 4}, "kernel is 4; it must be odd, such as 3 or 5"),
        ({"output": "linear"}, "likelihood bernoulli needs output sigmoid; choose gaussian for a linear output"),
        ({"family": "autoencoder", "samples": 5}, "autoencoder has no bound of several samples; choose vae, or 1 sample and the average"),
        ({"bound": "importance", "beta": 4}, "the importance-weighted bound has no KL of its own to weigh"),
        ({"bound": "importance", "free_bits": 0.1}, "the importance-weighted bound has no KL of its own to weigh"),
        ({"binarise": "each", "likelihood": "gaussian"}, "black and white pixels are scored by likelihood bernoulli, not gaussian"),
        ({"binarise": "once", "likelihood": "logistic"}, "black and white pixels are scored by likelihood bernoulli, not logistic"),
        ({"learn_sigma": "some"}, "learn_sigma is 'some'; choose one of no, one, pixel"),
        ({"without": "3,10"}, "without names class 10; the classes of mnist10k are 0 to 9"),
        ({"without": "0-1-2-3-4-5-6-7-8-9"}, "without leaves out all 10 classes of mnist10k; leave one to learn from"),
        ({"depth": 3}, "there is no setting 'depth'"),
        ({"image_shape": (1, 32, 32)}, "image_shape is (1, 32, 32), but the images of mnist10k are (1, 28, 28)"),
    ],
)
def test_a_bad_setting_is_refused_in_one_sentence(settings, sentence):
    with pytest.raises(ConfigError) as refusal:
        configure("mnist-2d-quick", settings)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(ConfigError, match="mnist-2d-quick"):
        configure("mnist-3d")
    with pytest.raises(DataError, match="mnist10k"):
        configure("mnist-2d", {"dataset": "imagenet"})


def test_text_is_parsed_as_the_fields_type():
    config = configure("mnist-2d", {"channels": "8,16", "hidden": "", "batch_norm": "false", "beta": "4", "decoder_hidden": "mirror"})
    assert config.model.channels == (8, 16)
    assert config.model.hidden == ()
    assert config.model.batch_norm is False
    assert config.model.decoder_hidden is None
    assert config.train.beta == 4.0


def test_the_image_shape_follows_the_data_set():
    assert configure("mnist-2d", {"dataset": "emoji"}).model.image_shape == (3, 64, 64)


def test_an_older_config_takes_defaults_and_a_foreign_one_is_refused():
    value = configure("mnist-2d").to_json()
    del value["train"]["free_bits"]
    assert RunConfig.from_json(value).train.free_bits == 0.0
    with pytest.raises(ConfigError, match="sharpness"):
        RunConfig.from_json({**value, "model": {**value["model"], "sharpness": 1}})
    with pytest.raises(ConfigError, match="format"):
        RunConfig.from_json({**value, "format": 99})
    with pytest.raises(ConfigError, match="train"):
        RunConfig.from_json({"format": 1, "model": value["model"]})


@given(
    st.dictionaries(
        st.sampled_from(sorted(SETTINGS)),
        st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.integers(), max_size=4)),
    )
)
def test_any_settings_give_a_config_or_a_sentence(settings):
    try:
        config = configure("mnist-2d", settings)
    except (ConfigError, DataError) as refusal:
        sentence = str(refusal)
    else:
        sentence = ""
        assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
    assert "\n" not in sentence


def test_width_multiplies_every_layer():
    assert ModelConfig(width=0.5).scaled((16, 32)) == (8, 16)


def test_a_number_that_no_computer_writes_is_refused_in_one_sentence():
    for value in (10**400, -(10**400), float("inf"), "1e999"):
        with pytest.raises(ConfigError, match=r"epochs is .*; expected a whole number from 1 to 1000"):
            configure("mnist-2d", {"epochs": value})


def test_a_value_is_read_back_from_its_text():
    for name, value in {"channels": (8, 16), "hidden": (), "decoder_hidden": None, "beta": 0.25, "flip": True, "dataset": "mnist"}.items():
        assert SETTINGS[name].parse(as_text(value)) == value
    with pytest.raises(ConfigError, match="channels is"):
        SETTINGS["channels"].parse("-8")
    with pytest.raises(ConfigError, match="epochs is 'True'"):
        SETTINGS["epochs"].check(True)

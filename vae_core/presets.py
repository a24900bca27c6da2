"""Recipes by name, and a config made of one with some settings changed."""

import difflib
import typing
from dataclasses import dataclass

from vae_core import migration
from vae_core.config import MIN_IMAGES, SETTINGS, ModelConfig, RunConfig, TrainConfig, field_names
from vae_core.data.catalogue import DatasetInfo
from vae_core.data.registry import describe
from vae_core.errors import ConfigError
from vae_core.traits import FAMILIES, Traits


def configure(preset: str, settings: typing.Mapping[str, object] | None = None) -> RunConfig:
    """A preset with some settings changed, by field name; text is parsed as the field's type, lists are comma-separated.

    The image shape, and the classes of a conditional model, follow the data set. Raises ConfigError for an unknown preset or field and
    for a value out of range, DataError for an unknown data set.
    """
    if preset not in PRESETS:
        raise ConfigError(f"there is no preset {preset!r}; choose one of {', '.join(PRESETS)}")
    changed = migration.settings(settings or {})
    chosen = _settings_for(preset, changed) | changed
    unknown = sorted(set(chosen) - set(SETTINGS))
    if unknown:
        near = difflib.get_close_matches(str(unknown[0]), SETTINGS, n=3, cutoff=0.5)
        advice = f"did you mean {' or '.join(near)}" if near else "`python -m vae_core train --help` lists them"
        raise ConfigError(f"there is no setting {str(unknown[0])[:40]!r}; {advice}")
    parsed: dict[str, typing.Any] = {name: SETTINGS[name].parse(value) for name, value in chosen.items()}
    available = describe(str(parsed["dataset"]))
    classes = _classes(available, FAMILIES[parsed.get("family", ModelConfig.family)])
    parsed = {"image_shape": available.image_shape, "classes": classes, **parsed}
    model = ModelConfig(**{name: value for name, value in parsed.items() if name in field_names(ModelConfig)})
    train = TrainConfig(**{name: value for name, value in parsed.items() if name in field_names(TrainConfig)})
    if train.images > available.count and train.dataset != "shapes":
        raise ConfigError(f"images is {train.images:,}, but {train.dataset} has {available.count:,}; 0 takes them all")
    if 0 < train.images < MIN_IMAGES:
        raise ConfigError(
            f"images is {train.images}; at least {MIN_IMAGES} are needed, two to learn from and one held out; 0 takes them all"
        )
    _check_left_out(train.without, available)
    if model.image_shape != available.image_shape:
        raise ConfigError(
            f"image_shape is {model.image_shape}, but the images of {train.dataset} are {available.image_shape}; leave it out"
        )
    if model.classes != classes:
        raise ConfigError(f"classes is {model.classes}, but {classes} are told to this family by {train.dataset}; leave it out")
    return RunConfig(preset=preset, model=model, train=train)


def _check_left_out(classes: typing.Sequence[int], info: DatasetInfo) -> None:
    """Raise ConfigError unless a data set has these classes, and others."""
    count = len(info.class_names)
    if classes and not count:
        raise ConfigError(f"the images of {info.name} have no labels, so no class can be left out; set without to none")
    if any(label >= count for label in classes):
        raise ConfigError(f"without names class {max(classes)}; the classes of {info.name} are 0 to {count - 1}")
    if count and len(set(classes)) == count:
        raise ConfigError(f"without leaves out all {count} classes of {info.name}; leave one to learn from")


def _classes(info: DatasetInfo, traits: Traits) -> int:
    """How many labels a data set tells a family. Raises ConfigError for a set that has none of those that it needs."""
    if traits.is_conditional and not info.class_names:
        raise ConfigError(f"the images of {info.name} have no labels to tell the model; choose a set with classes, or the family vae")
    return len(info.class_names) if traits.is_conditional else 0


@dataclass(frozen=True)
class Preset:
    """A recipe by name: what it is, whatever the images are, and the settings that differ from the defaults."""

    title: str
    about: str
    settings: dict[str, object]

    @property
    def traits(self) -> Traits:
        """What its family is."""
        return FAMILIES[str(self.settings.get("family", ModelConfig.family))]


_FAST_COLOUR = {"channels": (16, 32, 48, 48), "hidden": (128,), "likelihood": "gaussian"}

_TWO_LEVELS = {
    "dataset": "mnist",
    "latent_dim": 16,
    "top_dim": 6,
    "binarise": "each",
    "beta_schedule": "linear",
    "beta_warmup": 0.5,
    "epochs": 10,
}

PRESETS: dict[str, Preset] = {
    "mnist-2d": Preset(
        "Map of two dimensions", "A two-dimensional map: our fast recipe, for many images.", {"dataset": "mnist", "epochs": 10}
    ),
    "mnist-2d-quick": Preset(
        "Map of two dimensions, quick",
        "A two-dimensional map with a high learning rate: done in seconds.",
        {"dataset": "mnist10k", "epochs": 12, "learning_rate": 0.012},
    ),
    "mnist-16d": Preset(
        "Sixteen dimensions",
        "Sixteen dimensions: sharper, for interpolation and projections.",
        {"dataset": "mnist", "epochs": 10, "latent_dim": 16, "hidden": (128,)},
    ),
    "mnist-2d-conditional": Preset(
        "Conditional map of two dimensions",
        "The model is told the digit, so the code keeps the handwriting: one map for each digit.",
        {"dataset": "mnist", "family": "conditional", "epochs": 10},
    ),
    "mnist-16d-conditional": Preset(
        "Conditional, sixteen dimensions",
        "Sixteen dimensions of handwriting: any digit on demand, and the same hand for every digit.",
        {"dataset": "mnist", "family": "conditional", "epochs": 10, "latent_dim": 16, "hidden": (128,)},
    ),
    "mnist-16d-denoising": Preset(
        "Sixteen dimensions, denoising",
        "Sixteen dimensions from noisy images: the clean image is reconstructed.",
        {"dataset": "mnist", "epochs": 10, "latent_dim": 16, "hidden": (128,), "noise": 0.5},
    ),
    "iwae-50d": Preset(
        "Importance-weighted autoencoder",
        "The importance-weighted autoencoder of Burda et al. 2016, one stochastic layer, on black and white pixels.",
        {
            "dataset": "mnist",
            "network": "mlp",
            "latent_dim": 50,
            "hidden": (200, 200),
            "activation": "tanh",
            "batch_norm": False,
            "binarise": "each",
            "samples": 5,
            "bound": "importance",
            "epochs": 30,
            "learning_rate": 2e-3,
            "weight_decay": 0.0,
        },
    ),
    "emoji-32d": Preset(
        "Colour pictures",
        "For colour pictures: four convolutions, pixels scored by a Gaussian.",
        {"dataset": "emoji", "epochs": 60, "batch_size": 32, "latent_dim": 32, **_FAST_COLOUR},
    ),
    "emoji-sharp": Preset(
        "Sharp colour pictures",
        "For colour pictures: images are compared in features of a small classifier, and come out sharper and a little less right.",
        {
            "dataset": "emoji",
            "family": "perceptual",
            "epochs": 30,
            "batch_size": 32,
            "latent_dim": 32,
            "blocks": 1,
            "upsampling": "nearest",
            **_FAST_COLOUR,
        },
    ),
    "shapes-6d": Preset(
        "Six dimensions",
        "Six dimensions, for images that differ in a few known ways.",
        {"dataset": "shapes", "images": 12_000, "epochs": 20, "latent_dim": 6, "channels": (8, 16, 32, 32), "hidden": (64, 64)},
    ),
    "linear-ae": Preset(
        "Linear autoencoder",
        "A linear autoencoder: it finds the same plane as PCA.",
        {
            "dataset": "mnist10k",
            "family": "autoencoder",
            "network": "mlp",
            "hidden": (),
            "activation": "linear",
            "batch_norm": False,
            "output": "linear",
            "likelihood": "gaussian",
            "sigma": 1.0,
            "learn_sigma": "no",
            "learning_rate": 0.05,
            "epochs": 30,
            "weight_decay": 0.0,
        },
    ),
    "mnist-2d-mixture": Preset(
        "Mixture prior",
        "A map whose prior is learned: ten normal distributions move to where the codes are, and leave fewer holes.",
        {"dataset": "mnist", "epochs": 10, "family": "mixture"},
    ),
    "mnist-ladder": Preset(
        "Ladder of two levels",
        "A ladder VAE: a code of two levels, of which one is kept while the other is redrawn.",
        {"family": "ladder", **_TWO_LEVELS},
    ),
    "mnist-stacked": Preset(
        "Stack of two levels",
        "The ladder's twin of two levels without its merge, to compare with.",
        {"family": "stacked", **_TWO_LEVELS},
    ),
    "mnist-vq": Preset(
        "Codebook",
        "Vector-quantised: an image is a map of 7 × 7 codes out of 64, which can be painted, or drawn by a learned prior.",
        {"dataset": "mnist", "family": "vq", "channels": (32, 64), "epochs": 5, "learning_rate": 3e-3},
    ),
    "mnist-vaegan": Preset(
        "VAE and GAN",
        "A VAE-GAN: a discriminator says how alike images are, and draws are as sharp as handwriting.",
        {
            "dataset": "mnist10k",
            "family": "vaegan",
            "latent_dim": 16,
            "channels": (16, 32, 64),
            "hidden": (128,),
            "epochs": 16,
            "batch_size": 64,
            "learning_rate": 1e-3,
            "adam_beta1": 0.5,
            "weight_decay": 0.0,
        },
    ),
    "mnist-ae-2d": Preset(
        "Plain autoencoder",
        "A plain autoencoder, for comparison: no prior, and holes in the map.",
        {"dataset": "mnist", "epochs": 10, "family": "autoencoder"},
    ),
    "tutorial-keras": Preset(
        "The Keras tutorial's",
        "The Keras tutorial's convolutional VAE and recipe, to compare with.",
        {
            "dataset": "mnist",
            "channels": (32, 64),
            "hidden": (16,),
            "decoder_hidden": (),
            "activation": "relu",
            "batch_norm": False,
            "head": "conv",
            "initialisation": "glorot",
            "epochs": 30,
            "learning_rate": 1e-3,
            "lr_schedule": "constant",
            "adam_beta2": 0.999,
            "weight_decay": 0.0,
        },
    ),
    "tutorial-mlp": Preset(
        "The PyTorch tutorial's",
        "The PyTorch tutorial's network, dense layers of 512 and 256 units, trained correctly.",
        {
            "dataset": "mnist",
            "network": "mlp",
            "hidden": (512, 256),
            "activation": "relu",
            "batch_norm": False,
            "epochs": 20,
            "learning_rate": 1e-3,
            "lr_schedule": "constant",
            "adam_beta2": 0.999,
            "weight_decay": 0.0,
        },
    ),
    "tutorial-dense": Preset(
        "A dense tutorial's autoencoder",
        "A tutorial's dense “VAE”, 784-512-128. It is an autoencoder: a code is a point, and there is no prior.",
        {
            "dataset": "mnist",
            "family": "autoencoder",
            "network": "mlp",
            "latent_dim": 128,
            "hidden": (512,),
            "activation": "relu",
            "batch_norm": False,
            "epochs": 10,
            "learning_rate": 1e-3,
            "lr_schedule": "constant",
            "adam_beta2": 0.999,
            "weight_decay": 0.0,
        },
    ),
}


def _settings_for(preset: str, changed: typing.Mapping[str, object]) -> dict[str, object]:
    """A preset's settings; its number of images is about its own data set only."""
    own = PRESETS[preset].settings
    same_data = changed.get("dataset", own["dataset"]) == own["dataset"]
    return {name: value for name, value in own.items() if name != "images" or same_data}

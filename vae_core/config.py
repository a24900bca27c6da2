"""Every setting of a model and of its training: default, range and help, written once. Knows neither torch nor disk.

The form on the Train page, the command line's help and the validator all read the same field metadata.
"""

import dataclasses
import typing
from dataclasses import dataclass, field, fields

from vae_core import migration
from vae_core.errors import ConfigError
from vae_core.schema import Setting, Value
from vae_core.traits import FAMILIES, Traits

FORMAT = 3
FORMATS = (1, 2, 3)  # the first one had no checksums, the first two other names: vae_core/migration.py
Part = typing.TypeVar("Part", bound="ModelConfig | TrainConfig")

MIN_IMAGES = 3
"""To train on."""


def setting(default: Value, help: str, **limits: typing.Any) -> typing.Any:
    """A dataclass field that becomes a `Setting`; `limits` are the attributes that this has besides."""
    return field(default=default, metadata={"default": default, "help": help, **limits})


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A network and its likelihood; every shape follows from `image_shape` and these numbers."""

    family: str = setting("vae", "What the encoder gives: a distribution (vae) or one point (autoencoder).", choices=tuple(FAMILIES))
    image_shape: tuple[int, ...] = setting(
        (1, 28, 28), "Channels, height and width of an image; taken from the data set.", minimum=1, maximum=128
    )
    latent_dim: int = setting(
        2,
        "How many numbers describe an image. Two can be drawn as a map; more reconstruct better.",
        label="Latent dimensions",
        minimum=1,
        maximum=256,
    )
    network: str = setting("conv", "Convolutions, then dense layers (conv), or dense layers only (mlp).", choices=("conv", "mlp"))
    channels: tuple[int, ...] = setting(
        (16, 32, 32), "Channels of each convolution; every convolution halves the sides.", minimum=1, maximum=1024
    )
    hidden: tuple[int, ...] = setting(
        (128, 128, 128, 128),
        "Units of each dense layer between the convolutions and the code.",
        label="Dense layers",
        minimum=1,
        maximum=4096,
    )
    decoder_hidden: tuple[int, ...] | None = setting(
        None, "Units of the decoder's dense layers; none mirrors the encoder.", label="Decoder's dense layers", minimum=1, maximum=4096
    )
    width: float = setting(1.0, "Multiplies the channels and units of every layer.", minimum=0.25, maximum=4.0)
    kernel: int = setting(3, "Side of the convolutions' kernels, an odd number.", minimum=3, maximum=7)
    activation: str = setting(
        "silu", "The non-linearity after each layer; linear means none.", choices=("silu", "relu", "leaky_relu", "tanh", "linear")
    )
    batch_norm: bool = setting(True, "Normalise each layer's outputs over the batch; trains faster.", label="Batch norm")
    dropout: float = setting(
        0.0, "Part of each hidden layer's outputs that is set to zero at random in training; against overfitting.", minimum=0.0, maximum=0.9
    )
    head: str = setting(
        "direct",
        "The last upsampling makes the image (direct), or one more convolution does (conv).",
        label="Output head",
        choices=("direct", "conv"),
    )
    initialisation: str = setting(
        "pytorch",
        "How weights begin: as PyTorch draws them, or as Keras does (glorot: uniform by fan-in and fan-out, biases zero).",
        choices=("pytorch", "glorot"),
    )
    output: str = setting("sigmoid", "Range of the decoded image: 0 to 1 (sigmoid) or unbounded (linear).", choices=("sigmoid", "linear"))
    likelihood: str = setting(
        "bernoulli",
        "How pixels are scored: bernoulli for nearly black and white images, gaussian for the rest.",
        choices=("bernoulli", "gaussian"),
    )
    sigma: float = setting(
        0.1,
        "Standard deviation of a pixel under the gaussian likelihood (where it starts, if learned).",
        label="Pixel sigma",
        minimum=1e-3,
        maximum=10.0,
    )
    learn_sigma: bool = setting(True, "Learn one standard deviation for all pixels instead of fixing it.", label="Learn pixel sigma")

    def __post_init__(self) -> None:
        _check(self)
        _check_image_shape(self.image_shape)
        if self.kernel % 2 == 0:
            raise ConfigError(f"kernel is {self.kernel}; it must be odd, such as 3 or 5")
        if self.likelihood == "bernoulli" and self.output != "sigmoid":
            raise ConfigError("likelihood bernoulli needs output sigmoid; choose gaussian for a linear output")

    @property
    def traits(self) -> Traits:
        """What the family is."""
        return FAMILIES[self.family]

    def scaled(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Layer sizes after the width multiplier."""
        return tuple(max(1, round(size * self.width)) for size in sizes)


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The data and the recipe of one training."""

    dataset: str = setting("mnist10k", "The images to learn from.", label="Data set")
    images: int = setting(0, "How many images to use; 0 takes them all.", minimum=0, maximum=1_000_000)
    epochs: int = setting(10, "How many times every training image is seen.", minimum=1, maximum=1000)
    batch_size: int = setting(128, "Images in one step of the optimizer.", minimum=2, maximum=8192)
    learning_rate: float = setting(5e-3, "Largest step size of AdamW.", minimum=1e-6, maximum=1.0)
    lr_schedule: str = setting(
        "one_cycle",
        "Rise to the learning rate and fall to nearly zero (one_cycle), or stay (constant).",
        label="Learning-rate schedule",
        choices=("one_cycle", "constant"),
    )
    adam_beta2: float = setting(
        0.99,
        "AdamW's β₂, the decay of its average of squared gradients; 0.999 is Adam's usual value.",
        label="AdamW β₂",
        minimum=0.5,
        maximum=0.9999,
    )
    weight_decay: float = setting(0.01, "Pull of AdamW on the weights towards zero.", minimum=0.0, maximum=1.0)
    gradient_clip: float = setting(0.0, "Largest norm of the gradient; 0 does not clip.", minimum=0.0, maximum=1e6)
    beta: float = setting(
        1.0, "Weight of the KL term. 1 is the ELBO; more gives a tidier map and blurrier images.", minimum=0.0, maximum=100.0
    )
    beta_schedule: str = setting(
        "constant",
        "How beta gets to its value: at once, by a ramp, by an S-curve, or again and again.",
        choices=("constant", "linear", "sigmoid", "cyclical"),
    )
    beta_warmup: float = setting(0.3, "Part of the training (of each cycle) that beta takes to rise.", minimum=0.01, maximum=1.0)
    beta_cycles: int = setting(4, "Cycles of the cyclical schedule.", minimum=1, maximum=100)
    free_bits: float = setting(0.0, "Nats of KL per dimension that cost nothing; keeps dimensions alive.", minimum=0.0, maximum=10.0)
    samples: int = setting(
        1, "Codes that are drawn from an image's posterior in one step.", label="Samples of the posterior", minimum=1, maximum=50
    )
    bound: str = setting(
        "average",
        "What several samples make of the objective: their mean, or the tighter importance-weighted bound (IWAE).",
        label="Bound of several samples",
        choices=("average", "importance"),
    )
    binarise: str = setting(
        "no",
        "Draw black or white pixels by their grey value: never, once, or each time that an image is seen (held-out images once).",
        choices=("no", "once", "each"),
    )
    noise: float = setting(
        0.0,
        "Noise on what the encoder sees, a standard deviation up to this drawn for each image; the clean image is to be reconstructed.",
        label="Input noise",
        minimum=0.0,
        maximum=1.0,
    )
    mask: float = setting(
        0.0,
        "Side of a square that is blackened in what the encoder sees, as a part of the image's side, at a place drawn for each image.",
        label="Input mask",
        minimum=0.0,
        maximum=0.9,
    )
    patience: int = setting(
        0,
        "Stop after this many epochs without a better validation ELBO, keeping the best; 0 never stops early.",
        label="Early stop after",
        minimum=0,
        maximum=1000,
    )
    flip: bool = setting(False, "Show half of the images mirrored.", label="Flip")
    rotation: float = setting(0.0, "Turn each image by up to so many degrees, either way.", minimum=0.0, maximum=45.0)
    shift: float = setting(0.0, "Move each image by up to this part of its side.", minimum=0.0, maximum=0.5)
    zoom: float = setting(0.0, "Enlarge each image by up to this part, cutting its edge off.", minimum=0.0, maximum=1.0)
    brightness: float = setting(0.0, "Make each image brighter or darker by up to this part.", minimum=0.0, maximum=1.0)
    seed: int = setting(0, "The same seed gives the same run on the same machine.", minimum=0, maximum=2**31 - 1)
    device: str = setting("auto", "Where to compute; auto takes the fastest there is.", choices=("auto", "cpu", "cuda", "mps"))

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All that is needed to rebuild a model and to repeat its training."""

    preset: str
    model: ModelConfig
    train: TrainConfig

    def __post_init__(self) -> None:
        train = self.train
        if not self.model.traits.is_stochastic and (train.samples > 1 or train.bound != "average"):
            raise ConfigError(
                f"the family {self.model.family} has no posterior to draw samples from; choose vae, or 1 sample and the average"
            )
        if train.bound == "importance" and ((train.beta, train.beta_schedule) != (1.0, "constant") or train.free_bits):
            raise ConfigError("the importance-weighted bound has no KL of its own to weigh; set beta to 1, constant, and free bits to 0")
        if train.binarise != "no" and self.model.likelihood != "bernoulli":
            raise ConfigError(f"black and white pixels are scored by likelihood bernoulli, not {self.model.likelihood}")

    def to_json(self) -> dict[str, typing.Any]:
        """A dict of plain JSON values; `from_json` gives an equal config back."""
        return {"format": FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, value: typing.Mapping[str, typing.Any]) -> "RunConfig":
        """Rebuild a config. Fields that an older version did not have take their defaults; unknown ones are refused."""
        if value.get("format") not in FORMATS:
            raise ConfigError(f"config format is {value.get('format')!r}; this version reads the formats {', '.join(map(str, FORMATS))}")
        for part in ("model", "train"):
            if not isinstance(value.get(part), dict):
                raise ConfigError(f"the config has no {part} section")
        return cls(preset=str(value.get("preset")), model=_part(ModelConfig, value["model"]), train=_part(TrainConfig, value["train"]))


def parse_setting(name: str, text: str) -> Value:
    """One setting's value out of text. Raises ConfigError unless there is such a setting and it may have this value."""
    if name not in SETTINGS:
        raise ConfigError(f"there is no setting {name[:40]!r}")
    part: ModelConfig | TrainConfig
    part = _part(ModelConfig, {name: text}) if name in field_names(ModelConfig) else _part(TrainConfig, {name: text})
    value: Value = getattr(part, name)
    return value


def field_names(kind: type[Part]) -> set[str]:
    """The settings that a part of the config has."""
    return {item.name for item in fields(kind)}


SETTINGS: dict[str, Setting] = {
    item.name: Setting(item.name, **item.metadata) for kind in (ModelConfig, TrainConfig) for item in fields(kind)
}


def _part(kind: type[Part], values: typing.Mapping[str, object]) -> Part:
    values = migration.renamed(values, migration.SETTINGS)
    unknown = sorted(set(values) - field_names(kind))
    if unknown:
        raise ConfigError(f"there is no setting {unknown[0]!r} in this version")
    parsed: dict[str, typing.Any] = {name: SETTINGS[name].parse(value) for name, value in values.items()}
    return kind(**parsed)


def _check(config: ModelConfig | TrainConfig) -> None:
    """Hold every field to its schema. Raises ConfigError naming the field, the value and the range."""
    for name, value in vars(config).items():
        SETTINGS[name].check(value)


def _check_image_shape(shape: tuple[int, ...]) -> None:
    if len(shape) != 3:
        raise ConfigError(f"image_shape has {len(shape)} numbers; expected channels, height, width")
    if shape[0] not in (1, 3):
        raise ConfigError(f"images have {shape[0]} channels; expected 1 (grey) or 3 (colour)")
    for side in shape[1:]:
        if not 8 <= side <= 128:
            raise ConfigError(f"an image side is {side} pixels; it must be between 8 and 128")

"""The settings of a network and its likelihood. Knows neither torch nor disk."""

from dataclasses import dataclass

from vae_core.config.fields import check, setting
from vae_core.errors import ConfigError
from vae_core.traits import FAMILIES, Traits

MAX_CLASSES = 200


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A network and its likelihood; every shape follows from `image_shape` and these numbers."""

    family: str = setting(
        "vae",
        "What an image becomes: a distribution (vae; conditional: both networks are told the label; mixture: the prior is learned, too), "
        "one on each of two levels (ladder, stacked) or one point (autoencoder).",
        choices=tuple(FAMILIES),
    )
    image_shape: tuple[int, ...] = setting(
        (1, 28, 28), "Channels, height and width of an image; taken from the data set.", minimum=1, maximum=128
    )
    classes: int = setting(
        0, "Labels that the model is told; taken from the data set.", minimum=0, maximum=MAX_CLASSES, families=("conditional",)
    )
    latent_dim: int = setting(
        2,
        "How many numbers describe an image. Two can be drawn as a map; more reconstruct better.",
        label="Latent dimensions",
        minimum=1,
        maximum=256,
    )
    components: int = setting(
        10,
        "How many normal distributions the prior is a mixture of; from the second epoch on.",
        label="Components of the prior",
        minimum=1,
        maximum=100,
        families=("mixture",),
    )
    top_dim: int = setting(
        1,
        "How many of the latent dimensions are the top level; the others are the bottom level.",
        label="Dimensions of the top level",
        minimum=1,
        maximum=255,
        families=("ladder", "stacked"),
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
        check(self)
        _check_image_shape(self.image_shape)
        if self.kernel % 2 == 0:
            raise ConfigError(f"kernel is {self.kernel}; it must be odd, such as 3 or 5")
        if self.traits.levels and self.top_dim >= self.latent_dim:
            raise ConfigError(f"top_dim is {self.top_dim} of {self.latent_dim} latent dimensions; leave at least one to the bottom level")
        if self.likelihood == "bernoulli" and self.output != "sigmoid":
            raise ConfigError("likelihood bernoulli needs output sigmoid; choose gaussian for a linear output")

    @property
    def traits(self) -> Traits:
        """What the family is."""
        return FAMILIES[self.family]

    @property
    def levels(self) -> dict[str, int]:
        """Sizes of the levels of a code by name, the top one first; empty where the family has none."""
        return dict(zip(self.traits.levels, (self.top_dim, self.latent_dim - self.top_dim), strict=False))

    def scaled(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Layer sizes after the width multiplier."""
        return tuple(max(1, round(size * self.width)) for size in sizes)


def _check_image_shape(shape: tuple[int, ...]) -> None:
    if len(shape) != 3:
        raise ConfigError(f"image_shape has {len(shape)} numbers; expected channels, height, width")
    if shape[0] not in (1, 3):
        raise ConfigError(f"images have {shape[0]} channels; expected 1 (grey) or 3 (colour)")
    for side in shape[1:]:
        if not 8 <= side <= 128:
            raise ConfigError(f"an image side is {side} pixels; it must be between 8 and 128")

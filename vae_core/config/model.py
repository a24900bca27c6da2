"""The settings of a network and its likelihood. Knows neither torch nor disk."""

from dataclasses import dataclass

from vae_core.config.fields import check, setting, settings_of
from vae_core.errors import ConfigError
from vae_core.traits import CONTINUOUS, DISCRETE, FAMILIES, LIKELIHOODS, Likelihood, Traits

MAX_CLASSES = 200


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A network and its likelihood; every shape follows from `image_shape` and these numbers."""

    family: str = setting(
        "vae",
        "What an image becomes: a distribution (vae; conditional: both networks are told the label; mixture: the prior is learned, too; "
        "vaegan, perceptual: images are compared in features of a discriminator or of a small classifier), "
        "one on each of two levels (ladder, stacked), one point (autoencoder) or a map of codes (vq).",
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
        families=CONTINUOUS,
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
    codebook: int = setting(
        64, "Codes to choose from at each place of the map.", label="Codebook", minimum=2, maximum=1024, families=DISCRETE
    )
    code_channels: int = setting(4, "How many numbers a code has.", label="Numbers of a code", minimum=1, maximum=32, families=DISCRETE)
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
    blocks: int = setting(
        0,
        "Residual blocks after each convolution: two more convolutions, whose result is added to what they are given.",
        label="Residual blocks",
        minimum=0,
        maximum=4,
    )
    upsampling: str = setting(
        "transposed",
        "How the decoder doubles sides: by transposed convolutions, or by repeated pixels and a convolution, which draws no "
        "checkerboard (nearest).",
        choices=("transposed", "nearest"),
    )
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
        "How pixels are scored: bernoulli for nearly black and white images, gaussian (a density) for the rest, logistic (a probability of "
        "each of 256 values) where costs are to be compared with the size of files.",
        choices=tuple(LIKELIHOODS),
    )
    sigma: float = setting(
        0.1,
        "Standard deviation of a pixel under the gaussian or logistic likelihood (where it starts, if learned).",
        label="Pixel sigma",
        minimum=1e-3,
        maximum=10.0,
    )
    learn_sigma: str = setting(
        "one",
        "Whether the standard deviation is learned: not at all (no), one for all pixels (one), or one for each pixel and channel (pixel).",
        label="Learn pixel sigma",
        choices=("no", "one", "pixel"),
    )

    def __post_init__(self) -> None:
        check(self)
        if self.traits.is_discrete:
            self._follow_map()
        _check_image_shape(self.image_shape)
        if self.kernel % 2 == 0:
            raise ConfigError(f"kernel is {self.kernel}; it must be odd, such as 3 or 5")
        if self.traits.levels and self.top_dim >= self.latent_dim:
            raise ConfigError(f"top_dim is {self.top_dim} of {self.latent_dim} latent dimensions; leave at least one to the bottom level")
        if self.likelihood == "bernoulli" and self.output != "sigmoid":
            raise ConfigError("likelihood bernoulli needs output sigmoid; choose gaussian for a linear output")

    def _follow_map(self) -> None:
        """A map of codes has as many latent dimensions as it has places, times the numbers of a code."""
        if self.network == "mlp" or not self.channels:
            raise ConfigError(f"the family {self.family} makes a map of codes by convolutions; choose network conv and some channels")
        numbers, height, width = self.code_shape
        dimensions, most = numbers * height * width, settings_of(ModelConfig)["latent_dim"].maximum
        if most is not None and dimensions > most:
            raise ConfigError(
                f"a map of {height} x {width} codes of {numbers} numbers has {dimensions:,} latent dimensions, more than {most:g}; "
                "choose more convolutions or fewer numbers"
            )
        object.__setattr__(self, "latent_dim", dimensions)

    @property
    def traits(self) -> Traits:
        """What the family is."""
        return FAMILIES[self.family]

    @property
    def scoring(self) -> Likelihood:
        """What the likelihood is."""
        return LIKELIHOODS[self.likelihood]

    @property
    def levels(self) -> dict[str, int]:
        """Sizes of the levels of a code by name, the top one first; empty where the family has none."""
        return dict(zip(self.traits.levels, (self.top_dim, self.latent_dim - self.top_dim), strict=False))

    @property
    def code_shape(self) -> tuple[int, int, int]:
        """(code_channels, height, width) of a map of codes: the image's sides, halved by each convolution and rounded up."""
        height, width = (-(-side // 2 ** len(self.channels)) for side in self.image_shape[1:])
        return (self.code_channels, height, width)

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

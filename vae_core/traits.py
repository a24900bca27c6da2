"""What each family of models and each likelihood of pixels is. Whoever has to know reads it here, and asks for none by its name.

Needs no torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

STANDARD_NORMAL: Final = "standard normal"
MIXTURE: Final = "mixture"
CODEBOOK: Final = "codebook"

Comparison = Literal["pixels", "discriminator", "features"]
"""What a training compares an image and its reconstruction in: their pixels, or features of a network."""


@dataclass(frozen=True)
class Term:
    """A named part of a training's losses beside reconstruction and KL: what it is called, what it is, its unit."""

    label: str
    about: str
    unit: str = "nats"


@dataclass(frozen=True)
class Traits:
    """What a family is.

    Attributes:
        title: what it is called, such as "Variational autoencoder".
        prior: the distribution that codes are drawn from; empty where there is none.
        is_stochastic: whether an image is encoded to a diagonal normal distribution, and not to one code.
        is_bound: whether a training's loss is an upper bound of -log p(x), so that reconstruction + KL may be called -ELBO; of
            -log p(x | y) if the family is conditional.
        compared_by: what a training compares an image and its reconstruction in.
        is_conditional: whether encoder and decoder are told the image's label y.
        is_discrete: whether a code is a map of numbers, each that of a vector in a codebook.
        kl_by_dimension: whether the KL is a sum over latent dimensions, each with a formula; else it is one estimate.
        levels: names of the parts that a code consists of, the most abstract one first; empty where it is all of one kind.
        terms: further losses by name, nats per image unless they say otherwise, as they stand in the records of a training.
    """

    title: str
    prior: Literal["", "standard normal", "mixture", "codebook"]
    is_stochastic: bool
    is_bound: bool
    compared_by: Comparison = "pixels"
    is_conditional: bool = False
    is_discrete: bool = False
    kl_by_dimension: bool = True
    levels: tuple[str, ...] = ()
    terms: Mapping[str, Term] = field(default_factory=dict)

    @property
    def has_prior(self) -> bool:
        """Whether codes have a distribution to be drawn from."""
        return bool(self.prior)

    @property
    def evidence(self) -> str:
        """What an ELBO is a lower bound of, as text."""
        return "log p(x | y)" if self.is_conditional else "log p(x)"

    @property
    def is_normal(self) -> bool:
        """Whether the prior is N(0, I), of which distances from the origin speak."""
        return self.prior == STANDARD_NORMAL

    @property
    def minimises_total(self) -> bool:
        """Whether a training makes reconstruction + KL small, so that this sum tells how good a model is."""
        return self.is_bound or not self.has_prior

    @property
    def weighs_kl(self) -> bool:
        """Whether the KL pulls on codes, so that beta means something: that of a map of codes teaches its prior alone."""
        return self.has_prior and not self.is_discrete


_LEVELS = ("top", "bottom")
_LEVEL_TERMS = {f"kl_{level}": Term(f"KL of the {level} level", f"part of the KL: what the {level} level costs") for level in _LEVELS}

FAMILIES: dict[str, Traits] = {
    "vae": Traits("Variational autoencoder", prior=STANDARD_NORMAL, is_stochastic=True, is_bound=True),
    "conditional": Traits("Conditional VAE", prior=STANDARD_NORMAL, is_stochastic=True, is_bound=True, is_conditional=True),
    "mixture": Traits("VAE with a mixture prior", prior=MIXTURE, is_stochastic=True, is_bound=True, kl_by_dimension=False),
    "ladder": Traits("Ladder VAE", prior=STANDARD_NORMAL, is_stochastic=True, is_bound=True, levels=_LEVELS, terms=_LEVEL_TERMS),
    "stacked": Traits("Stacked VAE", prior=STANDARD_NORMAL, is_stochastic=True, is_bound=True, levels=_LEVELS, terms=_LEVEL_TERMS),
    "vaegan": Traits(
        "VAE-GAN",
        prior=STANDARD_NORMAL,
        is_stochastic=True,
        is_bound=False,
        compared_by="discriminator",
        terms={
            "features": Term("Feature loss", "half the squared distance in the discriminator's features", "nats and a constant"),
            "accuracy": Term("Discriminator", "how often it tells real images from made ones; 50 is guessing", "percent"),
            "diversity": Term("Diversity", "how far a draw is from the one most like it, over that of real images", "ratio"),
        },
    ),
    "perceptual": Traits(
        "VAE with a perceptual loss",
        prior=STANDARD_NORMAL,
        is_stochastic=True,
        is_bound=False,
        compared_by="features",
        terms={
            "features": Term("Feature distance", "mean square in a small classifier's features", "of their variance"),
            "error": Term("Absolute error", "of a pixel, 0 black to 1 white", "on average"),
        },
    ),
    "autoencoder": Traits("Plain autoencoder", prior="", is_stochastic=False, is_bound=False),
    "vq": Traits(
        "Vector-quantised autoencoder",
        prior=CODEBOOK,
        is_stochastic=False,
        is_bound=True,
        is_discrete=True,
        kl_by_dimension=False,
        terms={
            "commitment": Term("Commitment", "of the encoder's vectors to their codes", "squared distance"),
            "uniform": Term("Uniform prior", "what a map costs if all codes are equally likely"),
            "perplexity": Term("Codes in use", "perplexity: exp of the entropy of their shares", "codes"),
        },
    ),
}
"""Every family by the name that the setting `family` has; the classes are in `vae_core/models/`, a file each."""


@dataclass(frozen=True)
class Likelihood:
    """How pixels are scored, and what their costs may be compared with.

    Attributes:
        has_sigma: whether a pixel has a standard deviation around its decoded value.
        is_density: whether it is a density: a cost may be below 0, and is no amount of information.
        is_probability: whether each of the 256 values of a pixel has a probability: a cost is the length of a lossless code.
        comparison: what costs may be compared with, a sentence.
    """

    has_sigma: bool
    is_density: bool
    is_probability: bool
    comparison: str


LIKELIHOODS: dict[str, Likelihood] = {
    "bernoulli": Likelihood(
        has_sigma=False,
        is_density=False,
        is_probability=False,
        comparison="−ELBO in nats is no length of a file: a Bernoulli likelihood gives grey pixels no probability, only the mean over "
        "their black and white draws.",
    ),
    "gaussian": Likelihood(
        has_sigma=True,
        is_density=True,
        is_probability=False,
        comparison="−ELBO in nats is no length of a file: a Gaussian likelihood is a density, which has no bits before pixels are rounded.",
    ),
    "logistic": Likelihood(
        has_sigma=True,
        is_density=False,
        is_probability=True,
        comparison="−ELBO in nats is the length of a lossless code, to be compared with that of a PNG file: the discretised logistic gives "
        "each of a pixel's 256 values a probability.",
    ),
}
"""Every likelihood by the name that the setting `likelihood` has; their formulas are in `vae_core/models/objective.py`."""

DISCRETE = tuple(name for name, traits in FAMILIES.items() if traits.is_discrete)
CONTINUOUS = tuple(name for name, traits in FAMILIES.items() if not traits.is_discrete)

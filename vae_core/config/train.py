"""The settings of one training: its data and its recipe. Knows neither torch nor disk."""

from dataclasses import dataclass

from vae_core.config.fields import check, setting
from vae_core.traits import CONTINUOUS

MIN_IMAGES = 3
"""To train on."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The data and the recipe of one training."""

    dataset: str = setting("mnist10k", "The images to learn from.", label="Data set")
    images: int = setting(0, "How many images to use; 0 takes them all.", minimum=0, maximum=1_000_000)
    without: tuple[int, ...] = setting(
        (),
        "Classes left out of training and validation, to see later whether the model notices them; numbers from 0, such as 1, 3.",
        label="Left-out classes",
        minimum=0,
        maximum=9999,
    )
    start_from: str = setting(
        "",
        "The id of a run whose weights this training begins with, as far as names and shapes fit; the rest begins anew, and all of it "
        "if this is empty.",
    )
    epochs: int = setting(10, "How many times every training image is seen.", minimum=1, maximum=1000)
    batch_size: int = setting(128, "Images in one step of the optimizer.", minimum=2, maximum=8192)
    learning_rate: float = setting(5e-3, "Largest step size of AdamW.", minimum=1e-6, maximum=1.0)
    lr_schedule: str = setting(
        "one_cycle",
        "Rise to the learning rate and fall to nearly zero (one_cycle), or stay (constant).",
        label="Learning-rate schedule",
        choices=("one_cycle", "constant"),
    )
    adam_beta1: float = setting(
        0.9,
        "AdamW's β₁, the decay of its average of gradients; less where a discriminator changes what is wanted.",
        label="AdamW β₁",
        minimum=0.0,
        maximum=0.99,
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
        families=CONTINUOUS,
    )
    beta_warmup: float = setting(
        0.3, "Part of the training (of each cycle) that beta takes to rise.", minimum=0.01, maximum=1.0, families=CONTINUOUS
    )
    beta_cycles: int = setting(4, "Cycles of the cyclical schedule.", minimum=1, maximum=100, families=CONTINUOUS)
    free_bits: float = setting(
        0.0, "Nats of KL per dimension that cost nothing; keeps dimensions alive.", minimum=0.0, maximum=10.0, families=CONTINUOUS
    )
    samples: int = setting(
        1,
        "Codes that are drawn from an image's posterior in one step.",
        label="Samples of the posterior",
        minimum=1,
        maximum=50,
        families=CONTINUOUS,
    )
    bound: str = setting(
        "average",
        "What several samples make of the objective: their mean, or the tighter importance-weighted bound (IWAE).",
        label="Bound of several samples",
        choices=("average", "importance"),
        families=CONTINUOUS,
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
        check(self)

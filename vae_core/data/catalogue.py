"""The facts about every built-in data set: a new one begins here. Knows neither their files nor how they are read.

Readers are in `packaged` (files that come with the program), `torchvision_sets` (downloads) and `shapes` (generated).
"""

from dataclasses import dataclass

_DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class DatasetFacts:
    """What decides how a person's picture becomes like the images of a data set."""

    background: float
    """Mean intensity of the images' borders, 0 black to 1 white."""
    handwritten: bool


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """What can be said about a data set without reading it."""

    name: str
    title: str
    about: str
    image_shape: tuple[int, int, int]
    """Channels, height and width of an image."""
    class_names: tuple[str, ...]
    """The meaning of the labels 0, 1, 2 …; empty when there are no labels."""
    count: int
    """How many images there are, or, where they are generated, how many are made unless asked otherwise."""
    source: str
    licence: str
    handwritten: bool = False
    """Whether the images are light strokes, scaled and centred as MNIST's are."""
    download_mb: int
    """Megabytes to download; 0 for what is on this computer."""
    own: bool = False
    """Whether people brought it in themselves."""
    short: str = ""
    """A title for narrow places; empty where the title is short enough."""
    factors: tuple[str, ...] = ()
    """What each image was generated from, in the order of `ImageSet.factors`; empty where nobody knows."""
    split_by_class: bool = False
    """Whether images are held out class by class, as in own sets since that began; a set keeps the split it was made with."""


_SETS = (
    DatasetInfo(
        name="mnist10k",
        handwritten=True,
        title="Handwritten digits, 10,000",
        short="Digits",
        about="The ten thousand digits of MNIST's test part: small enough to train on in seconds.",
        image_shape=(1, 28, 28),
        class_names=_DIGITS,
        count=10_000,
        source="MNIST database, Yann LeCun, Corinna Cortes and Christopher J.C. Burges",
        licence="CC BY-SA 3.0",
        download_mb=0,
    ),
    DatasetInfo(
        name="shapes",
        title="Generated shapes",
        short="Shapes",
        about="Squares, ellipses and hearts whose size, rotation and position are known, so that a code can be checked against them.",
        image_shape=(1, 64, 64),
        class_names=("Square", "Ellipse", "Heart"),
        factors=("Shape", "Scale", "Rotation", "x", "y"),
        count=10_000,
        source="Drawn by this program",
        licence="MIT",
        download_mb=0,
    ),
    DatasetInfo(
        name="digits",
        handwritten=True,
        title="Tiny handwritten digits",
        short="Tiny digits",
        about="Digits of eight by eight pixels: the quickest to train on.",
        image_shape=(1, 8, 8),
        class_names=_DIGITS,
        count=1_797,
        source="Optical recognition of handwritten digits, Ethem Alpaydin and Cenk Kaynak, through scikit-learn",
        licence="CC BY 4.0",
        download_mb=0,
    ),
    DatasetInfo(
        name="emoji",
        title="Emoji",
        about="Colour pictures of faces, people, animals, food, flags and things on a white background.",
        image_shape=(3, 64, 64),
        class_names=(
            "Smileys & emotion",
            "People & body",
            "Animals & nature",
            "Food & drink",
            "Travel & places",
            "Activities",
            "Objects",
            "Symbols",
            "Flags",
        ),
        count=1_906,
        source="Noto Emoji, Google",
        licence="Apache-2.0",
        download_mb=0,
    ),
    DatasetInfo(
        name="mnist",
        handwritten=True,
        title="Handwritten digits",
        short="Digits 70k",
        about="All seventy thousand digits of MNIST, the usual first data set.",
        image_shape=(1, 28, 28),
        class_names=_DIGITS,
        count=70_000,
        source="MNIST database, Yann LeCun, Corinna Cortes and Christopher J.C. Burges",
        licence="CC BY-SA 3.0",
        download_mb=12,
    ),
    DatasetInfo(
        name="fashion_mnist",
        title="Clothes",
        about="Grey pictures of shirts, shoes and bags, as many and as large as those of MNIST.",
        image_shape=(1, 28, 28),
        class_names=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        count=70_000,
        source="Fashion-MNIST, Zalando Research",
        licence="MIT",
        download_mb=31,
    ),
    DatasetInfo(
        name="kmnist",
        handwritten=True,
        title="Handwritten hiragana",
        short="Hiragana",
        about="Ten cursive Japanese characters from old books, each in many ways of writing it.",
        image_shape=(1, 28, 28),
        class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        count=70_000,
        source="Kuzushiji-MNIST, ROIS-DS Center for Open Data in the Humanities",
        licence="CC BY-SA 4.0",
        download_mb=21,
    ),
    DatasetInfo(
        name="cifar10",
        title="Small photographs",
        short="Photographs",
        about="Photographs of vehicles and animals, thirty-two pixels wide: hard for a small model.",
        image_shape=(3, 32, 32),
        class_names=("Airplane", "Automobile", "Bird", "Cat", "Deer", "Dog", "Frog", "Horse", "Ship", "Truck"),
        count=60_000,
        source="CIFAR-10, Alex Krizhevsky, Vinod Nair and Geoffrey Hinton",
        licence="None stated; for research, with citation",
        download_mb=171,
    ),
    DatasetInfo(
        name="svhn",
        title="House numbers",
        about="Digits on photographs of house fronts, with their neighbours left and right.",
        image_shape=(3, 32, 32),
        class_names=_DIGITS,
        count=99_289,
        source="Street View House Numbers, Yuval Netzer and others, Stanford University and Google",
        licence="Non-commercial use only",
        download_mb=246,
    ),
)

BUILT_IN = {info.name: info for info in _SETS}

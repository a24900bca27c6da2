"""The ways to draw codes in two or three dimensions, with their parameters.

A long method is the function of the same name in `algorithms`; one that is found at once is in `computation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vae_core.errors import ConfigError
from vae_core.schema import Setting, Value, by_name


@dataclass(frozen=True)
class Method:
    """A way to draw codes. `is_long`: to be computed in a process of its own; `can_transform`: new codes find a place in a finished map."""

    title: str
    about: str
    parameters: dict[str, Setting]
    is_long: bool = True
    can_transform: bool = True
    packages: tuple[str, ...] = ()


_AXIS_HELP = "Which latent dimension is drawn here, counted from 0."

METHODS = {
    "raw": Method(
        "Latent dimensions",
        "Single latent dimensions as they are: nothing is changed, and every other dimension is out of sight.",
        by_name(
            Setting("x", 0, _AXIS_HELP, "Horizontal axis", minimum=0, maximum=255),
            Setting("y", 1, _AXIS_HELP, "Vertical axis", minimum=0, maximum=255),
            Setting("z", 2, _AXIS_HELP, "Depth axis", minimum=0, maximum=255),
        ),
        is_long=False,
    ),
    "pca": Method(
        "PCA",
        "The flat view with the largest spread: it invents no groups, but codes that look close may lie far apart behind each other.",
        {},
        is_long=False,
    ),
    "tsne": Method(
        "t-SNE",
        "Keeps nearest neighbours together; the size of a group and the distance between groups mean nothing.",
        by_name(
            Setting("perplexity", 30.0, "About how many neighbours each code tries to keep.", minimum=2.0, maximum=200.0),
            Setting("iterations", 500, "Steps after the 250 that sort out the groups.", minimum=100, maximum=2000),
            Setting("exaggeration", 1.0, "More than 1 pulls neighbours together and leaves wider gaps.", minimum=1.0, maximum=4.0),
            Setting(
                "start",
                "pca",
                "Where the points begin; from random places every seed gives another arrangement.",
                choices=("pca", "random"),
            ),
        ),
        packages=("openTSNE", "faiss-cpu"),
    ),
    "umap": Method(
        "UMAP",
        "Keeps nearest neighbours together and draws clear gaps; it can show groups where there are none.",
        by_name(
            Setting("neighbours", 15, "How many neighbours each code keeps: few show detail, many the whole.", minimum=2, maximum=200),
            Setting("min_distance", 0.1, "How closely points may lie together on the map.", "Smallest distance", minimum=0.0, maximum=0.99),
            Setting("epochs", 0, "Rounds of improvement; 0 takes 300 up to 10,000 codes and 200 above.", "Rounds", minimum=0, maximum=2000),
        ),
        packages=("umap-learn", "faiss-cpu"),
    ),
    "pacmap": Method(
        "PaCMAP",
        "Keeps neighbours and some of the overall arrangement; distances still cannot be measured on the map.",
        by_name(
            Setting("neighbours", 10, "How many neighbours each code keeps.", minimum=2, maximum=100),
            Setting(
                "mid_near",
                0.5,
                "Pairs at a middle distance for every neighbour: more keep the overall arrangement.",
                "Middle pairs",
                minimum=0.1,
                maximum=5.0,
            ),
            Setting("far", 2.0, "Distant pairs pushed apart for every neighbour.", "Far pairs", minimum=0.5, maximum=10.0),
        ),
        packages=("pacmap", "faiss-cpu"),
    ),
}


def completed(method: str, given: Mapping[str, object]) -> dict[str, Value]:
    """Every parameter of a method, checked, in its own kind."""
    known = METHODS[method].parameters
    if not isinstance(given, Mapping) or (unknown := set(given) - set(known)):
        named = ", ".join(sorted(map(str, unknown))) if isinstance(given, Mapping) else str(given)[:40]
        raise ConfigError(f"{METHODS[method].title} has no parameter {named}; it has {', '.join(known) or 'none'}")
    return {name: parameter.parse(given.get(name, parameter.default)) for name, parameter in known.items()}

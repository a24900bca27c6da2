"""The ways to draw codes in two or three dimensions, with their parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_core.errors import ConfigError

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Parameter:
    """One number or choice of a method, with everything a form or a validator needs to know. Its kind is that of its default."""

    default: int | float | str
    minimum: float | None
    maximum: float | None
    help: str
    label: str
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Method:
    """A way to draw codes. `is_long`: to be computed in a process of its own; `can_transform`: new codes find a place in a finished map."""

    title: str
    about: str
    parameters: dict[str, Parameter]
    is_long: bool = True
    can_transform: bool = True
    packages: tuple[str, ...] = ()


_AXIS_HELP = "Which latent dimension is drawn here, counted from 0."

METHODS = {
    "raw": Method(
        "Latent dimensions",
        "Single latent dimensions as they are: nothing is changed, and every other dimension is out of sight.",
        {
            "x": Parameter(0, 0, 255, _AXIS_HELP, "Horizontal axis"),
            "y": Parameter(1, 0, 255, _AXIS_HELP, "Vertical axis"),
            "z": Parameter(2, 0, 255, _AXIS_HELP, "Depth axis"),
        },
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
        {
            "perplexity": Parameter(30.0, 2.0, 200.0, "About how many neighbours each code tries to keep.", "Perplexity"),
            "iterations": Parameter(500, 100, 2000, "Steps after the 250 that sort out the groups.", "Iterations"),
            "exaggeration": Parameter(1.0, 1.0, 4.0, "More than 1 pulls neighbours together and leaves wider gaps.", "Exaggeration"),
            "start": Parameter(
                "pca",
                None,
                None,
                "Where the points begin; from random places every seed gives another arrangement.",
                "Start",
                ("pca", "random"),
            ),
        },
        packages=("openTSNE", "faiss-cpu"),
    ),
    "umap": Method(
        "UMAP",
        "Keeps nearest neighbours together and draws clear gaps; it can show groups where there are none.",
        {
            "neighbours": Parameter(15, 2, 200, "How many neighbours each code keeps: few show detail, many the whole.", "Neighbours"),
            "min_distance": Parameter(0.1, 0.0, 0.99, "How closely points may lie together on the map.", "Smallest distance"),
            "epochs": Parameter(0, 0, 2000, "Rounds of improvement; 0 takes 300 up to 10,000 codes and 200 above.", "Rounds"),
        },
        packages=("umap-learn", "faiss-cpu"),
    ),
    "pacmap": Method(
        "PaCMAP",
        "Keeps neighbours and some of the overall arrangement; distances still cannot be measured on the map.",
        {
            "neighbours": Parameter(10, 2, 100, "How many neighbours each code keeps.", "Neighbours"),
            "mid_near": Parameter(
                0.5, 0.1, 5.0, "Pairs at a middle distance for every neighbour: more keep the overall arrangement.", "Middle pairs"
            ),
            "far": Parameter(2.0, 0.5, 10.0, "Distant pairs pushed apart for every neighbour.", "Far pairs"),
        },
        packages=("pacmap", "faiss-cpu"),
    ),
}


def completed(method: str, given: Mapping[str, object]) -> dict[str, int | float | str]:
    """Every parameter of a method, checked, in its own kind."""
    known = METHODS[method].parameters
    if not isinstance(given, Mapping) or (unknown := set(given) - set(known)):
        named = ", ".join(sorted(map(str, unknown))) if isinstance(given, Mapping) else str(given)[:40]
        raise ConfigError(f"{METHODS[method].title} has no parameter {named}; it has {', '.join(known) or 'none'}")
    return {name: _checked(name, given.get(name, parameter.default), parameter) for name, parameter in known.items()}


def _checked(name: str, value: object, parameter: Parameter) -> int | float | str:
    if parameter.choices is not None:
        if value not in parameter.choices:
            raise ConfigError(f"{name} is {str(value)[:40]!r}; expected one of {', '.join(parameter.choices)}")
        return value
    kind = type(parameter.default)
    check_number(name, value, kind, parameter.minimum, parameter.maximum)
    return kind(value)


def check_number(name: str, value: object, kind: type, minimum: float, maximum: float) -> None:
    """Raises ConfigError unless a value is a number of a kind within limits."""
    fits = type(value) is int or (type(value) is float and (kind is float or value.is_integer()))
    if not fits or not minimum <= value <= maximum:
        wanted = "a whole number" if kind is int else "a number"
        raise ConfigError(f"{name} is {str(value)[:40]!r}; expected {wanted} from {minimum:g} to {maximum:g}")

"""Names that older versions used for what has another name now. Knows no file."""

from collections.abc import Mapping
from typing import TypeVar

SETTINGS = {"rate_schedule": "lr_schedule", "second_moment": "adam_beta2"}
"""Of the config's formats 1 and 2, of links and of the command line."""
CARD = {"ground": "background"}
"""Of card.json beside such a config."""
PREVIEWS = {1: "film", 2: "film"}
"""The folder of previews by the config's format; since then it is called `previews`."""

T = TypeVar("T")


def renamed(values: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    """The same values under today's names, of which a value that has one already keeps its own."""
    return {names.get(name, name): value for name, value in values.items() if names.get(name) not in values}

"""Names and values that older versions used for what is called otherwise now. Knows no file."""

from collections.abc import Mapping
from typing import TypeVar

SETTINGS = {"rate_schedule": "lr_schedule", "second_moment": "adam_beta2"}
"""Of the config's formats 1 and 2, of links and of the command line."""
VALUES = {"learn_sigma": {"true": "one", "yes": "one", "1": "one", "false": "no", "0": "no"}}
"""Of settings by today's names, in lower case: what once could only be on or off."""
CARD = {"ground": "background"}
"""Of card.json beside such a config."""
PREVIEWS = {1: "film", 2: "film"}
"""The folder of previews by the config's format; since then it is called `previews`."""

T = TypeVar("T")


def renamed(values: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    """The same values under today's names, of which a value that has one already keeps its own."""
    return {names.get(name, name): value for name, value in values.items() if names.get(name) not in values}


def settings(values: Mapping[str, T]) -> dict[str, T | str]:
    """Settings of a config, a link or a command line under today's names, with today's values."""
    return {name: VALUES.get(name, {}).get(str(value).lower(), value) for name, value in renamed(values, SETTINGS).items()}

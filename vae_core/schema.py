"""A setting's schema: kind, default, range, choices, help; values parsed and checked by it. Knows no setting.

The forms, the command line, links and the validators of trainings and projections all read the same objects.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from vae_core.errors import ConfigError

Value = bool | int | float | str | tuple[int, ...] | None

MAX_LAYERS = 64

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_MAX_SHOWN = 40
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a word", tuple: "whole numbers separated by commas, each"}


@dataclass(frozen=True)
class Setting:
    """One setting of a model, a training or a projection. Its kind is that of its default.

    Attributes:
        name: what it is called in files, links and on the command line.
        default: its usual value. None stands for the mirror of another setting, and belongs to a tuple of whole numbers.
        help: one sentence for people.
        label: what stands above its field; made of the name if it is not given.
        minimum: the smallest number that is allowed, for a tuple that of each of its numbers.
        maximum: the largest one.
        choices: the words that are allowed.
        families: the families of models that have it; empty if all have.
    """

    name: str
    default: Value
    help: str
    label: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    families: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " ").capitalize())

    @property
    def kind(self) -> type:
        """bool, int, float, str or tuple (of whole numbers)."""
        return tuple if self.default is None else type(self.default)

    def belongs_to(self, family: str) -> bool:
        """Whether a family of models has this setting."""
        return not self.families or family in self.families

    def parse(self, value: object) -> Value:
        """The setting's value out of text or JSON. Raises ConfigError, naming setting, value and range, unless it is allowed.

        Numbers of a tuple are separated by commas or hyphens in text; "none" is an empty tuple.
        """
        if self.default is None and value in (None, "mirror"):
            return None
        try:
            parsed = _PARSERS[self.kind](value)
        except (TypeError, ValueError, OverflowError):
            raise self._refusal(value) from None
        self.check(parsed)
        return parsed

    def check(self, value: object) -> None:
        """Raise ConfigError, naming setting, value and range, unless `value` is of the setting's kind and allowed."""
        if self.default is None and value is None:
            return
        if isinstance(value, tuple) and len(value) > MAX_LAYERS:
            raise ConfigError(f"{self.name} has {len(value):,} numbers; at most {MAX_LAYERS} are possible")
        for part in value if isinstance(value, tuple) and self.kind is tuple else (value,):
            if not self._allows(part):
                raise self._refusal(part)

    def _allows(self, value: object) -> bool:
        """Whether a value, or a number of a tuple, is of the right kind and within the limits."""
        if self.kind in (bool, str):
            return isinstance(value, self.kind) and (not self.choices or value in self.choices)
        if isinstance(value, bool) or not isinstance(value, int | float if self.kind is float else int):
            return False
        return (self.minimum is None or self.minimum <= value) and (self.maximum is None or value <= self.maximum)

    def _refusal(self, value: object) -> ConfigError:
        return ConfigError(f"{self.name} is {_shown(value)}; {self._remedy()}")

    def _remedy(self) -> str:
        if self.choices:
            return f"choose one of {', '.join(self.choices)}"
        limits = "" if self.minimum is None or self.maximum is None else f" from {self.minimum:g} to {self.maximum:g}"
        return f"expected {_WORDS[self.kind]}{limits}"


def by_name(*settings: Setting) -> dict[str, Setting]:
    """Settings by their names, in their order."""
    return {setting.name: setting for setting in settings}


def as_text(value: Value) -> str:
    """A value as `Setting.parse` reads it."""
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    return "mirror" if value is None else str(value)


def _shown(value: object) -> str:
    with suppress(OverflowError):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return f"{value:g}"
    return repr(str(value)[:_MAX_SHOWN])


def _whole(value: object) -> int:
    number = _real(value)
    if number != int(number):
        raise ValueError(value)
    return int(number)


def _real(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(value)
    return float(value)


def _truth(value: object) -> bool:
    word = str(value).lower()
    if word not in _TRUTH:
        raise ValueError(value)
    return _TRUTH[word]


def _whole_numbers(value: object) -> tuple[int, ...]:
    if isinstance(value, str):
        value = [part for part in re.split(r",|(?<=\d)-", value.replace("none", "")) if part.strip()]
    if not isinstance(value, list | tuple):
        raise TypeError(value)
    return tuple(map(_whole, value))


_PARSERS: Mapping[type, Callable[[object], Value]] = {bool: _truth, int: _whole, float: _real, str: str, tuple: _whole_numbers}

"""Where a training stands, as status.json holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from vae_core.errors import RunDamaged

STATES = ("queued", "running", "finished", "stopped", "failed")


@dataclass(frozen=True)
class Status:
    """Where a training stands. `seconds` of training so far; `updated` in seconds since 1970.

    A worker writes one of `STATES`; `Run.status` may answer `interrupted` or `damaged` instead, with the reason as `message`.
    """

    state: str
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    message: str = ""
    updated: float = 0.0

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Status":
        """The status that status.json holds. Raises RunDamaged when it is nonsense."""
        if values.get("state") not in STATES:
            raise RunDamaged(f"status.json holds the state {str(values.get('state'))[:40]!r}; expected one of {', '.join(STATES)}")
        checked: dict[str, Any] = {name: _checked(values[name], kind, name) for name, kind in get_type_hints(cls).items() if name in values}
        return cls(**checked)


def _checked(value: object, kind: type, name: str) -> str | int | float:
    """A value of status.json as its field's type. Raises RunDamaged for another type and for numbers that make no sense."""
    if kind is str and isinstance(value, str):
        return value
    if isinstance(value, int | float) and type(value) in (int, kind) and kind is not str and 0 <= value < 1e15:
        return int(value) if kind is int else float(value)
    raise RunDamaged(f"status.json holds {str(value)[:40]!r} as {name}; it was not written by this program")

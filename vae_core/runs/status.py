"""Where a training stands, as status.json holds it."""

from dataclasses import dataclass, fields

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
    def from_json(cls, values: dict) -> "Status":
        """The status that status.json holds. Raises RunDamaged when it is nonsense."""
        if values.get("state") not in STATES:
            raise RunDamaged(f"status.json holds the state {str(values.get('state'))[:40]!r}; expected one of {', '.join(STATES)}")
        return cls(**{item.name: _checked(values[item.name], item.type, item.name) for item in fields(cls) if item.name in values})


def _checked(value: object, kind: type, name: str) -> object:
    """A value of status.json as its field's type. Raises RunDamaged for another type and for numbers that make no sense."""
    if kind is str and isinstance(value, str):
        return value
    if kind is not str and type(value) in (int, kind) and 0 <= value < 1e15:
        return kind(value)
    raise RunDamaged(f"status.json holds {str(value)[:40]!r} as {name}; it was not written by this program")

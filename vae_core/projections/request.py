"""What is to be drawn and how."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from vae_core.errors import ConfigError, RunDamaged
from vae_core.files.digests import sha256
from vae_core.latent import encoded_sets
from vae_core.projections.methods import METHODS, completed
from vae_core.runs.run import Run
from vae_core.schema import Setting, Value

FORMAT = 2
MAX_POINTS = 1_000_000
NUMBERS = (
    Setting("dims", 2, "Dimensions of the drawing.", minimum=2, maximum=3),
    Setting("seed", 0, "Another seed, another start.", minimum=0, maximum=2**31 - 2),
    Setting("count", 0, "How many codes are drawn; 0 takes them all.", minimum=0, maximum=MAX_POINTS),
)


@dataclass(frozen=True)
class Request:
    """What is to be drawn and how. Raises ConfigError, naming the range, for what no method can do.

    `parameters` may be given in part; defaults complete them. `count` = 0 takes all codes, else the first so many, of which the
    held-out ones come first. `noise` draws as many standard normal codes instead: what the method makes of nothing. `data` names
    the data set whose codes are drawn; without a name they are those that came with the end of the training.
    """

    method: str
    dims: int = 2
    parameters: Mapping[str, Value] = field(default_factory=dict, hash=False)
    seed: int = 0
    count: int = 0
    noise: bool = False
    data: str = ""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ConfigError(f"there is no projection {str(self.method)[:40]!r}; choose one of {', '.join(METHODS)}")
        for number in NUMBERS:
            number.check(getattr(self, number.name))
        if type(self.noise) is not bool:
            raise ConfigError(f"noise is {str(self.noise)[:40]!r}; expected true or false")
        if not isinstance(self.data, str):
            raise ConfigError(f"data is {str(self.data)[:40]!r}; expected the name of a data set, or nothing for the run's own codes")
        object.__setattr__(self, "parameters", completed(self.method, self.parameters))

    def number(self, name: str) -> float:
        """A parameter that is a number. Raises ConfigError for another one."""
        value = self.parameters[name]
        if not isinstance(value, int | float):
            raise ConfigError(f"{name} is {str(value)[:40]!r}; expected a number")
        return value

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON; `from_json` gives it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: object) -> "Request":
        """The request that `to_json` wrote. Raises ConfigError for anything else."""
        names = {item.name for item in fields(cls)}
        if not isinstance(values, dict) or "method" not in values or not set(values) <= names:
            raise ConfigError(
                f"{str(values)[:60]!r} is no request for a projection; expected the method and some of {', '.join(sorted(names))}"
            )
        return cls(**values)

    def key(self, run: Run) -> str:
        """A hex digest of everything that determines the result: the codes, the request, the format.

        The libraries' versions are no part of it: what one of them drew stays a true drawing of these codes when another is
        installed, and is found there; `facts` tell which it was. Raises RunDamaged when there are no codes, and for a data set
        what `encoding.key` raises.
        """
        try:
            codes = encoded_sets.key(run, self.data) if self.data else sha256(run.codes)
        except OSError as error:
            raise RunDamaged(f"{run.codes.name} cannot be read ({error.strerror})") from None
        return hashlib.sha256(json.dumps([FORMAT, codes, self.to_json()], sort_keys=True).encode()).hexdigest()

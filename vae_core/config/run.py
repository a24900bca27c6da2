"""All that is needed to rebuild a model and to repeat its training, as JSON and back. Knows neither torch nor disk."""

import dataclasses
import typing
from dataclasses import dataclass

from vae_core import migration
from vae_core.config.fields import settings_of
from vae_core.config.model import ModelConfig
from vae_core.config.train import TrainConfig
from vae_core.errors import ConfigError
from vae_core.schema import Setting, Value

FORMAT = 3
FORMATS = (1, 2, 3)  # the first one had no checksums, the first two other names: vae_core/migration.py
Part = typing.TypeVar("Part", bound="ModelConfig | TrainConfig")


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All that is needed to rebuild a model and to repeat its training."""

    preset: str
    model: ModelConfig
    train: TrainConfig

    def __post_init__(self) -> None:
        train = self.train
        traits = self.model.traits
        if not (traits.is_stochastic and traits.is_bound) and (train.samples > 1 or train.bound != "average"):
            raise ConfigError(f"the family {self.model.family} has no bound of several samples; choose vae, or 1 sample and the average")
        if train.patience and not traits.minimises_total:
            raise ConfigError(f"no loss of the family {self.model.family} says when it is best; set patience to 0")
        if bool(self.model.classes) != self.model.traits.is_conditional:
            raise ConfigError(
                f"the family {self.model.family} has {self.model.classes} classes; a conditional one has some, and no other has any"
            )
        if train.free_bits and self.model.traits.is_stochastic and not self.model.traits.kl_by_dimension:
            raise ConfigError(f"the KL of the family {self.model.family} is no sum over dimensions; set free bits to 0")
        if self.model.traits.is_discrete and ((train.beta, train.beta_schedule) != (1.0, "constant") or train.free_bits):
            raise ConfigError(
                f"the family {self.model.family} has no KL that shapes its codes; set beta to 1, constant, and free bits to 0"
            )
        if train.bound == "importance" and ((train.beta, train.beta_schedule) != (1.0, "constant") or train.free_bits):
            raise ConfigError("the importance-weighted bound has no KL of its own to weigh; set beta to 1, constant, and free bits to 0")
        if train.binarise != "no" and self.model.likelihood != "bernoulli":
            raise ConfigError(f"black and white pixels are scored by likelihood bernoulli, not {self.model.likelihood}")

    def to_json(self) -> dict[str, typing.Any]:
        """A dict of plain JSON values; `from_json` gives an equal config back."""
        return {"format": FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, value: typing.Mapping[str, typing.Any]) -> "RunConfig":
        """Rebuild a config. Fields that an older version did not have take their defaults; unknown ones are refused."""
        if value.get("format") not in FORMATS:
            raise ConfigError(f"config format is {value.get('format')!r}; this version reads the formats {', '.join(map(str, FORMATS))}")
        for part in ("model", "train"):
            if not isinstance(value.get(part), dict):
                raise ConfigError(f"the config has no {part} section")
        return cls(preset=str(value.get("preset")), model=_part(ModelConfig, value["model"]), train=_part(TrainConfig, value["train"]))


def parse_setting(name: str, text: str) -> Value:
    """One setting's value out of text. Raises ConfigError unless there is such a setting and it may have this value."""
    if name not in SETTINGS:
        raise ConfigError(f"there is no setting {name[:40]!r}")
    part: ModelConfig | TrainConfig
    part = _part(ModelConfig, {name: text}) if name in field_names(ModelConfig) else _part(TrainConfig, {name: text})
    value: Value = getattr(part, name)
    return value


def field_names(kind: type[Part]) -> set[str]:
    """The settings that a part of the config has."""
    return set(settings_of(kind))


SETTINGS: dict[str, Setting] = {**settings_of(ModelConfig), **settings_of(TrainConfig)}


def _part(kind: type[Part], values: typing.Mapping[str, object]) -> Part:
    values = migration.settings(values)
    unknown = sorted(set(values) - field_names(kind))
    if unknown:
        raise ConfigError(f"there is no setting {unknown[0]!r} in this version")
    parsed: dict[str, typing.Any] = {name: SETTINGS[name].parse(value) for name, value in values.items()}
    return kind(**parsed)

"""Dataclass fields that are settings. Knows no setting."""

from dataclasses import field, fields
from typing import Any

from vae_core.schema import Setting, Value


def setting(default: Value, help: str, **limits: Any) -> Any:
    """A dataclass field that becomes a `Setting`; `limits` are the attributes that this has besides."""
    return field(default=default, metadata={"default": default, "help": help, **limits})


_KNOWN: dict[type, dict[str, Setting]] = {}


def settings_of(kind: type) -> dict[str, Setting]:
    """The settings that are the fields of a dataclass, by name."""
    if kind not in _KNOWN:
        _KNOWN[kind] = {item.name: Setting(item.name, **item.metadata) for item in fields(kind)}
    return _KNOWN[kind]


def check(config: object) -> None:
    """Hold every field to its schema. Raises ConfigError naming the field, the value and the range."""
    for name, value in vars(config).items():
        settings_of(type(config))[name].check(value)

"""The switch of compiled layers: `VAE_ACCELERATION` = auto, off or check. Knows no layer."""

import os

from vae_core.errors import ConfigError

VARIABLE = "VAE_ACCELERATION"
MODES = ("auto", "off", "check")


def mode() -> str:
    """`auto`, `off` or `check`. Raises ConfigError for anything else."""
    given = os.environ.get(VARIABLE, "").strip().lower() or MODES[0]
    if given not in MODES:
        raise ConfigError(f"{VARIABLE} is {given[:40]!r}; choose one of {', '.join(MODES)}")
    return given

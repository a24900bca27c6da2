"""Train, evaluate and explore variational autoencoders. Everything here works without the app, from a notebook or a shell.

from vae_core import Training, configure, load

config = configure("mnist-2d-quick", {"epochs": 5})
training = Training(config, load(config.train.dataset))
for record in training:
    print(f"{record.split} {record.epoch:.1f}: {record.total:.1f} nats")
"""

import importlib

_HOMES = {
    "Training": "training",
    "Run": "runs",
    "configure": "config",
    "export": "export",
    "find": "runs",
    "launch": "jobs",
    "list_runs": "runs",
    "load": "data",
    "load_model": "checkpoint",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    """Public names are imported when first used, so that looking at runs never loads torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)

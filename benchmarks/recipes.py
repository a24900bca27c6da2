"""Trains models for benchmarks, in this process."""

import time
from collections.abc import Mapping
from dataclasses import replace

from vae_core.data.binarisation import load_for
from vae_core.presets import configure
from vae_core.training.loop import Training

Figures = dict[str, float]


def trained(preset: str, settings: Mapping[str, object] | None = None, *, labelled: bool = True) -> Training:
    """A training of a preset, carried out; without the images' labels if they are not to be known."""
    config = configure(preset, settings)
    images = load_for(config.train)
    training, started = Training(config, images if labelled else replace(images, labels=None)), time.perf_counter()
    for record in training:
        if record.split == "validation":
            told = f"epoch {record.epoch:.0f}, {record.total:.2f} nats, {time.perf_counter() - started:.0f} s"
            print(f"{preset} {dict(settings or {})}: {told}", flush=True)
    return training

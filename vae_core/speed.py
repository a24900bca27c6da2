"""Time a few training steps of a config on made-up images: `python -m vae_core.speed`, config as JSON in, JSON out.

The images are noise, which costs as much as pictures do. Knows no run folder.
"""

import json
import os
import sys
import time

import numpy as np

from vae_core.config import RunConfig
from vae_core.data import ImageSet, describe
from vae_core.training import Training

BATCHES = 20
WARM_UP_STEPS = 3
SECONDS = 1.0


def images_per_second(config: RunConfig) -> float:
    """Training images a second of `config`'s model and batch size on this machine, measured for about a second."""
    count = BATCHES * config.train.batch_size
    images = np.random.default_rng(0).integers(0, 256, (count + 1, *config.model.image_shape), np.uint8)
    noise = ImageSet(info=describe("mnist10k"), images=images, labels=None, train=np.arange(count), validation=np.array([count]))
    steps, started = 0, time.perf_counter()
    for record in Training(config, noise):
        if record.step == WARM_UP_STEPS:
            started = time.perf_counter()
        steps = record.step - WARM_UP_STEPS
        if steps >= 2 and time.perf_counter() - started > SECONDS:
            break
    return steps * config.train.batch_size / (time.perf_counter() - started)


def main() -> int:
    if hasattr(os, "nice"):
        os.nice(10)
    asked = json.load(sys.stdin)
    config = RunConfig.from_json({"format": 1, "preset": "speed", "model": asked["model"], "train": asked["train"] | {"epochs": 1000}})
    sys.stdout.write(json.dumps({"images_per_second": images_per_second(config)}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Time a few training steps of a config on made-up images: `python -m vae_core.speed`, config as JSON in, JSON out.

The images are noise, which costs as much as pictures do. Knows no run folder.
"""

import json
import sys
import time

import numpy as np

from vae_core import console, jobs
from vae_core.config import FORMAT, RunConfig
from vae_core.data import ImageSet, describe
from vae_core.errors import ConfigError, ExplorerError

BATCHES = 10
WARM_UP_STEPS = 3
SECONDS = 1.0


def images_per_second(config: RunConfig) -> float:
    """Training images a second of `config`'s model and batch size on this machine, measured for about a second."""
    from vae_core.training import Training  # loads torch, which must come after be_polite

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
    """Answer the question on standard input. Returns the exit status: 1 with one sentence on standard error for what is no config."""
    console.forgive()
    jobs.be_polite()
    try:
        rate = images_per_second(_asked(sys.stdin.read()))
    except ExplorerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({"images_per_second": rate}) + "\n")
    return 0


def _asked(question: str) -> RunConfig:
    try:
        asked = json.loads(question)
        parts = {"model": asked["model"], "train": asked["train"] | {"epochs": 1000}}
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f'the question is {question[:60]!r}; expected JSON with the sections "model" and "train"') from None
    return RunConfig.from_json({"format": FORMAT, "preset": "speed", **parts})


if __name__ == "__main__":
    sys.exit(main())

"""Time a few training steps of a config on made-up images: `python -m vae_core.training.speed`, configs as JSON in, JSON out, a line each.

The images are noise, which costs as much as pictures do. Knows no run folder.
"""

import json
import sys
import time

import numpy as np

from vae_core import console
from vae_core.config import FORMAT, RunConfig
from vae_core.data import describe
from vae_core.data.image_set import ImageSet
from vae_core.errors import ConfigError
from vae_core.processes import priority
from vae_core.processes.answering import answer_lines

BATCHES = 10
WARM_UP_STEPS = 3
SECONDS = 1.0
SECONDS_AT_MOST = 2.5


def images_per_second(config: RunConfig) -> float:
    """Training images a second of `config`'s model and batch size on this machine, measured for about a second.

    Of a network whose steps take longer, the few are counted that end within some seconds, the first at least.
    """
    from vae_core.training.loop import Training  # loads torch, which must come after lower_priority

    count = BATCHES * config.train.batch_size
    images = np.random.default_rng(0).integers(0, 256, (count + 1, *config.model.image_shape), np.uint8)
    noise = ImageSet(info=describe("mnist10k"), images=images, labels=None, train=np.arange(count), validation=np.array([count]))
    begun = time.perf_counter()
    first, started = 0, begun
    for record in Training(config, noise):
        now = time.perf_counter()
        if record.step == WARM_UP_STEPS and now - begun < SECONDS:
            first, started = record.step, now
        elif now - started > SECONDS and (record.step >= first + 2 or now - begun > SECONDS_AT_MOST):
            break
    return (record.step - first) * config.train.batch_size / (now - started)


def main() -> int:
    """Answer the questions on standard input, a line each. Returns the exit status, as `answer_lines` says."""
    console.tolerate_encoding_errors()
    priority.lower_priority()
    return answer_lines(lambda question: json.dumps({"images_per_second": images_per_second(_asked(question))}))


def _asked(question: str) -> RunConfig:
    try:
        asked = json.loads(question)
        parts = {"model": asked["model"], "train": asked["train"] | {"epochs": 1000}}
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f'the question is {question[:60]!r}; expected JSON with the sections "model" and "train"') from None
    return RunConfig.from_json({"format": FORMAT, "preset": "speed", **parts})


if __name__ == "__main__":
    sys.exit(main())

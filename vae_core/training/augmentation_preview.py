"""Show what the changes of a training do to a few images: settings as JSON in, a PNG in base64 out.

`python -m vae_core.training.augmentation_preview` answers lines and knows no run folder. The upper row of the picture has the images,
the lower one the same after one change each.
"""

import base64
import json
import sys
from collections.abc import Mapping

import numpy as np

from vae_core import console, data
from vae_core.config import FORMAT, RunConfig
from vae_core.errors import ConfigError
from vae_core.files.pictures import contact_sheet, png
from vae_core.processes import priority
from vae_core.processes.answering import answer_lines

IMAGES = 8
SIDE = 64
"""Smaller images are enlarged to about this, each pixel a square."""


def picture(config: RunConfig) -> bytes:
    """A PNG of eight images of `config`'s data set, and below each what its training might see. Raises DataError."""
    from vae_core.training.augmentation import preview  # loads torch, which must come after lower_priority

    images = data.load(config.train.dataset).images
    places = np.random.default_rng(0).permutation(len(images))[:IMAGES]
    some = images[np.sort(places)]
    rows = np.concatenate([some, preview(some, config.train)])
    return png(contact_sheet(rows, len(some)), scale=max(1, SIDE // some.shape[-1]))


def main() -> int:
    """Answer the questions on standard input, a line each. Returns the exit status, as `answer_lines` says."""
    console.tolerate_encoding_errors()
    priority.lower_priority()
    return answer_lines(lambda question: base64.b64encode(picture(_asked(question))).decode())


def _asked(question: str) -> RunConfig:
    """The config of a training whose settings are given; those of the model do not matter."""
    try:
        train = json.loads(question)
    except ValueError:
        train = None
    if not isinstance(train, Mapping):
        raise ConfigError(f"the question is {question[:60]!r}; expected the settings of a training as a JSON object")
    return RunConfig.from_json({"format": FORMAT, "preset": "variation", "model": {}, "train": train})


if __name__ == "__main__":
    sys.exit(main())

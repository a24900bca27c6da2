"""Fixtures that several test files share. Knows no model and no page."""

import os
import shutil

import numpy as np
import pytest

from vae_core import data
from vae_core.config import ModelConfig, RunConfig, TrainConfig
from vae_core.data import ImageSet

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    """How pytest-playwright starts the installed Chromium. Without one, browser tests skip; under CI=true they fail."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        absent = f"no Chromium found (looked for {', '.join(CHROMIUM_NAMES)})"
        pytest.fail(absent) if os.environ.get("CI") == "true" else pytest.skip(absent)
    return {"executable_path": path, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def toy() -> ImageSet:
    """240 generated sprites shrunk to 16 x 16: small enough to train on in a second, real enough to have structure."""
    whole = data.load("shapes", images=240)
    images = np.ascontiguousarray(whole.images[:, :, ::4, ::4])
    return ImageSet(whole.info, images, whole.labels, whole.train, whole.validation)


@pytest.fixture(scope="session")
def toy_config() -> RunConfig:
    """A tiny network for the toy images."""
    model = ModelConfig(image_shape=(1, 16, 16), channels=(4, 8), hidden=(16,), latent_dim=2)
    return RunConfig(preset="toy", model=model, train=TrainConfig(dataset="shapes", epochs=4, batch_size=32))

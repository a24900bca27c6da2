"""The denoising bench: its filter against SciPy, its ratio against scikit-image's formula, its errors against sums by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import median_filter

from vae_core import data, models, runs
from vae_core.applications import answers, denoising, questions
from vae_core.errors import RunError
from vae_core.models import weights
from vae_core.presets import configure
from vae_core.runs.run import Run

TINY = {"dataset": "digits", "images": 60, "channels": "4,8", "hidden": "8", "device": "cpu"}


@pytest.fixture
def make(tmp_path: Path):
    """make("name", family="vae") -> a run of an untrained network's weights."""

    def make(name: str = "tiny", **settings: object) -> Run:
        run = runs.create(configure("mnist-2d-quick", {**TINY, **settings}), tmp_path / "checkpoints", name=name)
        weights.save_weights(models.build(run.config.model, seed=1), run.weights)
        return run

    return make


def asked(run: Run, other: Run) -> denoising.Denoised:
    """The answer as a page gets it: through the process's text and back."""
    text = answers.answer(questions.Question("denoising", other, {"of": run.id}).as_text())
    return denoising.Denoised(**questions.decoded(text.encode()))


def test_the_median_mends_a_pixel_of_its_own_image_and_channel_alone() -> None:
    images = np.zeros((2, 2, 5, 5))
    images[0, 0, 2, 2] = 1
    images[1, 1, :, :2] = 1
    expected = np.zeros_like(images)
    expected[1, 1, :, :2] = 1
    np.testing.assert_array_equal(denoising.median(images), expected)


def test_psnr_is_ten_times_the_logarithm_of_peak_over_error() -> None:
    found = denoising.psnr(np.array([1.0, 0.01, 0.0025, 0.0]))
    assert found.tolist() == pytest.approx([0, 20, 20 * math.log10(1 / 0.05), math.inf])


def test_errors_are_those_of_seeded_noise_that_leaves_no_black_or_white(make) -> None:
    run = make()
    found = asked(run, run)
    images = data.load("digits", images=60)
    clean = images.images[images.validation] / 255
    assert found.noisy[0] == 0
    sigma = denoising.SIGMAS[2]
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0)).numpy()
    noisy = np.clip(clean + sigma * noise, 0, 1)
    assert found.noisy[2] == pytest.approx(np.square(noisy - clean).mean(), rel=1e-4)
    assert found.median[2] == pytest.approx(np.square(median_filter(noisy, size=(1, 1, 3, 3), mode="nearest") - clean).mean(), rel=1e-4)
    model = weights.load_model(run)
    with torch.inference_mode():
        decoded = model.reconstruct(torch.from_numpy(noisy.astype(np.float32))).numpy()
    assert found.model[2] == pytest.approx(np.square(decoded - clean).mean(), rel=1e-4)
    shown = min(denoising.SHOWN, len(clean))
    np.testing.assert_array_equal(found.clean, images.images[images.validation][:shown])
    assert found.noisy_images.shape == (len(denoising.SIGMAS), *found.clean.shape)


@pytest.mark.parametrize("family", ["conditional", "vq", "ladder", "autoencoder"])
def test_another_model_is_given_the_same_noise(make, family: str) -> None:
    run, other = make(), make("other", family=family)
    one, two = asked(run, run), asked(run, other)
    np.testing.assert_array_equal(one.noisy_images, two.noisy_images)
    np.testing.assert_array_equal(one.noisy, two.noisy)
    assert not np.array_equal(one.model, two.model)


def test_a_model_of_other_images_is_refused(make) -> None:
    with pytest.raises(RunError, match="wide cannot take the images of tiny"):
        asked(make(), make("wide", dataset="mnist10k"))

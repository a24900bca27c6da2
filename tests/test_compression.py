"""The compression bench: a quantiser with the error that theory gives, sizes counted by hand, files that err as much as the code."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core import models, runs
from vae_core.applications import answers, compression, questions
from vae_core.applications.compression import BITS, FORMATS
from vae_core.data.batches import Batches
from vae_core.data.binarisation import load_for
from vae_core.latent import codes, encode
from vae_core.models import evaluation, load_model, weights
from vae_core.presets import configure
from vae_core.runs.run import Run


def asked(run: Run) -> compression.Compressed:
    """The answer as a page gets it: through the process's text and back."""
    text = answers.answer(questions.Question("compression", run).as_text())
    return compression.Compressed(**questions.decoded(text.encode()))


@pytest.fixture(scope="module")
def run(trained: Path) -> Run:
    return Run(trained / "tiny-5d")


@pytest.fixture(scope="module")
def found(run: Run) -> compression.Compressed:
    return asked(run)


def test_rounded_codes_are_so_many_values_and_err_as_a_uniform_quantiser_does() -> None:
    codes = np.random.default_rng(0).uniform(-3, 5, (4000, 2)).astype(np.float32)
    for bits in (1, 3, 6):
        rounded = compression.round_codes(codes, bits, codes)
        step = (codes.max(0) - codes.min(0)) / 2**bits
        assert [len(np.unique(rounded[:, index])) for index in (0, 1)] == [2**bits, 2**bits]
        np.testing.assert_allclose(np.square(rounded - codes).mean(0), step**2 / 12, rtol=0.1)
        assert (np.abs(rounded - codes) <= step / 2 + 1e-5).all()
    beyond = compression.round_codes(np.array([[-9.0, 9.0]], np.float32), 4, codes)
    assert (np.abs(beyond - [codes.min(0)[0], codes.max(0)[1]]) < (codes.max(0) - codes.min(0)) / 16).all()


def test_a_step_as_small_as_the_posterior_costs_hardly_any_error(run: Run, found: compression.Compressed) -> None:
    kept = codes.load(run.codes)
    extent = np.ptp(kept.mean[kept.validation :], axis=0)
    sigma = np.exp(0.5 * kept.log_var[: kept.validation]).mean(0)
    fine = next(level for level, bits in enumerate(BITS) if (extent / 2**bits <= sigma).all())
    assert found.code_errors[fine] < 1.05 * found.exact_error
    assert found.code_errors[0] > found.code_errors[fine]


def test_sizes_are_counted_and_the_kl_is_that_of_the_model(run: Run, found: compression.Compressed) -> None:
    assert found.code_bits.tolist() == [5 * bits for bits in BITS]
    images = load_for(run.config.train)
    elbo = evaluation.elbo(load_model(run), Batches(images.images, torch.device("cpu")), torch.from_numpy(images.validation))
    assert float(found.kl_bits) == pytest.approx(elbo.kl / math.log(2), rel=1e-2)


def test_files_err_at_most_as_the_code_does_and_one_quality_less_would_not(found: compression.Compressed) -> None:
    assert (found.file_errors <= found.exact_error).all()
    for kind, empty in zip(FORMATS, found.empty_bits, strict=True):
        buffer = io.BytesIO()
        Image.fromarray(np.zeros((28, 28), np.uint8)).save(buffer, kind, quality=1)
        assert empty == 8 * len(buffer.getvalue())
    ramp = np.linspace(0, 255, 256).reshape(16, 16).astype(np.uint8)  # colour that JPEG does not halve
    images = np.stack([ramp, ramp.T, ramp[::-1]])[:, None].repeat(3, 1)
    bits, decoded = compression.equal_file(images, "JPEG", 0.0001)
    assert np.square(decoded / 255 - images / 255).mean() <= 0.0001
    coarser, worse = compression.equal_file(images, "JPEG", 0.001)
    assert coarser < bits
    assert np.square(worse / 255 - images / 255).mean() > 0.0001
    assert decoded.shape == images.shape


def test_a_map_of_codes_has_one_size_and_a_label_counts(tmp_path: Path) -> None:
    small = {"dataset": "digits", "images": 60, "channels": "4,8", "hidden": "8", "codebook": 16, "device": "cpu"}
    made = {}
    for family in ("vq", "conditional", "autoencoder"):
        run = runs.create(configure("mnist-2d-quick", {**small, "family": family}), tmp_path / "checkpoints", name=family)
        model, images = models.build(run.config.model, seed=1), load_for(run.config.train)
        weights.save_weights(model, run.weights)
        labels = images.labels if run.config.model.traits.is_conditional else None
        codes.save(encode.encode_images(model, Batches(images.images, torch.device("cpu"), labels), images), run.codes)
        made[family] = run, asked(run)
    run, found = made["vq"]
    assert found.code_bits.tolist() == [math.prod(run.config.model.code_shape[1:]) * 4]
    assert found.code_errors[0] == found.exact_error
    assert made["conditional"][1].code_bits[0] == pytest.approx(2 + math.log2(10))
    assert math.isnan(made["autoencoder"][1].kl_bits)
    assert math.isfinite(found.kl_bits)

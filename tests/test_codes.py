"""Codes are the encoder's own, in the order that is promised, and a damaged file of them is never believed."""

import dataclasses
import io
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core import models
from vae_core.data.batches import Batches
from vae_core.errors import RunDamaged
from vae_core.latent import codes
from vae_core.latent.codes import Codes
from vae_core.latent.encode import encode, encode_images
from vae_core.models import Model


@pytest.fixture
def batches(toy) -> Batches:
    return Batches(toy.images, torch.device("cpu"))


def build(toy_config, **settings) -> Model:
    """An untrained model, left in training mode as a training leaves it."""
    return models.build(dataclasses.replace(toy_config.model, **settings), seed=1).train()


def made_up(n: int = 40, dimensions: int = 3) -> Codes:
    chance = np.random.default_rng(5)
    mean, log_var, (costs, *_) = chance.integers(-127, 128, (3, n, dimensions)).astype(np.float32) / 32  # which a file keeps exactly
    return Codes(mean, log_var, chance.integers(0, 10, n), chance.permutation(n), np.resize(costs, n), 12)


def same(one: Codes, other: Codes) -> bool:
    return all(np.array_equal(getattr(one, item.name), getattr(other, item.name)) for item in dataclasses.fields(Codes))


def test_validation_comes_first_then_training_each_shuffled(toy, toy_config, batches):
    found = encode_images(build(toy_config), batches, toy)
    first, rest = found.index[: found.validation], found.index[found.validation :]
    assert found.validation == len(toy.validation)
    for part, whole in ((first, toy.validation), (rest, toy.train)):
        assert sorted(part) == sorted(whole)
        assert list(part) != sorted(part)
    np.testing.assert_array_equal(found.labels, toy.labels[found.index])
    assert same(found, encode_images(build(toy_config), batches, toy))


def test_each_code_is_the_posterior_of_its_image(toy, toy_config, batches):
    model = build(toy_config, latent_dim=3)
    found = encode_images(model, batches, toy)
    assert (found.mean.dtype, found.log_var.dtype, found.mean.shape) == (np.float32, np.float32, (240, 3))
    for place in (0, found.validation - 1, found.validation, 239):
        image = torch.from_numpy(toy.images[found.index[place]].copy())[None] / 255
        with torch.no_grad():
            posterior = model.eval().encode(image)
        np.testing.assert_allclose(found.mean[place], posterior.mean[0], atol=1e-5)
        np.testing.assert_allclose(found.log_var[place], posterior.log_var[0], atol=1e-5)
        pixels = torch.distributions.Bernoulli(logits=model.decode(posterior.mean).detach(), validate_args=False)
        prior, own = torch.distributions.Normal(0.0, 1.0), torch.distributions.Normal(posterior.mean, torch.exp(0.5 * posterior.log_var))
        assert found.reconstruction[place] == pytest.approx(-float(pixels.log_prob(image).sum()), rel=1e-4)
        assert found.kl[place].sum() == pytest.approx(
            float(torch.distributions.kl_divergence(own, prior).sum().detach()), rel=1e-4, abs=1e-5
        )
    np.testing.assert_allclose(found.cost, found.reconstruction + found.kl.sum(1))


def test_the_size_of_a_batch_changes_nothing(toy, toy_config, batches):
    model, index = build(toy_config), np.arange(50)[::-1].copy()
    whole, pieces = (encode(model, batches, index, batch_size=size) for size in (1000, 7))
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_a_plain_autoencoder_has_no_variances(toy, toy_config, batches, tmp_path):
    found = encode_images(build(toy_config, family="autoencoder"), batches, toy)
    assert (found.mean.shape, found.log_var.shape) == ((240, 2), (0, 2))
    codes.save(found, tmp_path / "codes.npz")
    assert codes.load(tmp_path / "codes.npz").log_var.shape == (0, 2)


def test_at_most_so_many_training_images_are_encoded_and_all_of_validation(toy, toy_config, batches, monkeypatch):
    monkeypatch.setattr("vae_core.latent.encode.MAX_TRAINING_CODES", 30)
    found = encode_images(build(toy_config), batches, toy)
    assert len(found.mean) == len(found.index) == len(toy.validation) + 30
    assert set(found.index[found.validation :]) < set(toy.train)


def test_images_without_labels_have_the_label_minus_one(toy, toy_config, batches):
    found = encode_images(build(toy_config), batches, dataclasses.replace(toy, labels=None))
    assert found.labels.dtype == np.int64
    assert set(found.labels) == {-1}


def test_codes_come_back_as_they_were_saved(tmp_path: Path):
    saved = made_up()
    codes.save(saved, tmp_path / "codes.npz")
    loaded = codes.load(tmp_path / "codes.npz")
    assert same(loaded, saved)
    assert isinstance(loaded.validation, int)
    assert loaded.mean.dtype == loaded.log_var.dtype == np.float32
    assert [path.name for path in tmp_path.iterdir()] == ["codes.npz"]


def test_a_file_keeps_small_and_large_numbers_to_a_few_digits(tmp_path: Path):
    values = np.concatenate([np.linspace(-4, 4, 100_001), [1e5, -3.3e7, 1e-9]]).astype(np.float32)[:, None]
    zeros = np.zeros(len(values), np.int64)
    codes.save(Codes(values, values, zeros, zeros, values[:, 0], 1), tmp_path / "codes.npz")
    loaded = codes.load(tmp_path / "codes.npz")
    np.testing.assert_allclose(loaded.mean, values, rtol=1 / 4096, atol=0)
    assert (loaded.mean != values).any()
    np.testing.assert_allclose(loaded.log_var, values, rtol=1 / 256, atol=0)
    np.testing.assert_array_equal(loaded.mean[:, 0], loaded.reconstruction)


def test_the_kl_of_images_is_the_sum_over_dimensions_also_of_many():
    many = made_up(9000)
    np.testing.assert_allclose(many.total_kl, many.kl.sum(1), rtol=1e-6)
    np.testing.assert_allclose(many.cost, many.reconstruction + many.kl.sum(1), rtol=1e-6)
    plain = dataclasses.replace(many, log_var=np.zeros((0, 3), np.float32))
    np.testing.assert_array_equal(plain.cost, plain.reconstruction)


def npz(**values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **values)
    return buffer.getvalue()


def npy(value: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, value, allow_pickle=True)
    return buffer.getvalue()


FOREIGN = {
    "missing": None,
    "empty": b"",
    "text": b"means and variances",
    "one array": npy(np.zeros(3)),
    "pickled objects": npy(np.array([{}])),
    "another archive": npz(x=np.zeros(3)),
    "a part is missing": npz(mean=np.zeros((2, 2)), labels=np.zeros(2), index=np.zeros(2), validation=np.array(1)),
    "pickled parts": npz(**vars(made_up()) | {"mean": np.array([{}])}),
    "no number": npz(**vars(made_up()) | {"validation": np.array("many")}),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_file_of_codes_is_refused_by_name(tmp_path: Path, kind: str):
    path = tmp_path / "codes.npz"
    if FOREIGN[kind] is not None:
        path.write_bytes(FOREIGN[kind])
    with pytest.raises(RunDamaged, match=r"^codes\.npz (is missing|cannot be read \([\w ]+\))$"):
        codes.load(path)


def test_damage_is_noticed_or_harmless(tmp_path: Path):
    path, saved, chance = tmp_path / "codes.npz", made_up(), random.Random(3)
    codes.save(saved, path)
    whole, refused = path.read_bytes(), 0
    flips = [(chance.randrange(len(whole)), 1 << chance.randrange(8)) for _ in range(400)]
    for at, bit in flips:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        try:
            assert same(codes.load(path), saved)
        except RunDamaged:
            refused += 1
    assert refused > 200
    for length in range(0, len(whole), 17):
        path.write_bytes(whole[:length])
        with pytest.raises(RunDamaged):
            codes.load(path)


def test_reading_needs_no_torch(tmp_path: Path):
    codes.save(made_up(), tmp_path / "codes.npz")
    script = "import sys, pathlib; from vae_core.latent import codes; from vae_core.runs import previews; "
    script += "codes.load(pathlib.Path(sys.argv[1], 'codes.npz')); "
    script += "previews.frames(pathlib.Path(sys.argv[1])); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script, tmp_path], check=False).returncode == 0

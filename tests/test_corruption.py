"""A denoising model sees noisy and covered images, and is to reconstruct the clean ones."""

import dataclasses

import numpy as np
import pytest
import torch

from vae_core.config import TrainConfig
from vae_core.training.corruption import add_noise, blacken, corrupt
from vae_core.training.loop import Training


@pytest.fixture
def draw() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def test_noise_has_the_standard_deviation_of_each_image(draw):
    grey = torch.full((3, 1, 200, 200), 0.5)
    noisy = add_noise(grey, torch.tensor([0.0, 0.02, 0.1]), draw)
    assert torch.equal(noisy[0], grey[0])
    assert noisy.flatten(1).std(1).tolist() == pytest.approx([0, 0.02, 0.1], rel=0.02)
    assert noisy.flatten(1).mean(1).tolist() == pytest.approx([0.5] * 3, abs=0.002)


def test_noise_stays_an_image(draw):
    noisy = add_noise(torch.rand(4, 3, 16, 16, generator=draw), torch.ones(4), draw)
    assert 0 <= noisy.min() < 0.01
    assert 0.99 < noisy.max() <= 1


def test_levels_of_noise_are_spread_from_none_to_the_setting(draw):
    noisy = corrupt(torch.full((500, 1, 16, 16), 0.5), TrainConfig(noise=0.1), draw)
    levels = noisy.flatten(1).std(1)
    assert levels.min() < 0.01
    assert levels.max() == pytest.approx(0.1, rel=0.15)
    assert levels.mean() == pytest.approx(0.05, rel=0.1)


def test_a_square_of_the_size_is_black_and_lies_anywhere_inside(draw):
    white = torch.ones(400, 1, 12, 18)
    covered = blacken(white, 1 / 3, torch.rand(2, 400, generator=draw)) == 0
    assert (covered.flatten(1).sum(1) == 4 * 6).all()
    rows, columns = covered[:, 0].any(2).int(), covered[:, 0].any(1).int()
    assert set(rows.argmax(1).tolist()) == set(range(12 - 4 + 1))
    assert set(columns.argmax(1).tolist()) == set(range(18 - 6 + 1))
    corners = blacken(white[:2], 1 / 3, torch.tensor([[0.0, 1.0], [0.0, 1.0]])) == 0
    assert corners[0, 0, :4, :6].all()
    assert corners[1, 0, -4:, -6:].all()


def test_the_model_is_asked_for_the_clean_image(toy, toy_config, monkeypatch):
    config = dataclasses.replace(toy_config, train=dataclasses.replace(toy_config.train, noise=0.5, mask=0.3, device="cpu"))
    training, seen, wanted = Training(config, toy), [], []
    encode, cost = training._fast.encode, training._fast.reconstruction_cost
    monkeypatch.setattr(training._fast, "encode", lambda x, labels: seen.append(x) or encode(x, labels))
    monkeypatch.setattr(training._fast, "reconstruction_cost", lambda decoded, x: wanted.append(x) or cost(decoded, x))
    next(iter(training))
    clean = np.isin(np.round(wanted[0].numpy() * 255), np.arange(256)).all()
    assert clean
    assert (seen[0] - wanted[0]).abs().mean() > 0.05
    assert len(seen[0]) == len(wanted[0])


def test_by_default_nothing_is_changed_or_drawn(draw):
    x, before = torch.rand(3, 1, 8, 8, generator=draw), draw.get_state()
    assert corrupt(x, TrainConfig(), draw) is x
    assert torch.equal(draw.get_state(), before)

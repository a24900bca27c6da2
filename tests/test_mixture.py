"""The mixture prior against torch's own distributions, k-means against scikit-learn, and its life in a training."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from torch import Tensor, distributions

from vae_core import models
from vae_core.config import ModelConfig
from vae_core.errors import ConfigError
from vae_core.latent import codes
from vae_core.latent.encode import encode_images
from vae_core.models import DiagonalNormal, StandardNormal
from vae_core.models.k_means import k_means
from vae_core.models.mixture import FLOOR, NormalMixture
from vae_core.training.loop import Training


def learned(components: int = 4, dimensions: int = 3) -> NormalMixture:
    """A mixture as a training may leave it: no two numbers are the same."""
    prior = NormalMixture(components, dimensions)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in prior.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    prior.is_placed.fill_(True)
    return prior


def torchs(prior: NormalMixture) -> distributions.Distribution:
    parts = distributions.Independent(distributions.Normal(prior.means, prior.deviations), 1)
    return distributions.MixtureSameFamily(distributions.Categorical(logits=prior.log_weights), parts)


def mixture_config(toy_config, **settings):
    return dataclasses.replace(toy_config, model=dataclasses.replace(toy_config.model, family="mixture", components=4, **settings))


def blobs(count: int = 600, seed: int = 0) -> Tensor:
    """Points of five normal distributions that hardly meet."""
    chance = np.random.default_rng(seed)
    centres = np.array([[0, 0], [4, 0], [0, 4], [-4, 0], [0, -4.0]])
    return torch.from_numpy(centres[chance.integers(0, 5, count)] + 0.5 * chance.standard_normal((count, 2))).float()


def test_density_and_responsibilities_are_torchs():
    prior, z = learned(), 2 * torch.randn(5, 7, 3)
    torch.testing.assert_close(prior.log_prob(z), torchs(prior).log_prob(z))
    joint = prior.log_weights + distributions.Normal(prior.means, prior.deviations).log_prob(z[..., None, :]).sum(-1)
    torch.testing.assert_close(prior.responsibilities(z), (joint - joint.logsumexp(-1, keepdim=True)).exp())
    assert prior.deviations.min() > FLOOR


def test_draws_follow_the_density_and_their_generator():
    prior = learned(dimensions=2)
    drawn = prior.sample(20_000, torch.Generator().manual_seed(1)).detach()
    assert torch.equal(drawn, prior.sample(20_000, torch.Generator().manual_seed(1)))
    expected = torchs(prior)
    torch.testing.assert_close(drawn.mean(0), expected.mean.detach(), atol=0.05, rtol=0)
    torch.testing.assert_close(drawn.var(0), expected.variance.detach(), atol=0.15, rtol=0.05)
    torch.testing.assert_close(prior.responsibilities(drawn).mean(0), prior.log_weights.exp(), atol=0.01, rtol=0)
    some = prior.sample(20_000, torch.Generator().manual_seed(1), component=2).detach()
    torch.testing.assert_close(some.mean(0), prior.means[2].detach(), atol=0.05, rtol=0.02)
    torch.testing.assert_close(some.std(0), prior.deviations[2].detach(), atol=0.02, rtol=0.02)


@pytest.mark.parametrize("components", [1, 5])
def test_components_at_the_origin_are_the_standard_normal(components):
    """The estimate of the KL, and its gradients, come to the closed form's."""
    prior, generator = NormalMixture(components, 2), torch.Generator().manual_seed(0)
    prior.is_placed.fill_(True)
    mean, log_var = torch.tensor([[0.7, -1.2]], requires_grad=True), torch.tensor([[-2.0, 0.3]], requires_grad=True)
    noise = torch.randn(10_000, 1, 2, generator=generator)
    estimate, exact = prior.kl(DiagonalNormal(mean, log_var), noise), StandardNormal(2).kl(DiagonalNormal(mean, log_var))
    assert estimate.shape == (1, 1)
    assert estimate.item() == pytest.approx(exact.sum().item(), abs=0.02)
    found, expected = (torch.autograd.grad(kl.sum(), (mean, log_var)) for kl in (estimate, exact))
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0)


def test_the_kl_is_torchs_estimate_of_it():
    prior, posterior = learned(), DiagonalNormal(torch.randn(6, 3), torch.randn(6, 3))
    noise = torch.randn(8, 6, 3)
    z, own = posterior.at(noise), distributions.Normal(posterior.mean, torch.exp(0.5 * posterior.log_var))
    expected = (own.log_prob(z).sum(-1) - torchs(prior).log_prob(z)).mean(0)
    torch.testing.assert_close(prior.kl(posterior, noise).squeeze(1), expected)


@pytest.mark.parametrize("count", [1, 5, 10])
def test_k_means_is_as_good_as_scikit_learns(count):
    points = blobs()
    means, squared_distance = k_means(points, count)
    theirs = KMeans(count, n_init=1, random_state=0).fit(points.numpy())
    nearest = torch.cdist(points, means).amin(1).square()
    assert squared_distance == pytest.approx(nearest.mean().item(), rel=1e-5)
    assert squared_distance * len(points) <= 1.1 * theirs.inertia_
    assert torch.equal(means, k_means(points, count)[0])


def test_k_means_of_fewer_points_than_means_meets_them_all():
    points = torch.tensor([[0.0, 1.0], [2.0, 3.0], [0.0, 1.0]])
    means, squared_distance = k_means(points, 7)
    assert {tuple(mean) for mean in means.tolist()} == {(0.0, 1.0), (2.0, 3.0)}
    assert squared_distance == 0


def test_the_prior_stands_still_until_it_is_placed():
    prior = NormalMixture(5, 2)
    z = torch.randn(4, 2)
    torch.testing.assert_close(prior.log_prob(z), StandardNormal(2).log_prob(z))
    assert prior.describe()["prior"] == {"weights": [1.0], "means": [[0.0, 0.0]], "deviations": [[1.0, 1.0]]}
    prior.log_prob(z).sum().backward()
    assert all(not parameter.grad.any() for parameter in prior.parameters())
    prior.place(blobs())
    expected = {(round(x), round(y)) for x, y in prior.means.tolist()}
    assert expected == {(0, 0), (4, 0), (0, 4), (-4, 0), (0, -4)}
    torch.testing.assert_close(prior.deviations, torch.full((5, 2), 0.5), atol=0.05, rtol=0)
    torch.testing.assert_close(prior.log_weights.exp(), torch.full((5,), 0.2))
    prior.log_prob(z).sum().backward()
    assert all(parameter.grad.any() for parameter in prior.parameters())


def test_a_training_places_the_prior_among_its_codes_and_moves_it(toy, toy_config):
    training = Training(mixture_config(toy_config), toy)
    prior = training.model.prior
    records = iter(training)
    next(record for record in records if record.split == "validation")
    assert not prior.is_placed
    next(records)
    assert prior.is_placed
    placed = prior.means.detach().clone()
    assert len({tuple(mean) for mean in placed.tolist()}) == 4
    list(records)
    assert not torch.allclose(placed, prior.means, atol=1e-3)


@pytest.mark.parametrize("records_before", [1, 6, 7, 8, 15])
def test_a_stopped_training_goes_on_bit_for_bit(toy, toy_config, records_before):
    config = mixture_config(toy_config)
    whole, first, second = (Training(config, toy) for _ in range(3))
    list(whole)
    list(itertools.islice(first, records_before))
    second.restore(*first.state())
    list(second)
    expected, found = whole.model.state_dict(), second.model.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_codes_carry_the_estimate_of_the_familys_own_kl(toy, toy_config, tmp_path):
    training = Training(mixture_config(toy_config), toy)
    list(training)
    found = encode_images(training.model, training.batches, toy)
    posterior = DiagonalNormal(torch.from_numpy(found.mean), torch.from_numpy(found.log_var))
    precise = training.model.kl(posterior, torch.randn(2000, *found.mean.shape)).squeeze(1).detach().numpy()
    assert found.kl.shape == (240, 1)
    assert found.total_kl.mean() == pytest.approx(precise.mean(), abs=0.1)
    np.testing.assert_allclose(found.total_kl, precise, atol=0.8)
    np.testing.assert_array_equal(found.cost, found.reconstruction + found.total_kl)
    codes.save(found, tmp_path / "codes.npz")
    np.testing.assert_allclose(codes.load(tmp_path / "codes.npz").total_kl, found.total_kl, rtol=1e-3)


def test_shares_of_components_are_of_the_codes():
    model = models.build(ModelConfig(family="mixture", image_shape=(1, 8, 8), channels=(4,), hidden=(8,), components=5))
    model.mixture.place(blobs())
    shares = model.facts(blobs(seed=1))["component_shares"]
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert shares == pytest.approx([0.2] * 5, abs=0.05)


def test_a_description_is_in_numbers_that_a_browser_takes():
    prior = learned()
    told = prior.describe()["prior"]
    assert np.shape(told["means"]) == np.shape(told["deviations"]) == (4, 3)
    assert math.fsum(told["weights"]) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(told["means"], prior.means.detach(), atol=1e-5)


def test_free_bits_by_dimension_are_refused(toy_config):
    with pytest.raises(ConfigError, match="no sum over dimensions"):
        dataclasses.replace(mixture_config(toy_config), train=dataclasses.replace(toy_config.train, free_bits=0.5))

"""The terms are true log-densities in nats: checked against torch.distributions and by hand."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import distributions

from vae_core.config import TrainConfig
from vae_core.models import DiagonalNormal, StandardNormal, objective
from vae_core.training.beta_schedule import beta_at


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(7)


def test_bernoulli_is_the_log_probability_of_black_and_white_pixels(draw):
    logits = torch.randn(5, 1, 6, 4, generator=draw)
    x = torch.bernoulli(torch.full((5, 1, 6, 4), 0.5), generator=draw)
    expected = -distributions.Bernoulli(logits=logits).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(objective.bernoulli(logits, x), expected)


def test_bernoulli_by_hand():
    cost = objective.bernoulli(torch.zeros(1, 1, 1, 2), torch.tensor([[[[0.25, 1.0]]]]))
    assert cost.item() == pytest.approx(2 * math.log(2))


@pytest.mark.parametrize("sigma", [0.05, 1.0, 3.0])
def test_gaussian_is_the_log_density(draw, sigma):
    mean, x = torch.randn(2, 4, 3, 5, 5, generator=draw)
    expected = -distributions.Normal(mean, sigma).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(objective.gaussian(mean, x, torch.tensor(math.log(sigma))), expected)


def test_gaussian_is_the_log_density_with_a_standard_deviation_for_each_pixel(draw):
    mean, x = torch.rand(2, 4, 3, 5, 5, generator=draw)
    log_sigma = torch.randn(3, 5, 5, generator=draw) - 1
    expected = -stats.norm.logpdf(x.double(), mean.double(), log_sigma.double().exp()).sum((1, 2, 3))
    np.testing.assert_allclose(objective.gaussian(mean, x, log_sigma), expected, rtol=1e-5)


def probabilities(mean, x, sigma):
    """Of values k / 255: by SciPy's logistic distribution of such a standard deviation, all beyond the ends counted to them."""
    value, scale = np.round(255 * x), sigma * math.sqrt(3) / math.pi
    lower, upper = np.where(value == 0, -np.inf, (value - 0.5) / 255), np.where(value == 255, np.inf, (value + 0.5) / 255)
    return stats.logistic.cdf(upper, mean, scale) - stats.logistic.cdf(lower, mean, scale)


@pytest.mark.parametrize("shape", [(), (3, 5, 5)], ids=["one sigma", "a sigma for each pixel"])
def test_logistic_is_the_log_probability_of_a_rounded_logistic_distribution(draw, shape):
    mean, log_sigma = torch.rand(4, 3, 5, 5, generator=draw), 1.5 * torch.rand(shape, generator=draw) - 2
    x = torch.randint(256, (4, 3, 5, 5), generator=draw) / 255
    x[0], x[1] = 0, 1
    expected = -np.log(probabilities(*(values.double().numpy() for values in (mean, x, log_sigma.exp())))).sum((1, 2, 3))
    np.testing.assert_allclose(objective.logistic(mean, x, log_sigma), expected, rtol=1e-5)


@pytest.mark.parametrize("sigma", [1e-3, 0.03, 0.5, 10.0])
@pytest.mark.parametrize("mean", [-0.3, 0.0, 0.001, 0.4567, 1.0])
def test_the_probabilities_of_a_pixels_256_values_add_up_to_one(mean, sigma):
    every = (torch.arange(256) / 255).view(-1, 1, 1, 1)
    nats = objective.logistic(torch.full((256, 1, 1, 1), mean), every, torch.tensor(math.log(sigma)))
    assert (nats >= 0).all()
    assert nats.double().neg().exp().sum().item() == pytest.approx(1, abs=1e-4)


def test_logistic_by_hand():
    """Half of a distribution around the upper edge of the first value lies in it."""
    cost = objective.logistic(torch.tensor([[[[0.5 / 255]]]]), torch.zeros(1, 1, 1, 1), torch.tensor(-2.0))
    assert cost.item() == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.parametrize("sigma", [1e-4, 1e4])
def test_logistic_and_its_gradients_are_finite_however_narrow_or_wide_it_is(sigma):
    mean, x = (
        values.flatten().view(1, 1, 1, -1) for values in torch.meshgrid(torch.linspace(0, 1, 7), torch.linspace(0, 1, 7), indexing="ij")
    )
    mean, log_sigma = mean.clone().requires_grad_(), torch.tensor(math.log(sigma), requires_grad=True)
    cost = objective.logistic(mean, x, log_sigma).sum()
    assert all(value.isfinite().all() for value in (cost, *torch.autograd.grad(cost, (mean, log_sigma))))


def test_kl_is_the_closed_form_of_torch_distributions(draw):
    mean, log_var = torch.randn(2, 6, 3, generator=draw)
    posterior = distributions.Normal(mean, torch.exp(0.5 * log_var))
    expected = distributions.kl_divergence(posterior, distributions.Normal(torch.zeros(6, 3), torch.ones(6, 3)))
    torch.testing.assert_close(objective.kl_to_standard_normal(mean, log_var), expected, rtol=1e-4, atol=1e-6)


def test_the_loss_is_a_mean_over_images_of_sums():
    reconstruction, kl = torch.tensor([10.0, 20.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert objective.training_loss(reconstruction, kl, beta=1.0, free_bits=0.0).item() == pytest.approx(15 + 5)
    assert objective.training_loss(reconstruction, kl, beta=4.0, free_bits=0.0).item() == pytest.approx(15 + 20)


def test_the_importance_weighted_loss_is_the_log_of_the_mean_weight(draw):
    log_weights = torch.randn(7, 5, generator=draw) - 100
    expected = -log_weights.double().exp().mean(0).log().mean()
    assert objective.importance_weighted_loss(log_weights).item() == pytest.approx(expected.item(), rel=1e-6)
    assert objective.importance_weighted_loss(log_weights[:1]).item() == pytest.approx(-log_weights[0].mean().item(), rel=1e-6)


def test_prior_and_posterior_have_the_densities_of_torch_distributions(draw):
    mean, log_var = torch.randn(2, 6, 3, generator=draw)
    posterior, noise = DiagonalNormal(mean, log_var), torch.randn(4, 6, 3, generator=draw)
    z = posterior.at(noise)
    torch.testing.assert_close(StandardNormal(3).log_prob(z), distributions.Normal(0.0, 1.0).log_prob(z).sum(-1))
    expected = distributions.Normal(mean, torch.exp(0.5 * log_var)).log_prob(z).sum(-1)
    torch.testing.assert_close(posterior.log_prob(noise), expected, rtol=1e-4, atol=1e-5)


def test_free_bits_hold_the_mean_kl_of_each_dimension():
    reconstruction, kl = torch.zeros(2), torch.tensor([[0.1, 2.0], [0.3, 4.0]])
    assert objective.training_loss(reconstruction, kl, beta=1.0, free_bits=0.5).item() == pytest.approx(0.5 + 3.0)


@pytest.mark.parametrize(
    ("schedule", "fractions", "expected"),
    [
        ("constant", [0.0, 0.5, 1.0], [2.0, 2.0, 2.0]),
        ("linear", [0.0, 0.1, 0.2, 1.0], [0.0, 1.0, 2.0, 2.0]),
        ("sigmoid", [0.0, 0.1, 0.2, 1.0], [0.0, 1.0, 2.0, 2.0]),
        ("cyclical", [0.0, 0.05, 0.1, 0.4, 0.5, 0.55, 1.0], [0.0, 1.0, 2.0, 2.0, 0.0, 1.0, 2.0]),
    ],
)
def test_schedules_of_beta(schedule, fractions, expected):
    config = TrainConfig(beta=2.0, beta_schedule=schedule, beta_warmup=0.2, beta_cycles=2)
    assert [beta_at(config, fraction) for fraction in fractions] == pytest.approx(expected)


def test_the_sigmoid_schedule_starts_slowly():
    config = TrainConfig(beta_schedule="sigmoid", beta_warmup=1.0)
    assert beta_at(config, 0.1) < 0.02

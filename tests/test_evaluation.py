"""Measures of a model against closed forms, by hand, and whatever the batch size."""

import math

import numpy as np
import pytest
import torch
from torch import distributions

from vae_core.config import ModelConfig
from vae_core.data.batches import Batches
from vae_core.models import VAE, DiagonalNormal, evaluation
from vae_core.models.families import build
from vae_core.training.loop import Training


@pytest.fixture(scope="module")
def trained(toy, toy_config):
    training = Training(toy_config, toy)
    list(training)
    return training.model, training.batches, training.validation_indices


def test_measures_do_not_depend_on_the_batch_size(trained, monkeypatch):
    def measures():
        elbo = evaluation.elbo(*trained)
        return [
            *elbo[:2],
            *elbo.kl_by_dimension,
            evaluation.importance_weighted_bound(*trained, samples=3),
            evaluation.reconstruction_error(*trained),
        ]

    whole = measures()
    monkeypatch.setattr(evaluation, "BATCH", 7)
    np.testing.assert_allclose(measures(), whole, rtol=1e-5)


def test_the_elbo_is_log_likelihood_minus_kl_of_torch_distributions(trained):
    model, batches, indices = trained
    x = batches[indices]
    with torch.inference_mode():
        encoded = model.eval().encode(x)
        mean, log_var = encoded.mean, encoded.log_var
        noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
        posterior = distributions.Normal(mean, torch.exp(0.5 * log_var))
        pixels = distributions.Bernoulli(logits=model.decode(mean + posterior.stddev * noise), validate_args=False)
        kl = distributions.kl_divergence(posterior, distributions.Normal(0.0, 1.0)).sum(1).mean()
        reconstruction = -pixels.log_prob(x).sum((1, 2, 3)).mean()
    elbo = evaluation.elbo(model, batches, indices)
    assert elbo.reconstruction == pytest.approx(reconstruction.item(), rel=1e-5)
    assert elbo.kl == pytest.approx(kl.item(), rel=1e-5)
    assert elbo.kl_by_dimension.sum() == pytest.approx(elbo.kl)
    assert elbo.bits_per_dimension((1, 16, 16)) == pytest.approx(elbo.total / 256 / math.log(2))


class Linear(VAE):
    """x = z + noise: p(x) = N(0, 1 + sigma^2) is known, and so is the true posterior."""

    def encode(self, x, labels=None):
        flat = x.flatten(1)
        variance = self.config.sigma**2 / (1 + self.config.sigma**2)
        return DiagonalNormal(flat / (1 + self.config.sigma**2), torch.full_like(flat, math.log(variance * self.inflation)))

    def decode(self, z, labels=None):
        return z.reshape(len(z), 1, 8, 8)


@pytest.mark.parametrize(("inflation", "tolerance"), [(1.0, 1e-3), (1.2, 2.0)])
def test_the_importance_weighted_bound_reaches_the_true_likelihood(inflation, tolerance):
    """With the exact posterior one sample is enough; with a wide one the bound closes in from above as samples grow."""
    config = ModelConfig(image_shape=(1, 8, 8), latent_dim=64, likelihood="gaussian", output="linear", sigma=0.5, learn_sigma="no")
    model = Linear(config)
    model.inflation = inflation
    images = np.random.default_rng(0).integers(0, 256, (20, 1, 8, 8), np.uint8)
    batches, indices = Batches(images, torch.device("cpu")), torch.arange(20)
    pixels = torch.from_numpy(images).float() / 255
    truth = -distributions.Normal(0.0, math.sqrt(1.25)).log_prob(pixels).sum((1, 2, 3)).mean().item()
    one, many = (evaluation.importance_weighted_bound(model, batches, indices, samples=k) for k in (1, 200))
    assert many == pytest.approx(truth, abs=tolerance)
    assert one >= many - 0.1 >= truth - 0.2


def test_active_units_are_those_whose_mean_varies():
    means = np.random.default_rng(0).normal(size=(500, 4)) * [1.0, 0.2, 0.05, 0.0]
    assert evaluation.active_units(means) == 2


def test_knn_accuracy_by_hand():
    known, labels = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]]), np.array([0, 0, 0, 1, 1, 1])
    asked, truth = np.array([[0.05], [5.05], [0.15], [4.9]]), np.array([0, 1, 1, 1])
    assert evaluation.knn_accuracy(known, labels, asked, truth, neighbours=3) == pytest.approx(0.75)


@pytest.mark.parametrize("dims", [1, 16])
def test_knn_accuracy_is_that_of_scikit_learn(dims):
    from sklearn.neighbors import KNeighborsClassifier

    random = np.random.default_rng(0)
    known, asked = (random.normal(100, 1, (count, dims)).astype(np.float32) for count in (300, 2500))
    labels, truth = ((codes[:, 0] * 2).astype(np.int16) for codes in (known, asked))
    for neighbours in (4, 5, 400):
        reference = KNeighborsClassifier(min(neighbours, 300)).fit(known, labels).score(asked, truth)
        assert evaluation.knn_accuracy(known, labels, asked, truth, neighbours=neighbours) == pytest.approx(reference, abs=1e-12)


def test_the_smallest_label_wins_a_draw():
    known, labels = np.array([[0.0], [0.1], [0.2], [0.3]]), np.array([3, 7, 3, 7])
    assert evaluation.knn_accuracy(known, labels, np.array([[0.31], [0.0]]), np.array([3, 3]), neighbours=4) == 1.0


def test_reconstruction_error_is_a_mean_over_pixels(trained):
    model, batches, indices = trained
    with torch.inference_mode():
        x = batches[indices]
        expected = (model.images(model.encode(x).mean) - x).square().mean().item()
    assert evaluation.reconstruction_error(model, batches, indices) == pytest.approx(expected, rel=1e-5)


def test_a_trained_model_measures_better_than_an_untrained_one(trained, toy_config):
    model, batches, indices = trained
    assert evaluation.elbo(model, batches, indices).total < evaluation.elbo(build(toy_config.model), batches, indices).total

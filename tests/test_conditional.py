"""The conditional VAE against closed forms and brute force: where the label enters, and what the bound is a bound on."""

import math

import numpy as np
import pytest
import torch

from vae_core import data, models, runs
from vae_core.config import ModelConfig, RunConfig
from vae_core.data.batches import Batches
from vae_core.data.own import collection
from vae_core.data.own.staging import new_set
from vae_core.errors import ConfigError, DataError
from vae_core.latent import encoded_sets
from vae_core.models import evaluation
from vae_core.models.weights import save_weights
from vae_core.presets import configure
from vae_core.training.loop import Training

LIGHT = {"dataset": "digits", "device": "cpu", "channels": "4,8", "hidden": "16", "batch_norm": "false"}


@pytest.fixture
def own_sets(tmp_path, monkeypatch):
    """Makes an own set of noise, 12 grey images of 8 x 8, with labels of these names."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    collection.home().mkdir(parents=True, exist_ok=True)

    def make(*names: str) -> str:
        random = np.random.default_rng(0)
        with new_set((1, 8, 8)) as staging:
            staging.open()
            for _ in range(12):
                staging.append(random.integers(0, 256, (1, 8, 8), np.uint8))
            return staging.publish("Noise", [names[place % len(names)] if names else "" for place in range(12)], "Made", 0, [])

    return make


def linear(classes: int = 4) -> ModelConfig:
    return ModelConfig(
        family="conditional", classes=classes, image_shape=(1, 8, 8), network="mlp", hidden=(), latent_dim=3, output="linear",
        likelihood="gaussian",
    )  # fmt: skip


def test_a_label_adds_its_own_column_of_the_first_weights():
    """Without hidden layers all is linear: mean = Wx x + Wy[:, y] + b, image = Vz z + Vy[:, y] + c."""
    model = models.build(linear())
    x, z, labels = torch.rand(6, 1, 8, 8), torch.randn(6, 3), torch.tensor([0, 1, 2, 3, 3, 1])
    [into], [out] = [[layer for layer in part if isinstance(layer, torch.nn.Linear)] for part in (model.encoder, model.decoder)]
    with torch.no_grad():
        statistics = x.flatten(1) @ into.weight[:, :64].T + into.weight[:, 64:].T[labels] + into.bias
        image = z @ out.weight[:, :3].T + out.weight[:, 3:].T[labels] + out.bias
        posterior, decoded = model.encode(x, labels), model.decode(z, labels)
    torch.testing.assert_close(posterior.mean, statistics[:, :3])
    torch.testing.assert_close(posterior.log_var, statistics[:, 3:])
    torch.testing.assert_close(decoded.flatten(1), image)


@pytest.fixture(scope="module")
def training() -> Training:
    """One latent dimension, so that p(x | y) can be integrated."""
    settings = {**LIGHT, "latent_dim": 1, "images": 900, "epochs": 12, "batch_size": 32, "learning_rate": 0.01}
    config = configure("mnist-2d-conditional", settings)
    training = Training(config, data.load("digits", images=900))
    list(training)
    training.model.eval()
    return training


def evidence(model: models.Model, x: torch.Tensor) -> torch.Tensor:
    """log p(x | y) in nats of images (N, C, H, W) under every label, (classes, N): the integral over a fine grid of z."""
    grid = torch.linspace(-6, 6, 2401)
    log_prior = torch.distributions.Normal(0.0, 1.0).log_prob(grid) + math.log(float(grid[1] - grid[0]))
    found = []
    for label in range(model.config.classes):
        pixels = torch.distributions.Bernoulli(logits=model.decode(grid[:, None], torch.full((len(grid),), label)), validate_args=False)
        found.append(torch.stack([torch.logsumexp(pixels.log_prob(image).sum((1, 2, 3)) + log_prior, 0) for image in x]))
    return torch.stack(found)


@torch.no_grad()
def test_the_elbo_bounds_the_evidence_given_the_label_and_with_the_labels_price_that_without(training):
    """p(x) is the mean over y of p(x | y) if labels are equally likely: -log p(x) <= -log p(x | y) + ln C."""
    model, batches, some = training.model, training.batches, training.validation_indices[:40]
    labels, classes = batches.labels(some), model.config.classes
    every = evidence(model, batches[some])
    told, untold = every[labels, torch.arange(len(some))], torch.logsumexp(every - math.log(classes), 0)
    bound = np.mean([evaluation.elbo(model, batches, some, seed=seed).total for seed in range(60)])
    tight = evaluation.importance_weighted_bound(model, batches, some, samples=2000)
    assert -told.mean() < bound
    assert tight == pytest.approx(-told.mean().item(), abs=0.05)
    assert (-untold <= -told + math.log(classes) + 1e-4).all()
    assert -untold.mean() < bound + math.log(classes)
    assert (every.argmax(0) == labels).float().mean() > 0.4, "the true label explains an image best, far more often than by chance"


@torch.no_grad()
def test_labels_change_what_is_decoded_and_not_the_order_of_the_batch(training):
    z, labels = torch.zeros(10, 1), torch.arange(10)
    images = training.model.images(z, labels)
    assert torch.pdist(images.flatten(1)).min() > 0.3
    torch.testing.assert_close(training.model.images(z, labels.flip(0)), images.flip(0))


def test_the_film_decodes_the_same_draws_for_every_class(toy, toy_config):
    from vae_core.runs.previews import whole_rows
    from vae_core.training.previews import sheet_labels, sheet_points

    for classes, side, rows in ((10, 10, 10), (3, 12, 12), (1, 12, 12), (200, 12, 12)):
        model = models.build(ModelConfig(family="conditional", classes=classes, image_shape=(1, 16, 16), channels=(4,), hidden=(8,)))
        assert whole_rows(12, classes) == side
        points, labels = sheet_points(model, np.zeros((9, 2)), side), sheet_labels(model, side)
        assert points.shape == (rows * side, 2)
        assert labels.max() < classes
        assert len(np.unique(labels)) == min(classes, side)
        assert len(np.unique(np.column_stack([labels, points]), axis=0)) == len(points), "no tile comes twice"
        draws = {tuple(map(tuple, points[labels == label])) for label in np.unique(labels)}
        assert len(draws) == 1, "every class has the same draws"


# ---- Labels and data sets -----------------------------------------------------------------------------------------------


def test_the_classes_follow_the_data_set(own_sets):
    assert configure("mnist-2d-conditional").model.classes == 10
    assert configure("mnist-2d-conditional", {"dataset": "shapes"}).model.classes == 3
    assert configure("mnist-2d-conditional", {"dataset": own_sets("a", "b")}).model.classes == 2
    assert configure("mnist-2d").model.classes == 0


def test_a_set_without_labels_is_refused_in_a_sentence_that_says_what_to_do(own_sets):
    name = own_sets()
    for preset, settings in (("mnist-2d-conditional", {}), ("mnist-2d", {"family": "conditional"})):
        with pytest.raises(ConfigError, match=f"the images of {name} have no labels to tell the model; choose a set with classes"):
            configure(preset, {"dataset": name, **settings})


@pytest.mark.parametrize(("preset", "classes"), [("mnist-2d-conditional", 3), ("mnist-2d", 10)])
def test_other_classes_than_the_sets_are_refused(preset, classes):
    with pytest.raises(ConfigError, match=f"classes is {classes}, but .* leave it out"):
        configure(preset, {"classes": classes})
    value = configure(preset).to_json()
    with pytest.raises(ConfigError, match="classes"):
        RunConfig.from_json({**value, "model": {**value["model"], "classes": 0 if value["model"]["classes"] else 10}})


def test_a_config_of_other_classes_than_the_images_is_refused(toy, toy_config):
    model = ModelConfig(family="conditional", classes=10, image_shape=(1, 16, 16))
    with pytest.raises(ConfigError, match="shapes has 3 classes, the model expects 10"):
        Training(RunConfig(preset="toy", model=model, train=toy_config.train), toy)


def test_only_sets_of_the_same_classes_are_encoded(own_sets, tmp_path):
    other, same = own_sets("a", "b"), own_sets(*map(str, range(10)))
    run = runs.create(configure("mnist-2d-conditional", LIGHT), tmp_path / "checkpoints")
    save_weights(models.build(run.config.model), run.weights)
    assert encoded_sets.fitting(run) == ["digits", same]
    with pytest.raises(DataError, match=f"is told labels, and those of {other} are not those of digits; choose one of digits, {same}"):
        encoded_sets.encode_set(run, other)
    found = encoded_sets.encode_set(run, same)
    images = data.load(same)
    model, batches = models.build(run.config.model).eval(), Batches(images.images, torch.device("cpu"), images.labels)
    index = torch.from_numpy(np.array(found.index))
    with torch.no_grad():
        expected = model.encode(batches[index], batches.labels(index)).mean.numpy()
    np.testing.assert_allclose(found.mean, expected, atol=1e-5)

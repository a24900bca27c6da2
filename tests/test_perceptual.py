"""The perceptual loss: its objective and its features against references, resuming, and what is said of a loss that is no bound."""

import dataclasses
import itertools
import re

import numpy as np
import pytest
import torch
from torch import Tensor, distributions
from torch.nn import functional

from ui.about_run import fact_line
from ui.training_losses import losses_of
from vae_core import data, models, runs
from vae_core.config import ModelConfig, RunConfig, TrainConfig
from vae_core.data.batches import Batches
from vae_core.data.image_set import ImageSet
from vae_core.errors import ConfigError
from vae_core.models import Batch, Model, features
from vae_core.models.features import FeatureNetwork, teach
from vae_core.models.perceptual import ERROR_WEIGHT, FEATURE_WEIGHT
from vae_core.presets import configure
from vae_core.runs.measurements import Metrics
from vae_core.runs.run import Run
from vae_core.training import execution, jobs
from vae_core.training.checkpoint import load_training, save_training
from vae_core.training.loop import Training

BETA = 0.7


def build(**settings: object) -> Model:
    usual = {
        "family": "perceptual",
        "image_shape": (3, 10, 14),
        "channels": (4, 6),
        "hidden": (8,),
        "latent_dim": 3,
        "likelihood": "gaussian",
    }
    return models.build(ModelConfig(**{**usual, **settings}), seed=1)


def images(n: int = 6) -> Tensor:
    return torch.rand(n, 3, 10, 14, generator=torch.Generator().manual_seed(0))


def reference(model: Model, generator: torch.Generator) -> Tensor:
    """The objective written out, by torch's functions and distributions alone."""
    x, posterior = images(), model.encode(images())
    normal = distributions.Normal(posterior.mean, (0.5 * posterior.log_var).exp())
    made = model.images(posterior.mean + normal.scale * torch.randn(6, 3, generator=generator))
    cost = ERROR_WEIGHT * (made - x).abs().sum((1, 2, 3))
    one, other = (features.CONTRAST * (y - functional.avg_pool2d(y, 3, 1, 1, count_include_pad=False)) for y in (made, x))
    for convolution in (stage[0] for stage in model.features.stages):
        maps = (functional.conv2d(y, convolution.weight, convolution.bias, padding=1).relu() for y in (one, other))
        windows = (functional.pad(y, (1, 1, 1, 1)).unfold(2, 4, 2).unfold(3, 4, 2) for y in maps)
        one, other = ((y.square().mean((4, 5)) + features.LEAST_ENERGY).sqrt() for y in windows)
        cost = cost + FEATURE_WEIGHT * 3 * 10 * 14 * (one - other).square().mean((1, 2, 3)) / other.var() / 3
    kl = distributions.kl_divergence(normal, distributions.Normal(0.0, 1.0)).sum(1)
    return (cost + BETA * kl).mean()


@pytest.mark.parametrize("settings", [{}, {"batch_norm": False, "blocks": 1}, {"output": "linear", "learn_sigma": "no"}], ids=str)
def test_the_objective_has_the_gradients_of_the_reference(settings: dict[str, object]) -> None:
    model = build(**settings)
    losses = model.losses(Batch(images(), images(), None), TrainConfig(), BETA, torch.Generator().manual_seed(3))
    losses.objective.backward()
    learned = [parameter for name, parameter in model.named_parameters() if parameter.requires_grad and name != "log_sigma"]
    for parameter, gradient in zip(learned, torch.autograd.grad(reference(model, torch.Generator().manual_seed(3)), learned), strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-4, atol=1e-4)


def test_a_learned_pixel_sigma_follows_the_pixels_alone() -> None:
    model = build(sigma=0.5)
    losses = model.losses(Batch(images(), images(), None), TrainConfig(), BETA, torch.Generator().manual_seed(0))
    (expected,) = torch.autograd.grad(losses.reconstruction.mean(), model.log_sigma, retain_graph=True)
    losses.objective.backward()
    assert torch.equal(model.log_sigma.grad, expected)


def test_a_sharp_image_in_another_place_is_nearer_than_a_blurred_one_in_this() -> None:
    """By pixels it is the other way round, so who does not know the place blurs."""
    network = drawn(channels=3)
    emoji = Batches(data.load("emoji").images[:40], torch.device("cpu"))[torch.arange(40)]
    padded = functional.pad(emoji, (2, 2, 2, 2), mode="replicate")
    places = [padded[..., row : row + 64, column : column + 64] for row in (1, 2, 3) for column in (1, 2, 3)]
    blurred, here, there = torch.stack(places).mean(0), places[0], places[8]
    wanted = network(here)
    by_features = [float(features.distance(network(x), wanted).mean()) for x in (here, there, blurred)]
    by_pixels = [float((x - here).square().mean()) for x in (here, there, blurred)]
    assert by_features[0] == by_pixels[0] == 0
    assert by_features[1] < 0.8 * by_features[2]
    assert by_pixels[1] > 1.5 * by_pixels[2]


def striped(count: int = 64) -> tuple[Batches, Tensor, np.ndarray]:
    """Noisy images of two classes: lines that stand, and lines that lie."""
    random, labels = np.random.default_rng(0), np.arange(count) % 2
    pixels = random.integers(0, 120, (count, 1, 12, 12), np.uint8)
    pixels[labels == 0, :, ::3] += 120
    pixels[labels == 1, :, :, ::3] += 120
    return Batches(pixels, torch.device("cpu"), labels), torch.arange(count), labels


def drawn(channels: int = 1) -> FeatureNetwork:
    torch.manual_seed(0)
    return FeatureNetwork(channels)


def same(one: FeatureNetwork, other: FeatureNetwork) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_teaching_is_stochastic_gradient_descent_on_the_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "STEPS", 6)
    batches, indices, labels = striped()
    ours, theirs, head = drawn(), drawn().requires_grad_(True), torch.zeros(2, 32, requires_grad=True)
    teach(ours, batches, indices, seed=5)
    optimizer = torch.optim.SGD([*theirs.parameters(), head], lr=features.LEARNING_RATE, momentum=features.MOMENTUM)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / 6)
    order = torch.Generator().manual_seed(5)
    for _ in range(6):
        some = torch.randint(64, (features.BATCH,), generator=order)
        optimizer.zero_grad()
        functional.cross_entropy(theirs(batches[some])[-1].mean((2, 3)) @ head.T, torch.from_numpy(labels)[some]).backward()
        optimizer.step()
        schedule.step()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other.detach(), rtol=1e-4, atol=1e-6)
    assert not any(parameter.requires_grad for parameter in ours.parameters())


def test_what_was_taught_tells_classes_apart() -> None:
    batches, indices, labels = striped()
    network = drawn()
    teach(network, batches, indices, seed=0)
    means = network(batches[indices])[-1].mean((2, 3))
    centres = torch.stack([means[::2].mean(0), means[1::2].mean(0)])
    assert float((torch.cdist(means, centres).argmin(1) == torch.from_numpy(labels)).float().mean()) == 1


def test_teaching_follows_its_seed_alone() -> None:
    batches, indices, _ = striped()
    networks = [drawn() for _ in range(3)]
    for network, seed in zip(networks, (1, 1, 2), strict=True):
        torch.manual_seed(torch.seed())
        teach(network, batches, indices, seed)
    assert same(networks[0], networks[1])
    assert not same(networks[0], networks[2])


@pytest.mark.parametrize("labels", [None, np.full(64, 3)], ids=["no labels", "one class"])
def test_without_two_classes_the_weights_stay_as_they_were_drawn(labels: np.ndarray | None) -> None:
    batches, indices, _ = striped()
    pixels = (batches[indices] * 255).to(torch.uint8).numpy()
    network = drawn()
    teach(network, Batches(pixels, torch.device("cpu"), labels), indices, seed=0)
    assert same(network, drawn())


def small(toy_config: RunConfig, **train: object) -> RunConfig:
    model = dataclasses.replace(toy_config.model, family="perceptual", channels=(4, 4), hidden=(8,), latent_dim=2)
    return dataclasses.replace(toy_config, model=model, train=dataclasses.replace(toy_config.train, epochs=2, **train))


def weights(training: Training) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in training.model.state_dict().items()}


@pytest.mark.parametrize("records", [0, 1, 8])
def test_a_training_saved_to_disk_goes_on_bit_for_bit(records: int, toy: ImageSet, toy_config: RunConfig, tmp_path, monkeypatch) -> None:
    """Before the first step, when the features are not learned yet, and after."""
    monkeypatch.setattr(features, "STEPS", 5)
    first, second = (Training(small(toy_config), toy) for _ in range(2))
    list(itertools.islice(first, records))
    save_training(first, tmp_path / "resume.safetensors")
    load_training(second, tmp_path / "resume.safetensors")
    losses = [[(record.step, record.total) for record in training if record.split == "validation"] for training in (first, second)]
    assert losses[0] == losses[1] != []
    assert weights(first) == weights(second)


def test_the_features_are_learned_once_and_frozen_while_the_model_trains(toy: ImageSet, toy_config: RunConfig, monkeypatch) -> None:
    monkeypatch.setattr(features, "STEPS", 5)
    training = Training(small(toy_config), toy)
    before = training.model.features.stages[0][0].weight.clone()
    records = iter(training)
    next(records)
    taught = training.model.features.stages[0][0].weight.clone()
    assert not torch.equal(taught, before)
    assert len(list(records)) > 2
    assert torch.equal(training.model.features.stages[0][0].weight, taught)
    plain = dataclasses.replace(training.config.model, family="vae")
    assert models.parameter_counts(training.model) == models.parameter_counts(models.build(plain))


def test_a_training_tells_its_terms_and_no_other(toy: ImageSet, toy_config: RunConfig) -> None:
    config = small(toy_config)
    first, *_ = Training(config, dataclasses.replace(toy, labels=None))
    assert first.terms.keys() == config.model.traits.terms.keys()
    assert 0 < first.terms["error"] < 1


def test_its_losses_are_shown_as_no_bound() -> None:
    usual: Metrics = {"kl": 9.0, "reconstruction": 90.0, "total": 99.0, "split": "train", "epoch": 1.0}
    losses = losses_of(configure("emoji-sharp"), [{**usual, "terms": {"features": 0.4, "error": 0.1}}], validated=True)
    assert [re.sub("<[^>]*>", "", loss.name) for loss in losses] == ["Reconstruction", "KL", "Feature distance", "Absolute error"]
    assert not any("ELBO" in loss.name + loss.meaning or "objective" in loss.meaning for loss in losses)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small trained model with a perceptual loss."""
    settings = {"dataset": "digits", "images": 200, "epochs": 1, "channels": "4,4", "hidden": "8", "device": "cpu"}
    run = runs.create(configure("emoji-sharp", settings), tmp_path_factory.mktemp("sharp") / "checkpoints", name="sharp")
    with jobs.held(run):
        assert execution.execute(run).state == "finished"
    return run


def test_card_and_facts_speak_of_no_bound(trained: Run) -> None:
    card = trained.card()
    assert not card.keys() & {"elbo", "bound", "bits_per_dimension"}
    assert {"reconstruction", "kl", "reconstruction_error"} <= card.keys()
    line = fact_line(trained)
    assert "compared by a perceptual loss" in line
    assert "typical pixel error" in line
    assert "ELBO" not in line


def test_what_is_exported_has_no_features(trained: Run) -> None:
    """The page's runtime needs the encoder and the decoder alone."""
    size = sum(tensor.nbytes for name, tensor in models.load_model(trained).state_dict().items() if name.startswith("features"))
    assert trained.network.stat().st_size < trained.weights.stat().st_size - size / 2


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [({"samples": 3}, "no bound of several samples"), ({"patience": 2}, "set patience to 0")],
)
def test_settings_that_need_a_bound_are_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        configure("emoji-sharp", settings)

"""Training learns, repeats itself, goes on exactly where it stopped, and says so when it breaks."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import distributions

from vae_core import data
from vae_core.config import ModelConfig, field_names
from vae_core.device import MEANS
from vae_core.errors import ConfigError, DeviceError, Diverged
from vae_core.models import Batch, build, evaluation
from vae_core.models.model import LEAST_SIGMA
from vae_core.presets import PRESETS, configure
from vae_core.training.loop import Training, steps_per_epoch
from vae_core.training.lr_schedule import learning_rate_at
from vae_core.traits import FAMILIES, LIKELIHOODS


def change(config, **settings):
    of_model = {name: value for name, value in settings.items() if name in field_names(ModelConfig)}
    of_training = {name: value for name, value in settings.items() if name not in of_model}
    model, train = dataclasses.replace(config.model, **of_model), dataclasses.replace(config.train, **of_training)
    return dataclasses.replace(config, model=model, train=train)


def of_family(family):
    """The settings of a family for the toy images."""
    return {"family": family, "classes": 3 if FAMILIES[family].is_conditional else 0}


def weights(training):
    return training.model.state_dict()


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True))


def test_the_elbo_falls_well_below_an_untrained_and_a_constant_model(toy, toy_config):
    training = Training(change(toy_config, epochs=30, learning_rate=0.02), toy)
    untrained = evaluation.elbo(training.model, training.batches, training.validation_indices).total
    *_, last = training
    mean = torch.from_numpy(toy.images[toy.train]).float().mean(0).div(255).clamp(1e-3, 1 - 1e-3)
    pixels = torch.from_numpy(toy.images[toy.validation]).float() / 255
    constant = distributions.Bernoulli(mean, validate_args=False).log_prob(pixels).sum((1, 2, 3)).mean().neg().item()
    assert last.split == "validation"
    assert last.total < 0.7 * untrained
    assert last.total < 0.9 * constant


def test_records_say_where_they_are(toy, toy_config):
    training = Training(toy_config, toy)
    records = list(training)
    assert [record.step for record in records] == sorted(record.step for record in records)
    assert records[-1].step == training.steps == 4 * math.ceil(len(toy.train) / 32)
    assert [record.epoch for record in records if record.split == "validation"] == [1, 2, 3, 4]
    assert all(record.total == pytest.approx(record.reconstruction + record.kl) for record in records)


def test_the_same_seed_gives_the_same_run_and_another_seed_another(toy, toy_config):
    runs = [Training(change(toy_config, seed=seed), toy) for seed in (5, 5, 6)]
    losses = [[(record.total, record.kl) for record in training] for training in runs]
    assert losses[0] == losses[1] != losses[2]
    assert same(weights(runs[0]), weights(runs[1]))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"patience": 1},
        {"beta_schedule": "cyclical", "gradient_clip": 1.0},
        {"rotation": 20.0, "flip": True},
        {"family": "conditional", "classes": 3},
        {"family": "vaegan"},
        {"samples": 3, "bound": "importance", "binarise": "each", "noise": 0.3, "mask": 0.2, "dropout": 0.2},
    ],
    ids=str,
)
@pytest.mark.parametrize("records_before", [1, 6, 7, 8, 15])
def test_a_stopped_training_goes_on_bit_for_bit(toy, toy_config, settings, records_before):
    config = change(toy_config, **settings)
    whole = Training(config, toy)
    expected = [(record.step, record.total) for record in whole]
    first = Training(config, toy)
    before = [(record.step, record.total) for record in itertools.islice(first, records_before)]
    second = Training(config, toy)
    second.restore(*first.state())
    after = [(record.step, record.total) for record in second]
    assert before == expected[:records_before]
    if (records_before + 1) % 7:  # inside an epoch; the last window before a validation record may be cut shorter
        assert after[-1] == expected[-1]
    assert same(weights(whole), weights(second))


def samples_of(training, count):
    """A batch, its posterior and `count` codes for each image, as the next step draws them."""
    x = training.batches[training.train_indices[:20]]
    generator = torch.Generator().manual_seed(0)
    generator.set_state(training.noise.get_state())
    posterior = training.model.encode(x)
    z = posterior.at(torch.randn(count, *posterior.mean.shape, generator=generator))
    pixels = [distributions.Bernoulli(logits=training.model.decode(code), validate_args=False) for code in z]
    return x, posterior, z, torch.stack([some.log_prob(x).sum((1, 2, 3)) for some in pixels])


def losses_of(training, x):
    """The losses of a batch with the noise of the next step."""
    return training.model.losses(Batch(x, x, None), training.config.train, training.config.train.beta, training.noise)


def test_several_samples_are_averaged(toy, toy_config):
    training = Training(change(toy_config, samples=4, beta=2.0, batch_norm=False), toy)
    x, posterior, _, likelihoods = samples_of(training, 4)
    losses = losses_of(training, x)
    torch.testing.assert_close(losses.reconstruction, -likelihoods.mean(0))
    assert losses.objective.item() == pytest.approx((-likelihoods.mean() + 2 * training.model.kl(posterior).sum(1).mean()).item(), rel=1e-5)


def test_importance_weighting_is_the_log_of_the_mean_weight(toy, toy_config):
    training = Training(change(toy_config, samples=5, bound="importance", batch_norm=False), toy)
    x, posterior, z, likelihoods = samples_of(training, 5)
    prior = distributions.Normal(0.0, 1.0).log_prob(z).sum(-1)
    encoder = distributions.Normal(posterior.mean, torch.exp(0.5 * posterior.log_var)).log_prob(z).sum(-1)
    expected = -(likelihoods + prior - encoder).double().exp().mean(0).log().mean()
    assert losses_of(training, x).objective.item() == pytest.approx(expected.item(), rel=1e-5)


def test_dropout_leaves_out_units_in_training_alone_and_the_global_generator_as_it_was(toy, toy_config):
    training = Training(change(toy_config, dropout=0.5), toy)
    before = torch.get_rng_state()
    next(iter(training))
    assert torch.equal(torch.get_rng_state(), before)
    x = training.batches[training.train_indices[:20]]
    assert not torch.equal(training.model.train().encode(x).mean, training.model.encode(x).mean)
    assert torch.equal(training.model.eval().encode(x).mean, training.model.encode(x).mean)


def test_early_stopping_keeps_the_best_weights(toy, toy_config):
    training = Training(change(toy_config, epochs=200, patience=2, learning_rate=0.05, lr_schedule="constant"), toy)
    totals = [record.total for record in training if record.split == "validation"]
    assert len(totals) < 200
    assert min(totals) < min(totals[-2:])
    kept = evaluation.elbo(training.model, training.batches, training.validation_indices).total
    assert kept == pytest.approx(min(totals))


def test_a_loss_that_is_no_number_ends_the_training_with_its_step(toy, toy_config):
    training = Training(toy_config, toy)
    next(iter(training))
    with torch.no_grad():
        next(training.model.decoder.parameters()).fill_(math.nan)
    with pytest.raises(Diverged, match=r"step \d+ of 24.*smaller learning rate"):
        list(training)


def test_gradient_clipping_bounds_the_step(toy, toy_config):
    training = Training(change(toy_config, gradient_clip=1e-6), toy)
    next(iter(training))
    norm = torch.nn.utils.get_total_norm([p.grad for p in training.model.parameters() if p.grad is not None])
    assert norm <= 1.01e-6


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_and_likelihood_trains(toy, toy_config, family, likelihood):
    config = change(toy_config, likelihood=likelihood, **of_family(family))
    records = [record for record in Training(config, toy) if record.split == "validation"]
    assert records[-1].total < records[0].total
    assert (records[-1].kl == 0) == (family == "autoencoder")


@pytest.mark.parametrize("likelihood", [name for name, likelihood in LIKELIHOODS.items() if likelihood.has_sigma])
def test_a_sigma_for_each_pixel_is_smaller_where_pixels_hardly_change_and_costs_less(toy, toy_config, likelihood):
    costs = {}
    for learned in ("one", "pixel"):
        quick = {"learning_rate": 0.05, "batch_size": 16, "epochs": 6}
        training = Training(change(toy_config, likelihood=likelihood, learn_sigma=learned, **quick), toy)
        *_, last = training
        costs[learned], sigma = last.total, training.model.pixel_log_sigma.detach().exp()
        assert tuple(sigma.shape) == (toy.images.shape[1:] if learned == "pixel" else ())
    assert costs["pixel"] < costs["one"]
    never, often = toy.images[toy.train].std(0).argmin(), toy.images[toy.train].std(0).argmax()
    assert sigma.flatten()[never] < 0.9 * sigma.flatten()[often]


def test_a_density_has_a_bound_where_pixels_never_change(toy_config):
    model = build(change(toy_config, likelihood="gaussian", learn_sigma="pixel").model)
    torch.nn.init.constant_(model.log_sigma, -30)
    x = torch.full((1, 1, 16, 16), 0.25)
    cost = model.reconstruction_cost(torch.logit(x), x)
    assert cost.item() == pytest.approx(256 * (math.log(LEAST_SIGMA) + math.log(2 * math.pi) / 2), rel=1e-4)


def test_one_cycle_rises_and_falls(toy_config):
    rates = [learning_rate_at(toy_config.train, step / 100) for step in range(101)]
    assert max(rates) == pytest.approx(toy_config.train.learning_rate)
    assert rates.index(max(rates)) == 30
    assert rates[0] == pytest.approx(max(rates) / 25)
    assert rates[-1] < 1e-7


def test_one_cycle_is_torchs(toy_config):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, toy_config.train.learning_rate, total_steps=101, pct_start=30 / 100 + 1 / 101 * 0
    )
    reached = max(schedule.get_last_lr()[0] for _ in range(100) if (optimizer.step(), schedule.step())[1] is None)
    assert reached == pytest.approx(max(learning_rate_at(toy_config.train, step / 100) for step in range(101)), rel=1e-2)


def test_impossible_data_and_devices_are_refused(toy, toy_config):
    with pytest.raises(ConfigError, match="at least 2"):
        Training(toy_config, dataclasses.replace(toy, train=toy.train[:1]))
    with pytest.raises(ConfigError, match=r"\(1, 16, 16\)"):
        Training(dataclasses.replace(toy_config, model=dataclasses.replace(toy_config.model, image_shape=(1, 28, 28))), toy)
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="no cuda device"):
            Training(change(toy_config, device="cuda"), toy)


@pytest.mark.parametrize("preset", PRESETS)
def test_no_recipe_meets_a_batch_of_one(preset, monkeypatch):
    """Batch norm refuses one value a channel; a training that has none of it keeps the batches that it always had.

    In float32: the bfloat16 gradient of PyTorch's batch norm over two values is no number at times.
    """
    monkeypatch.setattr(MEANS, "half_precision", False)
    config = configure(preset, {"dataset": "digits", "images": 6, "batch_size": 2, "epochs": 1, "device": "cpu"})
    training = Training(config, data.load("digits", images=6))
    assert len(training.train_indices) == 5
    assert training.steps == (2 if config.model.batch_norm else 3)
    assert list(training)[-1].split == "validation"


@given(st.integers(2, 400), st.integers(2, 40), st.booleans())
def test_batches_are_as_many_as_ever_where_none_had_one_image(images, batch_size, batch_norm):
    steps = steps_per_epoch(images, batch_size, 2 if batch_norm else 1)
    sizes = [len(batch) for batch in np.array_split(np.arange(images), steps)]
    usual = math.ceil(images / batch_size)
    assert min(sizes) >= (2 if batch_norm else 1)
    assert max(sizes) <= batch_size + (steps < usual)
    if min(len(batch) for batch in np.array_split(np.arange(images), usual)) > 1 or not batch_norm:
        assert steps == usual


@pytest.mark.parametrize("images", [2, 3, 5, 33])
def test_odd_numbers_of_images_train_in_pairs_and_go_on_bit_for_bit(toy, toy_config, images):
    config, few = change(toy_config, batch_size=2, epochs=2), dataclasses.replace(toy, train=toy.train[:images])
    whole = Training(config, few)
    expected = [(record.step, record.total) for record in whole]
    first = Training(config, few)
    stopped = list(itertools.islice(first, len(expected) // 2))
    second = Training(config, few)
    second.restore(*first.state())
    assert [(record.step, record.total) for record in second][-1] == expected[-1]
    assert stopped[0].step == expected[0][0]
    assert same(weights(whole), weights(second))


def test_images_are_shared_not_copied(toy, toy_config):
    training = Training(toy_config, toy)
    assert training.batches._images.data_ptr() == toy.images.ctypes.data

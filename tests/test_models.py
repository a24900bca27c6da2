"""One life for every family and network: shapes, gradients, determinism, parameter counts."""

import pytest
import torch
from labels import labels_for

from vae_core import models
from vae_core.config import ModelConfig
from vae_core.presets import PRESETS, configure

SHAPES = [(1, 8, 8), (1, 28, 28), (3, 33, 50), (1, 128, 128), (3, 17, 31)]


def small(shape, **settings):
    return ModelConfig(**{"image_shape": shape, "channels": (4, 6, 8), "hidden": (12,), "latent_dim": 3, **settings})


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"head": "conv"},
        {"network": "mlp"},
        {"channels": ()},
        {"kernel": 5},
        {"family": "autoencoder"},
        {"family": "mixture"},
        {"family": "vaegan"},
        {"family": "perceptual", "blocks": 1, "upsampling": "nearest"},
        {"family": "conditional", "classes": 5},
        {"family": "conditional", "classes": 1, "network": "mlp", "hidden": ()},
    ],
    ids=str,
)
def test_shapes_follow_from_the_image(shape, settings):
    config = small(shape, **settings)
    model = models.build(config).eval()
    x, labels = torch.rand(2, *shape), labels_for(config, 2)
    posterior = model.encode(x, labels)
    assert posterior.mean.shape == (2, 3)
    assert (posterior.log_var is None) == (config.family == "autoencoder")
    assert model.reconstruct(x, labels).shape == x.shape
    assert model.sample(2, torch.Generator().manual_seed(0), labels).shape == (2, *shape)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_trainable_parameter_learns(preset):
    recipe = configure(preset)
    config, model = recipe.model, models.build(recipe.model)
    x, labels = torch.rand(4, *config.image_shape), labels_for(config, 4)
    model.begin_epoch(1, lambda: model.encode(x, labels).mean.detach())
    model.losses(models.Batch(x, x, labels), recipe.train, 1.0, torch.Generator().manual_seed(0)).objective.backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_encoding_is_deterministic_and_sampling_follows_its_generator():
    model = models.build(small((1, 28, 28))).eval()
    x = torch.rand(3, 1, 28, 28)
    torch.testing.assert_close(model.encode(x).mean, model.encode(x).mean, rtol=0, atol=0)
    one, same, other = (model.sample(2, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_posterior_sample_is_mean_plus_deviation_times_noise():
    posterior = models.DiagonalNormal(torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, 2 * 0.6931472]]))
    torch.testing.assert_close(posterior.at(torch.tensor([[0.5, 0.5]])), torch.tensor([[1.5, -1.0]]))


def test_the_same_seed_builds_the_same_weights_and_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    one, same, other = (models.build(small((1, 28, 28)), seed) for seed in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), same.state_dict().values(), strict=True))
    assert not torch.equal(next(one.encoder.parameters()), next(other.encoder.parameters()))


@pytest.mark.parametrize(
    ("preset", "encoder", "decoder"),
    [("tutorial-keras", 69_076, 65_089), ("tutorial-mlp", 534_276, 534_544)],
)
def test_the_tutorials_networks_have_exactly_their_parameters(preset, encoder, decoder):
    assert models.parameter_counts(models.build(configure(preset).model)) == (encoder, decoder)


def test_the_tutorials_layers_are_the_tutorials():
    """Keras: convolutions 32 and 64, dense 16; dense 3136, transposed 64, 32, convolution 1."""
    model = models.build(configure("tutorial-keras").model)
    shapes = [tuple(p.shape) for p in model.parameters() if p.ndim > 1]
    assert shapes == [(32, 1, 3, 3), (64, 32, 3, 3), (16, 3136), (4, 16), (3136, 2), (64, 64, 3, 3), (64, 32, 3, 3), (1, 32, 3, 3)]


def test_width_changes_the_network():
    half = models.parameter_counts(models.build(small((1, 28, 28), width=0.5)))
    whole = models.parameter_counts(models.build(small((1, 28, 28))))
    assert half[0] < whole[0]
    assert half[1] < whole[1]

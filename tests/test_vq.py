"""The VQ-VAE: its codebook by brute force, gradients that go straight through, moving averages, a prior that never looks ahead."""

import dataclasses
import itertools
import math

import pytest
import torch

from vae_core import models
from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import ConfigError
from vae_core.models import Batch, Model
from vae_core.models.pixelcnn import CausalConvolution, PixelCNN
from vae_core.models.quantiser import DECAY, Quantiser, perplexity
from vae_core.training.loop import Training


def build(**settings: object) -> Model:
    usual = {"family": "vq", "image_shape": (1, 8, 12), "channels": (4, 6), "codebook": 5, "code_channels": 2}
    return models.build(ModelConfig(**{**usual, **settings}), seed=1)


def batch(model: Model, n: int = 6) -> Batch:
    x = torch.rand(n, *model.config.image_shape, generator=torch.Generator().manual_seed(0))
    return Batch(x, x, None)


def test_every_place_has_the_nearest_code_of_all():
    model = build()
    model.losses(batch(model), TrainConfig(), 1.0, torch.Generator().manual_seed(0))  # the codebook begins at vectors of a batch
    posterior = model.encode(batch(model).images)
    vectors, codes = posterior.vectors.detach().movedim(1, -1), model.quantiser.codes
    for place in itertools.product(*map(range, posterior.indices.shape)):
        squares = [float((vectors[place] - code).square().sum()) for code in codes]
        assert posterior.indices[place] == squares.index(min(squares))
    shown = posterior.mean.view(6, 2, 2, 3).movedim(1, -1)
    assert torch.equal(shown, codes[posterior.indices])
    assert len(posterior.indices.unique()) > 1


def test_gradients_go_straight_through_to_the_encoders_vectors():
    model = build()
    posterior = model.encode(batch(model).images)
    posterior.vectors.retain_grad()
    z = posterior.at(posterior.noise(1, torch.Generator()))
    z.retain_grad()
    model.reconstruction_cost(model.decode(z[0]), batch(model).images).sum().backward()
    assert posterior.vectors.grad.abs().sum() > 0
    assert torch.equal(posterior.vectors.grad.flatten(1), z.grad[0])
    torch.testing.assert_close(z[0], posterior.mean)


def test_neither_prior_nor_codebook_pulls_on_the_encoder():
    """What the prior learns from has no gradient, and the codebook follows by averages alone."""
    model = build()
    model.kl(model.encode(batch(model).images)).sum().backward()
    assert all(parameter.grad is None for part in (model.encoder, model.decoder) for parameter in part.parameters())
    assert all(parameter.grad is not None for parameter in model.pixelcnn.parameters())
    assert not list(model.quantiser.parameters())


def test_the_objective_is_reconstruction_and_the_priors_nats_and_a_quarter_of_the_commitment():
    model = build()
    losses = model.losses(batch(model), TrainConfig(), 1.0, torch.Generator().manual_seed(0))
    expected = losses.reconstruction.mean() + losses.kl.mean() + 0.25 * losses.terms["commitment"]
    torch.testing.assert_close(losses.objective, expected)
    assert losses.kl.shape == (6, 1)
    assert float(losses.terms["uniform"]) == pytest.approx(6 * math.log(5))
    assert losses.terms.keys() == model.config.traits.terms.keys()


def test_codes_follow_the_mean_of_their_vectors_as_moving_averages():
    quantiser, generator = Quantiser(2, 3), torch.Generator().manual_seed(0)
    quantiser.counts.fill_(10.0)
    quantiser.sums.copy_(10 * quantiser.codes)
    before = quantiser.codes.clone()
    vectors = torch.randn(40, 3, generator=generator)
    indices = torch.arange(40) % 4 // 3  # thirty to code 0, ten to code 1
    quantiser.follow(vectors, indices, generator)
    for code, count in ((0, 30), (1, 10)):
        counts = DECAY * 10 + (1 - DECAY) * count
        sums = DECAY * 10 * before[code] + (1 - DECAY) * vectors[indices == code].sum(0)
        torch.testing.assert_close(quantiser.codes[code], sums / counts)


def test_a_dead_code_starts_again_at_a_vector_of_the_batch_by_the_generator():
    def followed(seed: int) -> Quantiser:
        quantiser = Quantiser(4, 3)
        quantiser.codes.copy_(torch.arange(12.0).view(4, 3))
        quantiser.counts.copy_(torch.tensor([50.0, 50.0, 0.05, 0.0]))
        quantiser.sums.copy_(quantiser.codes * quantiser.counts[:, None])
        quantiser.follow(vectors, torch.zeros(40, dtype=torch.int64), torch.Generator().manual_seed(seed))
        return quantiser

    vectors = 7 + torch.randn(40, 3)
    one, same, other = followed(0), followed(0), followed(1)
    assert all((vectors == code).all(1).any() for code in one.codes[2:])
    assert not any((vectors == code).all(1).any() for code in one.codes[:2])
    assert torch.equal(one.codes[2:], same.codes[2:])
    assert not torch.equal(one.codes[2:], other.codes[2:])


def test_no_code_starts_where_vectors_have_their_code_already():
    quantiser = Quantiser(2, 3)
    vectors = torch.cat([quantiser.codes[:1].expand(1000, 3), torch.full((1, 3), 9.0)])
    quantiser.counts.copy_(torch.tensor([1000.0, 0.0]))
    quantiser.sums.copy_(1000 * quantiser.codes)
    quantiser.follow(vectors, torch.zeros(1001, dtype=torch.int64), torch.Generator().manual_seed(0))
    assert torch.equal(quantiser.codes[1], torch.full((3,), 9.0))


def test_vectors_that_are_all_alike_are_followed_too():
    quantiser = Quantiser(3, 2)
    quantiser.follow(torch.ones(5, 2), torch.zeros(5, dtype=torch.int64), torch.Generator().manual_seed(0))
    quantiser.follow(torch.ones(5, 2), torch.zeros(5, dtype=torch.int64), torch.Generator().manual_seed(0))
    torch.testing.assert_close(quantiser.codes, torch.ones(3, 2))


def test_perplexity_counts_codes_by_their_use():
    assert float(perplexity(torch.arange(8), 8)) == pytest.approx(8)
    assert float(perplexity(torch.zeros(9, dtype=torch.int64), 8)) == pytest.approx(1)
    shares = torch.tensor([0.5, 0.25, 0.25])
    expected = torch.distributions.Categorical(shares).entropy().exp()
    assert float(perplexity(torch.tensor([0, 0, 1, 2]), 5)) == pytest.approx(float(expected))


def test_the_prior_knows_of_each_place_what_was_before_it_and_nothing_else():
    prior, shape = PixelCNN(4).eval(), (3, 4)
    maps = torch.randint(4, (1, *shape), generator=torch.Generator().manual_seed(0))
    usual = prior(maps)[0].flatten(1)
    for place in range(12):
        changed = maps.clone().flatten(1)
        changed[0, place] = (changed[0, place] + 1) % 4
        differs = (prior(changed.view(1, *shape))[0].flatten(1) != usual).any(0)
        assert not differs[: place + 1].any()
        assert place % 4 == 3 or differs[place + 1]  # across a line's end it may not see: the blind spot of masked convolutions


def test_the_prior_sums_to_one_over_all_maps():
    prior = PixelCNN(2).eval()
    maps = torch.tensor(list(itertools.product(range(2), repeat=6))).view(-1, 2, 3)
    with torch.no_grad():
        assert float((-prior.nats(maps)).exp().sum()) == pytest.approx(1, abs=1e-5)


def test_draws_have_the_frequencies_that_the_prior_says():
    prior = PixelCNN(2).eval()
    with torch.no_grad():
        for parameter in prior.parameters():
            parameter.mul_(3)
        maps = torch.tensor(list(itertools.product(range(2), repeat=4))).view(-1, 2, 2)
        expected = (-prior.nats(maps)).exp()
    drawn = prior.sample(20_000, (2, 2), torch.Generator().manual_seed(0))
    found = torch.bincount((drawn.flatten(1) @ torch.tensor([8, 4, 2, 1])), minlength=16) / 20_000
    assert float((found - expected).abs().max()) < 0.012
    assert float(expected.max()) > 0.1, "no uniform prior"


def test_a_masked_convolution_is_a_convolution_with_zeros():
    masked = CausalConvolution(3, 5, sees_itself=False)
    x = torch.randn(2, 3, 6, 6)
    torch.testing.assert_close(masked(x), masked.plain()(x))
    assert int((masked.plain().weight == 0).sum()) == 3 * 3 * 13


def test_a_training_that_is_taken_up_goes_on_bit_for_bit_with_its_codebook(toy, toy_config):
    """Restarts of codes are drawn from the training's own generator."""
    config = dataclasses.replace(toy_config, model=dataclasses.replace(toy_config.model, family="vq"))
    whole, first, second = (Training(config, toy) for _ in range(3))
    records = list(whole)
    list(itertools.islice(first, len(records) // 2))
    second.restore(*first.state())
    list(second)
    assert all(torch.equal(whole.model.state_dict()[name], value) for name, value in second.model.state_dict().items())
    assert "quantiser.codes" in second.model.state_dict()
    assert records[-1].kl < float(records[0].terms["uniform"]), "the prior has learned"
    assert records[0].terms.keys() == config.model.traits.terms.keys()


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({"image_shape": (1, 128, 128)}, "a map of 32 x 32 codes of 2 numbers has 2,048 latent dimensions.*more convolutions"),
        ({"network": "mlp"}, "choose network conv"),
        ({"channels": ()}, "choose network conv"),
    ],
)
def test_a_map_that_is_too_large_or_made_by_no_convolutions_is_refused(settings, remedy):
    with pytest.raises(ConfigError, match=remedy):
        build(**settings)


def test_latent_dimensions_follow_from_the_map():
    assert build(latent_dim=200).config == build(latent_dim=2).config
    assert build().config.latent_dim == 2 * 2 * 3

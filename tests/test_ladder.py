"""Two levels of codes against torch.distributions and sums over a grid, in the coordinates z of the papers."""

import dataclasses
import math

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal as Reference
from torch.distributions import kl_divergence

from vae_core.config import ModelConfig, RunConfig
from vae_core.data import ImageSet
from vae_core.errors import ConfigError
from vae_core.models import Batch
from vae_core.models.families import build
from vae_core.models.ladder import Normal, TwoLevels, merge
from vae_core.presets import configure
from vae_core.training.loop import Training

FAMILIES = ["ladder", "stacked"]
SMALL = ModelConfig(family="ladder", image_shape=(1, 8, 8), channels=(4,), hidden=(12,), latent_dim=5, top_dim=2)


def model_of(family: str, strength: float = 1.5, **settings: object) -> TwoLevels:
    """A model whose levels depend on each other."""
    model = build(dataclasses.replace(SMALL, family=family, **settings), seed=1)
    with torch.no_grad():
        for module in (model.infer_top, model.infer_bottom, model.generate_bottom):
            for layer in module.modules():
                if isinstance(layer, nn.Linear):
                    layer.weight.mul_(strength)
    return model.eval()


def reference(statistics: Tensor) -> Reference:
    mean, log_var = statistics.chunk(2, 1)
    return Reference(mean, torch.exp(log_var / 2))


def levels(model: TwoLevels, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Reference, Reference, Reference]:
    """z_top, z_bottom, q of both and p(z_bottom | z_top), for noise (N, D), as the papers have them."""
    features, (noise_top, noise_bottom) = model.encoder(x), noise.split([2, 3], 1)
    bottom_up = reference(model.infer_bottom(features))
    if model.config.family == "ladder":
        q_top = reference(model.infer_top(features))
        z_top = q_top.loc + q_top.scale * noise_top
        prior = reference(model.generate_bottom(z_top))
        precision = bottom_up.variance**-1 + prior.variance**-1
        q_bottom = Reference((bottom_up.loc / bottom_up.variance + prior.loc / prior.variance) / precision, precision**-0.5)
        return z_top, q_bottom.loc + q_bottom.scale * noise_bottom, q_top, q_bottom, prior
    z_bottom = bottom_up.loc + bottom_up.scale * noise_bottom
    q_top = reference(model.infer_top(z_bottom))
    z_top = q_top.loc + q_top.scale * noise_top
    return z_top, z_bottom, q_top, bottom_up, reference(model.generate_bottom(z_top))


@pytest.fixture
def x() -> Tensor:
    return torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(2))


def noise_for(samples: int) -> Tensor:
    return torch.randn(samples, 6, 5, generator=torch.Generator().manual_seed(3))


def test_the_merge_is_the_product_of_two_densities() -> None:
    likelihood, prior = Normal(torch.tensor([[1.3]]), torch.tensor([[-0.8]])), Normal(torch.tensor([[-0.4]]), torch.tensor([[0.5]]))
    z = torch.linspace(-8, 8, 20_001)
    density = sum(Reference(n.mean[0], torch.exp(n.log_var[0] / 2)).log_prob(z) for n in (likelihood, prior)).exp()
    density = density / density.sum()
    mean = (density * z).sum()
    variance = (density * (z - mean).square()).sum()
    found = merge(likelihood, prior)
    assert prior.at(found.mean).item() == pytest.approx(mean.item(), abs=1e-4)
    assert (found.log_var.exp() * prior.log_var.exp()).item() == pytest.approx(variance.item(), abs=1e-4)


def test_a_merge_of_extremes_is_one_of_them() -> None:
    prior, far = Normal(torch.zeros(1, 1), torch.zeros(1, 1)), Normal(torch.full((1, 1), 5.0), torch.full((1, 1), 60.0))
    assert [value.item() for value in merge(far, prior)] == pytest.approx([0, 0], abs=1e-6)
    sharp = merge(Normal(far.mean, -far.log_var), prior)
    assert [value.item() for value in sharp] == pytest.approx([5, -60])


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_in_whitened_coordinates_are_those_of_the_papers(family: str, x: Tensor) -> None:
    model, noise = model_of(family), noise_for(3)
    found = model.log_weight(model.encode(x), noise)
    for weight, eps in zip(found, noise, strict=True):
        z_top, z_bottom, q_top, q_bottom, prior = levels(model, x, eps)
        p = Reference(0.0, 1.0).log_prob(z_top).sum(1) + prior.log_prob(z_bottom).sum(1)
        q = q_top.log_prob(z_top).sum(1) + q_bottom.log_prob(z_bottom).sum(1)
        torch.testing.assert_close(weight, p - q, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_image_is_decoded_from_the_bottom_level_alone(family: str, x: Tensor) -> None:
    model, noise = model_of(family), noise_for(1)
    z_top, z_bottom, _, _, prior = levels(model, x, noise[0])
    u = model.encode(x).at(noise)[0]
    torch.testing.assert_close(u, torch.cat((z_top, (z_bottom - prior.loc) / prior.scale), 1), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(model.decode(u), model.decoder(z_bottom), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_kl_of_each_level_is_that_of_torch_distributions(family: str, x: Tensor) -> None:
    model, noise = model_of(family), noise_for(2)
    expected = torch.zeros(6, 5)
    for eps in noise:
        _, z_bottom, q_top, q_bottom, prior = levels(model, x, eps)
        top = kl_divergence(q_top, Reference(torch.zeros(6, 2), torch.ones(6, 2)))
        ratio = q_bottom.log_prob(z_bottom) - prior.log_prob(z_bottom)
        expected += torch.cat((top, kl_divergence(q_bottom, prior) if family == "ladder" else ratio), 1) / 2
    torch.testing.assert_close(model.kl(model.encode(x), noise), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_kl_of_both_levels_is_the_mean_of_minus_log_weight(family: str, x: Tensor) -> None:
    model, noise = model_of(family, strength=1), noise_for(20_000)
    posterior = model.encode(x)
    weights, kl = model.log_weight(posterior, noise), model.kl(posterior, noise).sum(1)
    error = weights.std(0) / math.sqrt(len(weights))
    assert ((kl + weights.mean(0)).abs() < 6 * error).all()
    assert (error < kl / 20).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_prior_of_the_bottom_level_follows_the_top(family: str) -> None:
    model = model_of(family)
    images = []
    model.decoder.register_forward_pre_hook(lambda _, given: images.append(given[0]))
    u = torch.randn(40_000, 5, generator=torch.Generator().manual_seed(4))
    u[:, :2] = torch.tensor([0.7, -1.1])
    model.decode(u)
    prior = reference(model.generate_bottom(u[:1, :2]))
    torch.testing.assert_close(images[0].mean(0), prior.loc[0], atol=0.03 * prior.scale.max().item(), rtol=0)
    torch.testing.assert_close(images[0].std(0), prior.scale[0], atol=0, rtol=0.03)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_statistics_for_display_have_every_level_at_its_mean(family: str, x: Tensor) -> None:
    model = model_of(family)
    _, _, q_top, q_bottom, prior = levels(model, x, torch.zeros(6, 5))
    posterior = model.encode(x)
    torch.testing.assert_close(posterior.mean, torch.cat((q_top.loc, (q_bottom.loc - prior.loc) / prior.scale), 1), rtol=1e-5, atol=1e-5)
    deviations = torch.cat((q_top.scale, q_bottom.scale / prior.scale), 1)
    torch.testing.assert_close(torch.exp(posterior.log_var / 2), deviations, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("settings", [{}, {"samples": 3}, {"samples": 3, "bound": "importance"}], ids=str)
def test_the_levels_add_up_to_the_kl_of_a_batch(family: str, settings: dict, x: Tensor) -> None:
    config = configure("mnist-ladder", {"beta_schedule": "constant", **settings}).train
    losses = model_of(family, dropout=0.5).losses(Batch(x, x, None), config, 1.0, torch.Generator().manual_seed(0))
    assert losses.terms.keys() == {"kl_top", "kl_bottom"}
    assert sum(losses.terms.values()).item() == pytest.approx(losses.kl.sum(1).mean().item(), rel=1e-5)


@pytest.fixture(params=FAMILIES)
def config(request: pytest.FixtureRequest, toy_config: RunConfig) -> RunConfig:
    return dataclasses.replace(toy_config, model=dataclasses.replace(toy_config.model, family=request.param, latent_dim=4, top_dim=1))


def test_a_training_records_the_kl_of_each_level(config: RunConfig, toy: ImageSet) -> None:
    records = [record for record in Training(config, toy) if record.split == "train"]
    assert all(sum(record.terms.values()) == pytest.approx(record.kl, rel=1e-5) for record in records)


def test_a_training_goes_on_bit_for_bit(config: RunConfig, toy: ImageSet) -> None:
    first, second = Training(config, toy), Training(config, toy)
    for _ in zip(range(7), first, strict=False):
        pass
    second.restore(*first.state())
    losses = [[(record.total, *record.terms.values()) for record in training] for training in (first, second)]
    assert losses[0] == losses[1] != []


def test_each_level_has_a_dimension() -> None:
    with pytest.raises(ConfigError, match="top_dim is 5 of 5 latent dimensions"):
        dataclasses.replace(SMALL, top_dim=5)
    assert SMALL.levels == {"top": 2, "bottom": 3}
    assert dataclasses.replace(SMALL, family="vae", top_dim=5).levels == {}

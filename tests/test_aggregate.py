"""All codes together: densities against closed forms, and holes against a search of every place. No screen, no model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.stats import norm

from vae_core.latent import aggregate
from vae_core.latent.codes import Codes
from vae_core.latent.normals import Normals, standard_normal


def make_codes(mean: np.ndarray, log_var: np.ndarray | None = None, validation: int | None = None) -> Codes:
    nothing = np.zeros(len(mean), np.int64)
    spread = np.zeros((0, mean.shape[1])) if log_var is None else log_var
    return Codes(mean, spread, nothing - 1, nothing, nothing.astype(np.float32), len(mean) if validation is None else validation)


def test_the_density_is_the_mean_of_the_posteriors_densities():
    random = np.random.default_rng(0)
    mean, log_var, values = random.normal(size=(40, 2)), random.uniform(-3, 0, (40, 2)), np.linspace(-3, 3, 37)
    found = aggregate.density(make_codes(mean, log_var, validation=30), values)
    deviation = np.exp(0.5 * log_var)
    for row, column in ((0, 0), (18, 18), (27, 6)):
        each = norm.pdf(values[column], mean[:30, 0], deviation[:30, 0]) * norm.pdf(values[row], mean[:30, 1], deviation[:30, 1])
        assert found[row, column] == pytest.approx(each.mean(), rel=1e-9)


def test_posteriors_that_make_up_the_prior_have_its_histogram():
    random = np.random.default_rng(1)
    codes = make_codes(random.normal(scale=np.sqrt(0.75), size=(60_000, 3)), np.full((60_000, 3), np.log(0.25)))
    edges = np.linspace(-4, 4, 33)
    expected = np.diff(norm.cdf(edges)) / np.diff(edges)
    found, outside = aggregate.histograms(aggregate.draws(codes), edges)
    assert np.abs(found - expected).max() < 0.02
    assert outside == pytest.approx(60_000 * 2 * norm.cdf(-4), abs=12)


def test_a_plain_autoencoder_has_no_spread_and_what_lies_outside_is_counted():
    drawn = aggregate.draws(make_codes(np.array([[-9.0], [0.5], [0.5], [99.0]])))
    found, outside = aggregate.histograms(drawn, np.array([-1.0, 0.0, 1.0]))
    assert found.tolist() == [[0.0, 0.5]]
    assert outside.tolist() == [2]


def test_histograms_reach_as_far_as_nearly_all_draws_but_no_less_than_usual():
    drawn = np.random.default_rng(2).normal(size=(10_000, 2))
    assert aggregate.edges(drawn, 8, 4.0).tolist() == np.linspace(-4, 4, 9).tolist()
    low, *_, high = edges = aggregate.edges(drawn * [1, 12], 8, 4.0)
    assert -low == high == np.ceil(np.quantile(np.abs(12 * drawn[:, 1]), 0.99))
    assert aggregate.histograms(drawn * [1, 12], edges)[1].tolist() == [0, int((np.abs(12 * drawn[:, 1]) > high).sum())]


def test_points_are_as_wide_as_the_steps_between_the_values_and_none_is_lost():
    values = np.linspace(-3, 3, 61)
    found = aggregate.density(make_codes(np.random.default_rng(3).uniform(-2, 2, (200, 2))), values)
    assert found.sum() * (values[1] - values[0]) ** 2 == pytest.approx(1.0, abs=0.01)


@settings(deadline=None, max_examples=40)
@given(some.integers(1, 60), some.integers(0, 2**31))
def test_no_place_of_the_disc_is_farther_from_every_code_than_the_hole(count: int, seed: int):
    mean = np.random.default_rng(seed).normal(size=(count, 2))
    centre, radius = aggregate.biggest_hole(mean)
    assert np.linalg.norm(centre) <= 2 + 1e-9
    assert np.linalg.norm(mean - centre, axis=1).min() == pytest.approx(radius)
    grid = np.stack(np.meshgrid(np.linspace(-2, 2, 81), np.linspace(-2, 2, 81)), -1).reshape(-1, 2)
    grid = grid[np.linalg.norm(grid, axis=1) <= 2]
    farthest = np.linalg.norm(grid[:, None] - mean[None], axis=2).min(1).max()
    assert radius >= farthest - 2 * np.pi / aggregate.RIM  # half the way from one place on the edge to the next


def test_the_hole_of_codes_that_nothing_pulled_to_the_prior_is_found_as_by_a_search():
    """Codes of an autoencoder: far beyond the disc, with few of them inside."""
    random = np.random.default_rng(4)
    mean = random.normal(size=(3000, 2)) * [14, 9] + [5, -3]
    centre, radius = aggregate.biggest_hole(mean)
    angles, away = np.meshgrid(np.linspace(0, 2 * np.pi, 721), np.linspace(0, 2, 401))
    places = (away[..., None] * np.stack([np.cos(angles), np.sin(angles)], -1)).reshape(-1, 2)
    widest = max(np.hypot(*(mean - place).T).min() for place in places[::17])
    assert np.linalg.norm(mean - centre, axis=1).min() == pytest.approx(radius)
    assert widest <= radius + 1e-9 <= widest + 0.1


def test_codes_on_a_line_or_alike_leave_a_hole_too():
    for mean in (np.zeros((5, 2)), np.stack([np.linspace(-2, 2, 9), np.zeros(9)], 1)):
        centre, radius = aggregate.biggest_hole(mean)
        assert radius == pytest.approx(2.0, abs=1e-2)
        assert np.linalg.norm(centre) == pytest.approx(2.0)


def test_under_a_mixture_the_hole_is_within_two_deviations_of_a_component():
    random = np.random.default_rng(0)
    prior = Normals(np.array([0.5, 0.5]), np.array([[-3.0, 0.0], [3.0, 0.0]]), np.array([[0.5, 1.0], [0.5, 1.0]]))
    mean = np.concatenate([random.normal((-3, 0), (0.5, 1), (500, 2)), random.normal((3, 1), (0.3, 0.3), (500, 2))])
    centre, radius = aggregate.biggest_hole(mean, prior)
    assert np.linalg.norm((centre - [3, 0]) / [0.5, 1]) <= 2 + 1e-9
    assert centre[1] < 0
    assert np.linalg.norm(mean - centre, axis=1).min() == pytest.approx(radius)
    grid = np.stack(np.meshgrid(np.linspace(-5, 5, 101), np.linspace(-3, 3, 61)), -1).reshape(-1, 2)
    grid = grid[prior.distance(grid) <= 2]
    assert radius >= np.linalg.norm(grid[:, None] - mean[None], axis=2).min(1).max() - 0.01


def test_the_density_of_a_mixture_along_a_dimension_is_its_draws():
    random, prior = np.random.default_rng(1), Normals(np.array([0.2, 0.8]), np.array([[-2.0, 0], [1, 3]]), np.array([[0.5, 1], [1, 0.3]]))
    chosen = random.choice(2, 100_000, p=prior.weights)
    drawn = prior.means[chosen] + prior.deviations[chosen] * random.standard_normal((100_000, 2))
    edges = np.linspace(-6, 6, 61)
    found, _ = aggregate.histograms(drawn, edges)
    np.testing.assert_allclose(found, prior.density_along((edges[1:] + edges[:-1]) / 2), atol=0.06)
    np.testing.assert_allclose(standard_normal(2).density_along(edges), np.tile(aggregate.normal(edges), (2, 1)))

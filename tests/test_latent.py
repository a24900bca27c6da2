"""Planes, directions and paths against hand-computed cases, scikit-learn and the textbook."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.decomposition import PCA

from vae_core.latent.geometry import Plane, lerp, principal_directions, raw_plane, slerp

FRACTIONS = np.linspace(0, 1, 11)
WIDE = settings(deadline=None, derandomize=True)
POINTS = arrays.arrays(np.float64, 5, elements=st.floats(-100, 100))


def test_a_grid_stands_in_the_middles_of_its_tiles_with_the_largest_y_on_top():
    grid = raw_plane(2, extent=3.0).grid(3)
    assert grid.tolist() == [[-2, 2], [0, 2], [2, 2], [-2, 0], [0, 0], [2, 0], [-2, -2], [0, -2], [2, -2]]


def test_an_even_grid_has_no_point_at_its_centre():
    assert raw_plane(2, extent=2.0).grid(2).tolist() == [[-1, 1], [1, 1], [-1, -1], [1, -1]]


def test_a_tile_is_as_wide_as_the_window_divided_by_the_side():
    grid = raw_plane(2, extent=2.5).grid(7).reshape(7, 7, 2)
    np.testing.assert_allclose(np.diff(grid[0, :, 0]), 5 / 7)
    np.testing.assert_allclose(grid[0, 0], [-2.5 + 2.5 / 7, 2.5 - 2.5 / 7])


def test_a_plane_lies_where_its_centre_and_directions_say():
    plane = Plane(np.array([1.0, 2.0, 3.0]), np.array([[1.0, 0.0, 0.0], [0.0, 0.6, 0.8]]), 1.0)
    assert plane.at(np.array(2.0), np.array(5.0)).tolist() == [3, 5, 7]
    assert plane.at(np.zeros((4, 6)), np.zeros((4, 6))).shape == (4, 6, 3)
    np.testing.assert_allclose(plane.grid(1), [[1, 2, 3]])


def test_a_raw_plane_shows_the_chosen_dimensions_and_no_other():
    grid = raw_plane(4, axes=(3, 1), extent=1.0).grid(2)
    assert grid.tolist() == [[0, 0.5, 0, -0.5], [0, 0.5, 0, 0.5], [0, -0.5, 0, -0.5], [0, -0.5, 0, 0.5]]


def test_one_dimension_is_a_strip_that_repeats_in_every_row():
    assert raw_plane(1, extent=3.0).grid(3).tolist() == 3 * [[-2.0], [0.0], [2.0]]


@pytest.mark.parametrize(("n", "dimensions", "count"), [(200, 6, 2), (50, 3, 3), (4, 9, 2), (300, 32, 10)])
def test_principal_directions_are_those_of_scikit_learn(n, dimensions, count):
    random = np.random.default_rng(n)
    codes = random.standard_normal((n, dimensions)) * np.arange(1, dimensions + 1) + 7
    before = codes.copy()
    centre, directions, deviations = principal_directions(codes, count)
    pca = PCA(count, svd_solver="full").fit(codes)
    np.testing.assert_allclose(centre, pca.mean_)
    np.testing.assert_allclose(np.abs(np.sum(directions * pca.components_, axis=1)), 1)
    np.testing.assert_allclose(deviations, np.sqrt(pca.explained_variance_))
    np.testing.assert_array_equal(codes, before)


@WIDE
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_directions_are_orthonormal_and_do_not_flip_when_the_codes_do(seed, dimensions):
    codes = np.random.default_rng(seed).standard_normal((20, dimensions)) * np.arange(1, dimensions + 1)
    centre, directions, deviations = principal_directions(codes, 2)
    np.testing.assert_allclose(directions @ directions.T, np.eye(len(directions)), atol=1e-12)
    largest = np.abs(directions).argmax(axis=1)
    assert (directions[np.arange(len(directions)), largest] > 0).all()
    assert (np.diff(deviations) <= 0).all()
    mirrored = principal_directions(-codes, 2)
    np.testing.assert_allclose(mirrored[1], directions, atol=1e-9)
    np.testing.assert_allclose(mirrored[0], -centre)


def test_codes_that_do_not_vary_have_no_spread():
    centre, _, deviations = principal_directions(np.full((10, 3), 2.0), 2)
    assert centre.tolist() == [2, 2, 2]
    assert deviations.tolist() == [0, 0]
    assert principal_directions(np.ones((1, 3)), 2)[2].tolist() == [0]


@WIDE
@given(POINTS, POINTS)
def test_both_paths_begin_and_end_exactly(start, end):
    ends = np.array([0.0, 1.0])
    np.testing.assert_array_equal(lerp(start, end, ends), [start, end])
    np.testing.assert_allclose(slerp(start, end, ends), [start, end], rtol=1e-9, atol=1e-9)


def test_a_straight_line_is_walked_evenly_and_beyond_its_ends():
    points = lerp(np.array([1.0, 2.0]), np.array([3.0, -2.0]), np.array([-0.5, 0.25, 0.5, 2.0]))
    assert points.tolist() == [[0, 4], [1.5, 1], [2, 0], [5, -6]]


@WIDE
@given(POINTS, POINTS)
def test_norms_on_the_arc_go_geometrically(start, end):
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    assume(min(lengths) > 1e-3)
    assume(abs(start @ end) < 0.999 * lengths[0] * lengths[1])
    norms = np.linalg.norm(slerp(start, end, FRACTIONS), axis=1)
    np.testing.assert_allclose(np.log(norms), (1 - FRACTIONS) * math.log(lengths[0]) + FRACTIONS * math.log(lengths[1]), atol=1e-6)


@WIDE
@given(POINTS, POINTS)
def test_the_arc_is_walked_at_a_constant_angle_in_the_plane_of_its_ends(start, end):
    assume(min(np.linalg.norm(start), np.linalg.norm(end)) > 1e-3)
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    angle = math.acos(np.clip(start @ end, -1, 1))
    assume(0.05 < angle < math.pi - 0.05)
    points = slerp(start, end, FRACTIONS)
    textbook = [(math.sin((1 - t) * angle) * start + math.sin(t * angle) * end) / math.sin(angle) for t in FRACTIONS]
    np.testing.assert_allclose(points, textbook, atol=1e-9)
    np.testing.assert_allclose(np.sum(points[1:] * points[:-1], axis=1), math.cos(angle / 10), atol=1e-9)


def test_a_quarter_turn_by_hand():
    middle = slerp(np.array([4.0, 0.0]), np.array([0.0, 9.0]), np.array([0.5, 1 / 3]))
    np.testing.assert_allclose(middle[0], [6 * math.sqrt(0.5), 6 * math.sqrt(0.5)])  # 6 is the geometric mean of 4 and 9
    np.testing.assert_allclose(np.degrees(np.arctan2(middle[1, 1], middle[1, 0])), 30)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ([0.0, 0.0], [3.0, 4.0]),
        ([3.0, 4.0], [0.0, 0.0]),
        ([0.0, 0.0], [0.0, 0.0]),
        ([1.0, 2.0], [1.0, 2.0]),
        ([1.0, 2.0], [2.0, 4.0]),
        ([1.0, 2.0], [-1.0, -2.0]),
    ],
)
def test_ends_without_a_unique_arc_are_joined_by_the_straight_line(start, end):
    start, end = np.array(start), np.array(end)
    np.testing.assert_array_equal(slerp(start, end, FRACTIONS), lerp(start, end, FRACTIONS))

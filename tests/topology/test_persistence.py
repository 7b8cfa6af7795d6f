"""Vietoris-Rips persistence: spaces of known topology, exact figures, a slow independent reduction, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform

from catlearn.evidence.persistence import bottleneck, diagrams
from tests.topology.oracles import betti, circle, reduced_diagrams, sphere, torus

small_clouds = arrays(
    np.float64, st.tuples(st.integers(1, 7), st.integers(1, 3)), elements=st.integers(-4, 4).map(float)
)


def betti_numbers(cloud, low, high, top):
    """Betti numbers over a range of scales; the infinite bar of degree 0 is counted here."""
    found = diagrams(cloud, tuple(range(top + 1)))
    return tuple(betti(found[degree], low, high) + (degree == 0) for degree in range(top + 1))


def test_a_circle_has_one_component_and_one_hole():
    assert betti_numbers(circle(40), 0.2, 1.6, 1) == (1, 1)


def test_two_circles_apart_have_two_of_each():
    assert betti_numbers(np.concatenate([circle(40), circle(40) + 5.0]), 0.2, 1.6, 1) == (2, 2)


def test_a_disc_has_no_hole_over_the_range_in_which_its_rim_has_one():
    disc = np.concatenate([circle(40, radius) for radius in np.linspace(0, 1, 8)])
    assert betti_numbers(disc, 0.2, 1.6, 1) == (1, 0)


def test_a_sphere_encloses_a_void_and_has_no_hole():
    assert betti_numbers(sphere(80), 0.6, 1.3, 2) == (1, 0, 1)


def test_a_torus_has_two_holes_and_a_void():
    assert betti_numbers(torus(10), 1.0, 1.6, 2) == (1, 2, 1)


def test_exact_figures_of_a_square_and_of_an_octahedron():
    square = diagrams(np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]]), (0, 1))
    assert np.allclose(square[0], [[0, 1]] * 3)
    assert np.allclose(square[1], [[1, np.sqrt(2)]])
    octahedron = diagrams(np.concatenate([np.eye(3), -np.eye(3)]), (1, 2))
    assert octahedron[1].shape == (0, 2)
    assert np.allclose(octahedron[2], [[np.sqrt(2), 2]])


def test_the_hole_of_a_hexagon_dies_at_its_second_distance():
    assert np.allclose(diagrams(circle(6), (1,))[1], [[1, np.sqrt(3)]])


@given(small_clouds)
@settings(max_examples=60, deadline=None)
def test_agreement_with_the_reduction_of_the_boundary_matrix(cloud):
    expected = reduced_diagrams(cloud, 1)
    for degree, found in diagrams(cloud, (0, 1)).items():
        assert found.shape == expected[degree].shape
        assert np.allclose(found, expected[degree])


def test_agreement_with_the_reduction_in_degree_two():
    generator = np.random.default_rng(5)
    for _ in range(5):
        cloud = sphere(10) + 0.1 * generator.normal(size=(10, 3))
        assert np.allclose(diagrams(cloud, (2,))[2], reduced_diagrams(cloud, 2)[2])


def test_the_deaths_of_degree_zero_are_the_edges_of_the_least_spanning_tree():
    cloud = np.random.default_rng(3).normal(size=(256, 32))
    tree = minimum_spanning_tree(squareform(pdist(cloud)))
    assert np.allclose(diagrams(cloud, (0,))[0][:, 1], np.sort(tree.data))


def test_only_finite_bars_come_out_of_a_real_cloud():
    found = diagrams(np.random.default_rng(0).normal(size=(256, 32)), (0, 1))
    assert found[0].shape == (255, 2)
    assert all(np.isfinite(bars).all() and bars.dtype == np.float64 for bars in found.values())


def test_points_that_coincide_count_once():
    cloud = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    once, twice = diagrams(cloud, (0, 1)), diagrams(np.concatenate([cloud, cloud]), (0, 1))
    assert all((once[degree] == twice[degree]).all() for degree in (0, 1))


@pytest.mark.parametrize("cloud", [np.zeros((1, 2)), np.zeros((5, 2)), np.zeros((3, 0))])
def test_a_single_place_has_empty_diagrams(cloud):
    assert all(bars.shape == (0, 2) for bars in diagrams(cloud, (0, 1, 2, 3)).values())


@pytest.mark.parametrize("cloud", [np.empty((0, 2)), np.array([[0.0], [np.nan]]), np.zeros(3)])
def test_what_has_no_shape_is_refused(cloud):
    with pytest.raises(ValueError, match="finite coordinates"):
        diagrams(cloud, (0,))


def test_degrees_are_whole_numbers_from_zero():
    assert diagrams(circle(5), ()) == {}
    with pytest.raises(ValueError, match="at least 0"):
        diagrams(circle(5), (-1, 0))


def furthest(left, right):
    """The largest distance of two clouds' diagrams over degrees 0 and 1."""
    first, second = diagrams(left, (0, 1)), diagrams(right, (0, 1))
    return max(bottleneck(first[degree], second[degree]).value for degree in (0, 1))


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_an_isometry_changes_nothing(seed):
    generator = np.random.default_rng(seed)
    cloud = generator.normal(size=(20, 3))
    rotation, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    moved = (cloud @ rotation + generator.normal(size=3))[generator.permutation(20)]
    assert furthest(cloud, moved) <= 1e-12


def unstable_cases(distance):
    """The seeds for which moving every point by at most e moves the diagrams by more than 2e, or by nothing at all."""
    broken = []
    for seed in range(25):
        generator = np.random.default_rng(seed)
        cloud, step = generator.normal(size=(20, 3)), 10.0 ** -generator.integers(1, 14)
        move = generator.normal(size=cloud.shape)
        move *= step / np.linalg.norm(move, axis=1, keepdims=True)
        if not 0 < distance(cloud, cloud + move) <= 2 * step * (1 + 1e-12) + 1e-15:
            broken.append(seed)
    return broken


def test_diagrams_move_by_at_most_twice_what_the_points_move():
    assert unstable_cases(furthest) == []


def test_the_bound_of_stability_is_reached():
    assert furthest(np.array([[0.0], [1.0]]), np.array([[-0.125], [1.125]])) == 0.25 / 2 * 2


def unscaled(left, right):
    """A saboteur: Hera as it comes, which takes small distances for none."""
    from gudhi.hera import bottleneck_distance

    first, second = diagrams(left, (0, 1)), diagrams(right, (0, 1))
    return max(bottleneck_distance(first[degree], second[degree], delta=0.0) for degree in (0, 1))


def summed(left, right):
    """A saboteur: the moves of all bars added up, which is another distance."""
    from gudhi.hera import wasserstein_distance

    first, second = diagrams(left, (0,))[0], diagrams(right, (0,))[0]
    return wasserstein_distance(first, second, order=1, delta=0.01)


@pytest.mark.parametrize("saboteur", [unscaled, summed])
def test_the_law_of_stability_catches_wrong_distances(saboteur):
    assert unstable_cases(saboteur)

"""Representation topology divergence against the figures of its authors' code, and its laws."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from catlearn.evidence.correspondence import alignment
from catlearn.evidence.divergence import cross_barcodes, distances, divergence

COUNTS = (2, 3, 4, 5, 6, 10, 12)
FIGURES = (10.376, 11.958, 13.785, 15.007, 16.048, 19.135, 19.673)


@pytest.fixture(scope="module")
def clusters():
    """The clouds of the experiment `Clusters`: 60 clusters of 5 points, on one heap and on k heaps."""
    # The authors' draws are those of the generator of old.
    old = np.random.RandomState(7)
    drawn = [old.multivariate_normal(np.zeros(2), np.eye(2), 5) for _ in range(60)]

    def heaps(k):
        angles = [2 * np.pi * (index % k) / k for index in range(60)]
        moves = [10 * np.array([np.cos(angle), np.sin(angle)]) for angle in angles]
        return np.concatenate([points + move for points, move in zip(drawn, moves, strict=True)])

    return np.concatenate(drawn), heaps


def of_clouds(left, right, unit="quantile", degrees=(1,)):
    return divergence(distances(left, unit), distances(right, unit), degrees)


def test_a_figure_of_the_clusters_that_one_direction_misses(clusters):
    base, heaps = clusters
    matrices = distances(base, "quantile"), distances(heaps(5), "quantile")
    assert divergence(*matrices, (1,)) == pytest.approx(FIGURES[3], abs=5e-4)
    assert one_direction(*matrices) != pytest.approx(FIGURES[3], abs=5e-4)
    assert one_direction(*matrices[::-1]) != pytest.approx(FIGURES[3], abs=5e-4)


def one_direction(left, right):
    """A saboteur: the total length of the bars of one direction."""
    bars = cross_barcodes(left, right, (1,))[1]
    return float((bars[:, 1] - bars[:, 0]).sum())


@pytest.mark.nightly
def test_all_figures_of_the_clusters(clusters):
    base, heaps = clusters
    found = [of_clouds(base, heaps(k)) for k in COUNTS]
    assert found == pytest.approx(FIGURES, abs=5e-4)
    assert kendalltau(found, COUNTS).statistic == pytest.approx(1.0)


def test_alignment_does_not_order_the_clusters_and_has_the_published_rank_correlation(clusters):
    base, heaps = clusters
    found = [alignment(base, heaps(k), "linear", 1.0) for k in COUNTS]
    assert kendalltau(found, COUNTS).statistic == pytest.approx(0.238, abs=5e-4)


@pytest.mark.nightly
def test_figures_of_the_readme():
    old = np.random.RandomState(7)
    left, right = old.rand(1000, 2), old.rand(1000, 2)
    bars = cross_barcodes(distances(left, "quantile"), distances(right, "quantile"), (1,))[1]
    lengths = np.sort(bars[:, 1] - bars[:, 0])
    assert len(lengths) == 1219
    assert lengths[-1] == pytest.approx(0.152576, abs=5e-7)
    assert lengths[len(lengths) // 2] == pytest.approx(0.051960, abs=5e-7)
    assert lengths[len(lengths) * 976 // 1000] == pytest.approx(0.104571, abs=5e-7)


def test_a_cloud_is_at_divergence_zero_of_its_rotated_and_scaled_copies():
    generator = np.random.default_rng(0)
    cloud = generator.normal(size=(40, 3))
    rotation, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    assert of_clouds(cloud, cloud @ rotation * 7.0 + 2.0) == pytest.approx(0.0, abs=1e-9)
    assert of_clouds(cloud, cloud, degrees=(0, 1)) == 0.0


def test_it_is_symmetric_and_sees_which_points_correspond():
    generator = np.random.default_rng(1)
    left, right = generator.normal(size=(40, 3)), generator.normal(size=(40, 5))
    assert of_clouds(left, right) == of_clouds(right, left) > 0.0
    assert of_clouds(left, left[generator.permutation(40)]) > 0.0


def test_a_cloud_most_of_whose_points_coincide_has_no_unit():
    cloud = np.zeros((20, 2))
    cloud[0] = 1.0
    assert distances(cloud, "quantile") is None
    assert distances(cloud, "cloud").max() == pytest.approx(2**0.5)

"""Alignment, Procrustes distance and affine residual: invariances with saboteurs, and other implementations."""

import numpy as np
import pytest
import scipy.spatial
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.metrics.pairwise import euclidean_distances, linear_kernel, rbf_kernel
from sklearn.preprocessing import KernelCenterer

from catlearn.evidence.cloud import normalised
from catlearn.evidence.correspondence import affine_residual, alignment, procrustes

SEEDS = st.integers(0, 10_000)
KERNELS = ("linear", "rbf")


def pair(seed, points=24, left=4, right=4):
    generator = np.random.default_rng(seed)
    first = generator.normal(size=(points, left))
    return first, first[:, : min(left, right)] @ generator.normal(size=(min(left, right), right)) + generator.normal(
        size=(points, right)
    )


def moved(cloud, seed, scale=3.0, shift=10.0):
    """A rotated or reflected, scaled and translated copy."""
    generator = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(generator.normal(size=(cloud.shape[1],) * 2))
    return scale * cloud @ rotation + shift


# Alignment.


@pytest.mark.parametrize("kernel", KERNELS)
@given(SEEDS)
def test_the_alignment_of_moved_copies_is_one(kernel, seed):
    cloud, _ = pair(seed)
    assert alignment(cloud, moved(cloud, seed), kernel, 1.0) == pytest.approx(1.0)


@pytest.mark.parametrize("kernel", KERNELS)
@given(SEEDS)
def test_the_alignment_does_not_see_motions_and_is_symmetric(kernel, seed):
    left, right = pair(seed, left=4, right=6)
    found = alignment(left, right, kernel, 0.7)
    assert 0.0 <= found <= 1.0
    assert alignment(right, left, kernel, 0.7) == pytest.approx(found)
    assert alignment(moved(left, seed), moved(right, seed + 1), kernel, 0.7) == pytest.approx(found)


def uncentred(left, right):
    """A saboteur: the alignment of kernels that are not centred."""
    kernels = [cloud @ cloud.T for cloud in (left, right)]
    return (kernels[0] * kernels[1]).sum() / np.prod([np.linalg.norm(kernel) for kernel in kernels])


def test_the_invariance_catches_kernels_that_are_not_centred():
    cloud, _ = pair(0)
    assert uncentred(cloud, moved(cloud, 0)) < 0.99


def of_kernels(first, second):
    centred = [KernelCenterer().fit_transform(kernel) for kernel in (first, second)]
    norms = [np.sqrt((kernel * kernel).sum()) for kernel in centred]
    return (centred[0] * centred[1]).sum() / (norms[0] * norms[1])


@pytest.mark.parametrize("widths", [(3, 4), (40, 5), (30, 60)])
def test_agreement_with_kernels_of_scikit_learn(widths):
    clouds = pair(3, left=widths[0], right=widths[1])
    assert alignment(*clouds, "linear", 1.0) == pytest.approx(of_kernels(*map(linear_kernel, clouds)))
    kernels = []
    for cloud in clouds:
        width = 0.5 * np.median(euclidean_distances(cloud)[np.triu_indices(len(cloud), 1)])
        kernels.append(rbf_kernel(cloud, gamma=1 / (2 * width**2)))
    assert alignment(*clouds, "rbf", 0.5) == pytest.approx(of_kernels(*kernels))


@pytest.mark.parametrize("kernel", KERNELS)
def test_there_is_no_alignment_of_two_points_or_of_one_place(kernel):
    cloud, _ = pair(0)
    assert alignment(cloud[:2], cloud[2:4], kernel, 1.0) is None
    assert alignment(cloud, np.full((24, 3), 0.1), kernel, 1.0) is None


def test_a_kernel_without_a_width_has_no_alignment():
    cloud, _ = pair(0)
    heap = np.where(np.arange(24)[:, None] < 20, 0.0, cloud)
    assert alignment(cloud, heap, "rbf", 1.0) is None
    assert alignment(cloud, heap, "linear", 1.0) is not None


# Procrustes.


@given(SEEDS)
def test_the_distance_of_moved_copies_is_zero(seed):
    cloud, _ = pair(seed)
    assert procrustes(cloud, moved(cloud, seed, scale=1.0)) == pytest.approx(0.0, abs=1e-12)
    wider = np.pad(cloud, ((0, 0), (0, 2)))
    assert procrustes(cloud, moved(wider, seed, scale=1.0)) == pytest.approx(0.0, abs=1e-12)


@given(SEEDS)
def test_the_distance_is_a_metric_that_does_not_see_motions(seed):
    generator = np.random.default_rng(seed)
    first, second, third = (generator.normal(size=(12, width)) for width in (2, 3, 4))
    found = procrustes(first, second)
    assert procrustes(second, first) == pytest.approx(found)
    assert procrustes(moved(first, seed, 1.0), moved(second, seed + 1, 1.0)) == pytest.approx(found)
    assert procrustes(first, third) <= found + procrustes(second, third) + 1e-12


def unrotated(left, right):
    """A saboteur: the distance of clouds that are only translated."""
    apart = (left - left.mean(axis=0)) - (right - right.mean(axis=0))
    return np.sqrt(np.square(apart).sum(axis=1).mean())


def test_the_invariance_catches_a_distance_without_rotation():
    cloud, _ = pair(0)
    assert unrotated(cloud, moved(cloud, 0, scale=1.0)) > 0.1


@given(SEEDS)
def test_agreement_with_the_disparity_of_scipy(seed):
    clouds = [normalised(cloud, "rms") for cloud in pair(seed)]
    _, _, disparity = scipy.spatial.procrustes(*clouds)
    assert (1 - procrustes(*clouds) ** 2 / 2) ** 2 == pytest.approx(1 - disparity)


@given(SEEDS)
def test_clouds_of_size_one_are_at_most_root_two_apart(seed):
    assert procrustes(*(normalised(cloud, "rms") for cloud in pair(seed, points=4))) <= 2**0.5 + 1e-12


# Affine images.


@given(SEEDS)
def test_an_affine_image_leaves_nothing(seed):
    cloud, _ = pair(seed)
    image = cloud @ np.random.default_rng(seed).normal(size=(4, 6)) + 5.0
    assert affine_residual(cloud, image) == pytest.approx(0.0, abs=1e-12)


def linear_residual(left, right):
    """A saboteur: an image without a constant."""
    theirs = right - right.mean(axis=0)
    fitted = left @ np.linalg.lstsq(left, right, rcond=None)[0]
    return np.square(right - fitted).sum() / np.square(theirs).sum()


def test_the_law_catches_a_fit_without_a_constant():
    cloud, _ = pair(0)
    assert linear_residual(cloud, cloud + 5.0) > 0.1


@given(SEEDS)
def test_agreement_with_the_regression_of_scikit_learn(seed):
    left, right = pair(seed, left=4, right=6)
    fitted = LinearRegression().fit(left, right).predict(left)
    share = np.square(right - fitted).sum() / np.square(right - right.mean(axis=0)).sum()
    assert affine_residual(left, right) == pytest.approx(share)


@given(SEEDS)
def test_the_residual_does_not_see_affine_maps_of_the_first_nor_motions_of_the_second(seed):
    left, right = pair(seed, left=4, right=3)
    image = left @ np.random.default_rng(seed).normal(size=(4, 4)) + 1.0
    assert affine_residual(image, moved(right, seed)) == pytest.approx(affine_residual(left, right))


def test_the_residual_has_a_direction():
    line = np.linspace(0, 1, 20)[:, None]
    curve = np.concatenate([line, line**2], axis=1)
    assert affine_residual(curve, line) == pytest.approx(0.0, abs=1e-12)
    assert affine_residual(line, curve) > 0.01


def test_nothing_follows_from_points_that_are_affinely_independent_or_coincide():
    left, right = pair(0, points=5, left=4)
    assert affine_residual(left, right) is None
    assert affine_residual(left[:, :3], right) is not None
    assert affine_residual(left, np.full((5, 2), 0.1)) is None
    assert affine_residual(np.full((5, 4), 0.1), right) == 1.0


def test_directions_that_are_rounding_explain_nothing():
    generator = np.random.default_rng(0)
    line = np.linspace(0, 1, 40)[:, None]
    noise = 1e-8 * generator.normal(size=(40, 30))
    target = generator.normal(size=(40, 1))
    assert affine_residual(np.concatenate([line, noise], axis=1), target) == pytest.approx(
        affine_residual(line, target)
    )

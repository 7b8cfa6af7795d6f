"""Clouds freed from place and size, and those that have no shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from catlearn.evidence.cloud import normalised

clouds = arrays(np.float64, st.tuples(st.integers(2, 9), st.integers(1, 4)), elements=st.integers(-50, 50).map(float))


def has_shape(cloud):
    return len(np.unique(cloud, axis=0)) > 1


@given(clouds.filter(has_shape))
def test_rms_moves_the_mean_to_zero_and_the_size_to_one(cloud):
    unit = normalised(cloud, "rms")
    assert np.allclose(unit.mean(axis=0), 0, atol=1e-12)
    assert np.square(unit).sum(axis=1).mean() == pytest.approx(1, rel=1e-12)


@given(clouds.filter(has_shape), st.integers(-200, 200), st.integers(-1000, 1000))
def test_rms_forgets_place_and_size(cloud, exponent, shift):
    assert np.allclose(normalised((cloud + shift) * 2.0**exponent, "rms"), normalised(cloud, "rms"), atol=1e-9)


def test_rms_keeps_points_that_coincide_together():
    unit = normalised(np.array([[0.1, 0.7], [3.0, 1.0], [0.1, 0.7]]), "rms")
    assert (unit[0] == unit[2]).all()


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e-300, -1e300])
@pytest.mark.parametrize("points", [1, 2, 7])
def test_a_constant_cloud_has_no_shape(value, points):
    assert normalised(np.full((points, 3), value), "rms") is None


@pytest.mark.parametrize("normalise", ["rms", "none"])
@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_cloud_that_is_not_finite_has_no_shape(broken, normalise):
    assert normalised(np.array([[0.0, 1.0], [broken, 2.0]]), normalise) is None


@pytest.mark.parametrize("normalise", ["rms", "none"])
def test_a_cloud_without_points_has_no_shape(normalise):
    assert normalised(np.empty((0, 3)), normalise) is None


def test_a_spread_of_one_rounding_of_float32_is_a_shape():
    cloud = np.array([[1.0], [np.nextafter(np.float32(1), np.float32(2))]], dtype=np.float32)
    assert np.allclose(normalised(cloud, "rms"), [[-1.0], [1.0]])


def test_none_leaves_a_cloud_as_it_is():
    cloud = np.array([[5.0, 1.0], [5.0, 1.0]])
    assert (normalised(cloud, "none") == cloud).all()


def test_what_is_not_a_cloud_is_refused():
    with pytest.raises(ValueError, match="shape"):
        normalised(np.zeros(3), "rms")

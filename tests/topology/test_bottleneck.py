"""The bottleneck distance: published figures, a slow independent answer, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.evidence.persistence import bottleneck
from tests.topology.oracles import slow_bottleneck

EMPTY = np.empty((0, 2))


def diagram(*bars):
    return np.array(bars, dtype=float).reshape(-1, 2)


finite_diagrams = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=6).map(
    lambda bars: diagram(*((birth, birth + length) for birth, length in bars))
)


@pytest.mark.parametrize(
    ("left", "right", "value"),
    [
        # gudhi's own tests
        (
            diagram((2.7, 3.7), (9.6, 14), (34.2, 34.974), (3, np.inf)),
            diagram((2.8, 4.45), (9.5, 14.1), (3.2, np.inf)),
            0.75,
        ),
        (diagram((0, 0)), diagram((0, 13)), 6.5),
        # persim, issues 28 and 44
        (diagram((6, 9), (6, 8)), diagram((4, 10), (9, 10)), 2.0),
        (diagram((0, 1), (0, 1)), diagram((0, 1)), 0.5),
        (diagram((0.11371516, 4.45734882)), diagram((0.11371516, 4.45734882)), 0.0),
        # gudhi issue 399
        (EMPTY, diagram((0.99, 1.0)), 0.005),
        # gudhi issue 477: a point on the diagonal
        (diagram((0, 0), (0, 1)), diagram((0, 1)), 0.0),
    ],
)
def test_published_figures(left, right, value):
    assert bottleneck(left, right).value == pytest.approx(value, rel=1e-12)
    assert bottleneck(right, left).value == pytest.approx(value, rel=1e-12)


def test_a_diagram_is_half_its_longest_bar_from_the_empty_one():
    found = bottleneck(diagram((0, 1), (2, 7), (3, 4)), EMPTY)
    assert (found.value, found.left_size, found.right_size) == (2.5, 3, 0)


def test_two_empty_diagrams_are_at_distance_zero_of_which_nothing_follows():
    for empty in (EMPTY, diagram((3, 3))):
        found = bottleneck(EMPTY, empty)
        assert (found.value, found.left_size, found.right_size) == (0.0, 0, 0)
    assert bottleneck(diagram((0, 1)), diagram((0, 1))).left_size == 1


def test_infinite_bars_are_matched_in_the_order_of_their_births():
    left, right = diagram((5, np.inf), (0, np.inf)), diagram((1, np.inf), (4.5, np.inf))
    assert bottleneck(left, right).value == 1.0


def test_infinite_bars_left_over_are_infinitely_far():
    assert bottleneck(diagram((0, np.inf), (0, 1)), diagram((0, 1))).value == np.inf
    assert bottleneck(diagram((0, np.inf)), EMPTY).value == np.inf


@pytest.mark.parametrize(
    "broken",
    [np.zeros(4), np.zeros((2, 3)), diagram((np.nan, 1)), diagram((0, np.nan)), diagram((2, 1)), diagram((-np.inf, 0))],
)
def test_what_is_not_a_diagram_is_refused(broken):
    with pytest.raises(ValueError, match=r"shape|finite birth"):
        bottleneck(broken, EMPTY)


def spread_diagram(generator):
    """Bars of lengths over fourteen orders of magnitude."""
    bars = generator.random((generator.integers(0, 9), 2)) * 10.0 ** generator.integers(-14, 1, (1, 2))
    bars.sort(axis=1)
    return bars


def disagreements(distance):
    """How often a distance differs from the slow one by more than rounding, in 300 pairs of diagrams."""
    found = 0
    for seed in range(300):
        generator = np.random.default_rng(seed)
        left, right = spread_diagram(generator), spread_diagram(generator)
        truth = slow_bottleneck(left, right)
        found += abs(distance(left, right) - truth) > 1e-12 * truth
    return found


def test_agreement_with_trying_every_candidate_at_every_scale():
    assert disagreements(lambda left, right: bottleneck(left, right).value) == 0


def test_the_comparison_catches_wrong_distances():
    from gudhi.hera import bottleneck_distance

    assert disagreements(lambda left, right: bottleneck_distance(left, right, delta=0.0)) > 0
    assert disagreements(lambda left, right: bottleneck_distance(left * 2.0**99, right * 2.0**99, 0.01) / 2.0**99) > 0


@given(finite_diagrams, finite_diagrams, finite_diagrams)
@settings(deadline=None)
def test_it_is_a_metric_on_diagrams_with_ties(first, second, third):
    def distance(left, right):
        return bottleneck(left, right).value

    assert distance(first, second) == distance(second, first) == slow_bottleneck(first, second)
    assert distance(first, third) <= distance(first, second) + distance(second, third)
    assert (distance(first, second) == 0) == (sorted(first.tolist()) == sorted(second.tolist()))


@given(finite_diagrams, finite_diagrams, st.integers(-900, 900))
@settings(deadline=None)
def test_it_grows_with_the_unit(left, right, exponent):
    unit = 2.0**exponent
    assert bottleneck(left * unit, right * unit).value == bottleneck(left, right).value * unit

"""The Wasserstein distance of diagrams: published figures, every matching tried, and its laws."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.evidence.persistence import wasserstein

INFINITE = float("inf")
EMPTY = np.empty((0, 2))


def diagram(*bars):
    return np.array(bars, dtype=float).reshape(-1, 2)


diagrams = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=4).map(
    lambda bars: diagram(*((birth, birth + length) for birth, length in bars))
)


@pytest.mark.parametrize(
    ("left", "right", "order", "ground", "value"),
    [
        # gudhi's own tests
        (diagram((2.7, 3.7), (9.6, 14), (34.2, 34.974)), diagram((2.8, 4.45), (9.5, 14.1)), 1, 2.0, 1.4453593),
        (diagram((0, 3), (4, 8)), EMPTY, 2, 1.0, 5.0),
        (EMPTY, EMPTY, 2, INFINITE, 0.0),
        (diagram((3, 3)), EMPTY, 1, INFINITE, 0.0),
    ],
)
def test_published_figures(left, right, order, ground, value):
    assert wasserstein(left, right, order, ground).value == pytest.approx(value, rel=1e-7)
    assert wasserstein(right, left, order, ground).value == pytest.approx(value, rel=1e-7)


def every_matching(left, right, order, ground):
    """The least cost over all ways to match some bars of one with bars of the other and the rest with the diagonal."""

    def norm(move):
        return np.abs(move).max() if np.isinf(ground) else (np.abs(move) ** ground).sum() ** (1 / ground)

    def alone(bars):
        return sum(norm(np.repeat((death - birth) / 2, 2)) ** order for birth, death in bars)

    costs = []
    for size in range(min(len(left), len(right)) + 1):
        for ours in combinations(range(len(left)), size):
            for theirs in permutations(range(len(right)), size):
                rest = [np.delete(left, ours, axis=0), np.delete(right, theirs, axis=0)]
                moved = sum(norm(left[i] - right[j]) ** order for i, j in zip(ours, theirs, strict=True))
                costs.append(moved + alone(rest[0]) + alone(rest[1]))
    return min(costs) ** (1 / order)


@given(diagrams, diagrams, st.sampled_from([1, 2]), st.sampled_from([1.0, 2.0, INFINITE]))
@settings(deadline=None)
def test_agreement_with_trying_every_matching(left, right, order, ground):
    assert wasserstein(left, right, order, ground).value == pytest.approx(every_matching(left, right, order, ground))


def test_the_comparison_catches_a_matching_without_the_diagonal():
    def all_matched(left, right):
        return wasserstein(left, right, 1, INFINITE).value if len(left) == len(right) else np.inf

    left, right = diagram((0, 1), (5, 6)), diagram((0, 1))
    assert all_matched(left, right) != every_matching(left, right, 1, INFINITE) == 0.5


@given(diagrams, diagrams, diagrams)
@settings(deadline=None)
def test_it_is_a_metric(first, second, third):
    def distance(left, right):
        return wasserstein(left, right, 2, INFINITE).value

    assert distance(first, second) == pytest.approx(distance(second, first))
    assert distance(first, third) <= distance(first, second) + distance(second, third) + 1e-9
    assert (distance(first, second) == 0) == (sorted(first.tolist()) == sorted(second.tolist()))


def test_infinite_bars_are_matched_in_the_order_of_their_births():
    left, right = diagram((5, np.inf), (0, np.inf)), diagram((1, np.inf), (4.5, np.inf))
    assert wasserstein(left, right, 1, INFINITE).value == 1.5
    assert wasserstein(left, right, 2, INFINITE).value == pytest.approx(1.25**0.5)


def test_infinite_bars_left_over_are_infinitely_far():
    found = wasserstein(diagram((0, np.inf), (0, 1)), diagram((0, 1)), 2, INFINITE)
    assert (found.value, found.left_size, found.right_size) == (np.inf, 2, 1)


def test_what_is_not_a_diagram_is_refused():
    with pytest.raises(ValueError, match=r"shape|finite birth"):
        wasserstein(np.zeros((2, 3)), EMPTY, 2, INFINITE)

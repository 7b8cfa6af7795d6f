"""Pairs of different seeds beside a claim about pairs of one seed: which are taken, how their mean is bounded, and
whether the seeds of a table matter at all. Permutations are held against plain enumeration."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.evidence.documents import OtherSeeds
from catlearn.evidence.other_seeds import MOST, MOST_IN_HOMOLOGY, drawn
from catlearn.verdict import permutation
from catlearn.verdict.other_seeds import beside, by_chance
from catlearn.verdict.verdict import Verdict


def table(same: float, apart: list[list[float]]) -> OtherSeeds:
    rows = [[same if i == j else value for j, value in enumerate(row)] for i, row in enumerate(apart)]
    return OtherSeeds(seeds=tuple(range(len(rows))), available=len(rows), values=tuple(map(tuple, rows)))


def around(mean: float, seeds: int = 6, deviation: float = 0.05) -> list[list[float]]:
    return np.random.default_rng(0).normal(mean, deviation, (seeds, seeds)).tolist()


@pytest.mark.parametrize(
    ("mean", "caveat"), [(0.5, "not discriminating"), (1.5, ""), (1.01, "not shown to discriminate")]
)
def test_a_distance_discriminates_only_where_other_seeds_are_shown_to_be_beyond_the_margin(mean, caveat):
    found = beside(table(0.1, around(mean)), "<=", 1.0, 0.0, 0.95)
    assert found is not None
    assert found.caveat == caveat


@pytest.mark.parametrize(("operator", "bound", "margin"), [("<=", 0.3, 0.0), (">=", 0.2, 0.0), ("~", 0.25, 0.1)])
def test_each_comparator_is_put_to_the_other_seeds_as_well(operator, bound, margin):
    near = beside(table(0.25, around(0.25, deviation=0.01)), operator, bound, margin, 0.95)
    far = beside(table(0.25, around(0.9 if operator != ">=" else 0.05, deviation=0.01)), operator, bound, margin, 0.95)
    assert near is not None
    assert far is not None
    assert (near.caveat, far.caveat) == ("not discriminating", "")


def test_two_seeds_show_nothing_of_other_seeds():
    found = beside(table(0.1, around(9.0, seeds=2)), "<=", 1.0, 0.0, 0.95)
    assert found is not None
    assert found.caveat == "not shown to discriminate"
    assert beside(None, "<=", 1.0, 0.0, 0.95) is None


def test_a_pair_without_a_number_leaves_it_open():
    values = list(map(list, table(0.1, around(0.2)).values))
    values[0][1] = None
    given_table = OtherSeeds(seeds=tuple(range(6)), available=6, values=tuple(map(tuple, values)))
    found = beside(given_table, "<=", 1.0, 0.0, 0.95)
    assert found is not None
    assert found.caveat == "not shown to discriminate"
    assert found.by_chance is None


def test_pairs_are_not_taken_for_seeds_of_their_own():
    """Far seeds are far from all others: the naive bound over pairs is too narrow, the jackknife's is not."""
    points = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 6.0])
    distances = np.abs(points[:, None] - points[None]).tolist()
    found = beside(table(0.0, distances), "<=", 4.0, 0.0, 0.95)
    pairs = [distances[i][j] for i, j in product(range(6), repeat=2) if i != j]
    naive = np.mean(pairs) + 1.7 * np.std(pairs, ddof=1) / np.sqrt(len(pairs))
    assert naive < 4.0
    assert found is not None
    assert found.inference.verdict is Verdict.UNDECIDED


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 5), st.integers(0, 99), st.sampled_from(["<=", ">=", "~"]))
def test_chance_is_that_of_all_pairings(seeds, key, operator):
    values = np.random.default_rng(key).integers(0, 4, (seeds, seeds)).astype(float)
    sign = {"<=": lambda mean: mean, ">=": lambda mean: -mean, "~": lambda mean: abs(mean - 1.0)}[operator]
    means = [np.mean([values[i, j] for i, j in enumerate(order)]) for order in permutations(range(seeds))]
    own = sign(np.trace(values) / seeds)
    expected = sum(sign(mean) <= own + 1e-12 for mean in means) / len(means)
    assert by_chance(values, operator, 1.0) == pytest.approx(expected)


def test_all_seeds_are_paired_while_they_are_few_and_the_same_ones_when_there_are_more():
    few, many = range(MOST), range(40)
    assert drawn(["cka"], few) == tuple(few)
    assert len(drawn(["cka"], many)) == MOST
    assert len(drawn(["cka", "rtd"], many)) == MOST_IN_HOMOLOGY
    assert len(set(drawn(["rtd"], range(39))) - set(drawn(["rtd"], many))) <= 1
    assert set(drawn(["rtd"], many)) <= set(drawn(["cka"], many))


# Differences of counts.

COUNTS = st.lists(st.integers(0, 4), min_size=2, max_size=5)


def exchanged(left: list[int], right: list[int]) -> list[float]:
    """The mean differences of all exchanges of sides within seeds."""
    swaps = product([1, -1], repeat=len(left))
    return [np.mean([sign * (a - b) for sign, a, b in zip(signs, left, right, strict=True)]) for signs in swaps]


@settings(max_examples=30, deadline=None)
@given(st.data(), COUNTS)
def test_a_difference_has_the_probability_that_all_exchanges_give_it(data, left):
    right = data.draw(st.lists(st.integers(0, 4), min_size=len(left), max_size=len(left)))
    means = exchanged(left, right)
    seen = np.mean(left) - np.mean(right)
    greater = np.mean([mean >= seen - 1e-9 for mean in means])
    less = np.mean([mean <= seen + 1e-9 for mean in means])
    found = permutation.difference(left, right, ">", 0.95, paired=True)
    expected = greater if found.verdict is Verdict.SUPPORTED else min(greater, less)
    assert found.p == pytest.approx(less if found.verdict is Verdict.REFUTED else expected)
    both = permutation.difference(left, right, "==", 0.95, paired=True)
    assert both.p == pytest.approx(min(1.0, 2 * min(greater, less)))
    assert both.verdict is not Verdict.SUPPORTED


def test_unpaired_labels_are_exchanged():
    left, right = [5, 6, 7, 8], [1, 2, 3, 4]
    assert permutation.difference(left, right, ">", 0.95, paired=False).p == pytest.approx(1 / 70)
    assert permutation.difference(left, right, ">", 0.95, paired=True).p == pytest.approx(1 / 16)


@pytest.mark.parametrize(
    ("operator", "verdict"),
    [
        (">", Verdict.SUPPORTED),
        (">=", Verdict.SUPPORTED),
        ("<", Verdict.REFUTED),
        ("<=", Verdict.REFUTED),
        ("==", Verdict.REFUTED),
    ],
)
def test_each_comparison_of_counts_that_differ(operator, verdict):
    assert permutation.difference([3, 4, 5, 4, 3, 5], [1, 2, 1, 0, 1, 1], operator, 0.95, True).verdict is verdict
    assert permutation.difference([3, 4, 5, 4], [1, 2, 1, 0], operator, 0.95, True).verdict is Verdict.UNDECIDED
    assert permutation.difference([1, 2, 1] * 3, [1, 2, 1] * 3, operator, 0.95, True).verdict is Verdict.UNDECIDED
    assert permutation.difference([1], [2], operator, 0.95, True).verdict is Verdict.UNDECIDED

"""The claims' tests against scipy's, against figures from tables, and at their edges."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from catlearn.theory.claims import seeds_needed
from catlearn.verdict.statistics import (
    comparison,
    equivalence,
    mean_at_most,
    proportion,
    unpaired_comparison,
    unpaired_equivalence,
)
from catlearn.verdict.verdict import Verdict

SUPPORTED, REFUTED, UNDECIDED = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.UNDECIDED
VALUES = (0.012, -0.004, 0.009, 0.001, 0.006)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_paired_bounds_are_those_of_scipy(confidence):
    found = equivalence(VALUES, 0.02, confidence, 1e-4)
    assert found.interval == pytest.approx(stats.ttest_1samp(VALUES, 0).confidence_interval(2 * confidence - 1))
    assert (found.estimate, found.n, found.confidence) == (pytest.approx(np.mean(VALUES)), 5, confidence)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_unpaired_bounds_are_those_of_scipy(confidence):
    other = (0.1, 0.13, 0.08)
    found = unpaired_equivalence(VALUES, other, 0.2, confidence, 1e-4)
    expected = stats.ttest_ind(VALUES, other, equal_var=False).confidence_interval(2 * confidence - 1)
    assert found.interval == pytest.approx(expected)
    assert found.n == 8


def test_an_equivalence_by_hand():
    """Mean 0.0048, deviation 0.0063797, error 0.0028531, t(4, 0.95) = 2.131847: bounds -0.001282 and 0.010882."""
    found = equivalence(VALUES, 0.011, 0.95, 1e-4)
    assert found.interval == pytest.approx((-0.001282, 0.010882), abs=1e-6)
    assert found.verdict is SUPPORTED
    assert equivalence(VALUES, 0.0108, 0.95, 1e-4).verdict is UNDECIDED
    assert equivalence([value + 0.013 for value in VALUES], 0.011, 0.95, 1e-4).verdict is REFUTED
    assert equivalence([value + 0.012 for value in VALUES], 0.011, 0.95, 1e-4).verdict is UNDECIDED


@pytest.mark.parametrize(("operator", "scipys"), [("<", "less"), ("<=", "less"), (">", "greater"), (">=", "greater")])
@pytest.mark.parametrize("bound", [-0.004, 0.0, 0.004, 0.009, 0.012])
def test_comparisons_are_scipys_one_sided_tests(operator, scipys, bound):
    found = comparison(VALUES, operator, bound, 0.95, 1e-4).verdict
    contrary = "greater" if scipys == "less" else "less"
    supported = stats.ttest_1samp(VALUES, bound, alternative=scipys).pvalue < 0.05
    refuted = stats.ttest_1samp(VALUES, bound, alternative=contrary).pvalue < 0.05
    assert found is (SUPPORTED if supported else REFUTED if refuted else UNDECIDED)


@pytest.mark.parametrize(("shift", "verdict"), [(-0.01, SUPPORTED), (0.0, UNDECIDED), (0.02, REFUTED)])
def test_unpaired_comparisons_are_scipys(shift, verdict):
    other = tuple(value + 0.0002 for value in VALUES[:4])
    moved = tuple(value + shift for value in VALUES)
    assert unpaired_comparison(moved, other, "<", 0.95, 1e-4).verdict is verdict
    for alternative, decided in (("less", SUPPORTED), ("greater", REFUTED)):
        significance = stats.ttest_ind(moved, other, equal_var=False, alternative=alternative).pvalue
        assert (significance < 0.05) == (verdict is decided)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95])
@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (3, 7), (11, 11), (18, 20)])
def test_shares_have_scipys_exact_bounds(successes, n, confidence):
    found = proportion(successes, n - successes, 0, 0.5, confidence)
    lower = stats.binomtest(successes, n, alternative="greater").proportion_ci(confidence, "exact").low
    upper = stats.binomtest(successes, n, alternative="less").proportion_ci(confidence, "exact").high
    assert found.interval == pytest.approx((lower, upper))
    assert (found.estimate, found.n) == (successes / n, n)


def test_shares_by_table():
    """Sixteen of sixteen bound a share from below by 0.05^(1/16) = 0.829; fifteen by 0.736 (tables)."""
    assert proportion(16, 0, 0, 0.82, 0.95).verdict is SUPPORTED
    assert proportion(16, 0, 0, 0.83, 0.95).verdict is UNDECIDED
    assert proportion(15, 1, 0, 0.73, 0.95).verdict is SUPPORTED
    assert proportion(15, 1, 0, 0.74, 0.95).verdict is UNDECIDED


def test_undecided_seeds_count_against_both_verdicts():
    assert proportion(14, 0, 0, 0.8, 0.95).verdict is SUPPORTED
    assert proportion(14, 0, 2, 0.8, 0.95).verdict is UNDECIDED
    assert proportion(2, 6, 0, 0.8, 0.95).verdict is REFUTED
    assert proportion(2, 6, 12, 0.8, 0.95).verdict is UNDECIDED
    assert proportion(0, 0, 16, 0.8, 0.95).interval == (0.0, 1.0)


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((3, 0, 0), SUPPORTED),
        ((2, 1, 0), REFUTED),
        ((0, 1, 5), REFUTED),
        ((2, 0, 1), UNDECIDED),
        ((0, 0, 0), UNDECIDED),
    ],
)
def test_every_seed_that_was_run(counts, verdict):
    assert proportion(*counts, None, 0.95).verdict is verdict


@pytest.mark.parametrize(
    ("holds_for", "confidence", "seeds"),
    [(0.8, 0.9, 11), (0.9, 0.9, 22), (0.95, 0.95, 59), (0.8, 0.95, 14), (0.5, 0.75, 2), (0.1, 0.9, 1), (0.01, 0.5, 1)],
)
def test_the_seeds_that_a_share_needs(holds_for, confidence, seeds):
    assert seeds_needed(Fraction(str(holds_for)), Fraction(str(confidence))) == seeds
    assert proportion(seeds, 0, 0, holds_for, confidence).verdict is SUPPORTED
    assert proportion(seeds - 1, 0, 0, holds_for, confidence).verdict is UNDECIDED


def test_check_warns_of_as_many_seeds_as_the_test_needs():
    shares = [(holds_for, confidence) for holds_for in range(5, 100, 5) for confidence in range(50, 100, 5)]
    for holds_for, confidence in shares:
        warned = seeds_needed(Fraction(holds_for, 100), Fraction(confidence, 100))
        terms = (holds_for / 100, confidence / 100)
        assert proportion(warned, 0, 0, *terms).verdict is SUPPORTED
        assert proportion(warned - 1, 0, 0, *terms).verdict is UNDECIDED


def test_no_number_of_seeds_shows_that_all_seeds_do():
    assert proportion(10_000, 0, 0, 1.0, 0.95).verdict is UNDECIDED
    assert proportion(10_000, 1, 0, 1.0, 0.95).verdict is REFUTED


def test_seeds_without_variation_take_the_resolution_for_their_deviation():
    found = equivalence([0.0] * 16, 0.01, 0.95, 1 / 450)
    assert found.interval == pytest.approx((-0.000974, 0.000974), abs=1e-6)
    assert found.verdict is SUPPORTED
    assert "resolution 0.00222" in found.method
    assert equivalence([0.0] * 2, 0.001, 0.95, 1 / 450).verdict is UNDECIDED
    assert "resolution" not in equivalence(VALUES, 0.01, 0.95, 1e-4).method
    unpaired = unpaired_equivalence([0.5] * 3, [0.5] * 3, 0.001, 0.95, 1 / 450)
    assert unpaired.verdict is UNDECIDED
    assert "resolution" in unpaired.method


def test_distances_without_variation_are_said_to_have_none():
    found = mean_at_most([0.0] * 3, 0.1, 0.95)
    assert (found.verdict, found.interval) == (SUPPORTED, (0.0, 0.0))
    assert "none of which differ" in found.method
    assert mean_at_most([0.2] * 3, 0.1, 0.95).verdict is REFUTED


@pytest.mark.parametrize(
    ("operator", "verdict"), [("<", REFUTED), ("<=", SUPPORTED), (">", REFUTED), (">=", SUPPORTED)]
)
def test_a_mean_on_its_bound(operator, verdict):
    assert comparison([3.0, 3.0], operator, 3.0, 0.95, 0.0).verdict is verdict


@pytest.mark.parametrize("values", [(), (0.1,), (0.1, math.nan, 0.1), (math.inf, -math.inf, 0.0)])
def test_values_without_a_mean_or_a_variance_decide_nothing(values):
    found = [
        equivalence(values, 1.0, 0.95, 0.01),
        comparison(values, "<", 1.0, 0.95, 0.01),
        mean_at_most(values, 1.0, 0.95),
        unpaired_equivalence(values, values, 1.0, 0.95, 0.01),
        unpaired_comparison(values, (0.1, 0.2), "<", 0.95, 0.01),
        unpaired_comparison((0.1, 0.2), values, "<", 0.95, 0.01),
    ]
    assert {inference.verdict for inference in found} == {UNDECIDED}
    assert all(inference.interval is None for inference in found)
    assert all(any(word in inference.method for word in ("value", "seed")) for inference in found)


def test_one_infinite_value_makes_the_mean_infinite():
    distances = (0.1, math.inf, 0.1)
    assert mean_at_most(distances, 0.2, 0.95).verdict is REFUTED
    assert mean_at_most(distances, 0.2, 0.95).estimate is None
    assert "1 of 3 values are infinite" in mean_at_most(distances, 0.2, 0.95).method
    assert equivalence((0.0, -math.inf), 1.0, 0.95, 0.01).verdict is REFUTED
    assert comparison(distances, ">", 0.2, 0.95, 0.01).verdict is SUPPORTED
    assert comparison((0.0, -math.inf), "<", 0.2, 0.95, 0.01).verdict is SUPPORTED
    assert unpaired_comparison((0.0, 0.1), distances, ">", 0.95, 0.01).verdict is REFUTED


@pytest.mark.parametrize("confidence", [0.0, 0.3, 1.0, math.nan])
def test_a_confidence_that_means_nothing_decides_nothing(confidence):
    found = [
        equivalence([0.0] * 9, 1.0, confidence, 0.01),
        comparison([0.0] * 9, "<", 1.0, confidence, 0.01),
        mean_at_most([0.0] * 9, 1.0, confidence),
        proportion(9, 0, 0, 0.1, confidence),
    ]
    assert all(inference.verdict is UNDECIDED and "at least 0.5" in inference.method for inference in found)


def test_counts_are_not_negative():
    with pytest.raises(ValueError, match="negative"):
        proportion(-1, 2, 0, 0.5, 0.95)

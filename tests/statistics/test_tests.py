"""The claims' tests against scipy's, against figures from tables, and at their edges."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from catlearn.theory.power import seeds_needed
from catlearn.verdict.means import RESAMPLES
from catlearn.verdict.statistics import mean_at_most, proportion
from catlearn.verdict.verdict import Verdict
from tests.statistics.comparators import (
    comparison,
    equivalence,
    pairs_at_most,
    unpaired_comparison,
    unpaired_equivalence,
)

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


# The bootstrap.


SKEWED = tuple(np.random.default_rng(3).gamma(2, 0.5, 14))
OTHER = tuple(np.random.default_rng(4).gamma(3, 0.5, 12))


def mean(sample, axis):
    return sample.mean(axis=axis)


def difference(left, right, axis):
    return left.mean(axis=axis) - right.mean(axis=axis)


def scipys(samples, statistic, widened):
    """The bounds of scipy's BCa interval at a widened level."""
    return stats.bootstrap(
        samples,
        statistic,
        n_resamples=RESAMPLES,
        confidence_level=2 * widened - 1,
        method="BCa",
        rng=np.random.default_rng(list(b"bootstrap")),
    ).confidence_interval


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_resampled_bounds_are_those_of_scipy_at_the_widened_level(confidence):
    n = len(SKEWED)
    widened = stats.norm.cdf(math.sqrt(n / (n - 1)) * stats.t.ppf(confidence, n - 1))
    found = comparison(SKEWED, "<", 2.0, confidence, 0.0, "bootstrap")
    assert found.interval == pytest.approx(scipys((SKEWED,), mean, widened), rel=1e-4)
    assert (found.estimate, found.n) == (pytest.approx(np.mean(SKEWED)), n)
    assert "bootstrap" in found.method


def test_unpaired_resampled_bounds_are_those_of_scipy_at_the_widened_level():
    found = unpaired_comparison(SKEWED, OTHER, "<", 0.95, 0.0, "bootstrap")
    plug_in = math.sqrt(np.var(SKEWED) / len(SKEWED) + np.var(OTHER) / len(OTHER))
    welch = stats.ttest_ind(SKEWED, OTHER, equal_var=False)
    error = (np.mean(SKEWED) - np.mean(OTHER)) / welch.statistic
    widened = stats.norm.cdf(error / plug_in * stats.t.ppf(0.95, welch.df))
    assert found.interval == pytest.approx(scipys((SKEWED, OTHER), difference, widened), rel=1e-4)
    assert "14 and 12 seeds, unpaired" in found.method


def test_a_tail_to_the_right_lifts_the_upper_bound():
    resampled, students = (comparison(SKEWED, "<", 2.0, 0.95, 0.0, test).interval for test in ("bootstrap", "t"))
    assert resampled[1] > students[1]
    assert resampled[0] > students[0]


@pytest.mark.parametrize(("bound", "verdict"), [(2.0, SUPPORTED), (0.95, UNDECIDED), (0.5, REFUTED)])
def test_a_resampled_mean_has_each_verdict(bound, verdict):
    found = comparison(SKEWED, "<", bound, 0.95, 0.0, "bootstrap")
    assert found.verdict is verdict
    assert (found.p <= 0.05) == (verdict is not UNDECIDED)


@pytest.mark.parametrize(("margin", "verdict"), [(0.7, SUPPORTED), (0.3, UNDECIDED), (0.001, UNDECIDED)])
def test_an_equivalence_by_resampling(margin, verdict):
    centred = [value - np.mean(SKEWED) for value in SKEWED]
    assert equivalence(centred, margin, 0.95, 0.0, "bootstrap").verdict is verdict
    assert equivalence([value + 2 for value in centred], margin, 0.95, 0.0, "bootstrap").verdict is REFUTED


def test_the_bounds_meet_the_p_values():
    found = comparison(SKEWED, "<", 2.0, 0.95, 0.0, "bootstrap")
    for bound in np.linspace(*found.interval, 5)[1:-1]:
        p = comparison(SKEWED, "<", bound, 0.95, 0.0, "bootstrap").p
        inner = comparison(SKEWED, "<", bound, 1 - p, 0.0, "bootstrap").interval
        assert min(abs(end - bound) for end in inner) < 1e-3


def test_few_seeds_or_none_that_differ_are_not_resampled():
    few, alike = (comparison(values, "<", 9, 0.95, 0.1, "bootstrap") for values in (SKEWED[:11], [1.0] * 12))
    assert few.verdict is alike.verdict is UNDECIDED
    assert "12 are needed" in few.method
    assert "less than can be measured" in alike.method


# Distances over pairs of seeds.


def distances(points):
    return np.abs(np.subtract.outer(points, points))


def test_the_jackknife_leaves_out_one_seed_with_all_of_its_pairs():
    found = distances([0.0, 1.0, 3.0, 7.0])
    logarithms = [math.log(np.delete(np.delete(found, k, 0), k, 1).sum() / 6) for k in range(4)]
    error = math.sqrt(3 / 4 * sum((value - np.mean(logarithms)) ** 2 for value in logarithms))
    centre, reach = math.log(found.sum() / 12), error * stats.t.ppf(0.9, 3)
    inference = pairs_at_most(found, 50.0, 0.9)
    assert inference.interval == pytest.approx((math.exp(centre - reach), math.exp(centre + reach)))
    assert (inference.estimate, inference.n) == (pytest.approx(found.sum() / 12), 4)


@pytest.mark.parametrize(("margin", "verdict"), [(60.0, SUPPORTED), (4.0, UNDECIDED), (0.2, REFUTED), (-1, REFUTED)])
def test_distances_over_pairs_have_each_verdict(margin, verdict):
    found = pairs_at_most(distances([0.0, 1.0, 3.0, 7.0]), margin, 0.9)
    assert found.verdict is verdict
    assert (found.p <= 0.1) == (verdict is not UNDECIDED)


def test_pairs_that_say_nothing_decide_nothing():
    for points in ([0.0, 1.0], [0.0, 0.0, 1.0]):
        assert pairs_at_most(distances(points), 2.0, 0.95).verdict is UNDECIDED
    assert pairs_at_most(distances([1.0] * 4), 0.1, 0.95).verdict is SUPPORTED
    far = distances([0.0, 1.0, 2.0, 3.0])
    far[0, 1] = far[1, 0] = math.inf
    assert pairs_at_most(far, 0.1, 0.95).verdict is REFUTED

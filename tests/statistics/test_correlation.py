"""Correlations over seeds: against scipy and textbook formulas, and how often claims on them err."""

import math
from itertools import permutations

import numpy as np
import pytest
from scipy import stats
from scipy.stats import binom

from catlearn.verdict.correlation import compared, correlation, independence
from catlearn.verdict.verdict import Verdict

GENERATOR = np.random.default_rng(5)
FIRST = GENERATOR.normal(size=14)
SECOND = 0.7 * FIRST + GENERATOR.normal(size=14)
THIRD = 0.5 * FIRST - 0.4 * SECOND + GENERATOR.normal(size=14)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_r_squared_and_its_bounds_are_those_of_scipys_r(confidence):
    found = correlation("r2", FIRST, SECOND, None)
    reference = stats.pearsonr(FIRST, SECOND)
    assert found.value == pytest.approx(reference.statistic**2)
    ends = reference.confidence_interval(confidence)
    assert ends.low > 0
    assert found.interval(confidence) == pytest.approx((ends.low**2, ends.high**2))


def test_rank_correlations_are_scipys():
    assert correlation("spearman", FIRST, SECOND, None).value == pytest.approx(stats.spearmanr(FIRST, SECOND).statistic)
    assert correlation("kendall", FIRST, SECOND, None).value == pytest.approx(stats.kendalltau(FIRST, SECOND).statistic)


def test_a_partial_correlation_is_that_of_the_textbook():
    a, b, c = (np.corrcoef(*pair)[0, 1] for pair in ((FIRST, SECOND), (FIRST, THIRD), (SECOND, THIRD)))
    expected = (a - b * c) / math.sqrt((1 - b * b) * (1 - c * c))
    assert correlation("partial", FIRST, SECOND, THIRD).value == pytest.approx(expected)


@pytest.mark.parametrize("name", ["spearman", "kendall"])
@pytest.mark.parametrize("side", ["less", "greater"])
def test_permutations_of_few_seeds_are_all_of_them(name, side):
    first, second = FIRST[:6], SECOND[:6]
    rank = {"spearman": lambda x: stats.spearmanr(x, second), "kendall": lambda x: stats.kendalltau(x, second)}[name]
    seen = np.array([rank(np.array(order)).statistic for order in permutations(first)])
    observed = rank(first).statistic
    count = np.sum(seen >= observed - 1e-12) if side == "greater" else np.sum(seen <= observed + 1e-12)
    assert independence(name, first, second, side) == pytest.approx(count / math.factorial(6))


def test_p_values_and_bounds_agree():
    for name, given in (("r2", None), ("spearman", None), ("kendall", None), ("partial", THIRD)):
        found = correlation(name, FIRST, SECOND, given)
        low, high = found.interval(0.9)
        if not found.squared:
            assert found.above(low) == pytest.approx(0.1, rel=1e-6)
            assert found.below(high) == pytest.approx(0.1, rel=1e-6)
        else:
            assert found.above(low) <= 0.1 + 1e-9
            assert found.below(high) <= 0.1 + 1e-9


def test_what_has_no_correlation_is_undecided():
    for first, second in (((1, 2, 3, 4), (1, 2, 3, 5)), ((1,) * 6, range(6)), ((1, 2, 3, 4, 5, math.inf), range(6))):
        found = compared("spearman", (tuple(first), tuple(second), None), ">", 0.0, None, 0.95)
        assert found.verdict is Verdict.UNDECIDED
        assert found.p is None
    assert compared("partial", (FIRST, SECOND, FIRST), ">", 0.0, None, 0.95).verdict is Verdict.UNDECIDED


def test_a_perfect_order_of_five_seeds_proves_no_correlation_near_one():
    columns = ((1.0, 2.0, 3.0, 4.0, 5.0), (1.0, 4.0, 9.0, 16.0, 25.0), None)
    assert compared("spearman", columns, ">", 0.95, None, 0.95).verdict is Verdict.UNDECIDED
    assert compared("spearman", columns, ">", 0.0, None, 0.95).verdict is Verdict.SUPPORTED


REPETITIONS = 2000
MOST = int(binom.ppf(1 - 1e-6, REPETITIONS, 0.05))
TRUE = {
    "r2": lambda r: r * r,
    "spearman": lambda r: 6 / math.pi * math.asin(r / 2),
    "kendall": lambda r: 2 / math.pi * math.asin(r),
}


def draws(rho: float, n: int, confounded: bool, purpose: int):
    """Pairs from a normal with correlation rho; where confounded, a third moves both and nothing else joins them."""
    generator = np.random.default_rng([3, n, int(1000 * rho), confounded, purpose])
    for _ in range(REPETITIONS):
        base = generator.normal(size=(3, n))
        if confounded:
            yield base[0] + 2 * base[2], base[1] + 2 * base[2], base[2]
        else:
            yield base[0], rho * base[0] + math.sqrt(1 - rho * rho) * base[1], None


def count(name, rho, n, operator, margin, verdict, rule=compared, shift=0.0):
    bound = TRUE[name](rho) + shift
    found = (rule(name, columns, operator, bound, margin, 0.95) for columns in draws(rho, n, False, 1))
    return sum(inference.verdict is verdict for inference in found)


@pytest.mark.parametrize(
    ("name", "rho", "n"), [("r2", 0.6, 10), ("r2", 0.6, 30), ("spearman", 0.6, 16), ("kendall", 0.6, 16)]
)
@pytest.mark.parametrize("verdict", [Verdict.SUPPORTED, Verdict.REFUTED])
def test_at_the_bound_no_more_verdicts_are_wrong_than_stated(name, rho, n, verdict):
    assert count(name, rho, n, ">=", None, verdict) <= MOST


@pytest.mark.parametrize("name", ["r2", "spearman", "kendall"])
def test_no_more_equivalences_are_wrong_than_stated(name):
    assert count(name, 0.5, 16, "~", 0.2, Verdict.SUPPORTED, shift=0.2) <= MOST


def test_independence_is_refuted_no_more_often_than_stated():
    found = [
        compared("spearman", columns, "<=", 0.0, None, 0.95).verdict for columns in list(draws(0.0, 7, False, 2))[:600]
    ]
    assert found.count(Verdict.REFUTED) <= binom.ppf(1 - 1e-6, 600, 0.05)


def test_what_a_confounder_moves_is_no_partial_correlation():
    found = [compared("partial", columns, ">", 0.0, None, 0.95).verdict for columns in draws(0.0, 12, True, 3)]
    assert found.count(Verdict.SUPPORTED) <= MOST


def test_leaving_the_confounder_out_is_caught():
    columns = list(draws(0.0, 12, True, 3))[:300]
    found = [compared("spearman", (first, second, None), ">", 0.0, None, 0.95).verdict for first, second, _ in columns]
    assert found.count(Verdict.SUPPORTED) > 200


def close_estimate(name, columns, operator, bound, margin, confidence):
    """A saboteur: the estimate is taken for the truth."""
    found = compared(name, columns, operator, bound, margin, confidence)
    assert found.estimate is not None
    return type(found)(
        Verdict.SUPPORTED if abs(found.estimate - bound) <= (margin or 0.0) else Verdict.REFUTED,
        found.estimate,
        None,
        confidence,
        found.n,
        "",
    )


def test_taking_the_estimate_for_the_truth_is_caught():
    assert count("spearman", 0.5, 16, "~", 0.2, Verdict.SUPPORTED, close_estimate, 0.2) > MOST

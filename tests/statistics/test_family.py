"""P-values of verdicts, and Holm's procedure over the claims of a specification."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.family import family, holm
from catlearn.verdict.statistics import proportion
from catlearn.verdict.verdict import Verdict
from tests.statistics.comparators import comparison, equivalence

VALUES = (0.012, -0.004, 0.009, 0.001, 0.006)
UNIT = st.floats(0.0, 1.0)


@pytest.mark.parametrize(("operator", "alternative"), [("<=", "less"), (">", "greater")])
@pytest.mark.parametrize("bound", [-0.004, 0.004, 0.012])
def test_p_values_of_comparisons_are_scipys(operator, alternative, bound):
    supported = stats.ttest_1samp(VALUES, bound, alternative=alternative).pvalue
    found = comparison(VALUES, operator, bound, 0.95, 1e-4)
    assert found.p == pytest.approx(min(supported, 1 - supported))


def test_the_p_value_of_an_equivalence_is_the_greater_of_its_two_tests():
    found = equivalence(VALUES, 0.011, 0.95, 1e-4)
    below = stats.ttest_1samp(VALUES, 0.011, alternative="less").pvalue
    above = stats.ttest_1samp(VALUES, -0.011, alternative="greater").pvalue
    assert found.p == pytest.approx(max(below, above))


def test_p_values_of_shares_are_scipys():
    held = proportion(11, 0, 0, 0.8, 0.9)
    failed = proportion(2, 9, 0, 0.8, 0.9)
    assert held.p == pytest.approx(stats.binomtest(11, 11, 0.8, alternative="greater").pvalue)
    assert failed.p == pytest.approx(stats.binomtest(2, 11, 0.8, alternative="less").pvalue)
    assert proportion(3, 0, 0, None, 0.9).p is None


VERDICTS = st.one_of(
    st.tuples(
        st.just(comparison),
        st.lists(st.floats(-1, 1), min_size=2, max_size=6),
        st.sampled_from(["<", "<=", ">", ">="]),
        st.floats(-1, 1),
    ),
    st.tuples(st.just(equivalence), st.lists(st.floats(-1, 1), min_size=2, max_size=6), st.floats(0.01, 1)),
)


@given(VERDICTS, st.floats(0.5, 0.999))
def test_a_verdict_is_decided_just_where_its_p_value_is_at_most_alpha(statement, confidence):
    rule, *arguments = statement
    found = rule(*arguments, confidence, 1e-3)
    alpha = 1 - confidence
    if not math.isclose(found.p, alpha, rel_tol=1e-6, abs_tol=1e-9):
        assert (found.verdict is not Verdict.UNDECIDED) == (found.p <= alpha)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 4), st.floats(0.05, 0.95), st.floats(0.5, 0.999))
def test_so_it_is_for_shares_of_seeds(successes, failures, undecided, share, confidence):
    if successes + failures + undecided == 0:
        return
    found = proportion(successes, failures, undecided, share, confidence)
    if not math.isclose(found.p, 1 - confidence, rel_tol=1e-6, abs_tol=1e-9):
        assert (found.verdict is not Verdict.UNDECIDED) == (found.p <= 1 - confidence)


def closed(p_values, place, alpha):
    """The closed testing principle by brute force: every intersection that contains a hypothesis, by Bonferroni."""
    others = [p for index, p in enumerate(p_values) if index != place]
    subsets = [[others[index] for index in range(len(others)) if mask >> index & 1] for mask in range(2 ** len(others))]
    return all(min([p_values[place], *subset]) * (len(subset) + 1) <= alpha for subset in subsets)


@given(st.lists(UNIT, min_size=1, max_size=6), st.floats(0.01, 0.3))
def test_holm_is_the_closure_of_bonferroni(p_values, alpha):
    adjusted = holm(p_values)
    for place, p in enumerate(adjusted):
        if not math.isclose(p, alpha, rel_tol=1e-9):
            assert (p <= alpha) == closed(p_values, place, alpha)


@given(st.lists(UNIT, min_size=1, max_size=5))
def test_holm_does_not_depend_on_the_order(p_values):
    whole = dict(zip(map(tuple, permutations(range(len(p_values)))), permutations(p_values), strict=True))
    for order, permuted in whole.items():
        assert holm(permuted) == tuple(holm(p_values)[place] for place in order)


def family_wise_error(rule, hypotheses, repetitions=4000):
    """How often some true null hypothesis among independent ones passes at 0.05."""
    draws = np.random.default_rng(7).random((repetitions, hypotheses))
    return float(np.mean([min(rule(tuple(row))) <= 0.05 for row in draws]))


def test_of_many_true_hypotheses_holm_errs_once_at_the_stated_level():
    assert family_wise_error(holm, 8) <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 4000)


def test_unadjusted_p_values_are_caught():
    assert family_wise_error(lambda p_values: p_values, 8) > 0.25


def row(name, verdict, p, confidence=0.95):
    return ClaimRow(
        name=name,
        verdict=verdict,
        expected=(),
        met=True,
        estimate=None,
        interval=None,
        confidence=confidence,
        n=8,
        method="",
        evidence=(),
        certificate=None,
        rests_on=(),
        p=p,
    )


def test_a_family_holds_the_tested_claims_only():
    rows = [row("a", "supported", 0.02), row("b", "refuted", 0.04), row("c", "vacuous", 0.0), row("d", "exact", None)]
    found = family(rows)
    assert [(claim.name, claim.p, claim.holds) for claim in found.claims] == [("a", 0.04, True), ("b", 0.04, True)]
    assert family([row("a", "supported", 0.02), row("d", "exact", None)]) is None


def test_one_more_claim_can_undo_what_holds_alone():
    rows = [row("a", "supported", 0.02), row("b", "supported", 0.04), row("e", "undecided", 0.6)]
    assert [claim.holds for claim in family(rows).claims] == [False, False, False]


def test_the_family_is_taken_at_the_greatest_confidence_asked_for():
    rows = [row("a", "supported", 0.02, 0.95), row("b", "supported", 0.02, 0.99)]
    found = family(rows)
    assert found.confidence == 0.99
    assert not any(claim.holds for claim in found.claims)

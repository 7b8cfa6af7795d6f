"""What `check` says of too few seeds is what the tests do: one seed fewer never agrees enough, so many may."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from catlearn.theory.power import failures_needed, needs, share_of_t
from catlearn.theory.theory import Correlation, CorrelationProposition, Measure, MeasureProposition
from catlearn.verdict.correlation import compared
from catlearn.verdict.statistics import proportion
from catlearn.verdict.verdict import Verdict
from tests.statistics.comparators import equivalence
from tests.theory.theories import theory_of

SPECIFICATION = """
dataset d {{ source = sklearn.iris }}
map f : R[4] -> R[3] = linear(3)
category P {{ object A = params(f)
  run a : A@init -> A@a {{ net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16, epochs = 2,
                          seeds = 0..{last} }}
  run b : A@init -> A@b {{ like = a, optimiser = sgd(lr = 0.2) }} }}
"""
NORM, OTHER = Measure("norm", "P.a", None), Measure("norm", "P.b", None)


def needed(part, seeds, confidence):
    """What a part needs of runs with so many seeds, None where they have it."""
    theory = theory_of(SPECIFICATION.format(last=seeds - 1))
    found = list(needs(theory, part, Fraction(str(confidence)), "supported"))
    return found[0].seeds if found else None


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 10, 31, 400])
def test_the_distribution_of_t_is_scipys(freedom):
    values = np.linspace(-6, 6, 13)
    assert [share_of_t(value, freedom) for value in values] == pytest.approx(stats.t.cdf(values, freedom), abs=1e-12)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("confidence", [0.5, 0.75, 0.9, 0.95])
def test_failures_that_refute_a_share(share, confidence):
    n = failures_needed(Fraction(str(share)), Fraction(str(confidence)))
    assert proportion(0, n, 0, share, confidence).verdict is Verdict.REFUTED
    assert n == 1 or proportion(0, n - 1, 0, share, confidence).verdict is not Verdict.REFUTED


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("margin", ["0.01", "0.02", "0.03", "0.05"])
def test_a_margin_that_no_interval_of_few_seeds_fits_into(margin, confidence):
    sides = (Measure("accuracy", run, "d", "test") for run in ("P.a", "P.b"))
    part = MeasureProposition(next(sides), "~", next(sides), Fraction(margin), Fraction(1, 2))
    n = needed(part, 2, confidence) or 2

    def verdict(seeds):
        return equivalence([0.0] * seeds, float(margin), confidence, 1 / 37).verdict

    assert verdict(n) is Verdict.SUPPORTED
    assert n == 2 or verdict(n - 1) is Verdict.UNDECIDED
    assert needed(part, n, confidence) is None


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.995])
@pytest.mark.parametrize(
    ("name", "operator", "bound"),
    [
        ("spearman", ">", "0"),
        ("kendall", ">=", "0"),
        ("spearman", ">", "0.5"),
        ("spearman", ">=", "0.9"),
        ("kendall", ">", "0.6"),
        ("kendall", "<", "-0.5"),
        ("spearman", "<=", "-0.8"),
    ],
)
def test_a_rank_correlation_that_few_seeds_cannot_show(name, operator, bound, confidence):
    part = CorrelationProposition(Correlation(name, NORM, OTHER), operator, Fraction(bound), None, Fraction(1, 2))
    n = needed(part, 5, confidence) or 5

    def supported(seeds):
        ranks = list(range(seeds))
        other = ranks if operator in (">", ">=") else ranks[::-1]
        found = compared(name, (ranks, other, None), operator, float(bound), None, confidence)
        return found.verdict is Verdict.SUPPORTED

    assert not any(supported(seeds) for seeds in range(5, n))
    assert supported(n) or supported(n + 1)


def test_a_correlation_within_a_margin():
    part = CorrelationProposition(
        Correlation("partial", NORM, OTHER, NORM), "~", Fraction(0), Fraction(1, 10), Fraction(1, 2)
    )
    reach = stats.norm.ppf(0.95) / math.atanh(0.1)
    assert needed(part, 5, 0.95) == math.ceil(4 + reach**2)


def test_four_seeds_have_no_correlation():
    part = CorrelationProposition(Correlation("r2", NORM, OTHER), ">", Fraction(0), None, Fraction(1, 2))
    assert needed(part, 4, 0.95) == 5
    assert needed(part, 5, 0.95) is None

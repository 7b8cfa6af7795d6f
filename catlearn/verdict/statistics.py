"""The tests behind the comparators of claims (DESIGN 5), each from numbers to a verdict.

Every test draws its verdict from bounds that each hold with the claim's confidence 1 - alpha: the statement is
supported where the bounds put it beyond doubt, refuted where they put its contrary beyond doubt, undecided else.
So each of the two wrong verdicts has probability at most alpha, and `undecided` is what few seeds give.

Means are bounded as `verdict.means` says, by t where the claim names no other test; shares of seeds by the exact
binomial bounds of Clopper and Pearson, which assume independent seeds only. Sources: Schuirmann, "A comparison of the
two one-sided tests procedure", J. Pharmacokin. Biopharm. 15 (1987); Clopper and Pearson, Biometrika 26 (1934). The
error rates are measured in `docs/claims.md`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import betainc, betaincinv

from catlearn.plan.ir import Test
from catlearn.verdict.means import Mean, Unbounded, one_sample
from catlearn.verdict.verdict import Verdict

Operator = Literal["<", "<=", ">", ">="]
Relation = Literal["<", "<=", ">", ">=", "==", "~"]
Interval = tuple[float | None, float | None]

_ROUNDING = 1e-12


@dataclass(frozen=True)
class Inference:
    """What a test came to. `estimate` and `interval` are in the units of what is compared; None where there is none
    or where it is infinite. Each end of the interval holds with `confidence`. `n` is the number of seeds that bear on
    the estimate; `method` names the test, and the reason where it decides nothing. `p` is the least alpha at which the
    verdict would be what it is, or at which it would be decided where it is not; None where nothing is tested."""

    verdict: Verdict
    estimate: float | None
    interval: Interval | None
    confidence: float
    n: int
    method: str
    p: float | None = None


def mean_at_most(distances: Sequence[float], margin: float, confidence: float, test: Test = "t") -> Inference:
    """`mean(distances) <= margin` by one-sided tests. An infinite distance refutes it.

    Distances have no least step, so without any variation among them the interval of t is a point; the method says
    so."""
    return ordered(one_sample(distances, 0.0, test), "<=", margin, confidence)


def proportion(successes: int, failures: int, undecided: int, holds_for: float | None, confidence: float) -> Inference:
    """The share of seeds for which something holds is at least `holds_for`: exact one-sided binomial bounds.

    Undecided seeds count against both verdicts: as failures for the lower bound, as successes for the upper.
    With `holds_for` None the statement is about the seeds that were run and nothing is inferred about others:
    supported iff all succeed, refuted iff one fails.

    Raises `ValueError` for a negative count."""
    if min(successes, failures, undecided) < 0:
        raise ValueError("counts of seeds are not negative")
    n = successes + failures + undecided
    if n == 0:
        return _refusal(confidence, 0, "no seed was run")
    if holds_for is None:
        return _every_seed(successes, failures, n, confidence)
    if not usable(confidence):
        return _refusal(confidence, n, UNUSABLE)
    lower, upper = _lower_share(successes, n, confidence), _upper_share(successes + undecided, n, confidence)
    verdict = decided(successes > 0 and lower >= holds_for * (1 - _ROUNDING), upper < holds_for * (1 - _ROUNDING))
    p = p_of(verdict, _p_at_least(successes, n, holds_for), _p_under(successes + undecided, n, holds_for))
    method = f"exact binomial bounds: {_tally(successes, failures, undecided)}"
    return Inference(verdict, successes / n, (lower, upper), confidence, n, method, p)


# From bounds to verdicts.


def within(mean: Mean | Unbounded, margin: float, confidence: float) -> Inference:
    """A mean lies within [-margin, margin]: two one-sided tests.

    Supported iff the interval of both one-sided bounds lies within, refuted iff it lies wholly outside. A difference
    that is not significant is no equivalence."""
    name = f"two one-sided tests within {margin:.6g}"
    if isinstance(mean, Unbounded):
        return _of_unbounded(mean, confidence, Verdict.REFUTED, name)
    if not usable(confidence):
        return _refusal(confidence, mean.n, UNUSABLE)
    lower, upper = mean.bounds(confidence)
    verdict = decided(*sides("~", lower, upper, 0.0, margin))
    inside = max(mean.p_below(margin), mean.p_above(-margin))
    p = p_of(verdict, inside, min(mean.p_above(margin), mean.p_below(-margin)))
    return Inference(verdict, mean.value, _finite(lower, upper), confidence, mean.n, f"{name}, {mean.method}", p)


def ordered(mean: Mean | Unbounded, operator: Operator, bound: float, confidence: float) -> Inference:
    """`mean operator bound` by one-sided tests."""
    name = f"one-sided tests of mean {operator} {bound:.6g}"
    if isinstance(mean, Unbounded):
        at_infinity = Verdict.SUPPORTED if (mean.value == math.inf) == (operator in (">", ">=")) else Verdict.REFUTED
        return _of_unbounded(mean, confidence, at_infinity, name)
    if not usable(confidence):
        return _refusal(confidence, mean.n, UNUSABLE)
    lower, upper = mean.bounds(confidence)
    verdict = decided(*sides(operator, lower, upper, bound))
    tails = mean.p_below(bound), mean.p_above(bound)
    p = p_of(verdict, *(tails if operator in ("<", "<=") else reversed(tails)))
    return Inference(verdict, mean.value, _finite(lower, upper), confidence, mean.n, f"{name}, {mean.method}", p)


def sides(operator: Relation, lower: float, upper: float, bound: float, margin: float = 0.0) -> tuple[bool, bool]:
    """Whether every number from `lower` to `upper` satisfies `operator bound`, for `~` within a margin, and whether
    every one fails it."""
    match operator:
        case "==":
            return lower == upper == bound, not lower <= bound <= upper
        case "~":
            return bound - margin <= lower and upper <= bound + margin, upper < bound - margin or lower > bound + margin
        case "<":
            return upper < bound, lower >= bound
        case "<=":
            return upper <= bound, lower > bound
        case ">":
            return lower > bound, upper <= bound
        case ">=":
            return lower >= bound, upper < bound


def _finite(lower: float, upper: float) -> Interval:
    """An interval, None at an end where it has none."""
    return (lower if math.isfinite(lower) else None), (upper if math.isfinite(upper) else None)


def decided(supported: bool, refuted: bool) -> Verdict:
    """Supported or refuted where one of both is shown; else undecided."""
    if supported:
        return Verdict.SUPPORTED
    return Verdict.REFUTED if refuted else Verdict.UNDECIDED


def p_of(verdict: Verdict, supported: float, refuted: float) -> float:
    """The p-value of a verdict from those of the statement and of its contrary."""
    return {Verdict.SUPPORTED: supported, Verdict.REFUTED: refuted}.get(verdict, min(supported, refuted))


def _of_unbounded(mean: Unbounded, confidence: float, at_infinity: Verdict, name: str) -> Inference:
    """Undecided, but for an infinite mean, which is on a known side of every bound."""
    infinite = mean.value is not None and math.isinf(mean.value)
    verdict = at_infinity if infinite else Verdict.UNDECIDED
    method, p = f"{name}: {mean.method}", 0.0 if infinite else None
    return Inference(verdict, None if infinite else mean.value, None, confidence, mean.n, method, p)


UNUSABLE = "no test: it takes an error above 0 and a confidence of at least 0.5"


def usable(confidence: float) -> bool:
    """Whether there is a test at a confidence: under one half both verdicts could hold at once, and one asks for every
    seed there is."""
    return 0.5 <= confidence < 1.0


def _refusal(confidence: float, n: int, reason: str) -> Inference:
    return Inference(Verdict.UNDECIDED, None, None, confidence, n, reason)


# Shares of seeds.


def _lower_share(count: int, n: int, confidence: float) -> float:
    """The least share that `count` of `n` leaves possible at `confidence`."""
    return 0.0 if count == 0 else float(betaincinv(count, n - count + 1, 1.0 - confidence))


def _upper_share(count: int, n: int, confidence: float) -> float:
    """The greatest share that `count` of `n` leaves possible at `confidence`."""
    return 1.0 if count == n else float(betaincinv(count + 1, n - count, confidence))


def _p_at_least(count: int, n: int, share: float) -> float:
    """The probability of at least `count` of `n` at a share."""
    return 1.0 if count == 0 else float(betainc(count, n - count + 1, share))


def _p_under(count: int, n: int, share: float) -> float:
    """The probability of at most `count` of `n` at a share."""
    return 1.0 if count == n else 1.0 - float(betainc(count + 1, n - count, share))


def _every_seed(successes: int, failures: int, n: int, confidence: float) -> Inference:
    verdict = decided(successes == n, failures > 0)
    tally = _tally(successes, failures, n - successes - failures)
    return Inference(verdict, successes / n, None, confidence, n, f"every seed run, nothing said of others: {tally}")


def _tally(successes: int, failures: int, undecided: int) -> str:
    return f"{successes} hold, {failures} fail, {undecided} undecided"

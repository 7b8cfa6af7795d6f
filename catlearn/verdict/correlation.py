"""Correlations of two measures over seeds: estimates, bounds and p-values.

Fisher's transformation z = artanh r of a correlation r of n pairs is near normal about artanh of the true one, with
variance 1/(n - 3) for Pearson's r, 1/(n - 3 - k) where k measures are held fixed, (1 + r²/2)/(n - 3) for Spearman's
and 0.437/(n - 4) for Kendall's. It takes the measures to be near jointly normal. That two measures are independent
is tested by permuting one of them over the seeds, which takes nothing but seeds drawn independently. Sources: Fisher,
Metron 1 (1921); Bonett and Wright, Psychometrika 65 (2000); Fieller, Hartley and Pearson, Biometrika 44 (1957).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr, ndtri

from catlearn.theory.power import OF_A_CORRELATION, PERMUTATIONS
from catlearn.verdict.permutation import Alternative, p_value
from catlearn.verdict.statistics import UNUSABLE, Inference, Operator, decided, p_of, usable
from catlearn.verdict.verdict import Verdict

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Correlation:
    """An estimated correlation on Fisher's scale: `z` with its standard error. `squared` says that r² is meant."""

    value: float
    z: float
    error: float
    n: int
    method: str
    squared: bool = False

    def below(self, bound: float) -> float:
        """The p-value of "the correlation is less than `bound`"."""
        if not self.squared:
            return float(ndtr((self.z - _artanh(bound)) / self.error))
        root = _artanh(math.sqrt(max(0.0, bound)))
        return min(1.0, 2 * float(max(ndtr((self.z - root) / self.error), ndtr((-self.z - root) / self.error))))

    def above(self, bound: float) -> float:
        """The p-value of "the correlation is greater than `bound`"."""
        if not self.squared:
            return float(ndtr((_artanh(bound) - self.z) / self.error))
        root = _artanh(math.sqrt(max(0.0, bound)))
        return min(1.0, 2 * float(min(ndtr((root - self.z) / self.error), ndtr((root + self.z) / self.error))))

    def interval(self, confidence: float) -> tuple[float, float]:
        """The bounds of the correlation, each at `confidence`."""
        reach = float(ndtri(confidence if not self.squared else (1 + confidence) / 2)) * self.error
        low, high = math.tanh(self.z - reach), math.tanh(self.z + reach)
        if not self.squared:
            return low, high
        return (0.0 if low <= 0.0 <= high else min(low**2, high**2)), max(low**2, high**2)


def _artanh(bound: float) -> float:
    return math.copysign(math.inf, bound) if abs(bound) >= 1.0 else math.atanh(bound)


def correlation(
    name: str, first: Sequence[float], second: Sequence[float], given: Sequence[float] | None
) -> Correlation | str:
    """The correlation of two measures, one pair a seed; why there is none where there is none.

    Raises `ValueError` for a name that is no correlation."""
    columns = [np.asarray(values, dtype=np.float64) for values in (first, second, given) if values is not None]
    n = len(columns[0])
    if n < OF_A_CORRELATION:
        return f"{n} seeds, five are needed"
    if not all(np.isfinite(column).all() for column in columns):
        return "a value is not finite"
    if any(np.ptp(column) == 0.0 for column in columns):
        return "a measure does not vary over the seeds"
    match name:
        case "r2":
            return _pearson(columns[0], columns[1], n)
        case "partial":
            return _partial(columns[0], columns[1], columns[2], n)
        case "spearman":
            return _spearman(columns[0], columns[1], n)
        case "kendall":
            return _kendall(columns[0], columns[1], n)
    raise ValueError(f"`{name}` is no correlation")


def _pearson(first: Values, second: Values, n: int) -> Correlation:
    r = float(np.corrcoef(first, second)[0, 1])
    return Correlation(r * r, _artanh(r), 1 / math.sqrt(n - 3), n, "Pearson's r squared", squared=True)


def _partial(first: Values, second: Values, given: Values, n: int) -> Correlation | str:
    """Pearson's r of what a line through the given measure leaves of each."""
    rests = [_rest(values, given) for values in (first, second)]
    if any(np.ptp(rest) <= 1e-12 * np.ptp(values) for rest, values in zip(rests, (first, second), strict=True)):
        return "the measure held fixed determines another"
    r = float(np.corrcoef(rests[0], rests[1])[0, 1])
    return Correlation(r, _artanh(r), 1 / math.sqrt(n - 4), n, "Pearson's partial r")


def _rest(values: Values, given: Values) -> Values:
    line = stats.linregress(given, values)
    return np.asarray(values - line.intercept - line.slope * given)


def _spearman(first: Values, second: Values, n: int) -> Correlation:
    r = float(stats.spearmanr(first, second).statistic)
    within = _short_of_one(r, 12 / (n * (n * n - 1)))
    return Correlation(r, math.atanh(within), math.sqrt((1 + r * r / 2) / (n - 3)), n, "Spearman's rank correlation")


def _kendall(first: Values, second: Values, n: int) -> Correlation:
    r = float(stats.kendalltau(first, second).statistic)
    return Correlation(
        r, math.atanh(_short_of_one(r, 4 / (n * (n - 1)))), math.sqrt(0.437 / (n - 4)), n, "Kendall's tau"
    )


def _short_of_one(r: float, step: float) -> float:
    """A rank correlation of one as the next value below, on whose other side the truth cannot be told to lie."""
    return math.copysign(min(abs(r), 1 - step), r)


# Independence, by permutation.


def independence(name: str, first: Sequence[float], second: Sequence[float], alternative: Alternative) -> float:
    """The p-value of a rank correlation `greater` or `less` than what permutations of the seeds give."""
    left, right = (stats.rankdata(values) for values in (first, second))

    def statistic(permuted: Values, axis: int) -> Values:
        if name == "spearman":
            return np.asarray((permuted * (right - right.mean())).sum(axis=axis))
        signs = np.sign(permuted[..., :, None] - permuted[..., None, :])
        return np.asarray((signs * np.sign(right[:, None] - right[None, :])).sum(axis=(-2, -1)))

    return p_value((left,), statistic, "pairings", alternative, "independence")


# From p-values to verdicts.


def compared(
    name: str,
    columns: tuple[Sequence[float], Sequence[float], Sequence[float] | None],
    operator: Operator | str,
    bound: float,
    margin: float | None,
    confidence: float,
) -> Inference:
    """`correlation operator bound`, or within `margin` of it for `~`; undecided where there is no correlation.

    A rank correlation is compared with 0 by permutation, everything else on Fisher's scale."""
    found, n = correlation(name, *columns), len(columns[0])
    if isinstance(found, str):
        return Inference(Verdict.UNDECIDED, None, None, confidence, n, f"no correlation: {found}")
    if not usable(confidence):
        return Inference(Verdict.UNDECIDED, found.value, None, confidence, n, UNUSABLE)
    permuted = bound == 0.0 and operator != "~" and name in ("spearman", "kendall")
    supported, refuted = _permuted(name, columns, operator) if permuted else _p_values(found, operator, bound, margin)
    by = f"permutation of the seeds, {PERMUTATIONS:,} at most" if permuted else "Fisher's transformation"
    method = f"{found.method} over {n} seeds, by {by}"
    alpha = 1.0 - confidence
    verdict = decided(supported <= alpha, refuted <= alpha)
    p = p_of(verdict, supported, refuted)
    return Inference(verdict, found.value, found.interval(confidence), confidence, n, method, p)


def _p_values(found: Correlation, operator: str, bound: float, margin: float | None) -> tuple[float, float]:
    """The p-values of a statement and of its contrary."""
    if operator == "~":
        low, high = bound - (margin or 0.0), bound + (margin or 0.0)
        return max(found.below(high), found.above(low)), min(found.above(high), found.below(low))
    sides = found.below(bound), found.above(bound)
    return sides if operator in ("<", "<=") else (sides[1], sides[0])


def _permuted(
    name: str, columns: tuple[Sequence[float], Sequence[float], Sequence[float] | None], operator: str
) -> tuple[float, float]:
    less = independence(name, columns[0], columns[1], "less")
    greater = independence(name, columns[0], columns[1], "greater")
    return (less, greater) if operator in ("<", "<=") else (greater, less)

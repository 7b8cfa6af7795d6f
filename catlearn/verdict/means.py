"""Estimates of a mean over seeds, each with one-sided bounds and with the p-values that these invert.

Student's and Welch's t take seeds drawn independently and a mean that is near normal. The bootstrap asks no shape of
the values but more seeds: bias-corrected and accelerated, its quantiles widened as those of t are, without which it
errs too often where seeds are few. A mean of distances over pairs of seeds counts every seed in many pairs, so that
the pairs are not independent: the jackknife leaves out one seed at a time, with all of its pairs.

Sources: Welch, Biometrika 34 (1947); Efron, "Better bootstrap confidence intervals", J. Amer. Statist. Assoc. 82
(1987); Hesterberg, "What teachers should know about the bootstrap", Amer. Statist. 69 (2015), on the widening;
Arvesen, "Jackknifing U-statistics", Ann. Math. Statist. 40 (1969); Miller, "Jackknifing variances", Ann. Math.
Statist. 39 (1968), on logarithms.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from catlearn.plan.ir import Test
from catlearn.theory.power import OF_A_BOOTSTRAP

Values = NDArray[np.float64]

RESAMPLES = 9999
"""Samples that the bootstrap draws, the same at every call."""


class Mean(Protocol):
    """An estimated mean. `n` is the number of seeds that bear on it, `method` names the test."""

    @property
    def value(self) -> float: ...
    @property
    def n(self) -> int: ...
    @property
    def method(self) -> str: ...

    def bounds(self, confidence: float) -> tuple[float, float]:
        """The one-sided lower and upper bounds, each at `confidence`."""
        ...

    def p_below(self, bound: float) -> float:
        """The p-value of "the mean is less than `bound`": the least alpha whose upper bound is at most that."""
        ...

    def p_above(self, bound: float) -> float:
        """The p-value of "the mean is greater than `bound`": the least alpha whose lower bound is at least that."""
        ...


@dataclass(frozen=True)
class Student:
    """An estimated mean with its standard error and the degrees of freedom of Student's t."""

    value: float
    error: float
    freedom: float
    n: int
    method: str

    def bounds(self, confidence: float) -> tuple[float, float]:
        """The one-sided bounds by the quantile of t."""
        reach = float(stdtrit(self.freedom, confidence)) * self.error
        return self.value - reach, self.value + reach

    def p_below(self, bound: float) -> float:
        """The share of t's distribution below the bound."""
        if self.error == 0.0:
            return 0.0 if self.value <= bound else 1.0
        return float(stdtr(self.freedom, (self.value - bound) / self.error))

    def p_above(self, bound: float) -> float:
        """The share of t's distribution above the bound."""
        return Student(-self.value, self.error, self.freedom, self.n, self.method).p_below(-bound)


@dataclass(frozen=True)
class Logarithmic:
    """An estimated positive mean by that of its logarithm, which is nearer to normal for a mean of distances."""

    logarithm: Student

    @property
    def value(self) -> float:
        """The mean itself."""
        return math.exp(self.logarithm.value)

    @property
    def n(self) -> int:
        """The number of seeds."""
        return self.logarithm.n

    @property
    def method(self) -> str:
        """The name of the test."""
        return self.logarithm.method

    def bounds(self, confidence: float) -> tuple[float, float]:
        """The exponentials of the logarithm's bounds."""
        lower, upper = self.logarithm.bounds(confidence)
        return math.exp(lower), math.exp(upper)

    def p_below(self, bound: float) -> float:
        """That of the logarithm; no upper bound is 0 or less."""
        return self.logarithm.p_below(math.log(bound)) if bound > 0.0 else 1.0

    def p_above(self, bound: float) -> float:
        """That of the logarithm; every lower bound is above 0."""
        return self.logarithm.p_above(math.log(bound)) if bound > 0.0 else 0.0


@dataclass(frozen=True)
class Resampled:
    """An estimated mean with the means of resampled seeds, in order.

    `bias` is the normal quantile of the share of them below the estimate, `acceleration` the rate at which the
    standard error changes with the mean; `widening` is the ratio of the standard error of t, of `freedom` degrees, to
    that of resampling."""

    value: float
    means: Values
    bias: float
    acceleration: float
    widening: float
    freedom: float
    n: int
    method: str

    def bounds(self, confidence: float) -> tuple[float, float]:
        """The one-sided bounds: the resampled means at the corrected shares."""
        reach = self.widening * float(stdtrit(self.freedom, confidence))
        lower, upper = (float(np.quantile(self.means, self._share(side * reach))) for side in (-1, 1))
        return lower, upper

    def p_below(self, bound: float) -> float:
        """The level at which the upper bound is `bound`."""
        return float(stdtr(self.freedom, -self._reach(bound) / self.widening))

    def p_above(self, bound: float) -> float:
        """The level at which the lower bound is `bound`."""
        return float(stdtr(self.freedom, self._reach(bound) / self.widening))

    def _share(self, reach: float) -> float:
        """The share of resampled means below a bound so many standard errors from the estimate."""
        moved = self.bias + reach
        return float(ndtr(self.bias + moved / (1.0 - self.acceleration * moved)))

    def _reach(self, bound: float) -> float:
        """The inverse of `_share`, at the share of resampled means up to a bound: never all or none of them."""
        count = np.searchsorted(self.means, bound, side="right")
        share = np.clip(count, 0.5, len(self.means) - 0.5) / len(self.means)
        moved = float(ndtri(share)) - self.bias
        return moved / (1.0 + self.acceleration * moved) - self.bias


@dataclass(frozen=True)
class Unbounded:
    """A mean for which no interval can be given. `value` is plus or minus infinity where the mean is: a value that
    was seen has a positive probability, so one infinite value makes the mean infinite."""

    value: float | None
    n: int
    method: str


@dataclass(frozen=True)
class Between:
    """A mean of values that are known to lie between others, seed by seed: its lower bound is that of the mean of the
    `low` ones, its upper bound that of the `high` ones, and where one of the two is None it has none on that side."""

    low: Mean | None
    high: Mean | None

    @property
    def _sides(self) -> list[Mean]:
        return [side for side in (self.low, self.high) if side is not None]

    @property
    def value(self) -> float:
        """The middle of the two means, or the only one."""
        return sum(side.value for side in self._sides) / len(self._sides)

    @property
    def n(self) -> int:
        """The number of seeds."""
        return self._sides[0].n

    @property
    def method(self) -> str:
        """The name of the test."""
        return f"{self._sides[0].method}, of values each known between two numbers"

    def bounds(self, confidence: float) -> tuple[float, float]:
        """The bounds that hold of any values between."""
        lower = -math.inf if self.low is None else self.low.bounds(confidence)[0]
        return lower, math.inf if self.high is None else self.high.bounds(confidence)[1]

    def p_below(self, bound: float) -> float:
        """That of the upper values."""
        return 1.0 if self.high is None else self.high.p_below(bound)

    def p_above(self, bound: float) -> float:
        """That of the lower values."""
        return 1.0 if self.low is None else self.low.p_above(bound)


def between(low: Mean | Unbounded, high: Mean | Unbounded) -> Mean | Unbounded:
    """The mean of values that are known to lie between others, seed by seed, from the means of these. It is infinite
    where the lower values' mean is plus infinity or the higher ones' minus infinity."""
    if isinstance(low, Unbounded) and low.value != -math.inf:
        return low
    if isinstance(high, Unbounded) and high.value != math.inf:
        return high
    if isinstance(low, Unbounded) and isinstance(high, Unbounded):
        return Unbounded(None, low.n, "its values are bounded on neither side")
    return Between(*(None if isinstance(side, Unbounded) else side for side in (low, high)))


# Values, one a seed.


def one_sample(values: Sequence[float] | Values, resolution: float, test: Test = "t") -> Mean | Unbounded:
    """The mean of values, by Student's t or the bootstrap.

    `resolution` is the least difference that can be measured (one test example): the standard deviation is taken to be
    no less, and values that deviate by less are not resampled."""
    found = np.asarray(values, dtype=np.float64)
    n = len(found)
    unbounded = _unbounded(found, n)
    if unbounded is not None:
        return unbounded
    if n < 2:
        return Unbounded(float(found[0]), n, "one seed has no variance: two are needed")
    if test == "bootstrap":
        return _resampled((found,), resolution)
    deviation, remark = _deviation(found, resolution)
    return Student(float(found.mean()), deviation / math.sqrt(n), n - 1, n, f"Student's t over {n} seeds{remark}")


def two_samples(
    left: Sequence[float] | Values, right: Sequence[float] | Values, resolution: float, test: Test = "t"
) -> Mean | Unbounded:
    """The difference of the means of two samples that are not paired, by Welch's t or the bootstrap."""
    first, second = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    n = len(first) + len(second)
    unbounded = _unbounded(np.concatenate([first, -second]), n)
    if min(len(first), len(second)) == 0:
        return Unbounded(None, n, "one side has no value")
    if unbounded is not None:
        return unbounded
    value = float(first.mean() - second.mean())
    if min(len(first), len(second)) < 2:
        return Unbounded(value, n, "one seed has no variance: two are needed on each side")
    if test == "bootstrap":
        return _resampled((first, second), resolution)
    (deviation, remark), (other, other_remark) = _deviation(first, resolution), _deviation(second, resolution)
    error, freedom = _satterthwaite(deviation**2 / len(first), other**2 / len(second), len(first), len(second))
    method = f"Welch's t, unpaired, over {len(first)} and {len(second)} seeds{remark or other_remark}"
    return Student(value, error, freedom, n, method)


def _satterthwaite(left: float, right: float, left_size: int, right_size: int) -> tuple[float, float]:
    """The standard error of a difference of means, from their squared standard errors, with its degrees of freedom."""
    total = left + right
    if total == 0.0:
        return 0.0, float(min(left_size, right_size) - 1)
    shares = (left / total) ** 2 / (left_size - 1) + (right / total) ** 2 / (right_size - 1)
    return math.sqrt(total), 1.0 / shares


def _unbounded(values: Values, n: int) -> Unbounded | None:
    """Why values have no finite mean; None where they have one."""
    if len(values) == 0:
        return Unbounded(None, n, "no value")
    if np.isnan(values).any():
        return Unbounded(None, n, f"{np.isnan(values).sum()} of {n} values are not a number")
    infinities = values[np.isinf(values)]
    if len(infinities) == 0:
        return None
    if (infinities > 0).any() and (infinities < 0).any():
        return Unbounded(None, n, "infinite values of both signs have no mean")
    return Unbounded(float(infinities[0]), n, f"{len(infinities)} of {n} values are infinite, hence their mean")


def _deviation(values: Values, resolution: float) -> tuple[float, str]:
    """The standard deviation, no less than `resolution`, and a remark for the method line where it was taken to be that
    or is 0."""
    deviation = float(values.std(ddof=1))
    if deviation >= resolution and np.ptp(values) > 0.0:
        return deviation, ""
    if resolution == 0.0:
        return 0.0, ", none of which differ"
    return resolution, f", standard deviation taken as the resolution {resolution:.3g}"


# Resampling.


def _resampled(samples: tuple[Values, ...], resolution: float) -> Mean | Unbounded:
    """The mean of one sample, or the difference of the means of two, by the bootstrap."""
    sizes = " and ".join(str(len(sample)) for sample in samples)
    n, value = sum(map(len, samples)), float(_contrast(*samples, axis=-1))
    if min(map(len, samples)) < OF_A_BOOTSTRAP:
        return Unbounded(value, n, f"bootstrap over {sizes} seeds: {OF_A_BOOTSTRAP} are needed on each side")
    if any(np.ptp(sample) == 0.0 or sample.std(ddof=1) < resolution for sample in samples):
        return Unbounded(value, n, f"bootstrap over {sizes} seeds: they differ by less than can be measured")
    drawn = stats.bootstrap(
        samples,
        _contrast,
        n_resamples=RESAMPLES,
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(list(b"bootstrap")),
    )
    means = np.sort(np.asarray(drawn.bootstrap_distribution, dtype=np.float64))
    error, freedom = _error(samples)
    method = f"bootstrap (BCa, {RESAMPLES:,} resamples) over {sizes} seeds{', unpaired' * (len(samples) > 1)}"
    bias, widening = _bias(means, value), error / _plug_in_error(samples)
    return Resampled(value, means, bias, _acceleration(samples), widening, freedom, n, method)


def _contrast(*samples: Values, axis: int) -> Values:
    """The mean, or the difference of two."""
    means: list[Values] = [sample.mean(axis=axis) for sample in samples]
    return means[0] if len(means) == 1 else means[0] - means[1]


def _bias(means: Values, value: float) -> float:
    """The normal quantile of the share of resampled means below the estimate, half of those at it counted."""
    below, at = (means < value).sum(), (means == value).sum()
    return float(ndtri((below + at / 2) / len(means)))


def _acceleration(samples: tuple[Values, ...]) -> float:
    """A sixth of the skewness of the estimate, by the jackknife; that of a difference counts the second sample
    negatively."""
    parts = [side * (sample - sample.mean()) for side, sample in zip((1, -1), samples, strict=False)]
    cubes = sum(float((part**3).sum()) / len(part) ** 3 for part in parts)
    squares = sum(float((part**2).sum()) / len(part) ** 2 for part in parts)
    return cubes / (6 * math.sqrt(squares) ** 3)


def _error(samples: tuple[Values, ...]) -> tuple[float, float]:
    """The standard error of t, with its degrees of freedom."""
    squares = [float(sample.var(ddof=1)) / len(sample) for sample in samples]
    if len(samples) == 1:
        return math.sqrt(squares[0]), len(samples[0]) - 1.0
    return _satterthwaite(squares[0], squares[1], len(samples[0]), len(samples[1]))


def _plug_in_error(samples: tuple[Values, ...]) -> float:
    """The standard deviation that resampled means have: that of the seeds as if they were all there are."""
    return math.sqrt(sum(float(sample.var()) / len(sample) for sample in samples))


# Distances, one a pair of seeds.


def over_pairs(values: Sequence[Sequence[float]] | Values) -> Mean | Unbounded:
    """The mean of `values[i][j]` over all pairs of different seeds i, j; the diagonal is not read.

    The standard error is that of the jackknife over seeds, with as many degrees of freedom as seeds less one: of the
    mean's logarithm where every seed could be left out and a positive mean would remain, as of distances. Three seeds
    are needed: of two, either left out leaves no pair."""
    found = np.asarray(values, dtype=np.float64)
    n = len(found)
    apart = found[~np.eye(n, dtype=bool)]
    unbounded = _unbounded(apart, n)
    if unbounded is not None:
        return unbounded
    value, method = float(apart.mean()), f"jackknife over {n} seeds of the mean over their {n * (n - 1)} pairs"
    if n < 3:
        return Unbounded(value, n, f"{method}: three seeds are needed")
    if np.ptp(apart) == 0.0:
        return Student(value, 0.0, n - 1.0, n, f"{method}, none of which differ")
    without = _without_each(found)
    if apart.min() < 0.0 or without.min() <= 0.0:
        return Student(value, _jackknife_error(without), n - 1.0, n, method)
    error = _jackknife_error(np.log(without))
    return Logarithmic(Student(math.log(value), error, n - 1.0, n, f"{method}, of its logarithm"))


def _jackknife_error(without: Values) -> float:
    """The standard error of an estimate, from the estimates that are left without each seed."""
    n = len(without)
    return math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))


def _without_each(distances: Values) -> Values:
    """The mean over the pairs that are left without one seed, for each seed."""
    n = len(distances)
    inner = np.where(np.eye(n, dtype=bool), 0.0, distances)
    without: Values = (inner.sum() - inner.sum(0) - inner.sum(1)) / ((n - 1) * (n - 2))
    return without

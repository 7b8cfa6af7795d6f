"""The error rates of the claims' tests, measured on seeds whose truth is known.

`python -m tests.statistics.calibrate` prints the table of docs/claims.md.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gamma
from scipy.stats import binom

from catlearn.verdict.correlation import compared
from catlearn.verdict.statistics import (
    comparison,
    equivalence,
    mean_at_most,
    pairs_at_most,
    proportion,
    unpaired_comparison,
    unpaired_equivalence,
)
from catlearn.verdict.verdict import Verdict

CONFIDENCE = 0.95
REPETITIONS = 2000
FEW = 200
"""Draws of a trial that is `slow`, where the whole table is not asked for."""

Sample = tuple[object, ...]


@dataclass(frozen=True)
class Trial:
    """A comparator with seeds drawn at a known effect. `effects` are the effect at which the statement just holds, one
    at which it holds and one at which it fails; `draw(generator, effect)` are the arguments of `decide`."""

    statement: str
    drawn: str
    seeds: str
    effects: tuple[float, float, float]
    draw: Callable[[np.random.Generator, float], Sample]
    decide: Callable[..., Verdict]
    slow: bool = False


@dataclass(frozen=True)
class Rates:
    """How many of some verdicts were supported and refuted at the margin, inside and outside."""

    repetitions: int
    supported: tuple[int, int, int]
    refuted: tuple[int, int, int]

    @property
    def wrong(self) -> int:
        """The larger of the counts of wrong verdicts. At the margin either verdict is on the edge of being wrong."""
        return max(self.supported[0], self.refuted[0], self.refuted[1], self.supported[2])

    @property
    def right(self) -> int:
        """The smaller of the counts of right verdicts, inside and outside."""
        return min(self.supported[1], self.refuted[2])


def measured(trial: Trial, repetitions: int = REPETITIONS) -> Rates:
    """The rates of a trial over some draws at each of its effects, the same at every call."""
    counts = []
    for place, effect in enumerate(trial.effects):
        generator = np.random.default_rng([*f"{trial.statement}{trial.drawn}{trial.seeds}".encode(), place])
        counts.append(Counter(trial.decide(*trial.draw(generator, effect)) for _ in range(repetitions)))
    supported, refuted = (tuple(count[verdict] for count in counts) for verdict in (Verdict.SUPPORTED, Verdict.REFUTED))
    return Rates(repetitions, supported, refuted)


def most_wrong(repetitions: int = REPETITIONS) -> int:
    """The count of wrong verdicts that a test at the stated level exceeds once in a million trials."""
    return int(binom.ppf(1 - 1e-6, repetitions, 1 - CONFIDENCE))


def least_wrong(repetitions: int = REPETITIONS) -> int:
    """The count of verdicts at the margin that an exact test falls short of once in a million trials."""
    return int(binom.ppf(1e-6, repetitions, 1 - CONFIDENCE))


# What seeds are drawn from.


def normal(n: int, deviation: float) -> Callable[[np.random.Generator, float], Sample]:
    return lambda generator, effect: (generator.normal(effect, deviation, n),)


def unequal(n: int, m: int, deviation: float, other: float) -> Callable[[np.random.Generator, float], Sample]:
    """Two runs with seeds, and deviations, of their own."""
    return lambda generator, effect: (generator.normal(effect, deviation, n), generator.normal(0, other, m))


def accuracies(n: int, examples: int) -> Callable[[np.random.Generator, float], Sample]:
    """Differences of accuracies counted on that many test examples, of networks that are 95 % right."""

    def draw(generator: np.random.Generator, effect: float) -> Sample:
        right = generator.binomial(examples, 0.95, n), generator.binomial(examples, 0.95 - effect, n)
        return ((right[0] - right[1]) / examples,)

    return draw


def skewed(n: int) -> Callable[[np.random.Generator, float], Sample]:
    """Distances with a tail to the right: gamma of shape 4, a skewness of 1."""
    return lambda generator, effect: (generator.gamma(4, effect / 4, n),)


def different(n: int, m: int) -> Callable[[np.random.Generator, float], Sample]:
    """Two runs with seeds of their own, of gamma distributions of one shape."""
    return lambda generator, effect: (1 + effect + generator.gamma(4, 0.1, n), generator.gamma(4, 0.1, m) + 1)


def apart(n: int, dimension: int) -> Callable[[np.random.Generator, float], Sample]:
    """The distances between n points drawn normally in a space, scaled to a mean distance."""
    mean = 2 * gamma((dimension + 1) / 2) / gamma(dimension / 2)

    def draw(generator: np.random.Generator, effect: float) -> Sample:
        points = generator.normal(size=(n, dimension)) * effect / mean
        return (np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1)),)

    return draw


def seeds(n: int, hidden: float) -> Callable[[np.random.Generator, float], Sample]:
    """Seeds that succeed with a given probability, of which a share stays undecided, failures twice as often."""

    def draw(generator: np.random.Generator, share: float) -> Sample:
        succeed, seen = generator.random(n) < share, generator.random(n)
        decided = np.where(succeed, seen >= hidden, seen >= 2 * hidden)
        return int((succeed & decided).sum()), int((~succeed & decided).sum()), int((~decided).sum())

    return draw


def pairs(n: int) -> Callable[[np.random.Generator, float], Sample]:
    """Two measures of each seed, jointly normal with a given correlation."""

    def draw(generator: np.random.Generator, correlation: float) -> Sample:
        first, rest = generator.normal(size=(2, n))
        return first, correlation * first + np.sqrt(1 - correlation**2) * rest

    return draw


# Comparators, each with the trials it must pass.


def within(differences: np.ndarray) -> Verdict:
    return equivalence(differences, 1.0, CONFIDENCE, 1e-3).verdict


def within_one_percent(differences: np.ndarray) -> Verdict:
    return equivalence(differences, 0.01, CONFIDENCE, 1 / 450).verdict


def unpaired_within(left: np.ndarray, right: np.ndarray) -> Verdict:
    return unpaired_equivalence(left, right, 1.0, CONFIDENCE, 1e-3).verdict


def at_most(values: np.ndarray) -> Verdict:
    return comparison(values, "<=", 1.0, CONFIDENCE, 1e-3).verdict


def greater(values: np.ndarray) -> Verdict:
    return comparison(values, ">", 1.0, CONFIDENCE, 1e-3).verdict


def unpaired_less(left: np.ndarray, right: np.ndarray) -> Verdict:
    return unpaired_comparison(left, right, "<", CONFIDENCE, 1e-3).verdict


def near(distances: np.ndarray) -> Verdict:
    return mean_at_most(distances, 1.0, CONFIDENCE).verdict


def resampled_within(differences: np.ndarray) -> Verdict:
    return equivalence(differences, 1.0, CONFIDENCE, 1e-3, "bootstrap").verdict


def resampled_at_most(values: np.ndarray) -> Verdict:
    return mean_at_most(values, 1.0, CONFIDENCE, "bootstrap").verdict


def resampled_less(left: np.ndarray, right: np.ndarray) -> Verdict:
    return unpaired_comparison(left, right, "<", CONFIDENCE, 1e-3, "bootstrap").verdict


def near_over_pairs(distances: np.ndarray) -> Verdict:
    return pairs_at_most(distances, 1.0, CONFIDENCE).verdict


def ranked(first: np.ndarray, second: np.ndarray) -> Verdict:
    return compared("spearman", (first, second, None), ">=", 0.5, None, CONFIDENCE).verdict


def explained(first: np.ndarray, second: np.ndarray) -> Verdict:
    return compared("r2", (first, second, None), "<=", 0.36, None, CONFIDENCE).verdict


def for_most(successes: int, failures: int, undecided: int) -> Verdict:
    return proportion(successes, failures, undecided, 0.8, CONFIDENCE).verdict


NORMAL = "normal, deviation 0.4"
TRIALS = (
    Trial("`a ~ b within 1`", NORMAL, "4", (1.0, 0.0, 2.0), normal(4, 0.4), within),
    Trial("`a ~ b within 1`", NORMAL, "16", (-1.0, 0.5, -1.5), normal(16, 0.4), within),
    Trial(
        "`a ~ b within 1%`",
        "accuracies on 450 examples",
        "16",
        (0.01, 0.0, 0.03),
        accuracies(16, 450),
        within_one_percent,
    ),
    Trial(
        "`a ~ b within 1`, unpaired",
        "normal, deviations 1 and 0.3",
        "6, 16",
        (1.0, 0.0, 2.5),
        unequal(6, 16, 1.0, 0.3),
        unpaired_within,
    ),
    Trial("`a <= 1`", NORMAL, "4", (1.0, 0.2, 1.8), normal(4, 0.4), at_most),
    Trial("`a <= 1`", NORMAL, "16", (1.0, 0.7, 1.3), normal(16, 0.4), at_most),
    Trial("`a > 1`", NORMAL, "4", (1.0, 1.8, 0.2), normal(4, 0.4), greater),
    Trial(
        "`a < b`, unpaired",
        "normal, deviations 1 and 0.3",
        "6, 16",
        (0.0, -1.6, 1.6),
        unequal(6, 16, 1.0, 0.3),
        unpaired_less,
    ),
    Trial("`x ~ y by distance within 1`", NORMAL, "8", (1.0, 0.5, 1.5), normal(8, 0.4), near),
    Trial("`spearman(a, b) >= 0.5`", "jointly normal", "30", (2 * np.sin(np.pi / 12), 0.9, 0.0), pairs(30), ranked),
    Trial("`r2(a, b) <= 0.36`", "jointly normal", "30", (0.6, 0.0, 0.9), pairs(30), explained),
    Trial("`holds_for = 0.8`", "all decided", "14", (0.8, 1.0, 0.3), seeds(14, 0.0), for_most),
    Trial("`holds_for = 0.8`", "all decided", "50", (0.8, 0.95, 0.6), seeds(50, 0.0), for_most),
    Trial("`holds_for = 0.8`", "some undecided", "50", (0.8, 1.0, 0.3), seeds(50, 0.03), for_most),
)

BOOTSTRAP = "`{ test = bootstrap }`"
RESAMPLED = (
    Trial(
        f"`a ~ b within 1` {BOOTSTRAP}",
        NORMAL,
        "16",
        (1.0, 0.5, 1.5),
        normal(16, 0.4),
        resampled_within,
        slow=True,
    ),
    Trial(
        f"`a < b` {BOOTSTRAP}, unpaired",
        "gamma, skewness 1",
        "12, 16",
        (0.0, -0.3, 0.3),
        different(12, 16),
        resampled_less,
        slow=True,
    ),
    Trial(
        f"`x ~ y by distance within 1` {BOOTSTRAP}",
        "gamma, skewness 1",
        "12",
        (1.0, 0.5, 1.9),
        skewed(12),
        resampled_at_most,
        slow=True,
    ),
)
PAIRS = (
    Trial("mean distance over pairs `<= 1`", "points on a line", "8", (1.0, 0.4, 2.5), apart(8, 1), near_over_pairs),
    Trial("mean distance over pairs `<= 1`", "points in R¹⁰", "8", (1.0, 0.8, 1.3), apart(8, 10), near_over_pairs),
)

SKEWED = (
    Trial("`x ~ y by distance within 1`", "gamma, skewness 1", "8", (1.0, 0.4, 2.2), skewed(8), near),
    Trial("`x ~ y by distance within 1`", "gamma, skewness 1", "12", (1.0, 0.4, 2.2), skewed(12), near),
)
"""Where the assumption of the t-tests fails: the upper bound of a mean of skewed distances is too low too often."""


COLUMNS = (
    "statement",
    "seeds drawn from",
    "seeds",
    "supported at the margin",
    "refuted at the margin",
    "right inside",
    "right outside",
)


def rows(trials: Sequence[Trial]) -> Iterator[str]:
    """The table of some trials in Markdown."""
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|---" * len(COLUMNS) + "|"
    for trial in trials:
        rates = measured(trial)
        shown = (rates.supported[0], rates.refuted[0], rates.supported[1], rates.refuted[2])
        figures = " | ".join(f"{count / REPETITIONS:.3f}" for count in shown)
        yield f"| {trial.statement} | {trial.drawn} | {trial.seeds} | {figures} |"


if __name__ == "__main__":
    print("\n".join(rows((*TRIALS, *PAIRS, *RESAMPLED, *SKEWED))))

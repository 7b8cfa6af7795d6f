"""The error rates of the claims' tests, measured on seeds whose truth is known.

`python -m tests.statistics.calibrate` prints the table of docs/claims.md.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import gamma
from scipy.stats import binom

from catlearn.evidence.documents import CorrelationFinding, Count, MeasureFinding, MeasureValues, SeedCountFinding
from catlearn.plan.ir import (
    ClassesQuestion,
    ClassMeasureQuestion,
    ConstantNode,
    CorrelationQuestion,
    DecideJob,
    MeasurePlan,
    MeasureQuestion,
    Place,
    SeedCountQuestion,
)
from catlearn.verdict import permutation, statistics
from catlearn.verdict.certificate import Look
from catlearn.verdict.correlation import compared
from catlearn.verdict.looks import looked
from catlearn.verdict.means import between, one_sample, over_pairs
from catlearn.verdict.questions import class_measure
from catlearn.verdict.statistics import mean_at_most, proportion
from catlearn.verdict.verdict import Verdict
from tests.statistics.class_findings import RELATION, finding
from tests.statistics.comparators import (
    comparison,
    equivalence,
    pairs_at_most,
    unpaired_comparison,
    unpaired_equivalence,
)

CONFIDENCE = 0.95
REPETITIONS = 2000
FEW = 200
"""Draws of a trial of `SLOW`, where the whole table is not asked for."""

Sample = tuple[object, ...]

NORM = MeasurePlan(name="norm", run="r", dataset=None, split=None)
OTHER = MeasurePlan(name="norm", run="s", dataset=None, split=None)


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


def moved(n: int, dimension: int) -> Callable[[np.random.Generator, float], Sample]:
    """Values of pairs of either sign: distances as of `apart`, of mean 2, less their mean, with an effect added."""
    drawn = apart(n, dimension)

    def draw(generator: np.random.Generator, effect: float) -> Sample:
        (distances,) = drawn(generator, 2.0)
        return (np.asarray(distances) - 2.0 + effect,)

    return draw


def counted(n: int, m: int, common: float) -> Callable[[np.random.Generator, float], Sample]:
    """Counts of two families of seeds, Poisson of mean 3, and 3 more by an effect; a part is common to both sides."""

    def draw(generator: np.random.Generator, effect: float) -> Sample:
        shared = generator.poisson(common, max(n, m))
        means = 3.0 - common + max(effect, 0.0), 3.0 - common + max(-effect, 0.0)
        return shared[:n] + generator.poisson(means[0], n), shared[:m] + generator.poisson(means[1], m)

    return draw


def known_between(n: int) -> Callable[[np.random.Generator, float], Sample]:
    """Values that are each known to lie in an interval of width 0.1, at any place of it."""

    def draw(generator: np.random.Generator, effect: float) -> Sample:
        values, place = generator.normal(effect, 0.4, n), generator.random(n)
        return values - 0.1 * place, values + 0.1 * (1 - place)

    return draw


def confounded(n: int) -> Callable[[np.random.Generator, float], Sample]:
    """Two measures that a third moves alike, with a given correlation of what it leaves of them."""
    left_over = pairs(n)

    def draw(generator: np.random.Generator, correlation: float) -> Sample:
        given = generator.normal(size=n)
        first, second = left_over(generator, correlation)
        return given + first, given + second, given

    return draw


def pairs(n: int) -> Callable[[np.random.Generator, float], Sample]:
    """Two measures of each seed, jointly normal with a given correlation."""

    def draw(generator: np.random.Generator, correlation: float) -> Sample:
        first, rest = generator.normal(size=(2, n))
        return first, correlation * first + np.sqrt(1 - correlation**2) * rest

    return draw


def in_classes(n: int, runs: int) -> Callable[[np.random.Generator, float], Sample]:
    """The values of n seeds with so many runs each, class by class, and the seeds of these runs. Both the class and the
    value of a run lie near those of its seed. A positive effect moves the values of one class; without one, classes
    have nothing to do with values, which a negative effect makes that many times as wide."""

    def draw(generator: np.random.Generator, effect: float) -> Sample:
        strays = generator.random((n, runs)) < (0.1 if runs > 1 else 0.0)
        classes = (generator.random((n, 1)) < 0.5) ^ strays
        values = generator.normal(size=(n, 1)) + generator.normal(0, 0.3, (n, runs))
        values = values + effect * classes if effect >= 0 else values * -effect
        seeds = np.broadcast_to(np.arange(n)[:, None], (n, runs))
        return [values[~classes], values[classes]], np.concatenate([seeds[~classes], seeds[classes]])

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


def near_over_pairs_of_either_sign(values: np.ndarray) -> Verdict:
    return statistics.within(over_pairs(values), 1.0, CONFIDENCE).verdict


def at_most_between(low: np.ndarray, high: np.ndarray) -> Verdict:
    mean = between(one_sample(low, 0.0), one_sample(high, 0.0))
    return statistics.ordered(mean, "<=", 1.0, CONFIDENCE).verdict


def more(left: np.ndarray, right: np.ndarray) -> Verdict:
    return permutation.difference(left, right, ">", CONFIDENCE, paired=True).verdict


def fewer_unpaired(left: np.ndarray, right: np.ndarray) -> Verdict:
    return permutation.difference(left, right, "<", CONFIDENCE, paired=False).verdict


def equally_many(left: np.ndarray, right: np.ndarray) -> Verdict:
    return permutation.difference(left, right, "==", CONFIDENCE, paired=True).verdict


def ranked(first: np.ndarray, second: np.ndarray) -> Verdict:
    return compared("spearman", (first, second, None), ">=", 0.5, None, CONFIDENCE).verdict


def ranked_by_pairs(first: np.ndarray, second: np.ndarray) -> Verdict:
    return compared("kendall", (first, second, None), ">=", 1 / 3, None, CONFIDENCE).verdict


def near_independent(first: np.ndarray, second: np.ndarray) -> Verdict:
    return compared("spearman", (first, second, None), "~", 0.0, 0.4, CONFIDENCE).verdict


def held_fixed(first: np.ndarray, second: np.ndarray, given: np.ndarray) -> Verdict:
    return compared("partial", (first, second, given), ">=", 0.3, None, CONFIDENCE).verdict


def concordant(first: np.ndarray, second: np.ndarray) -> Verdict:
    return compared("kendall", (first, second, None), ">", 0.0, None, CONFIDENCE).verdict


def rising(first: np.ndarray, second: np.ndarray) -> Verdict:
    return compared("spearman", (first, second, None), ">", 0.0, None, CONFIDENCE).verdict


def explained(first: np.ndarray, second: np.ndarray) -> Verdict:
    return compared("r2", (first, second, None), "<=", 0.36, None, CONFIDENCE).verdict


def for_most(successes: int, failures: int, undecided: int) -> Verdict:
    return proportion(successes, failures, undecided, 0.8, CONFIDENCE).verdict


def over_classes(
    name: Literal["spread", "separation"], operator: Literal["<=", ">="], bound: float
) -> ClassMeasureQuestion:
    return ClassMeasureQuestion(
        name=name,
        measures=(NORM,),
        classes=ClassesQuestion(runs=("r",), relation=RELATION, operator="<=", bound=1),
        operator=operator,
        bound=bound,
        margin=None,
        confidence=CONFIDENCE,
    )


def narrow_classes(groups: Sequence[np.ndarray], seeds: np.ndarray) -> Verdict:
    """Of classes that nothing tells apart, as those of networks."""
    found = finding([group for group in groups if len(group)], seeds)
    return Verdict(class_measure.judge(over_classes("spread", "<=", 10.0), found).verdict)


def separate_classes(groups: Sequence[np.ndarray], seeds: np.ndarray) -> Verdict:
    """Of classes that obstructions tell apart."""
    found = finding([group for group in groups if len(group)], seeds, told_apart=True)
    return Verdict(class_measure.judge(over_classes("separation", ">=", 0.01), found).verdict)


# Three looks at growing numbers of seeds.

Finding = MeasureFinding | SeedCountFinding | CorrelationFinding
Question = MeasureQuestion | SeedCountQuestion | CorrelationQuestion


def at_some_look(
    question: Question, finding: Callable[..., Finding], sizes: Sequence[int], announced: int
) -> Callable[..., Verdict]:
    """Whether some look at the first seeds, at more and at all of them supports or refutes."""
    place = Place(file="", line=1, column=1)
    job = DecideJob(
        version=1,
        digest="",
        claim="c",
        text="",
        place=place,
        expected=(),
        question=question,
        needs=(),
        looks=announced,
    )

    def decide(*columns: np.ndarray) -> Verdict:
        taken: tuple[Look, ...] = ()
        verdicts = []
        for size in sizes:
            seeds = (("r", tuple(range(size))),)
            found = looked(job, seeds, finding(*(column[:size] for column in columns)), taken if announced > 1 else ())
            taken = found.looks
            verdicts.append(Verdict(found.judgement.verdict))
        return next((one for one in (Verdict.SUPPORTED, Verdict.REFUTED) if one in verdicts), Verdict.UNDECIDED)

    return decide


def values_of(column: np.ndarray) -> MeasureValues:
    return MeasureValues(seeds=tuple(range(len(column))), values=tuple(map(float, column)), missing=())


def of_values(column: np.ndarray) -> MeasureFinding:
    return MeasureFinding(left=values_of(column), right=None, resolution=0.0)


def of_counts(left: np.ndarray, right: np.ndarray) -> SeedCountFinding:
    return SeedCountFinding(left=values_of(left), right=values_of(right), number=None)


def of_successes(column: np.ndarray) -> SeedCountFinding:
    return SeedCountFinding(left=values_of(column), right=None, number=Count(numerator=1, denominator=1))


def of_both(first: np.ndarray, second: np.ndarray) -> CorrelationFinding:
    seeds = tuple(range(len(first)))
    columns = [tuple(map(float, column)) for column in (first, second)]
    return CorrelationFinding(seeds=seeds, first=columns[0], second=columns[1], given=None, missing=())


def bernoulli(n: int) -> Callable[[np.random.Generator, float], Sample]:
    """Seeds that succeed with a given probability, 1 for a success."""
    return lambda generator, share: ((generator.random(n) < share).astype(float),)


def at_most_one(announced: int) -> Callable[..., Verdict]:
    question = MeasureQuestion(left=NORM, operator="<=", right=1.0, margin=None, confidence=CONFIDENCE)
    return at_some_look(question, of_values, (6, 10, 16), announced)


def near_zero(announced: int) -> Callable[..., Verdict]:
    question = MeasureQuestion(left=NORM, operator="~", right=0.0, margin=1.0, confidence=CONFIDENCE)
    return at_some_look(question, of_values, (6, 10, 16), announced)


def counts_question(operator: Literal["==", ">"], holds_for: float | None) -> SeedCountQuestion:
    one = ConstantNode(numerator=1, denominator=1)
    right, test = (OTHER, "permutation") if holds_for is None else (one, "exact")
    return SeedCountQuestion(
        left=NORM, operator=operator, right=right, holds_for=holds_for, confidence=CONFIDENCE, test=test
    )


def share_holds(announced: int) -> Callable[..., Verdict]:
    return at_some_look(counts_question("==", 0.8), of_successes, (14, 30, 50), announced)


def more_counts(announced: int) -> Callable[..., Verdict]:
    return at_some_look(counts_question(">", None), of_counts, (6, 7, 8), announced)


def ranks_follow(announced: int) -> Callable[..., Verdict]:
    question = CorrelationQuestion(
        name="spearman",
        first=NORM,
        second=OTHER,
        given=None,
        operator=">=",
        bound=0.5,
        margin=None,
        confidence=CONFIDENCE,
    )
    return at_some_look(question, of_both, (12, 20, 30), announced)


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
    Trial(
        "`width(a, by = r) <= 1`",
        "each known within 0.1, deviation 0.4",
        "8",
        (1.0, 0.4, 1.6),
        known_between(8),
        at_most_between,
    ),
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
    ),
    Trial(
        f"`a < b` {BOOTSTRAP}, unpaired",
        "gamma, skewness 1",
        "12, 16",
        (0.0, -0.3, 0.3),
        different(12, 16),
        resampled_less,
    ),
    Trial(
        f"`x ~ y by distance within 1` {BOOTSTRAP}",
        "gamma, skewness 1",
        "12",
        (1.0, 0.5, 1.9),
        skewed(12),
        resampled_at_most,
    ),
)
PAIRS = (
    Trial("mean distance over pairs `<= 1`", "points on a line", "8", (1.0, 0.4, 2.5), apart(8, 1), near_over_pairs),
    Trial("mean distance over pairs `<= 1`", "points in R¹⁰", "8", (1.0, 0.8, 1.3), apart(8, 10), near_over_pairs),
    Trial(
        "mean over pairs `~ 0 within 1`",
        "points in R¹⁰, of either sign",
        "8",
        (1.0, 0.5, 1.7),
        moved(8, 10),
        near_over_pairs_of_either_sign,
    ),
)

CORRELATED = (
    Trial(
        "`spearman(a, b) ~ 0 within 0.4`",
        "jointly normal",
        "60",
        (2 * np.sin(np.pi / 15), 0.0, 0.8),
        pairs(60),
        near_independent,
    ),
    Trial("`kendall(a, b) >= 1/3`", "jointly normal", "30", (0.5, 0.92, 0.0), pairs(30), ranked_by_pairs),
    Trial("`partial(a, b, given = x) >= 0.3`", "jointly normal", "30", (0.3, 0.75, -0.3), confounded(30), held_fixed),
)

COUNTS = "Poisson, a part common to both sides"
PERMUTED = (
    Trial(
        "`betti(x) > betti(y)` `{ test = permutation }`",
        COUNTS,
        "8",
        (0.0, 3.0, -3.0),
        counted(8, 8, 1.0),
        more,
    ),
    Trial(
        "`betti(x) < betti(y)` `{ test = permutation }`, unpaired",
        "Poisson",
        "5, 5",
        (0.0, -6.0, 6.0),
        counted(5, 5, 0.0),
        fewer_unpaired,
    ),
    Trial(
        "`betti(x) == betti(y)` `{ test = permutation }`",
        COUNTS,
        "8",
        (0.0, 0.0, 4.0),
        counted(8, 8, 1.0),
        equally_many,
    ),
    Trial("`spearman(a, b) > 0`", "jointly normal", "6", (0.0, 0.99, -0.99), pairs(6), rising),
    Trial("`kendall(a, b) > 0`", "jointly normal", "6", (0.0, 0.99, -0.99), pairs(6), concordant),
)

OWN, SHARED = "normal, two classes", "normal, two classes of three runs a seed"
OVER_CLASSES = (
    Trial("`spread(a, over = classes) <= 10`", OWN, "12", (0.0, 5.0, -20.0), in_classes(12, 1), narrow_classes),
    Trial("`spread(a, over = classes) <= 10`", SHARED, "9", (0.0, 6.0, -20.0), in_classes(9, 3), narrow_classes),
    Trial("`separation(a, over = classes) >= 0.01`", OWN, "12", (0.0, 3.0, -1e-3), in_classes(12, 1), separate_classes),
    Trial(
        "`separation(a, over = classes) >= 0.01`", SHARED, "9", (0.0, 4.0, -1e-3), in_classes(9, 3), separate_classes
    ),
)
"""At the margin, classes have nothing to do with the measure, and the comparison holds by chance."""

LOOKS = "`{ looks = 3 }`, some look"
STOPPED = (
    Trial(f"`a <= 1` {LOOKS}", NORMAL, "6, 10, 16", (1.0, 0.6, 1.4), normal(16, 0.4), at_most_one(3)),
    Trial(f"`a ~ b within 1` {LOOKS}", NORMAL, "6, 10, 16", (1.0, 0.5, 1.5), normal(16, 0.4), near_zero(3)),
    Trial(
        f"`spearman(a, b) >= 0.5` {LOOKS}",
        "jointly normal",
        "12, 20, 30",
        (2 * np.sin(np.pi / 12), 0.9, 0.0),
        pairs(30),
        ranks_follow(3),
    ),
    Trial(
        f"`holds_for = 0.8` {LOOKS}",
        "all decided",
        "14, 30, 50",
        (0.8, 0.98, 0.5),
        bernoulli(50),
        share_holds(3),
    ),
    Trial(
        f"`betti(x) > betti(y)` `{{ test = permutation }}` {LOOKS}",
        COUNTS,
        "6, 7, 8",
        (0.0, 5.0, -5.0),
        counted(8, 8, 1.0),
        more_counts(3),
    ),
)
"""A verdict counts where some look comes to it."""

SLOW = (*RESAMPLED, *CORRELATED, *PERMUTED, *OVER_CLASSES, *STOPPED)

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
    print("\n".join(rows((*TRIALS, *PAIRS, *SLOW, *SKEWED))))

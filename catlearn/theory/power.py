"""Power: the seeds without which a claim cannot come to the verdict that its author expects, whatever its runs do.

A test of a few seeds leaves a claim open even where all of them agree: the best that n seeds can show is compared with
the confidence that is asked of each look. Everything here is arithmetic on numbers of the specification. Sources: those
of the tests themselves (`docs/claims.md`); Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and
26.7.4, for the distribution of t.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import atan, atanh, comb, cos, erfc, factorial, floor, inf, log, pi, sin, sqrt
from typing import NamedTuple

from catlearn.theory.theory import (
    CloudMeasure,
    Combination,
    Correlation,
    CorrelationProposition,
    LayerwiseMeasure,
    Measure,
    MeasureProposition,
    Proposition,
    Quantity,
    RelationCellProposition,
    Run,
    SeedCountProposition,
    ShapeProposition,
    Theory,
)
from catlearn.theory.values import MOST_SEEDS

OF_A_BOOTSTRAP = 12
OF_A_CORRELATION = 5
"""The fewest seeds with which these are tested at all."""

PERMUTATIONS = 9999
"""The most permutations that a test of independence draws."""


class Need(NamedTuple):
    """The seeds that a claim needs of a run that has fewer. `purpose` says for what: a `share` that is asked for, a
    `test` at the confidence asked for, or the least that a method takes at any confidence."""

    run: Run
    seeds: int
    purpose: str
    at_confidence: bool = True


def needs(theory: Theory, part: Proposition, confidence: Fraction, verdict: str) -> Iterator[Need]:
    """The runs that have too few seeds for a proposition to be `supported` or `refuted` at a confidence."""
    match part:
        case SeedCountProposition(test="permutation"):
            yield from _of_exchange(theory, part, confidence)
        case (
            RelationCellProposition(holds_for=Fraction() as share) | SeedCountProposition(holds_for=Fraction() as share)
        ):
            apiece = 2 if isinstance(part, RelationCellProposition) and part.pairs == "disjoint" else 1
            yield from _of_share(_counted_run(theory, part), share, confidence, verdict, apiece)
        case MeasureProposition() | ShapeProposition() | CorrelationProposition():
            runs = [theory.runs[name] for name in _sampled(part) if name in theory.runs]
            for run in sorted(runs, key=lambda run: len(run.seeds))[:1]:
                yield from _of_sample(theory, part, run, confidence, verdict)


# Shares of seeds.


def seeds_needed(share: Fraction, confidence: Fraction) -> int:
    """The least n with share^n <= 1 - confidence: so many successes without a failure show the share.

    Above a share of 0.999 it is the n of the bound share^n <= exp(-n * (1 - share)), which suffices.

    >>> seeds_needed(Fraction(9, 10), Fraction(95, 100))
    29
    """
    doubt = 1 - confidence
    surprise = log(doubt.denominator) - log(doubt.numerator)
    if share > Fraction(999, 1000):
        return floor(Fraction(surprise) / (1 - share)) + 1
    estimate = surprise / -log(share)
    needed = max(1, floor(estimate) - 1)
    while share**needed > 1 - confidence:
        needed += 1
    return needed


def failures_needed(share: Fraction, confidence: Fraction) -> int:
    """The least n with (1 - share)^n < 1 - confidence: so many failures without a success refute the share.

    >>> failures_needed(Fraction(1, 2), Fraction(3, 4))
    3
    """
    needed = seeds_needed(1 - share, confidence)
    return needed + 1 if (1 - share) ** needed == 1 - confidence else needed


def _counted_run(theory: Theory, part: RelationCellProposition | SeedCountProposition) -> Run | None:
    """A run over whose seeds a share is taken."""
    if isinstance(part, SeedCountProposition):
        return next((theory.runs[run] for run in (*runs_of(part.left), *runs_of(part.right))), None)
    derived = theory.composite_cells.get(part.cell)
    cell = theory.relation_cells.get(derived.parts[0] if derived else part.cell)
    return theory.runs.get(cell.source) if cell else None


def _of_share(run: Run | None, share: Fraction, confidence: Fraction, verdict: str, apiece: int) -> Iterator[Need]:
    """The need of a share of what takes so many seeds apiece."""
    needed = apiece * (seeds_needed if verdict == "supported" else failures_needed)(share, confidence)
    if run and len(run.seeds) < needed:
        yield Need(run, needed, "share")


# Exchanges of two families.


def _of_exchange(theory: Theory, part: SeedCountProposition, confidence: Fraction) -> Iterator[Need]:
    """The seeds of which the most extreme of all exchanges is improbable enough: of either run, as many of the
    other."""
    runs = [theory.runs[run] for run in (*runs_of(part.left), *runs_of(part.right)) if run in theory.runs]
    ways, paired = (2 if part.operator == "==" else 1), all(run.seeds == runs[0].seeds for run in runs)
    for run in sorted(runs, key=lambda run: len(run.seeds))[:1]:
        needed = _least(lambda seeds: ways * _least_exchange(seeds, paired) <= 1 - confidence, 2)
        if needed is not None and len(run.seeds) < needed:
            yield Need(run, needed, "for a permutation test")


def _least_exchange(seeds: int, paired: bool) -> Fraction:
    """The probability of the most extreme of all exchanges of the sides of seeds, or of all labels of twice as many."""
    return max(Fraction(1, 2**seeds if paired else comb(2 * seeds, seeds)), Fraction(1, PERMUTATIONS + 1))


# Means and correlations over seeds.


def _sampled(part: MeasureProposition | ShapeProposition | CorrelationProposition) -> tuple[str, ...]:
    """The runs over whose seeds a number is estimated."""
    match part:
        case MeasureProposition(left, _, right):
            return (*runs_of(left), *runs_of(right))
        case CorrelationProposition(correlation):
            return tuple(runs_of(correlation))
    return (part.left_run,)


def runs_of(quantity: Quantity) -> Iterator[str]:
    """The runs of the computed measures in a quantity."""
    match quantity:
        case Measure(_, run):
            yield run  # a height has one number for each seed that both of its runs have
        case CloudMeasure(_, clouds):
            yield from (cloud.run for cloud in clouds)
        case LayerwiseMeasure(_, left, right):
            yield from (left, right)
        case Combination(_, left, right):
            yield from (*runs_of(left), *runs_of(right))
        case Correlation(_, left, right, given):
            yield from (*runs_of(left), *runs_of(right), *(runs_of(given) if given is not None else ()))


def _of_sample(
    theory: Theory,
    part: MeasureProposition | ShapeProposition | CorrelationProposition,
    run: Run,
    confidence: Fraction,
    verdict: str,
) -> Iterator[Need]:
    seeds, (least, purpose) = len(run.seeds), _least_of(part)
    if seeds < least:
        yield Need(run, least, purpose, at_confidence=False)
    elif verdict == "supported":
        needed = _least(_enough(theory, part, float(1 - confidence)), least)
        if needed is not None and seeds < needed:
            yield Need(run, needed, _shown(theory, part))


def _shown(theory: Theory, part: MeasureProposition | ShapeProposition | CorrelationProposition) -> str:
    """What it is that too few seeds cannot show, even where all of them agree."""
    if not isinstance(part, MeasureProposition):
        return "to show the correlation even where all of them agree"
    margin, step = float(part.margin or 0), float(_step(theory, part) or 0)
    return f"to come within {margin:.3g}, where one example counts {step:.3g},"


def _least_of(part: MeasureProposition | ShapeProposition | CorrelationProposition) -> tuple[int, str]:
    """The seeds that a test takes at any confidence."""
    if isinstance(part, CorrelationProposition):
        return OF_A_CORRELATION, "for a correlation"
    return (OF_A_BOOTSTRAP, "for the bootstrap") if part.test == "bootstrap" else (2, "for an interval")


def _least(enough: Callable[[int], bool], first: int) -> int | None:
    """The least number of seeds that is enough, None where none up to the most that a run may have is."""
    found = first + bisect_left(range(first, MOST_SEEDS + 1), True, key=enough)
    return found if found <= MOST_SEEDS else None


def _enough(
    theory: Theory, part: MeasureProposition | ShapeProposition | CorrelationProposition, doubt: float
) -> Callable[[int], bool]:
    """Whether so many seeds, all of which agree, leave no more doubt than is allowed."""
    if isinstance(part, CorrelationProposition):
        return lambda seeds: _least_p(part, seeds) <= doubt
    step = _step(theory, part) if isinstance(part, MeasureProposition) and part.test == "t" else None
    if step is None or part.margin is None:
        return lambda _: True
    room = float(part.margin / step)
    return lambda seeds: 1.0 - share_of_t(room * sqrt(seeds), seeds - 1) <= doubt


def _step(theory: Theory, part: MeasureProposition) -> Fraction | None:
    """What one example changes the larger side of a comparison by, seed by seed: the least standard deviation that is
    believed. None where it is not known here."""
    sides = [_step_of(theory, side) for side in (part.left, part.right)]
    runs = [theory.runs[run] for run in _sampled(part)]
    steps = [step for step in sides if step is not None]
    paired = all(run.seeds == runs[0].seeds for run in runs)
    return max(steps) if len(steps) == len(sides) and max(steps) > 0 and paired else None


def _step_of(theory: Theory, side: Quantity) -> Fraction | None:
    match side:
        case Fraction():
            return Fraction(0)
        case Measure("accuracy", _, str() as dataset, split):
            data = theory.datasets[dataset]
            return Fraction(1, data.train_size if split == "train" else data.test_size)
        case Measure("gap", _, str() as dataset):
            data = theory.datasets[dataset]
            return Fraction(1, min(data.train_size, data.test_size))
    return None


def share_of_t(value: float, freedom: int) -> float:
    """The probability that Student's t, with a whole number of degrees of freedom, is at most a value."""
    angle = atan(value / sqrt(freedom))
    odd = freedom % 2
    term, total = (cos(angle) if odd else 1.0), 0.0
    for place in range(1 + odd, freedom, 2):
        total += term
        term *= cos(angle) ** 2 * place / (place + 1)
    inside = 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
    return (1.0 + inside) / 2


# Correlations.


def _least_p(part: CorrelationProposition, seeds: int) -> float:
    """The least p-value that a correlation of so many seeds can have."""
    name, bound = part.correlation.name, float(part.bound)
    ranked = name in ("spearman", "kendall")
    if part.operator == "~":
        return 0.0 if name == "r2" else _within(name, bound, float(part.margin or 0), seeds)
    if not ranked:
        return 0.0
    if bound == 0.0:
        return 1.0 / (PERMUTATIONS + 1 if seeds > 7 else factorial(seeds))
    best = 1 - (12 / (seeds * (seeds**2 - 1)) if name == "spearman" else 4 / (seeds * (seeds - 1)))
    side = 1 if part.operator in (">", ">=") else -1
    return _beyond((atanh(best) - side * _artanh(bound)) / _error(name, seeds, best))


def _within(name: str, bound: float, margin: float, seeds: int) -> float:
    """The p-value of a correlation in the middle of its margin, on Fisher's scale."""
    ends = _artanh(bound - margin), _artanh(bound + margin)
    return _beyond((ends[1] - ends[0]) / 2 / _error(name, seeds, 0.0))


def _error(name: str, seeds: int, correlation: float) -> float:
    """The standard error of a correlation on Fisher's scale."""
    if name == "spearman":
        return sqrt((1 + correlation**2 / 2) / (seeds - 3))
    return sqrt((0.437 if name == "kendall" else 1.0) / (seeds - 4))


def _artanh(value: float) -> float:
    return atanh(value) if abs(value) < 1.0 else inf if value > 0 else -inf


def _beyond(deviations: float) -> float:
    """The probability that a standard normal number lies so far above 0."""
    return erfc(deviations / sqrt(2)) / 2

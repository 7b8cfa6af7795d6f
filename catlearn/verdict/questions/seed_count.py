"""Whole numbers compared exactly, seed by seed: of Betti numbers over a range of scales, a statement about topology.

What differs is distinguished by these classes at these scales; what does not is not distinguished, and may differ in
anything else."""

import operator
from collections.abc import Callable, Mapping

from scipy.stats import permutation_test

from catlearn.evidence.documents import SeedCountFinding
from catlearn.evidence.measure import measures_in, range_of_difference, seed_count_finding
from catlearn.evidence.model import Model
from catlearn.plan.ir import CloudMeasurePlan, SeedCountQuestion
from catlearn.verdict import statistics, wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.judgement import judgement_of
from catlearn.verdict.procedure import Procedure, Progress, draw_nothing
from catlearn.verdict.verdict import Verdict

_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def judge(question: SeedCountQuestion, finding: SeedCountFinding) -> Judgement:
    """In how many seeds the comparison holds; a seed without a number counts against both verdicts."""
    pairs = _pairs(finding)
    holds = {seed: _HOLDS[question.operator](*sides) for seed, sides in pairs.items()}
    successes, lost = sum(holds.values()), _lost(finding)
    inference = statistics.proportion(
        successes, len(holds) - successes, len(lost), question.holds_for, question.confidence
    )
    verdict = inference.verdict
    if verdict is Verdict.SUPPORTED and _holds_of_anything(question):
        verdict = Verdict.VACUOUS
    return judgement_of(
        inference,
        verdict=verdict,
        method=f"{_words(question, holds)}; {inference.method}",
        evidence=(*_lines(question, finding, holds), *_unmeasured(finding)),
    )


def _pairs(finding: SeedCountFinding) -> dict[int, tuple[float, float]]:
    """Both sides in the seeds that have both."""
    left = dict(zip(finding.left.seeds, finding.left.values, strict=True))
    if finding.number is not None or finding.right is None:
        number = finding.number.numerator / finding.number.denominator if finding.number else 0.0
        return {seed: (value, number) for seed, value in left.items()}
    right = dict(zip(finding.right.seeds, finding.right.values, strict=True))
    return {seed: (value, right[seed]) for seed, value in left.items() if seed in right}


def _lost(finding: SeedCountFinding) -> set[int]:
    """The seeds without a number on some side."""
    sides = [side for side in (finding.left, finding.right) if side is not None]
    named = {seed for side in sides for seed in (*side.seeds, *side.missing, *side.undefined, *side.shapeless)}
    return named - _pairs(finding).keys()


def _holds_of_anything(question: SeedCountQuestion) -> bool:
    """Whether the comparison holds of all numbers that the measures can have."""
    least, most = range_of_difference(question)
    return {
        "==": least == most == 0.0,
        "<": most < 0.0,
        "<=": most <= 0.0,
        ">": least > 0.0,
        ">=": least >= 0.0,
    }[question.operator]


def _words(question: SeedCountQuestion, holds: Mapping[int, bool]) -> str:
    """Distinguished or not, over which scales, where two Betti numbers are compared."""
    measures = [measure for side in (question.left, question.right) for measure in measures_in(side)]
    sides = [measure for measure in measures if isinstance(measure, CloudMeasurePlan)]
    scales = dict.fromkeys(_scales(side) for side in sides if side.name == "betti")
    over = f" {' and '.join(scales)}" if scales else ""
    on = [", ".join(wording.cloud_terms(side.terms)) for side in sides]
    return "; ".join((f"{_topology(question, holds, len(scales))}{over}", *dict.fromkeys(on)))


def _topology(question: SeedCountQuestion, holds: Mapping[int, bool], scales: int) -> str:
    two = isinstance(question.left, CloudMeasurePlan) and isinstance(question.right, CloudMeasurePlan)
    if not two or not scales or question.operator != "==":
        return "counts compared exactly in each seed"
    apart = [seed for seed, held in holds.items() if not held]
    return f"distinguished in seeds {wording.seeds(apart)}" if apart else "not distinguished"


def _scales(measure: CloudMeasurePlan) -> str:
    low, high = measure.scale or (0.0, 0.0)
    return f"in degree {measure.degrees[0]} over the scales {wording.number(low)} to {wording.number(high)}"


def _lines(question: SeedCountQuestion, finding: SeedCountFinding, holds: Mapping[int, bool]) -> tuple[str, ...]:
    pairs = _pairs(finding)
    failing = [seed for seed, held in holds.items() if not held]
    lines = [
        f"seed {seed}: {wording.number(pairs[seed][0])} on the left, {wording.number(pairs[seed][1])} on the right"
        for seed in failing[:3]
    ]
    lines += wording.more(len(failing) - 3)
    if finding.right is not None and len(pairs) > 1:
        lines += [_of_other_seeds(question, pairs), _of_means(pairs)]
    return tuple(lines)


def _of_other_seeds(question: SeedCountQuestion, pairs: Mapping[int, tuple[float, float]]) -> str:
    """How often the comparison holds of each left side with the right side of the next seed."""
    lefts, rights = ([sides[place] for sides in pairs.values()] for place in (0, 1))
    others = [*rights[1:], rights[0]]
    held = sum(_HOLDS[question.operator](*both) for both in zip(lefts, others, strict=True))
    return f"pairs of different seeds: it holds in {held} of {len(others)}"


def _of_means(pairs: Mapping[int, tuple[float, float]]) -> str:
    """The mean difference, with its probability where the sides of each seed may be exchanged."""
    lefts, rights = ([sides[place] for sides in pairs.values()] for place in (0, 1))

    def mean(left: list[float], right: list[float]) -> float:
        return float(sum(a - b for a, b in zip(left, right, strict=True)) / len(left))

    found = permutation_test((lefts, rights), mean, permutation_type="samples", vectorized=False, rng=0)
    difference = wording.number(mean(lefts, rights))
    return f"mean difference {difference}, p = {found.pvalue:.3g} by exchanging the sides of seeds"


def _unmeasured(finding: SeedCountFinding) -> tuple[str, ...]:
    sides = [side for side in (finding.left, finding.right) if side is not None]
    return wording.unmeasured(sides)


def remeasure(model: Model, question: SeedCountQuestion, _given: SeedCountFinding) -> SeedCountFinding:
    """The numbers computed anew from the stored weights."""
    return seed_count_finding(model, question)


def _find(model: Model, question: SeedCountQuestion, _progress: Progress) -> SeedCountFinding:
    return seed_count_finding(model, question)


SEED_COUNT = Procedure(_find, remeasure, judge, draw_nothing)

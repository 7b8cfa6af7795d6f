"""Whole numbers compared exactly, seed by seed: of Betti numbers over a range of scales, a statement about topology.

What differs is distinguished by these classes at these scales; what does not is not distinguished, and may differ in
anything else."""

import operator
from collections import Counter
from collections.abc import Callable, Mapping

from catlearn.evidence.arithmetic import measures_compared, range_of_difference
from catlearn.evidence.documents import MeasureValues, SeedCountFinding
from catlearn.evidence.measure import seed_count_finding
from catlearn.evidence.model import Model
from catlearn.plan.ir import CloudMeasurePlan, SeedCountQuestion
from catlearn.verdict import permutation, statistics, wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.judgement import judgement_of
from catlearn.verdict.means import Unbounded, over_pairs
from catlearn.verdict.procedure import Procedure, Progress, along_runs
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
    if question.test == "permutation":
        return _by_permutation(question, finding)
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


def _by_permutation(question: SeedCountQuestion, finding: SeedCountFinding) -> Judgement:
    """Whether the counts of two families of seeds differ in the mean; undecided where a seed has no number."""
    sides = finding.left, finding.right or finding.left
    paired = sides[0].seeds == sides[1].seeds
    inference = permutation.difference(sides[0].values, sides[1].values, question.operator, question.confidence, paired)
    unmeasured = wording.unmeasured(sides)
    verdict = Verdict.UNDECIDED if unmeasured else inference.verdict
    if _holds_of_anything(question):
        verdict = Verdict.VACUOUS
    apart = "distinguished" if verdict in (Verdict.SUPPORTED, Verdict.REFUTED) else "not distinguished"
    return judgement_of(
        inference,
        verdict=verdict,
        method=f"{apart}{_over(question)}; {inference.method}",
        evidence=(*_families(finding), *unmeasured),
    )


def _families(finding: SeedCountFinding) -> tuple[str, ...]:
    """The counts of either family, seed by seed where there are few."""
    sides = {"left": finding.left, "right": finding.right}
    return tuple(_family(name, side) for name, side in sides.items() if side is not None and side.values)


def _family(name: str, side: MeasureValues) -> str:
    counts = Counter(side.values)
    tally = ", ".join(f"{wording.number(value)} in {count}" for value, count in sorted(counts.items())[:8])
    more = ", …" * (len(counts) > 8)
    mean = wording.number(sum(side.values) / len(side.values))
    return f"{name}: mean {mean} over {wording.counted(len(side.values), 'seed')}: {tally}{more}"


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
    holds, _ = statistics.sides(question.operator, *range_of_difference(question), 0.0)
    return holds


def _words(question: SeedCountQuestion, holds: Mapping[int, bool]) -> str:
    """Distinguished or not, over which scales, where two Betti numbers are compared."""
    return f"{_topology(question, holds)}{_over(question)}"


def _over(question: SeedCountQuestion) -> str:
    """The degrees and scales of the Betti numbers of a comparison, and on what terms they are taken."""
    measures = measures_compared(question)
    sides = [measure for measure in measures if isinstance(measure, CloudMeasurePlan)]
    scales = dict.fromkeys(_scales(side) for side in sides if side.name == "betti")
    over = f" {' and '.join(scales)}" if scales else ""
    return "; ".join((over, *dict.fromkeys(", ".join(wording.cloud_terms(side.terms)) for side in sides)))


def _topology(question: SeedCountQuestion, holds: Mapping[int, bool]) -> str:
    sides = question.left, question.right
    two = all(isinstance(side, CloudMeasurePlan) and side.name == "betti" for side in sides)
    if not two or question.operator != "==":
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
        lines += [_of_other_seeds(question, pairs), _of_means(question, pairs)]
    return tuple(lines)


def _of_other_seeds(question: SeedCountQuestion, pairs: Mapping[int, tuple[float, float]]) -> str:
    """In what share of the pairs of different seeds the comparison holds of the left side of one and the right of the
    other, with its bounds."""
    lefts, rights = ([sides[place] for sides in pairs.values()] for place in (0, 1))
    table = [[float(_HOLDS[question.operator](left, right)) for right in rights] for left in lefts]
    mean, total = over_pairs(table), len(pairs) * (len(pairs) - 1)
    held = sum(map(sum, table)) - sum(table[place][place] for place in range(len(pairs)))
    words = f"pairs of different seeds: it holds in {wording.number(held)} of {total}"
    if isinstance(mean, Unbounded):
        return words
    lower, upper = (wording.number(min(1.0, max(0.0, end))) for end in mean.bounds(question.confidence))
    return f"{words}, a share from {lower} to {upper} by the {mean.method}"


def _of_means(question: SeedCountQuestion, pairs: Mapping[int, tuple[float, float]]) -> str:
    """The mean difference, with its probability where the sides of each seed may be exchanged."""
    lefts, rights = ([sides[place] for sides in pairs.values()] for place in (0, 1))
    found = permutation.difference(lefts, rights, "==", question.confidence, paired=True)
    mean = wording.number(found.estimate or 0.0)
    return f"mean difference {mean}, p = {found.p:.3g} by exchanging the sides of seeds"


def _unmeasured(finding: SeedCountFinding) -> tuple[str, ...]:
    sides = [side for side in (finding.left, finding.right) if side is not None]
    return wording.unmeasured(sides)


def remeasure(model: Model, question: SeedCountQuestion, _given: SeedCountFinding) -> SeedCountFinding:
    """The numbers computed anew from the stored weights."""
    return seed_count_finding(model, question)


def _find(model: Model, question: SeedCountQuestion, _progress: Progress) -> SeedCountFinding:
    return seed_count_finding(model, question)


SEED_COUNT = Procedure(_find, remeasure, judge, lambda _model, _question, finding: along_runs(finding.curves))

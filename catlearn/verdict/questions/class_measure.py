"""The spread of a measure within classes of runs, and the separation of its means between them (DESIGN 5).

The classes are those that witnesses join. Where it is not known that they are told apart, the true ones may be unions
of them: the spread then lies between theirs and that of all runs together, and nothing is known of the separation. A
comparison is decided only if all that may be decides it, and is vacuous where classes drawn at random do as well,
whichever of these runs they hold: what is supported says that the classes have something to do with the measure.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from catlearn.evidence.classes import joined_groups
from catlearn.evidence.documents import ClassMeasureFinding, Evidence, Member
from catlearn.evidence.measure import values_of_runs
from catlearn.evidence.model import Model
from catlearn.plan.ir import ClassMeasureQuestion, SingleMeasure
from catlearn.verdict import statistics, wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.procedure import Procedure, Progress
from catlearn.verdict.questions import classes
from catlearn.verdict.times import mixed
from catlearn.verdict.verdict import Verdict

LEAST_MEMBERS = 2
PERMUTATIONS = 999
"""Random exchanges of the values of runs."""
Values = Sequence[NDArray[np.float64]]
"""The values of a measure, class by class."""

Seeds = Sequence[NDArray[np.int64]]
"""The seeds of the same runs, class by class."""


def find(model: Model, question: ClassMeasureQuestion, progress: Progress) -> ClassMeasureFinding:
    """The classes, and the measure of each of their runs."""
    found = classes.find(model, question.classes, progress)
    members = [width.member for width in found.widths]
    values, sessions = values_of_runs(model, _measures(question), members)
    return ClassMeasureFinding(classes=found, values=values, sessions=sessions)


def remeasure(model: Model, question: ClassMeasureQuestion, finding: ClassMeasureFinding) -> ClassMeasureFinding:
    """The same from the stored weights. Raises `Rejected`."""
    found = classes.remeasure(model, question.classes, finding.classes)
    members = [width.member for width in found.widths]
    values, sessions = values_of_runs(model, _measures(question), members)
    return ClassMeasureFinding(classes=found, values=values, sessions=sessions)


def _measures(question: ClassMeasureQuestion) -> dict[str, SingleMeasure]:
    """The measure of each run of the classes, by its job."""
    return dict(zip(question.classes.runs, question.measures, strict=True))


def statistic(name: str, groups: Values) -> float:
    """The largest range within a class, or the least difference between the means of two."""
    return float(_statistics(name, np.concatenate(groups), [len(group) for group in groups]))


def _statistics(name: str, values: NDArray[np.float64], sizes: Sequence[int]) -> NDArray[np.float64]:
    """The statistic of each row of values (…, runs) that lie class by class along the last axis."""
    starts = np.cumsum([0, *sizes[:-1]])
    if name == "spread":
        ranges = np.maximum.reduceat(values, starts, axis=-1) - np.minimum.reduceat(values, starts, axis=-1)
        return np.asarray(ranges.max(axis=-1))
    means = np.sort(np.add.reduceat(values, starts, axis=-1) / np.array(sizes), axis=-1)
    return np.asarray(np.diff(means, axis=-1).min(axis=-1))


def chance(name: str, groups: Values, seeds: Seeds) -> float:
    """How often classes of the same sizes drawn at random have a spread as small or a separation as large.

    Runs of one seed begin at one place, and are no two draws: the values of a seed stay together. They are exchanged
    with those of another seed that has as many runs among the classes, and among the runs of the seed. Were classes and
    measure independent, what is seen would be as probable as each exchange of it. What was seen counts among what was
    drawn (Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9, 2010), and so does a tie, up to rounding."""
    values, sizes = np.concatenate(groups), [len(group) for group in groups]
    drawn = _statistics(name, values[_exchanges(np.concatenate(seeds))], sizes)
    rounding = len(values) * np.finfo(np.float64).eps * np.abs(values).max()
    distance = drawn - statistic(name, groups)
    as_good = int(((distance if name == "spread" else -distance) <= rounding).sum())
    return (1 + as_good) / (1 + PERMUTATIONS)


def _exchanges(seeds: NDArray[np.int64]) -> NDArray[np.intp]:
    """Permutations (`PERMUTATIONS`, runs) of runs that keep together what shares a seed, the same at every call."""
    generator = np.random.default_rng(0)
    found = np.tile(np.arange(len(seeds)), (PERMUTATIONS, 1))
    of_seed = [np.flatnonzero(seeds == seed) for seed in np.unique(seeds)]
    for size in sorted({len(runs) for runs in of_seed}):
        runs = np.array([each for each in of_seed if len(each) == size])
        drawn = generator.permuted(np.broadcast_to(np.arange(len(runs)), (PERMUTATIONS, len(runs))), axis=1)
        found[:, runs] = generator.permuted(runs[drawn], axis=-1)
    return found


def bounds(name: str, groups: Values, every: NDArray[np.float64], resolved: bool) -> tuple[float, float]:
    """Between what the true value lies: classes that are not told apart may be one."""
    observed = statistic(name, groups)
    if resolved:
        return observed, observed
    return (observed, float(np.ptp(every))) if name == "spread" else (0.0, math.inf)


def decided(question: ClassMeasureQuestion, least: float, most: float) -> Verdict:
    """What all values from `least` to `most` decide."""
    return statistics.decided(*statistics.sides(question.operator, least, most, question.bound, question.margin or 0.0))


def judge(question: ClassMeasureQuestion, finding: ClassMeasureFinding) -> Judgement:
    """The comparison over all values that may be; vacuous without two classes of two runs each."""
    slack = question.classes.relation.slack
    table = {found.member: found.value for found in finding.values if found.value is not None}
    groups_joined = joined_groups(finding.classes.widths, finding.classes.joins, slack)
    joined = [[member for member in group if member in table] for group in groups_joined]
    fewest, most = classes.interval(finding.classes, slack)
    large = [group for group in joined if len(group) >= LEAST_MEMBERS]
    groups = [np.array([table[member] for member in group]) for group in large]
    seeds = [np.array([member.seed for member in group]) for group in large]
    enough = len(groups) >= 2
    ends = bounds(question.name, groups, np.array(list(table.values())), fewest == most) if enough else None
    share = chance(question.name, groups, seeds) if enough else None
    verdict = decided(question, *ends) if ends else Verdict.VACUOUS
    lost = finding.classes.missing or len(table) < len(finding.values) or mixed(finding.sessions)
    if verdict is not Verdict.VACUOUS and lost:
        verdict = Verdict.UNDECIDED
    p = share if verdict is Verdict.SUPPORTED else None
    if p is not None and p > 1 - question.confidence:
        verdict = Verdict.VACUOUS
    return Judgement(
        verdict=verdict.value,
        estimate=statistic(question.name, groups) if enough else None,
        interval=(ends[0], ends[1] if math.isfinite(ends[1]) else None) if ends else None,
        confidence=question.confidence,
        n=len(finding.values),
        p=p,
        method=f"{question.name} over the classes that sheets join at slack {wording.number(slack)}, "
        f"{'resolved' if fewest == most else 'not told apart'}; {_null(share)}",
        evidence=(*_lines(large, table), *_remarks(question, finding, len(large), fewest == most, verdict)),
    )


def _null(share: float | None) -> str:
    if share is None:
        return "no null: fewer than two classes of two runs"
    return (
        f"classes drawn at random do as well in a share of {wording.number(share)}, of {PERMUTATIONS} permutations that"
        " keep together what shares a seed"
    )


def _lines(large: Sequence[Sequence[Member]], table: Mapping[Member, float]) -> list[str]:
    """The classes of two runs and more, the largest first, with their values."""
    rows = []
    for group in sorted(large, key=len, reverse=True)[:6]:
        values = [table[member] for member in group]
        seeds, mean = wording.seeds(sorted({member.seed for member in group})), float(np.mean(values))
        rows.append(
            f"a class of {wording.counted(len(group), 'run')}, seeds {seeds}: mean {wording.number(mean)}, from "
            f"{wording.number(min(values))} to {wording.number(max(values))}"
        )
    return rows


def _remarks(
    question: ClassMeasureQuestion, finding: ClassMeasureFinding, large: int, resolved: bool, verdict: Verdict
) -> list[str]:
    every = [found.value for found in finding.values if found.value is not None]
    remarks = []
    if every:
        remarks.append(f"all runs: from {wording.number(min(every))} to {wording.number(max(every))}")
    if large < LEAST_MEMBERS:
        remarks.append("there are not two classes of two runs each: nothing can be compared")
    elif not resolved:
        remarks.append("nothing tells these classes apart: the true ones may be unions of them")
    if verdict is Verdict.UNDECIDED:
        remarks.append(wording.effort(question.classes.relation))
    shapeless = sorted({found.member.seed for found in finding.values if found.value is None})
    if shapeless:
        remarks.append(f"no value, a cloud without a shape: seeds {wording.seeds(shapeless)}")
    lost = sorted({member.seed for member in finding.classes.missing})
    return [*remarks, *mixed(finding.sessions), *([wording.missing(lost)] if lost else [])]


def draw(model: Model, question: ClassMeasureQuestion, finding: ClassMeasureFinding) -> tuple[Evidence, ...]:
    """The run barcode of the classes."""
    return classes.draw(model, question.classes, finding.classes)


CLASS_MEASURE = Procedure(find, remeasure, judge, draw)

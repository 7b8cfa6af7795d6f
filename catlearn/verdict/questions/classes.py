"""The number of classes of runs under a relation: an interval, compared with a whole number."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from catlearn.evidence import classes
from catlearn.evidence.documents import (
    ClassesFinding,
    Evidence,
    Join,
    Levels,
    Member,
    RunBarcodeEvidence,
    RunsApart,
)
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import obstruction
from catlearn.evidence.projection import projected
from catlearn.plan.ir import VERSIONS, ClassesQuestion, RelationPlan
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.procedure import Procedure, Progress, Rejected
from catlearn.verdict.statistics import decided, sides
from catlearn.verdict.verdict import Verdict
from catlearn.verdict.witnesses import remeasured_height


def _members(model: Model, question: ClassesQuestion) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
    """The runs that were completed, and those that were not."""
    every = [member for job in question.runs for member in model.members(job)]
    done = tuple(member for member in every if model.completed(member))
    return done, tuple(member for member in every if member not in done)


_AT_MOST: Mapping[str, Callable[[int, int], bool]] = {
    "<=": lambda most, bound: most <= bound,
    "<": lambda most, bound: most < bound,
    ">=": lambda most, bound: most < bound,
    ">": lambda most, bound: most <= bound,
    "==": lambda most, bound: most < bound or most == bound == 1,
}
"""Whether an upper end alone decides a comparison: by supporting it, by refuting it, or as there is at least 1."""


def find(model: Model, question: ClassesQuestion, progress: Progress) -> ClassesFinding:
    """Join runs by witnesses until the comparison is decided or no pair is left that could join two groups."""
    model = model.evaluated_on(question.relation.on)
    done, missing = _members(model, question)

    def enough(most: int) -> bool:
        return _AT_MOST[question.operator](most, question.bound)

    def compute() -> ClassesFinding:
        def tested(count: int, likely: int) -> None:
            progress(f"comparing {len(done)} runs", count, max(count, likely))

        return classes.classes_finding(model, done, missing, question.relation, enough, tested)

    key = {
        "question": question.model_dump(exclude={"relation": {"name"}}),
        "version": VERSIONS["sheet"],
        "members": [member.model_dump() for member in done],
    }
    return model.remembered(key, ClassesFinding, compute)


def remeasure(model: Model, question: ClassesQuestion, finding: ClassesFinding) -> ClassesFinding:
    """The same levels, widths and joins from the stored weights."""
    model = model.evaluated_on(question.relation.on)
    done, missing = _members(model, question)
    if [width.member for width in finding.widths] != list(done):
        raise Rejected("its runs are not the completed runs of the claim")
    last = max((member.seed for member in finding.levels.fixed_over), default=-1)
    first = {member for member in done if member.seed <= last}
    if first != set(finding.levels.fixed_over):
        raise Rejected("its levels were not fixed over all of the claim's runs up to some seed")
    levels = classes.levels_of(model, finding.levels.fixed_over or done, question.relation)
    ends = levels.high, levels.low
    joins = tuple(
        Join(witness=join.witness, height=remeasured_height(model, join.witness, ends, question.relation))
        for join in finding.joins
    )
    if any(not set(done).issuperset((join.witness.left, join.witness.right)) for join in joins):
        raise Rejected("it joins runs that are not the claim's")
    widths = classes.widths_of(model, done, levels)
    able = set(classes.eligible(widths, question.relation.slack))
    if any(not able.issuperset((pair.left, pair.right)) for pair in finding.apart):
        raise Rejected("it tells runs apart that are none of the claim's descents")
    return ClassesFinding(
        missing=missing,
        levels=levels,
        widths=widths,
        joins=joins,
        comparisons=finding.comparisons,
        apart=tuple(_still_apart(model, finding, levels, question.relation)),
    )


def _still_apart(model: Model, finding: ClassesFinding, levels: Levels, relation: RelationPlan) -> Iterator[RunsApart]:
    """The pairs that an obstruction tells apart, looked for again."""
    for pair in finding.apart:
        found = obstruction(model, (pair.left, pair.right), levels.ends, relation)
        if found is not None:
            yield pair.model_copy(update={"obstruction": found})


def interval(finding: ClassesFinding, slack: float) -> tuple[int, int]:
    """The least and the largest number of classes that the evidence allows: groups of which any two are told apart,
    and groups that witnesses join."""
    most = classes.most_classes(finding.widths, finding.joins, slack) + len(finding.missing)
    return min(classes.fewest_classes(finding.apart), most), most


def judge(question: ClassesQuestion, finding: ClassesFinding) -> Judgement:
    """The comparison over the whole interval; vacuous where it would hold of any runs."""
    slack = question.relation.slack
    fewest, most = interval(finding, slack)
    verdict = decided(*sides(question.operator, fewest, most, question.bound)) if finding.widths else Verdict.UNDECIDED
    total = len(finding.widths) + len(finding.missing)
    sheets = wording.sheets(question.relation, (join.witness for join in finding.joins))
    compared = f"{wording.counted(finding.comparisons, 'comparison')} of {total * (total - 1) // 2}"
    narrow = finding.levels.high - finding.levels.low <= 2 * slack
    anything = sides(question.operator, 1, total, question.bound)[0]
    if verdict is Verdict.SUPPORTED and (narrow or anything):
        verdict = Verdict.VACUOUS
    return Judgement(
        verdict=verdict.value,
        estimate=float(most) if fewest == most else None,
        interval=(float(fewest), float(most)),
        n=total,
        method=f"run barcode at slack {wording.number(slack)} {sheets}, bounds estimated; "
        f"upper end by {compared}, lower end {_from_below(finding)}",
        evidence=_lines(question, finding, narrow, anything, verdict),
    )


def _from_below(finding: ClassesFinding) -> str:
    """What bounds the number of classes from below."""
    if not finding.apart:
        return "trivial"
    pairs = wording.counted(len(finding.apart), "pair")
    return f"by obstructions between {pairs} of runs{', inside the box' if _in_box(finding) else ''}"


def _in_box(finding: ClassesFinding) -> bool:
    """Whether an obstruction holds inside the box only."""
    return any(pair.obstruction.in_box for pair in finding.apart)


def _lines(
    question: ClassesQuestion, finding: ClassesFinding, narrow: bool, anything: bool, verdict: Verdict
) -> tuple[str, ...]:
    slack, levels, total = question.relation.slack, finding.levels, len(finding.widths) + len(finding.missing)
    lines = [
        f"levels {wording.number(levels.high)} to {wording.number(levels.low)}, "
        + (
            f"automatic over {len(levels.fixed_over)} of {wording.counted(total, 'run')}"
            if levels.fixed_over
            else "given"
        )
        + f"; what lies within {wording.number(slack)} of a level is not seen"
    ]
    if narrow:
        lines.append("the levels are no further apart than twice the slack: any two runs are related")
    if anything:
        lines.append("the comparison holds of any runs")
    if finding.joins:
        worst = max(join.height.bound for join in finding.joins)
        lines.append(
            f"{wording.counted(len(finding.joins), 'join')} by sheets of height at most {wording.number(worst)}"
        )
    if finding.apart:
        runs = dict.fromkeys(member for pair in finding.apart for member in (pair.left, pair.right))
        lines.append(f"told apart, each from every other: {_some([wording.member(member) for member in runs])}")
    able = set(classes.eligible(finding.widths, slack))
    alone = [wording.member(width.member) for width in finding.widths if width.member not in able]
    alone += [f"{wording.member(member)} (not completed)" for member in finding.missing]
    if verdict is Verdict.UNDECIDED:
        lines.append(wording.effort(question.relation))
    if alone:
        lines.append(f"left out, each counted as a class of its own: {_some(alone)}")
    return tuple(lines)


def _some(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    return f"{', '.join(names[:6])} and {len(names) - 6} more" if len(names) > 6 else ", ".join(names)


def draw(model: Model, question: ClassesQuestion, finding: ClassesFinding) -> tuple[Evidence, ...]:
    """The run barcode, with the joins behind it and the runs in a plane; nothing of no runs."""
    if not finding.widths:
        return ()
    slack, bars = question.relation.slack, classes.run_barcode(finding)
    fewest, most = interval(finding, slack)
    model = model.evaluated_on(question.relation.on)
    paths, explained = projected(model, {bar.member: bar.group for bar in bars}, question.relation.modulo)
    barcode = RunBarcodeEvidence(
        relation=question.relation.name,
        high=finding.levels.high,
        low=finding.levels.low,
        slack=slack,
        bars=bars,
        fewest=fewest,
        most=most,
        comparisons=finding.comparisons,
        joins=tuple(classes.run_join(join) for join in finding.joins),
        paths=paths,
        explained=explained,
    )
    return (barcode,)


CLASSES = Procedure(find, remeasure, judge, draw)

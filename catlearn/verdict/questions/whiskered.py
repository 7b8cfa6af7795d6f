"""A cell by relation with a run before it, `r * c`, or after it, `c * r` (DESIGN 3).

What follows for `r >> a` and `r >> b` from a cell c : a => b. Let H be the witness of c in one seed, from high to low,
with the identity as symmetry and a first column at time 0 of both runs, and let a and b start, bit by bit, at the end x
of r. Then every path H_s starts at x, and r >> H_s is a sheet from r >> a to r >> b. Let high' be the high level that
the relation gives, else the loss at the start of r. Proof of the bound, for a path r >> H_s and the levels high' and
low:

- its rise is at most rise(r) + rise(H_s): where it is taken from a time on r to one on H_s, it is the sum of a rise of
  r to x and of a rise of H_s from x;
- it misses high' by as much as r does, and low by as much as H_s does.

So its width is at most width(r; high', L(x)) + width(H_s; high, low): rises add. The ends of a and b that the sheet
cuts off, past their first passage of low, are taken off through paths of widths at most width(a) and width(b), to which
the same holds. The height is at most width(r; high', L(x)) + max(height(H), width(a), width(b)), each as its bound.

The same holds of `a >> r` and `b >> r`, read backwards: the last column of H is at the last checkpoint of both runs,
which is, bit by bit, the start x of r, so that every H_s ends there. Let low' be the low level that the relation gives,
else the lowest loss along r. The rise of H_s >> r is at most the sum of a rise of H_s to x and of one of r from x; it
misses high by as much as H_s does, and low' by as much as r does. What the sheet cuts off before the first passage of
high is taken off as before. The height is at most width(r; L(x), low') + max(height(H), width(a), width(b)). A sheet is
cut where its runs first pass low, so that this needs runs that pass it at their end and not before.

Nothing is ever refuted by its premise: a seed of which the premise is not supported, or whose sheet does not hold the
edge still at which the run is joined, or whose bound exceeds the slack, is undecided.
"""

from collections.abc import Sequence

import numpy as np

from catlearn.evidence import dihomotopy
from catlearn.evidence.bitwise import first_difference
from catlearn.evidence.documents import IDENTITY, Evidence, Member, PairFinding, PairFindings, Whisker, WhiskeredFinding
from catlearn.evidence.losses import profile_of
from catlearn.evidence.model import Model
from catlearn.plan.ir import RelationPlan, WhiskeredCellQuestion
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.judgement import judgement_of, same_run, share_of_seeds
from catlearn.verdict.procedure import Procedure, Progress
from catlearn.verdict.questions import relation_cell
from catlearn.verdict.verdict import Verdict, derivation


def find(model: Model, question: WhiskeredCellQuestion, progress: Progress) -> WhiskeredFinding:
    """What is found of the cell and of the run beside it."""
    return _with_whiskers(model, question, relation_cell.find(model, question.premise, progress))


def remeasure(model: Model, question: WhiskeredCellQuestion, finding: WhiskeredFinding) -> WhiskeredFinding:
    """The sheets of the cell measured again, and the run beside it read anew. Raises `Rejected`."""
    return _with_whiskers(model, question, relation_cell.remeasure(model, question.premise, finding.premise))


def _with_whiskers(model: Model, question: WhiskeredCellQuestion, premise: PairFindings) -> WhiskeredFinding:
    model = model.evaluated_on(question.premise.relation.on)
    members = {member.seed: member for member in model.members(question.run) if model.completed(member)}
    runs = [members.get(pair.left.member.seed) for pair in premise.pairs]
    beside = _before if question.side == "before" else _after
    whiskers = tuple(
        None if run is None else beside(model, run, pair, question.premise.relation)
        for run, pair in zip(runs, premise.pairs, strict=True)
    )
    return WhiskeredFinding(premise=premise, whiskers=whiskers)


def _before(model: Model, run: Member, pair: PairFinding, relation: RelationPlan) -> Whisker:
    """A run that ends where both runs of a cell start."""
    profile = profile_of(model, run)
    high = relation.levels[0] if relation.levels else profile.start
    width = dihomotopy.run_width(run, profile, high, float(profile.losses[-1]))
    meets = all(_meets(model, run, after.member) for after in (pair.left, pair.right))
    return Whisker(side="before", level=high, run=width, meets=meets, edge=(0.0, 0.0))


def _after(model: Model, run: Member, pair: PairFinding, relation: RelationPlan) -> Whisker:
    """A run that starts where both runs of a cell end."""
    profile = profile_of(model, run)
    low = relation.levels[1] if relation.levels else profile.lowest
    width = dihomotopy.run_width(run, profile, profile.start, low)
    cell = (pair.left.member, pair.right.member)
    meets = all(_meets(model, before, run) for before in cell)
    left, right = (float(len(model.points(member)) - 1) for member in cell)
    return Whisker(side="after", level=low, run=width, meets=meets, edge=(left, right))


def _meets(model: Model, before: Member, after: Member) -> bool:
    """Whether a run ends, bit by bit, at the first checkpoint of another."""
    end, start = model.end(before), {name: array[0] for name, array in model.weights(after).items()}
    return end.keys() == start.keys() and all(
        end[name].shape == start[name].shape
        and first_difference(np.atleast_1d(end[name]), np.atleast_1d(start[name])) is None
        for name in end
    )


def _levels(whisker: Whisker, pair: PairFinding) -> tuple[float, float]:
    """The high and the low level of the composed runs."""
    before = whisker.side == "before"
    return (whisker.level, pair.levels.low) if before else (pair.levels.high, whisker.level)


def height_bound(whisker: Whisker, pair: PairFinding) -> float:
    """The bound of the height of the whiskered sheet; infinite where the cell has none."""
    if pair.height is None:
        return float("inf")
    return whisker.run.width.bound + max(pair.height.bound, pair.left.width.bound, pair.right.width.bound)


def _coverage(whisker: Whisker, pair: PairFinding) -> float:
    """The least share of the falls of the two composed runs that lies between the levels."""
    high, low = _levels(whisker, pair)
    start = whisker.run.start if whisker.side == "before" else max(pair.left.start, pair.right.start)
    fall = start - min(part.lowest for part in (whisker.run, pair.left, pair.right))
    return (high - low) / fall if fall > 0 else 0.0


def _moves(whisker: Whisker, pair: PairFinding) -> bool:
    """Whether the edge of a sheet at which a run is joined is anything but the one point at which they meet."""
    witness = pair.witness
    if witness is None or witness.alignment != IDENTITY or witness.bend is not None:
        return True
    return witness.columns[0 if whisker.side == "before" else -1] != whisker.edge


def outcome(whisker: Whisker | None, pair: PairFinding, relation: RelationPlan) -> tuple[Verdict, str]:
    """What follows for one seed, and why where it is not that the composed runs are related."""
    premise = relation_cell.outcome(pair, relation)
    if whisker is None:
        return Verdict.UNDECIDED, "the run beside the cell was not completed"
    if derivation([premise]) is not Verdict.SUPPORTED:
        return Verdict.UNDECIDED, f"the cell is {premise.value}"
    before = whisker.side == "before"
    if not whisker.meets:
        where = ("start", "ends") if before else ("end", "starts")
        return (
            Verdict.UNDECIDED,
            f"the cell's runs do not {where[0]}, bit by bit, where {whisker.run.member.name} {where[1]}",
        )
    if _moves(whisker, pair):
        edge = "its first edge still at the start" if before else "its last edge still at the end"
        return Verdict.UNDECIDED, f"the sheet of the cell does not hold {edge} of both runs"
    bound = height_bound(whisker, pair)
    if bound > relation.slack:
        return Verdict.UNDECIDED, _too_high(whisker, bound, relation.slack)
    high, low = _levels(whisker, pair)
    narrow = high - low <= 2 * relation.slack
    if narrow or _coverage(whisker, pair) < dihomotopy.LEAST_COVERAGE:
        return Verdict.VACUOUS, "its levels cover too little for a sheet to say something"
    return Verdict.SUPPORTED, ""


def _too_high(whisker: Whisker, bound: float, slack: float) -> str:
    added = f"the width {wording.number(whisker.run.width.bound)} of {wording.member(whisker.run.member)}"
    return f"with {added} the height is at most {wording.number(bound)}, the slack is {wording.number(slack)}"


_OTHER = {"before": "after", "after": "before"}


def judge(question: WhiskeredCellQuestion, finding: WhiskeredFinding) -> Judgement:
    """The share of seeds in which it follows from the cell that the composed runs are related."""
    premise, relation = finding.premise, question.premise.relation
    pairs = list(zip(finding.whiskers, premise.pairs, strict=True))
    outcomes = [outcome(whisker, pair, relation) for whisker, pair in pairs]
    verdicts = [verdict for verdict, _ in outcomes]
    one_run = question.premise.left == question.premise.right
    inference = share_of_seeds(question, verdicts, len(premise.missing), one_run)
    return judgement_of(
        inference,
        method=f"derived from {question.premise.cell} {_OTHER[question.side]} a run, rises added seed by seed; "
        f"{inference.method}",
        evidence=[*same_run(one_run, inference), *_lines(finding, outcomes)],
        rests_on=(f"cell {question.premise.cell}",),
    )


def _lines(finding: WhiskeredFinding, outcomes: Sequence[tuple[Verdict, str]]) -> tuple[str, ...]:
    pairs = finding.premise.pairs
    reasons = [f"seed {pair.left.member.seed}: {why}" for pair, (_, why) in zip(pairs, outcomes, strict=True) if why]
    missing = [wording.missing(finding.premise.missing)] if finding.premise.missing else []
    joined = [
        (whisker, pair)
        for whisker, pair, (verdict, _) in zip(finding.whiskers, pairs, outcomes, strict=True)
        if verdict is Verdict.SUPPORTED and whisker is not None
    ]
    return (*reasons[:4], *wording.more(len(reasons) - 4), *missing, *_witnesses(joined))


def _witnesses(joined: Sequence[tuple[Whisker, PairFinding]]) -> list[str]:
    if not joined:
        return []
    height = max(height_bound(whisker, pair) for whisker, pair in joined)
    levels = [_levels(whisker, pair) for whisker, pair in joined]
    high, low = min(high for high, _ in levels), max(low for _, low in levels)
    return [
        f"{wording.counted(len(joined), 'witness')} beside a run, of height at most {wording.number(height)}, at "
        f"levels {wording.number(high)} or higher to {wording.number(low)} or lower"
    ]


def draw(model: Model, question: WhiskeredCellQuestion, finding: WhiskeredFinding) -> tuple[Evidence, ...]:
    """The sheets of the cell."""
    return relation_cell.draw(model, question.premise, finding.premise)


WHISKERED = Procedure(find, remeasure, judge, draw)

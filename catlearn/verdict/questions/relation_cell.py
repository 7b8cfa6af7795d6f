"""Cells between runs: are they related, seed by seed, and for which share of seeds?"""

from collections.abc import Sequence

from catlearn.evidence import dihomotopy, relaxed
from catlearn.evidence.alignment import alignments_between
from catlearn.evidence.documents import (
    IDENTITY,
    Evidence,
    Member,
    Obstruction,
    PairFinding,
    PairFindings,
    SheetsEvidence,
)
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import with_obstruction
from catlearn.evidence.planes import of_dihomotopy
from catlearn.plan.ir import VERSIONS, RelationCellQuestion, RelationPlan
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.judgement import judgement_of, same_run, share_of_seeds, worst_first
from catlearn.verdict.pairs import first_of, pairs_of
from catlearn.verdict.procedure import Procedure, Progress, Rejected
from catlearn.verdict.verdict import Verdict
from catlearn.verdict.witnesses import remeasured_pair


def find(model: Model, question: RelationCellQuestion, progress: Progress) -> PairFindings:
    """The finding of every seed that both runs completed: straight sheets, relaxed ones for pairs still open, and
    obstructions for those that no sheet joins."""
    model = model.evaluated_on(question.relation.on)
    pairs, missing = pairs_of(model, question.left, question.right, question.disjoint)
    found: list[PairFinding] = []
    for left, right in pairs:
        found.append(_pair_finding(model, left, right, question.relation))
        progress(f"sheets of {question.cell}", len(found), len(pairs))
    sheets = PairFindings(missing=missing, pairs=tuple(found))
    if _may_relax(sheets, question.relation):
        sheets = _relaxed(model, sheets, question)
    obstructed_pairs = tuple(with_obstruction(model, pair, question.relation) for pair in sheets.pairs)
    return PairFindings(missing=missing, pairs=obstructed_pairs)


def _may_relax(findings: PairFindings, relation: RelationPlan) -> bool:
    """Whether there is a pair that a relaxed sheet could join."""
    return relation.effort > 0 and any(outcome(pair, relation) is Verdict.UNDECIDED for pair in findings.pairs)


def _relaxed(model: Model, findings: PairFindings, question: RelationCellQuestion) -> PairFindings:
    """The findings with relaxed sheets for pairs that are open, all bent at once."""
    relation = question.relation

    def compute() -> PairFindings:
        pairs = relaxed.findings(model, findings.pairs, relation)
        return PairFindings(missing=findings.missing, pairs=pairs)

    key = {
        "relation": relation.model_dump(exclude={"name"}),
        "relaxed": [pair.model_dump() for pair in findings.pairs],
        "version": VERSIONS["sheet"],
    }
    return model.remembered(key, PairFindings, compute)


def _pair_finding(model: Model, left: Member, right: Member, relation: RelationPlan) -> PairFinding:
    """One pair's finding. Runs of one seed start from one initialisation: the identity is their only symmetry. Of two
    seeds the one is aligned to the other, and to no third one, so that disjoint pairs are independent."""
    alignments = alignments_between(model, (left, right), (left, right), relation.modulo)
    key = {
        "relation": relation.model_dump(exclude={"name", "effort"}),
        "runs": [run.model_dump() for run in (left, right)],
        "version": VERSIONS["sheet"],
    }
    return model.remembered(key, PairFinding, lambda: dihomotopy.pair_finding(model, left, right, alignments, relation))


def remeasure(model: Model, question: RelationCellQuestion, finding: PairFindings) -> PairFindings:
    """The same pairs from the stored weights: levels, own widths, and the heights of the sheets given."""
    model = model.evaluated_on(question.relation.on)
    pairs, missing = pairs_of(model, question.left, question.right, question.disjoint)
    if [(pair.left.member, pair.right.member) for pair in finding.pairs] != pairs:
        raise Rejected("its pairs are not the completed seeds of the two runs")
    remeasured = tuple(_remeasured(model, pair, question.relation) for pair in finding.pairs)
    return PairFindings(missing=missing, pairs=remeasured)


def _remeasured(model: Model, pair: PairFinding, relation: RelationPlan) -> PairFinding:
    """A pair with its heights measured anew, and its obstruction looked for again where one was."""
    found = remeasured_pair(model, pair, relation)
    looked = pair.obstruction is not None or pair.least is not None
    return with_obstruction(model, found, relation) if looked else found


def outcome(pair: PairFinding, relation: RelationPlan) -> Verdict:
    """Supported by a witness, refuted by an obstruction or where a run is no descent, vacuous where a witness would
    say nothing."""
    widths = (pair.left, pair.right)
    if pair.obstruction is not None:
        return Verdict.REFUTED
    if any(dihomotopy.is_no_descent(width, relation.slack) for width in widths):
        return Verdict.REFUTED
    if dihomotopy.is_vacuous(pair.levels, widths, relation.slack):
        return Verdict.VACUOUS
    joined = (
        pair.witness is not None
        and pair.height is not None
        and dihomotopy.joins(pair.witness, pair.height, relation.slack)
    )
    descents = all(dihomotopy.is_descent(width, relation.slack) for width in widths)
    return Verdict.SUPPORTED if joined and descents else Verdict.UNDECIDED


def judge(question: RelationCellQuestion, finding: PairFindings) -> Judgement:
    """The share of seeds with a witness; vacuous where every pair is."""
    relation = question.relation
    outcomes = [outcome(pair, relation) for pair in finding.pairs]
    one_run = question.left == question.right and not question.disjoint
    inference = share_of_seeds(question, outcomes, len(finding.missing), one_run)
    sheets = wording.sheets(relation, (pair.witness for pair in finding.pairs))
    return judgement_of(
        inference,
        method=f"dihomotopy within slack {wording.number(relation.slack)} {sheets}, bounds estimated; "
        f"{'disjoint pairs of different seeds; ' * question.disjoint}{inference.method}",
        evidence=[*same_run(one_run, inference), *_lines(finding, outcomes, relation)],
    )


def _lines(finding: PairFindings, outcomes: Sequence[Verdict], relation: RelationPlan) -> list[str]:
    """Counterexamples first, then what is open, then the worst witness and the levels."""
    rows = [_line(pair, verdict, relation) for pair, verdict in zip(finding.pairs, outcomes, strict=True)]
    order = (Verdict.REFUTED, Verdict.VACUOUS, Verdict.UNDECIDED)
    failing = worst_first(rows, outcomes, order, finding.missing)
    return [*failing, *_witnesses(finding, outcomes, relation)]


def _line(pair: PairFinding, verdict: Verdict, relation: RelationPlan) -> str:
    between = f"levels {wording.number(pair.levels.high)} to {wording.number(pair.levels.low)}"
    words = {Verdict.REFUTED: _refuted, Verdict.VACUOUS: _says_nothing}.get(verdict, _open)(pair, relation)
    seeds = dict.fromkeys((pair.left.member.seed, pair.right.member.seed))
    return f"{'seeds' if len(seeds) > 1 else 'seed'} {' and '.join(map(str, seeds))}: {words} ({between})"


def _refuted(pair: PairFinding, relation: RelationPlan) -> str:
    """How a pair is refuted."""
    return _no_descent(pair, relation) if pair.obstruction is None else obstructed(pair.obstruction)


def obstructed(found: Obstruction) -> str:
    """Why two runs are told apart, and of which deformations this is said."""
    if found.cells is None:
        return _walled(found) if found.radius is None else _wound(found)
    place = f"({', '.join(wording.number(value) for value in found.point)})"
    level = wording.number(found.level)
    words = {
        "starts": f"their starts lie in different components of the losses of at least {level}",
        "ends": f"their ends lie in different components of the losses of at most {level}",
        "crossing": f"they cross different components of the losses from {level} up to the slack above it",
        "winding": f"their loop winds {wording.counted(abs(found.number), 'time')} about {place}, outside the tube",
        "cycle": f"their loop bounds nothing in the tube, over the field with {found.number} elements",
    }
    where = "inside the box" if found.in_box else "anywhere: no component used touches the boundary of the box"
    return f"told apart by the tube, {found.cells} cells along an axis: {words[found.kind]}; no deformation {where}"


def _wound(found: Obstruction) -> str:
    between = "its zeros have no losses between the levels"
    if found.radius:
        between = f"at losses close to those at its zeros its absolute value is nowhere {wording.number(found.radius)}"
    return (
        f"told apart by the declared pair: it winds {wording.counted(abs(found.number), 'time')} along their loop, and "
        f"{between}; no deformation inside the box"
    )


def _walled(found: Obstruction) -> str:
    level = wording.number(found.level)
    passed = {
        "starts": ("at their starts", f"at least {level}"),
        "ends": ("at their ends", f"at most {level}"),
    }
    crossed = f"where they cross the losses from {level} up to the slack above it", "any of these"
    where, losses = passed.get(found.kind, crossed)
    return (
        f"told apart by the declared obstruction: it has different signs {where}, and inside the box no loss of "
        f"{losses} where it is 0; no deformation inside the box"
    )


def _no_descent(pair: PairFinding, relation: RelationPlan) -> str:
    worst = max((pair.left, pair.right), key=lambda run: run.width.raw)
    return (
        f"{wording.member(worst.member)} is not a descent: its width is at least {wording.number(worst.width.raw)}, "
        f"the slack is {wording.number(relation.slack)}"
    )


def _says_nothing(pair: PairFinding, relation: RelationPlan) -> str:
    coverage = min(pair.left.coverage, pair.right.coverage)
    return (
        f"a witness would say nothing: the levels lie {wording.number(pair.levels.high - pair.levels.low)} apart, "
        f"twice the slack is {wording.number(2 * relation.slack)}, and they cover {coverage:.0%} of a run's fall"
    )


def _open(pair: PairFinding, relation: RelationPlan) -> str:
    own = max(pair.left.width.bound, pair.right.width.bound)
    least = max(pair.left.width.raw, pair.right.width.raw)
    if pair.height is None or pair.height.bound <= relation.slack:
        return f"own widths at most {wording.number(own)}, which is not within the slack"
    most = max(own, pair.height.bound)
    return (
        f"the height lies between {wording.number(least)}, an own width, and {wording.number(most)}, the bound of the "
        f"best sheet found; {wording.effort(relation)}"
    )


def _witnesses(finding: PairFindings, outcomes: Sequence[Verdict], relation: RelationPlan) -> list[str]:
    joined = [pair for pair, verdict in zip(finding.pairs, outcomes, strict=True) if verdict is Verdict.SUPPORTED]
    if not joined:
        return []
    heights = [max(pair.left.width.bound, pair.right.width.bound, pair.height.bound) for pair in joined if pair.height]
    moved = any(pair.witness and pair.witness.alignment != IDENTITY for pair in joined)
    symmetry = f"modulo {relation.modulo}" if moved else "symmetry the identity"
    highs, lows = [pair.levels.high for pair in joined], [pair.levels.low for pair in joined]
    coverage = min(min(pair.left.coverage, pair.right.coverage) for pair in joined)
    slack = wording.number(relation.slack)
    return [
        f"{wording.counted(len(joined), 'witness')} of height at most {wording.number(max(heights))}, {symmetry}",
        f"levels {wording.number(min(highs))} or higher to {wording.number(max(lows))} or lower, at least "
        f"{coverage:.0%} of each run's fall; an obstacle within {slack} of a level is not seen",
    ]


def draw(model: Model, question: RelationCellQuestion, finding: PairFindings) -> tuple[Evidence, ...]:
    """The plane that the runs lie in, where they do, with the pair that is told apart or else the first; the sheets,
    worst first."""
    model = model.evaluated_on(question.relation.on)
    outcomes = [outcome(pair, question.relation) for pair in finding.pairs]
    shown = first_of(Verdict.REFUTED, finding.pairs, outcomes)
    plane = shown and of_dihomotopy(model, shown[0], question.relation, shown[1] is Verdict.SUPPORTED)
    drawn = [pair for pair in finding.pairs if pair.witness is not None and pair.height is not None]
    worst = sorted(drawn, key=lambda pair: -pair.height.bound if pair.height else 0.0)
    pictures = tuple(dihomotopy.sheet_picture(model, pair, question.relation.slack) for pair in worst)
    sheets = (SheetsEvidence(relation=question.relation.name, pictures=pictures),) if pictures else ()
    return (plane, *sheets) if plane else sheets


RELATION_CELL = Procedure(find, remeasure, judge, draw)

"""Composite cells that follow from their parts (DESIGN 3): cells by relation one after the other, strict cells side by
side.

Where every part has a witness for a seed, so has a vertical composite, of the largest height among them: at high, the
least high level of the parts, and low, the greatest low one, since narrower levels raise no height. A part that says
nothing of a seed leaves the composite undecided there; it is never refuted by its parts.
"""

from collections.abc import Sequence

from catlearn.evidence import dihomotopy
from catlearn.evidence.documents import CompositeFinding, Evidence, PairFinding, PairFindings, SymbolicFinding
from catlearn.evidence.model import Model
from catlearn.plan.ir import CompositeCellQuestion, RelationCellQuestion, StrictCellQuestion
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.judgement import judgement_of, share_of_seeds
from catlearn.verdict.procedure import Procedure, Progress
from catlearn.verdict.questions import relation_cell, strict
from catlearn.verdict.verdict import Verdict, derivation


def _found(
    model: Model, part: RelationCellQuestion | StrictCellQuestion, progress: Progress
) -> PairFindings | SymbolicFinding:
    if isinstance(part, StrictCellQuestion):
        found = strict.STRICT.find(model, part, progress)
        assert isinstance(found, SymbolicFinding)
        return found
    return relation_cell.find(model, part, progress)


def find(model: Model, question: CompositeCellQuestion, progress: Progress) -> CompositeFinding:
    """What is found of each part."""
    return CompositeFinding(parts=tuple(_found(model, part, progress) for part in question.parts))


def remeasure(model: Model, question: CompositeCellQuestion, finding: CompositeFinding) -> CompositeFinding:
    """Each part measured again."""
    parts: list[PairFindings | SymbolicFinding] = []
    for part, found in zip(question.parts, finding.parts, strict=True):
        if isinstance(part, RelationCellQuestion) and isinstance(found, PairFindings):
            parts.append(relation_cell.remeasure(model, part, found))
        elif isinstance(part, StrictCellQuestion):
            parts.append(strict.symbolic_finding(part))
    return CompositeFinding(parts=tuple(parts))


def judge(question: CompositeCellQuestion, finding: CompositeFinding) -> Judgement:
    """What follows from the parts."""
    pairs = [found for found in finding.parts if isinstance(found, PairFindings)]
    return _related(question, pairs) if pairs else _side_by_side(question, finding)


def _side_by_side(question: CompositeCellQuestion, finding: CompositeFinding) -> Judgement:
    found = zip(question.parts, finding.parts, strict=True)
    parts = [
        strict.judge(part, proof)
        for part, proof in found
        if isinstance(part, StrictCellQuestion) and isinstance(proof, SymbolicFinding)
    ]
    names = [part.cell for part in question.parts]
    lines = (f"{name}: {part.verdict}" for name, part in zip(names, parts, strict=True))
    premises = tuple(f"cell {name}" for name in names)
    return Judgement(
        verdict=derivation(Verdict(part.verdict) for part in parts).value,
        method=f"derived from {' and '.join(names)} side by side, none of whose maps reads theta",
        evidence=tuple(lines),
        rests_on=tuple(dict.fromkeys((*premises, *(line for part in parts for line in part.rests_on)))),
    )


def _by_seed(findings: Sequence[PairFindings]) -> dict[int, tuple[PairFinding, ...]]:
    """The findings of the seeds of which every part has one."""
    tables = [{pair.left.member.seed: pair for pair in finding.pairs} for finding in findings]
    return {
        seed: tuple(table[seed] for table in tables) for seed in tables[0] if all(seed in table for table in tables)
    }


def outcome(pairs: Sequence[PairFinding], question: CompositeCellQuestion) -> Verdict:
    """Supported where every part is and the levels that they have in common say something."""
    parts = [part for part in question.parts if isinstance(part, RelationCellQuestion)]
    verdicts = [relation_cell.outcome(pair, part.relation) for pair, part in zip(pairs, parts, strict=True)]
    if derivation(verdicts) is not Verdict.SUPPORTED:
        return Verdict.UNDECIDED
    return Verdict.SUPPORTED if _says_something(pairs, parts[0].relation.slack) else Verdict.VACUOUS


def _says_something(pairs: Sequence[PairFinding], slack: float) -> bool:
    height = min(pair.levels.high for pair in pairs) - max(pair.levels.low for pair in pairs)
    shares = (height / (pair.levels.high - pair.levels.low) for pair in pairs)
    covered = [share * min(pair.left.coverage, pair.right.coverage) for share, pair in zip(shares, pairs, strict=True)]
    return height > 2 * slack and min(covered) >= dihomotopy.LEAST_COVERAGE


def _related(question: CompositeCellQuestion, findings: Sequence[PairFindings]) -> Judgement:
    seeds = _by_seed(findings)
    missing = tuple(sorted({seed for finding in findings for seed in finding.missing}))
    outcomes = [outcome(pairs, question) for pairs in seeds.values()]
    inference = share_of_seeds(question, outcomes, len(missing))
    names = [part.cell for part in question.parts]
    return judgement_of(
        inference,
        method=f"derived from {' >> '.join(names)}, sheets joined seed by seed; {inference.method}",
        evidence=_lines(seeds, outcomes, missing),
        rests_on=tuple(f"cell {name}" for name in names),
    )


def _lines(
    seeds: dict[int, tuple[PairFinding, ...]], outcomes: Sequence[Verdict], missing: tuple[int, ...]
) -> tuple[str, ...]:
    open_seeds = [seed for seed, verdict in zip(seeds, outcomes, strict=True) if verdict is not Verdict.SUPPORTED]
    joined = [seeds[seed] for seed in seeds if seed not in open_seeds]
    lines = [
        f"seed {seed}: a part has no witness, or their levels have too little in common" for seed in open_seeds[:4]
    ]
    lines += [f"and in {len(open_seeds) - 4} more seeds"] if len(open_seeds) > 4 else []
    lines += [wording.missing(missing)] if missing else []
    if joined:
        heights = [pair.height.bound for pairs in joined for pair in pairs if pair.height]
        highs = [min(pair.levels.high for pair in pairs) for pairs in joined]
        lows = [max(pair.levels.low for pair in pairs) for pairs in joined]
        levels = f"levels {wording.number(min(highs))} or higher to {wording.number(max(lows))} or lower"
        lines.append(
            f"{wording.counted(len(joined), 'chain')} of witnesses of height at most "
            f"{wording.number(max(heights))}, at {levels}"
        )
    return tuple(lines)


def draw(model: Model, question: CompositeCellQuestion, finding: CompositeFinding) -> tuple[Evidence, ...]:
    """The sheets of the parts."""
    pairs = zip(question.parts, finding.parts, strict=True)
    return tuple(
        drawn
        for part, found in pairs
        if isinstance(part, RelationCellQuestion) and isinstance(found, PairFindings)
        for drawn in relation_cell.draw(model, part, found)
    )


COMPOSITE = Procedure(find, remeasure, judge, draw)

"""Laws between structural maps: decided on blocks, for all runs at once."""

from catlearn.evidence.documents import SymbolicFinding
from catlearn.evidence.model import Model
from catlearn.plan.ir import LawOfMapsQuestion
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.procedure import Procedure, Progress, draw_nothing


def maps_finding(question: LawOfMapsQuestion) -> SymbolicFinding:
    """The blocks to which the two maps give different things, none where they are equal."""
    left, right = dict(question.left), dict(question.right)
    apart = [block for block in sorted(left.keys() | right.keys()) if left.get(block) != right.get(block)]
    return SymbolicFinding(
        verdict="refuted" if apart else "proved",
        residues=tuple((block, f"{left.get(block)} against {right.get(block)}") for block in apart),
        side_conditions=(),
        steps=tuple(f"both sides give {block} {given}" for block, given in question.left),
        counterexample=(),
    )


def judge(_question: LawOfMapsQuestion, finding: SymbolicFinding) -> Judgement:
    """Proved where the two maps give every block the same."""
    return Judgement(
        verdict=finding.verdict,
        method="on blocks, for all points of the space at which both sides start",
        evidence=tuple(f"{block}: {apart}" for block, apart in finding.residues),
    )


def _find(_model: Model, question: LawOfMapsQuestion, _progress: Progress) -> SymbolicFinding:
    return maps_finding(question)


def _remeasure(_model: Model, question: LawOfMapsQuestion, _finding: SymbolicFinding) -> SymbolicFinding:
    return maps_finding(question)


LAW_OF_MAPS = Procedure(_find, _remeasure, judge, draw_nothing)

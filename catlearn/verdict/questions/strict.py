"""Strict cells between update rules: proved for all gradient sequences, refuted by one of them, or undecided."""

from catlearn.evidence.documents import SymbolicFinding
from catlearn.evidence.model import Model
from catlearn.plan.ir import VERSIONS, StrictCellQuestion
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.procedure import Procedure, Progress, draw_nothing


def symbolic_finding(question: StrictCellQuestion) -> SymbolicFinding:
    """The proof or the counterexample, from the equations alone."""
    # Here and not above: sympy takes half a second to import, which a stored proof need not pay.
    from catlearn.evidence.symbolic import prove

    found = prove(question)
    return SymbolicFinding(
        verdict=found.verdict,
        residues=found.residues,
        side_conditions=found.side_conditions,
        steps=found.steps,
        counterexample=found.counterexample_text,
        reason=found.reason,
    )


def _find(model: Model, question: StrictCellQuestion, _progress: Progress) -> SymbolicFinding:
    key = {"question": question.model_dump(exclude={"cell"}), "version": VERSIONS["decide"]}
    return model.remembered(key, SymbolicFinding, lambda: symbolic_finding(question))


def _of(question: StrictCellQuestion) -> str:
    return f"; the composite of {' and '.join(question.composed_of)}, proved directly" if question.composed_of else ""


def _map_found(question: StrictCellQuestion, finding: SymbolicFinding) -> tuple[str, ...]:
    """The map of states that was sought and found."""
    found = next((step for step in finding.steps if step.startswith("phi = ")), None)
    return () if question.state_map or not question.target.states or found is None else (f"found {found}",)


def judge(question: StrictCellQuestion, finding: SymbolicFinding) -> Judgement:
    """The proof's own verdict; what was assumed is what it rests on."""
    residues = tuple(f"residue of {component}: {residue}" for component, residue in finding.residues if residue != "0")
    return Judgement(
        verdict=finding.verdict,
        method="symbolic, for all gradient sequences from the initial states, for as long as the states are defined"
        + _of(question)
        + (f"; {finding.reason}" if finding.reason else ""),
        evidence=(*_map_found(question, finding), *finding.counterexample, *residues),
        rests_on=(
            *(f"assume {condition}" for condition in finding.side_conditions),
            *(f"cell {name}" for name in question.composed_of),
        ),
    )


def _remeasure(_model: Model, question: StrictCellQuestion, _finding: SymbolicFinding) -> SymbolicFinding:
    return symbolic_finding(question)


STRICT = Procedure(_find, _remeasure, judge, draw_nothing)

"""Relations, and cells by them -> what is asked of two runs."""

from dataclasses import replace
from typing import Literal, cast

from catlearn.plan.expressions import to_node
from catlearn.plan.ir import (
    CompositeCellQuestion,
    ConnectedQuestion,
    EvaluationPlan,
    ExpressionNode,
    HomotopyQuestion,
    RelationCellQuestion,
    RelationKind,
    RelationPlan,
    Split,
    Symmetry,
    WhiskeredCellQuestion,
)
from catlearn.plan.training import Training, dataset_plan
from catlearn.theory.relations import EFFORTS
from catlearn.theory.theory import Relation, RelationCellProposition, Theory


def relation_plan(theory: Theory, relation: Relation) -> RelationPlan:
    """A relation with its numbers as floats."""
    levels = relation.levels
    return RelationPlan(
        name=relation.name,
        kind=cast(RelationKind, relation.kind),
        slack=float(relation.slack),
        levels=None if levels is None else (float(levels[0]), float(levels[1])),
        modulo=cast(Symmetry, relation.modulo),
        on=_evaluation(theory, relation.on),
        effort=_steps(relation),
        obstruction=_wall(relation),
        winding=_winding(relation),
    )


def _wall(relation: Relation) -> ExpressionNode | None:
    """The function that a relation declares, where it is one."""
    return to_node(relation.obstruction[0]) if len(relation.obstruction) == 1 else None


def _winding(relation: Relation) -> tuple[ExpressionNode, ExpressionNode] | None:
    """The functions that a relation declares, where they are a pair."""
    if len(relation.obstruction) != 2:
        return None
    return to_node(relation.obstruction[0]), to_node(relation.obstruction[1])


def _steps(relation: Relation) -> int:
    return EFFORTS[relation.effort] if relation.effort in EFFORTS else int(relation.effort)


def _evaluation(theory: Theory, on: tuple[str, str] | None) -> EvaluationPlan | None:
    if on is None:
        return None
    return EvaluationPlan(dataset=dataset_plan(theory.datasets[on[0]]).digest, split=cast(Split, on[1]))


def related_question(
    theory: Theory, trained: Training, related: RelationCellProposition
) -> RelationCellQuestion | ConnectedQuestion | HomotopyQuestion:
    """The question of a cell by a relation of any kind.

    Raises `ValueError` for a relation that lacks what its kind has."""
    cell = theory.relation_cells[related.cell]
    relation = theory.relations[cell.relation]
    if relation.kind == "connected" and relation.level is not None:
        return ConnectedQuestion(
            cell=cell.name,
            relation=relation.name,
            left=trained.of_run[cell.source],
            right=trained.of_run[cell.target],
            ceiling=float(relation.level + relation.slack),
            on=_evaluation(theory, relation.on),
            obstruction=_wall(relation),
            effort=_steps(relation),
            holds_for=None if related.holds_for is None else float(related.holds_for),
            confidence=float(related.confidence),
        )
    if relation.kind == "homotopy" and relation.region is not None:
        return HomotopyQuestion(
            cell=cell.name,
            relation=relation.name,
            left=trained.of_run[cell.source],
            right=trained.of_run[cell.target],
            region=cast(Literal["sublevel", "entry"], relation.region[0]),
            level=float(relation.region[1]),
            close=cast(Literal["segment", "path"] | None, relation.close),
            winding=_winding(relation),
            holds_for=None if related.holds_for is None else float(related.holds_for),
            confidence=float(related.confidence),
        )
    return _relation_cell(theory, trained, related)


def _relation_cell(theory: Theory, trained: Training, related: RelationCellProposition) -> RelationCellQuestion:
    cell = theory.relation_cells[related.cell]
    return RelationCellQuestion(
        cell=cell.name,
        left=trained.of_run[cell.source],
        right=trained.of_run[cell.target],
        relation=relation_plan(theory, theory.relations[cell.relation]),
        holds_for=None if related.holds_for is None else float(related.holds_for),
        confidence=float(related.confidence),
        disjoint=related.pairs == "disjoint",
    )


def composite_question(
    theory: Theory, trained: Training, related: RelationCellProposition
) -> CompositeCellQuestion | WhiskeredCellQuestion:
    """The question of a composite of cells by relation, or of one beside a run."""
    run = theory.composite_cells[related.cell].run
    return _whiskered(theory, trained, related, run) if run else _chain(theory, trained, related)


def _chain(theory: Theory, trained: Training, related: RelationCellProposition) -> CompositeCellQuestion:
    """A vertical composite of cells by relation; each part is asked on the terms of the whole."""
    parts = theory.composite_cells[related.cell].parts
    return CompositeCellQuestion(
        cell=related.cell,
        parts=tuple(_relation_cell(theory, trained, replace(related, cell=part)) for part in parts),
        holds_for=None if related.holds_for is None else float(related.holds_for),
        confidence=float(related.confidence),
    )


def _whiskered(theory: Theory, trained: Training, related: RelationCellProposition, run: str) -> WhiskeredCellQuestion:
    """A cell by relation beside a run; the cell is asked on the terms of the whole."""
    (part,) = theory.composite_cells[related.cell].parts
    premise = _relation_cell(theory, trained, replace(related, cell=part))
    return WhiskeredCellQuestion(
        cell=related.cell,
        run=trained.of_run[run],
        side=cast(Literal["before", "after"], theory.composite_cells[related.cell].side),
        premise=premise,
        holds_for=premise.holds_for,
        confidence=premise.confidence,
    )

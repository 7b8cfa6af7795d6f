"""Obstructions to a dihomotopy of two runs on a landscape, as findings."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from catlearn.category.expression import show
from catlearn.evidence import dihomotopy
from catlearn.evidence.cells import Cells, Trail, cells, trail
from catlearn.evidence.documents import Member, Obstruction, PairFinding
from catlearn.evidence.model import Model
from catlearn.evidence.tube import Apart, most_told_apart, told_apart
from catlearn.evidence.wall import Strand, Wall, most_walled, strand, walled
from catlearn.plan.expressions import from_node
from catlearn.plan.ir import RelationPlan

CELLS = {1: 4096, 2: 256, 3: 32}
"""Cells along each axis of a landscape, by its dimension; there is no grid in more."""


def domain_of(model: Model, job: str) -> Cells | None:
    """The cells of the landscape of a job; None for a network and in more than three dimensions."""
    descent = model.descent(job)
    if descent is None or len(descent.landscape.variables) not in CELLS:
        return None
    landscape = descent.landscape
    count = CELLS[len(landscape.variables)]
    return model.once(
        f"cells {job}", lambda: cells(from_node(landscape.expression), landscape.variables, landscape.box, count)
    )


def trail_of(model: Model, member: Member, domain: Cells) -> Trail:
    """The cells that a run passes through."""
    return model.once(f"trail {member.job} {member.seed}", lambda: trail(domain, model.points(member).numpy()))


def wall_of(model: Model, job: str, relation: RelationPlan) -> Wall | None:
    """The wall that a relation declares on the landscape of a job."""
    descent = model.descent(job)
    if descent is None or relation.obstruction is None:
        return None
    loss, barrier = from_node(descent.landscape.expression), from_node(relation.obstruction)
    return Wall(loss, barrier, descent.landscape.variables, np.array(descent.landscape.box))


def strands_of(model: Model, runs: tuple[Member, Member], wall: Wall) -> tuple[Strand, Strand]:
    """The parts of two runs with the signs of a wall on them; a run of many pairs is cut once."""
    written = show(wall.barrier)
    left, right = (
        model.once(f"strand {run.job} {run.seed} {written}", partial(_strand, model, run, wall)) for run in runs
    )
    return left, right


def _strand(model: Model, run: Member, wall: Wall) -> Strand:
    return strand(wall, model.points(run).numpy())


def with_obstruction(model: Model, finding: PairFinding, relation: RelationPlan) -> PairFinding:
    """A finding without a witness, with an obstruction or with the largest slack at which there is one: by the tube
    where there is a grid, and else by a wall where one is declared.

    Unchanged where a sheet joins the runs, where one of them is no descent, and where there is neither."""
    runs, levels = (finding.left.member, finding.right.member), finding.levels.ends
    if not _open(finding, relation.slack):
        return finding
    found = [_most_by_tube(model, runs, levels, relation.slack)]
    if found[0] is None or found[0].obstruction is None:
        found.append(_most_by_wall(model, runs, levels, relation))
    known = [one for one in found if one is not None]
    if not known:
        return finding
    best = max(known, key=lambda one: one.slack)
    return finding.model_copy(update={"obstruction": best.obstruction} if best.obstruction else {"least": best.slack})


@dataclass(frozen=True)
class Most:
    """The largest slack at which two runs were found to be told apart, 0 where at none, and by what, where that is the
    slack that was asked for."""

    slack: float
    obstruction: Obstruction | None


def _most(found: tuple[float, Apart] | None, asked: float, cells: int | None) -> Most:
    if found is None:
        return Most(0.0, None)
    return Most(found[0], _document(found[1], cells, asked) if found[0] == asked else None)


def _most_by_tube(model: Model, runs: tuple[Member, Member], levels: tuple[float, float], slack: float) -> Most | None:
    """By the tube; None where there is no grid."""
    domain = domain_of(model, runs[0].job)
    if domain is None:
        return None
    left, right = (trail_of(model, run, domain) for run in runs)
    return _most(most_told_apart(domain, left, right, levels, slack), slack, _count(domain))


def _most_by_wall(
    model: Model, runs: tuple[Member, Member], levels: tuple[float, float], relation: RelationPlan
) -> Most | None:
    """By a wall; None where none is declared."""
    wall = wall_of(model, runs[0].job, relation)
    if wall is None:
        return None
    return _most(most_walled(wall, strands_of(model, runs, wall), levels, relation.slack), relation.slack, None)


def obstruction(
    model: Model, runs: tuple[Member, Member], levels: tuple[float, float], relation: RelationPlan
) -> Obstruction | None:
    """What tells two descents apart at a slack, between levels (high, low) more than twice the slack apart; None where
    nothing is found, and where there is neither a grid nor a wall."""
    domain, slack = domain_of(model, runs[0].job), relation.slack
    if levels[0] - levels[1] <= 2 * slack:
        return None
    if domain is not None:
        left, right = (trail_of(model, run, domain) for run in runs)
        found = told_apart(domain, left, right, levels, slack)
        if found is not None:
            return _document(found, _count(domain), slack)
    wall = wall_of(model, runs[0].job, relation)
    if wall is None:
        return None
    kept = walled(wall, strands_of(model, runs, wall), levels, slack)
    return None if kept is None else _document(kept, None, slack)


def _count(domain: Cells) -> int:
    return int(np.max(domain.shape))


def _open(finding: PairFinding, slack: float) -> bool:
    """Whether the runs are descents, at levels that say something, that no sheet joins."""
    joined = finding.witness and finding.height and dihomotopy.joins(finding.witness, finding.height, slack)
    descents = all(dihomotopy.is_descent(run, slack) for run in (finding.left, finding.right))
    return descents and not joined and finding.levels.high - finding.levels.low > 2 * slack


def _document(found: Apart, cells: int | None, slack: float) -> Obstruction:
    return Obstruction(
        kind=found.kind,
        slack=slack,
        cells=cells,
        level=found.level,
        point=found.point,
        number=found.number,
        in_box=found.at_boundary,
    )

"""Obstructions to a dihomotopy of two runs on a landscape, as findings."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from catlearn.category.expression import show
from catlearn.evidence import declared_winding, dihomotopy
from catlearn.evidence.cells import Cells, Trail, cells, trail
from catlearn.evidence.declared_winding import DeclaredPair, wound
from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import Member, Obstruction, PairFinding
from catlearn.evidence.model import Model
from catlearn.evidence.tube import Apart, largest, most_told_apart, told_apart
from catlearn.evidence.wall import Wall, strand, walled
from catlearn.plan.expressions import from_node
from catlearn.plan.ir import RelationPlan

T = TypeVar("T")

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


Levels = tuple[float, float]
Members = tuple[Member, Member]


def _declared(
    model: Model, runs: Members, levels: Levels, relation: RelationPlan
) -> Callable[[float], Apart | None] | None:
    """What tells two runs apart at a slack by the functions that a relation declares; None where it declares none, and
    for networks. A run of many pairs is cut once."""
    descent = model.descent(runs[0].job)
    if descent is None:
        return None
    loss, variables = from_node(descent.landscape.expression), descent.landscape.variables
    box = np.array(descent.landscape.box)
    if relation.obstruction is not None:
        wall = Wall(loss, from_node(relation.obstruction), variables, box)
        signs = _each(model, runs, show(wall.barrier), partial(strand, wall))
        return lambda slack: walled(wall, signs, levels, slack)
    if relation.winding is not None:
        first, second = map(from_node, relation.winding)
        written = f"{runs[0].job} {show(first)} {show(second)}"
        pair = model.once(f"pair {written}", lambda: DeclaredPair(loss, (first, second), variables, box))
        turned = _each(model, runs, written, partial(declared_winding.strand, pair))
        return lambda slack: wound(pair, turned, levels, slack)
    return None


def _each(model: Model, runs: Members, written: str, cut: Callable[[Floats], T]) -> tuple[T, T]:
    """Two runs, each cut into parts."""
    left, right = (model.once(f"strand {run.job} {run.seed} {written}", partial(_cut, model, run, cut)) for run in runs)
    return left, right


def _cut(model: Model, run: Member, cut: Callable[[Floats], T]) -> T:
    return cut(model.points(run).numpy())


def with_obstruction(model: Model, finding: PairFinding, relation: RelationPlan) -> PairFinding:
    """A finding without a witness, with an obstruction or with the largest slack at which there is one: by the tube
    where there is a grid, and else by declared functions.

    Unchanged where a sheet joins the runs, where one of them is no descent, and where there is neither."""
    runs, levels = (finding.left.member, finding.right.member), finding.levels.ends
    if not _open(finding, relation.slack):
        return finding
    found = [_most_by_tube(model, runs, levels, relation.slack)]
    if found[0] is None or found[0].obstruction is None:
        found.append(_most_by_functions(model, runs, levels, relation))
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


def _most_by_tube(model: Model, runs: Members, levels: Levels, slack: float) -> Most | None:
    """By the tube; None where there is no grid."""
    domain = domain_of(model, runs[0].job)
    if domain is None:
        return None
    left, right = (trail_of(model, run, domain) for run in runs)
    return _most(most_told_apart(domain, left, right, levels, slack), slack, _count(domain))


def _most_by_functions(model: Model, runs: Members, levels: Levels, relation: RelationPlan) -> Most | None:
    """By declared functions; None where there are none."""
    find = _declared(model, runs, levels, relation)
    return None if find is None else _most(largest(find, relation.slack), relation.slack, None)


def obstruction(model: Model, runs: Members, levels: Levels, relation: RelationPlan) -> Obstruction | None:
    """What tells two descents apart at a slack, between levels (high, low) more than twice the slack apart; None where
    nothing is found, and where there is neither a grid nor a declared function."""
    domain, slack = domain_of(model, runs[0].job), relation.slack
    if levels[0] - levels[1] <= 2 * slack:
        return None
    if domain is not None:
        left, right = (trail_of(model, run, domain) for run in runs)
        found = told_apart(domain, left, right, levels, slack)
        if found is not None:
            return _document(found, _count(domain), slack)
    find = _declared(model, runs, levels, relation)
    kept = None if find is None else find(slack)
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
        radius=found.radius,
    )

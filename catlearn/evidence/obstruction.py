"""Obstructions to a dihomotopy of two runs on a landscape, as findings."""

import numpy as np

from catlearn.evidence import dihomotopy
from catlearn.evidence.cells import Cells, Trail, cells, trail
from catlearn.evidence.documents import Member, Obstruction, PairFinding
from catlearn.evidence.model import Model
from catlearn.evidence.tube import Apart, most_told_apart, told_apart
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


def with_obstruction(model: Model, finding: PairFinding, relation: RelationPlan) -> PairFinding:
    """A finding without a witness, with an obstruction or with the largest slack at which there is one.

    Unchanged where a sheet joins the runs, where one of them is no descent, and where there is no grid."""
    domain = domain_of(model, finding.left.member.job)
    if domain is None or not _open(finding, relation.slack):
        return finding
    runs = [trail_of(model, run.member, domain) for run in (finding.left, finding.right)]
    levels = finding.levels.high, finding.levels.low
    found = most_told_apart(domain, runs[0], runs[1], levels, relation.slack)
    if found is not None and found[0] == relation.slack:
        return finding.model_copy(update={"obstruction": _document(found[1], domain, relation.slack)})
    return finding.model_copy(update={"least": found[0] if found else 0.0})


def obstruction(
    model: Model, runs: tuple[Member, Member], levels: tuple[float, float], slack: float
) -> Obstruction | None:
    """What tells two descents apart at a slack, between levels (high, low) more than twice the slack apart; None where
    nothing is found and where there is no grid."""
    domain = domain_of(model, runs[0].job)
    if domain is None or levels[0] - levels[1] <= 2 * slack:
        return None
    left, right = (trail_of(model, run, domain) for run in runs)
    found = told_apart(domain, left, right, levels, slack)
    return None if found is None else _document(found, domain, slack)


def _open(finding: PairFinding, slack: float) -> bool:
    """Whether the runs are descents, at levels that say something, that no sheet joins."""
    joined = finding.witness and finding.height and dihomotopy.joins(finding.witness, finding.height, slack)
    descents = all(dihomotopy.is_descent(run, slack) for run in (finding.left, finding.right))
    return descents and not joined and finding.levels.high - finding.levels.low > 2 * slack


def _document(found: Apart, domain: Cells, slack: float) -> Obstruction:
    return Obstruction(
        kind=found.kind,
        slack=slack,
        cells=int(np.max(domain.shape)),
        level=found.level,
        point=found.point,
        number=found.number,
        in_box=found.at_boundary,
    )

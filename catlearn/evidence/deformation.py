"""Classical homotopy of two runs in a static region, as one closed loop (DESIGN 4).

The loop is the first run, a way from its end to that of the second, the second backwards, and a way back from its
start. In the plane, loops are decided by words: crossing the rays from the holes of a union of cells, a loop spells an
element of the free group on them, trivial exactly where the loop contracts in it. Cells that may reach below the level
contain the region: what does not contract in them does not contract. Cells that lie wholly below lie inside it: a loop
of theirs that contracts in them is contractible. In more dimensions a straight sheet shows the one, and in three the
level at which the loop bounds, over some field, the other. In any dimension a declared pair of functions without a
common zero in the region, and in the box, shows that a loop along which it winds does not contract there.
"""

import numpy as np
import torch

from catlearn.evidence import dihomotopy, sheet
from catlearn.evidence.barrier import lowest
from catlearn.evidence.cells import Cells, Mask, at_boundary, touching, trail, way
from catlearn.evidence.connection import path_height, starts_joined
from catlearn.evidence.cycles import fill_level
from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import IDENTITY, Height, HomotopyFinding, Member, SheetWitness
from catlearn.evidence.intervals import LARGEST
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import domain_of
from catlearn.evidence.pairing import with_checkpoints
from catlearn.evidence.planar import Word, apart, crossing_word, holes
from catlearn.evidence.winding import winding_number
from catlearn.plan.expressions import from_node
from catlearn.plan.ir import ExpressionNode, HomotopyQuestion

ROWS = (9, 33)
"""Rows of the straight sheet, coarse and fine."""


def entries(model: Model, question: HomotopyQuestion, left: Member, right: Member) -> tuple[int, int] | None:
    """The checkpoints from which on two runs are followed; None where one never enters the region."""
    if question.region == "sublevel":
        return 0, 0
    first, second = (_entry(model, member, question.level) for member in (left, right))
    return None if first is None or second is None else (first, second)


def _entry(model: Model, member: Member, level: float) -> int | None:
    """The first checkpoint at or below a level."""
    below = np.flatnonzero(model.landscape(member.job).loss(model.points(member)).numpy() <= level)
    return int(below[0]) if len(below) else None


def deformation(model: Model, question: HomotopyQuestion, left: Member, right: Member) -> HomotopyFinding:
    """What is found of the loop of two runs in a region: its word or fill level on the grid, and a straight sheet."""
    times = entries(model, question, left, right)
    if times is None:
        return HomotopyFinding(left=left, right=right, times=None)
    runs = [model.points(member)[time:] for member, time in zip((left, right), times, strict=True)]
    inside = max((path_height(model, left.job, run, question.level) for run in runs), key=lambda height: height.bound)
    finding = HomotopyFinding(
        left=left,
        right=right,
        times=times,
        runs=inside,
        starts_joined=starts_joined(model, left, right, question.level),
    )
    domain = domain_of(model, left.job)
    if domain is not None and inside.raw <= question.level:
        finding = finding.model_copy(update=_on_grid(model, question, domain, left, runs))
    if question.close != "path" and not finding.contracts:
        finding = finding.model_copy(update=_filled(model, question, left, right, times))
    if question.winding is not None and _is_open(finding, question.level):
        finding = finding.model_copy(update=_wound(model, question, question.winding, left, runs))
    return finding


def _is_open(finding: HomotopyFinding, level: float) -> bool:
    """Whether the runs lie in the region and neither a word, a fill level nor a sheet decides on their loop."""
    inside = finding.runs is not None and finding.runs.raw <= level
    obstructed = bool(finding.outer_word) or (finding.fill is not None and finding.fill > level)
    filled = finding.height is not None and finding.height.bound <= level
    return inside and not (obstructed or filled or finding.contracts)


def _wound(
    model: Model,
    question: HomotopyQuestion,
    winding: tuple[ExpressionNode, ExpressionNode],
    member: Member,
    runs: list[torch.Tensor],
) -> dict[str, object]:
    """How often the declared pair winds along the loop, and the lowest loss at its zeros; nothing on networks, and
    where no loop in the region is found."""
    descent = model.descent(member.job)
    polygon = _polygon(model, question, domain_of(model, member.job), member.job, runs)
    if descent is None or polygon is None:
        return {}
    closed = path_height(model, member.job, torch.cat([polygon, polygon[:1]]), question.level)
    if closed.raw > question.level:
        return {"closed": closed}
    landscape, pair = descent.landscape, (from_node(winding[0]), from_node(winding[1]))
    number = winding_number(pair, landscape.variables, polygon.numpy())
    zeros = lowest(from_node(landscape.expression), pair, landscape.variables, np.array(landscape.box))
    return {"closed": closed, "winding": number, "zeros": min(zeros, LARGEST)}


def _closings(
    model: Model, question: HomotopyQuestion, domain: Cells | None, job: str, runs: list[torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor] | None:
    """The ways from end to end and from start to start, their ends included; None where none is found in the region."""
    found = []
    for first, last in ((runs[0][-1], runs[1][-1]), (runs[1][0], runs[0][0])):
        segment = torch.stack([first, last])
        if question.close != "path" or path_height(model, job, segment, question.level).bound <= question.level:
            found.append(segment)
            continue
        if domain is None:
            return None
        cells = [tuple(trail(domain, point[None].numpy()).cells[0].tolist()) for point in (first, last)]
        below: Mask = domain.high <= question.level
        labels, _ = touching(below)
        if not labels[cells[0]] or labels[cells[0]] != labels[cells[1]]:
            return None
        size = (domain.box[:, 1] - domain.box[:, 0]) / np.array(domain.shape)
        nodes = torch.from_numpy(domain.box[:, 0] + way(below, *cells) * size)
        found.append(torch.cat([first[None], nodes, last[None]]))
    return found[0], found[1]


def _polygon(
    model: Model, question: HomotopyQuestion, domain: Cells | None, job: str, runs: list[torch.Tensor]
) -> torch.Tensor | None:
    """The vertices (k, P) of the loop; None where there is no way in the region that closes it."""
    closings = _closings(model, question, domain, job, runs)
    return None if closings is None else torch.cat([runs[0], closings[0], runs[1].flip(0), closings[1]])


def closed_loop(model: Model, question: HomotopyQuestion, domain: Cells, finding: HomotopyFinding) -> Floats | None:
    """The vertices (k, P) of the loop of a finding, for drawing; None where there is none."""
    if finding.times is None:
        return None
    members = finding.left, finding.right
    runs = [model.points(member)[time:] for member, time in zip(members, finding.times, strict=True)]
    polygon = _polygon(model, question, domain, finding.left.job, runs)
    return None if polygon is None else polygon.numpy()


def _on_grid(
    model: Model, question: HomotopyQuestion, domain: Cells, member: Member, runs: list[torch.Tensor]
) -> dict[str, object]:
    """The word of a planar loop inside and outside the region, or the fill level of one in three dimensions."""
    polygon = _polygon(model, question, domain, member.job, runs)
    if polygon is None:
        return {}
    closed = path_height(model, member.job, torch.cat([polygon, polygon[:1]]), question.level)
    if closed.raw > question.level:
        return {"closed": closed}
    run = trail(domain, torch.cat([polygon, polygon[:1]]).numpy())
    outer: Mask = domain.low <= question.level
    found: dict[str, object] = {"closed": closed, "in_box": at_boundary(outer)}
    if len(domain.shape) == 2:
        inner: Mask = domain.high <= question.level
        found["outer_word"] = _word(outer, run.points[:-1])
        if inner[tuple(run.cells.T)].all():
            found["inner_word"] = _word(inner, run.points[:-1])
        return found
    if len(domain.shape) == 3:
        found["fill"] = fill_level(domain.low, (run.points, run.cells), enough=question.level)
    elif closed.bound <= question.level:
        found["inner_word"] = ()  # in one dimension every loop contracts in its image
    return found


def _word(mask: Mask, polygon: Floats) -> Word:
    return crossing_word(polygon, apart(holes(mask)))


def _filled(
    model: Model, question: HomotopyQuestion, left: Member, right: Member, times: tuple[int, int]
) -> dict[str, object]:
    """The straight sheet between two runs, whose sides are the segments that close the loop, with its highest loss."""
    lengths = [len(model.points(member)) - 1.0 for member in (left, right)]
    chain = np.array([[times[0], times[1], 1.0], [lengths[0], lengths[1], 0.0]])
    columns = with_checkpoints(chain)
    for rows in ROWS:
        witness = dihomotopy.witness_of(left, right, IDENTITY, columns, rows)
        height = sheet_top(model, witness)
        if height.bound <= question.level or height.raw > question.level:
            break
    return {"witness": witness, "height": height}


def sheet_top(model: Model, witness: SheetWitness) -> Height:
    """The highest loss on a sheet, its remainder estimated from the errors of interpolation on the halved mesh."""
    values = dihomotopy.mesh_values(model, witness)
    above = sheet.remainders(values)
    return Height(raw=float(values.max()), bound=float((values + above).max()), remainder=float(above.max()))

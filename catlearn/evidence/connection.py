"""Whether the ends of two runs lie in one component of a sublevel set: paths that join them, merge levels (DESIGN 4).

A path is a witness. Its highest loss is bounded by interval arithmetic on a grid, and where there is none, as on
networks, estimated from refinement: of the segment first, then of curves (`catlearn.evidence.curves`). On a grid the
cells whose bounds reach below a level contain its sublevel set: what they do not join is not joined. The cells that lie
wholly below it lie inside: a way along them is a path.
"""

from collections.abc import Callable

import numpy as np
import torch

from catlearn.evidence import curves
from catlearn.evidence.barrier import bars, opposite
from catlearn.evidence.cells import Cells, at_boundary, merge_level, touching, trail, way
from catlearn.evidence.descent import SAFETY, Floats, columns_of_cells
from catlearn.evidence.documents import Bend, ConnectionFinding, Curve, Height, Member
from catlearn.evidence.losses import losses_of
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import domain_of
from catlearn.evidence.sheet import along
from catlearn.network.randomness import generator
from catlearn.network.threads import single_threaded
from catlearn.plan.expressions import from_node
from catlearn.plan.ir import ExpressionNode, StartInit, StartPoint

SAMPLES = (8, 32, 128)
"""Into how many parts each segment between points of a network is cut, coarse to fine."""

MOST_SAMPLES = 4096
"""No polyline in the space of a network is refined beyond this many samples."""


def path_height(model: Model, job: str, points: torch.Tensor, enough: float) -> Height:
    """The highest loss on the polyline through points (k, P); refined while the bound may still come below `enough`."""
    domain = domain_of(model, job)
    if domain is not None:
        found = trail(domain, points.numpy())
        highest = float(model.landscape(job).loss(points).max())
        bound = float(found.high.max())
        return Height(raw=max(highest, float(found.low.max())), bound=bound, remainder=bound - highest)
    segments = max(len(points) - 1, 1)
    return _refined(model, job, points, lambda times: along(times * (len(points) - 1), len(points)), segments, enough)


def curve_height(model: Model, job: str, ends: torch.Tensor, curve: Curve, bend: Bend, enough: float) -> Height:
    """The highest loss on a curve between two ends (2, P), likewise."""
    points = torch.cat([ends, torch.from_numpy(model.bend(bend)).to(ends.dtype)])
    weights = lambda times: curves.shares(curve, times, bend.knots)  # noqa: E731
    return _refined(model, job, points, weights, len(bend.knots) + 1, enough)


def _refined(
    model: Model, job: str, points: torch.Tensor, weights: Callable[[Floats], Floats], segments: int, enough: float
) -> Height:
    """The highest loss on a path whose points at times in [0, 1] are weighted sums of some points, at ever more
    samples, while the bound may still come below `enough`."""
    height = _sampled(model, job, points, weights, SAMPLES[0] * segments)
    for parts in SAMPLES[1:]:
        if height.raw > enough or height.bound <= enough or parts * (segments + 1) > MOST_SAMPLES:
            break
        height = _sampled(model, job, points, weights, parts * segments)
    return height


def _sampled(model: Model, job: str, points: torch.Tensor, weights: Callable[[Floats], Floats], parts: int) -> Height:
    """The highest loss at samples of a path, with a remainder from the error of leaving out every other one."""
    losses = losses_of(model, job, weights(np.linspace(0.0, 1.0, parts + 1)), points)
    errors = np.abs(losses[1::2] - (losses[:-1:2] + losses[2::2]) / 2)
    remainders = columns_of_cells(np.repeat(SAFETY * errors, 2))
    return Height(raw=float(losses.max()), bound=float((losses + remainders).max()), remainder=float(remainders.max()))


def barred(model: Model, job: str, ends: torch.Tensor, obstruction: ExpressionNode | None, level: float) -> bool | None:
    """Whether a declared function is shown to keep two ends apart at a level; None where none is declared."""
    descent = model.descent(job)
    if obstruction is None or descent is None:
        return None
    landscape, barrier = descent.landscape, from_node(obstruction)
    loss, box = from_node(landscape.expression), np.array(landscape.box)
    signs = opposite(barrier, landscape.variables, ends.numpy())
    return signs and bars(loss, barrier, landscape.variables, box, level)


def connection(
    model: Model, left: Member, right: Member, level: float, steps: int, obstruction: ExpressionNode | None = None
) -> ConnectionFinding:
    """What is found of the ends of two runs at a level: a path below it, or that there is none on the grid. Where
    there is no grid a segment that is too high is bent for some steps."""
    ends = torch.stack([model.points(left)[-1], model.points(right)[-1]])
    losses = tuple(model.landscape(left.job).loss(ends).tolist())
    nodes: Floats = np.empty((0, ends.shape[1]))
    height = path_height(model, left.job, ends, level)
    merge, in_box = None, None
    domain = domain_of(model, left.job)
    if domain is not None:
        merge, in_box = merging(domain, ends.numpy(), level)
        if height.bound > level and merge <= level:
            nodes, height = _around(model, left.job, domain, ends, height, level)
    curve, bend = None, None
    if domain is None and max(losses) <= level < height.bound and steps > 0:
        curve, bend, height = _bent(model, left.job, ends, height, level, steps)
    return ConnectionFinding(
        left=left,
        right=right,
        losses=(losses[0], losses[1]),
        nodes=tuple(tuple(node) for node in nodes.tolist()),
        height=height,
        curve=curve,
        bend=bend,
        merge=merge,
        in_box=in_box,
        starts_joined=starts_joined(model, left, right, level),
        barred=barred(model, left.job, ends, obstruction, level),
    )


def _bent(
    model: Model, job: str, ends: torch.Tensor, height: Height, level: float, steps: int
) -> tuple[Curve | None, Bend | None, Height]:
    """The lowest of the segment and the curves that were tried up to the first below a level, and its height."""
    best: tuple[Curve | None, Bend | None, Height] = None, None, height
    for curve, knots in curves.KNOTS.items():
        with single_threaded():
            loss, excess = model.landscape(job).sampled_loss, max(height.raw, height.bound) - level
            found = curves.bent(ends, curve, loss, excess, steps, generator("points of a curve"))
        bend = model.new_bend(knots, found.float().numpy())
        reached = curve_height(model, job, ends, curve, bend, level)
        if reached.bound < best[2].bound:
            best = curve, bend, reached
        if reached.bound <= level:
            break
    model.keep_bend(best[1])
    return best


def merging(domain: Cells, ends: Floats, level: float) -> tuple[float, bool]:
    """A level below which two points are not joined, and whether the component of the first below `level`, if that is
    lower, touches the boundary of the box."""
    start, end = (tuple(trail(domain, point[None]).cells[0].tolist()) for point in ends)
    merge = merge_level(domain.low, start, end)
    labels, _ = touching(domain.low <= level)
    return merge, at_boundary(labels == labels[start])


def _around(
    model: Model, job: str, domain: Cells, ends: torch.Tensor, height: Height, level: float
) -> tuple[Floats, Height]:
    """The nodes of a way from end to end along the lowest cells, where it is lower than the segment, and its height."""
    start, end = (tuple(trail(domain, point[None]).cells[0].tolist()) for point in ends.numpy())
    lowest = merge_level(domain.high, start, end)
    size = (domain.box[:, 1] - domain.box[:, 0]) / np.array(domain.shape)
    nodes = domain.box[:, 0] + way(domain.high <= lowest, start, end) * size
    points = torch.cat([ends[:1], torch.from_numpy(nodes), ends[1:]])
    found = path_height(model, job, points, level)
    return (nodes, found) if found.bound < height.bound else (np.empty((0, ends.shape[1])), height)


def untrained(model: Model, member: Member) -> torch.Tensor | None:
    """The point (P,) at which the training of a run began, before all runs that it continues; None for a path."""
    start, descent = model.run_job(member.job).start, model.descent(member.job)
    if descent is not None and descent.path:
        return None
    if isinstance(start, StartInit | StartPoint):
        return model.points(member)[0]
    before = next(run for run in model.members(start.run) if run.seed == member.seed)
    return untrained(model, before)


def starts_joined(model: Model, left: Member, right: Member, level: float) -> bool:
    """Whether the points at which training began are joined by a segment below a level: then it says little of ends."""
    starts = [untrained(model, member) for member in (left, right)]
    known = [start for start in starts if start is not None]
    return len(known) == 2 and path_height(model, left.job, torch.stack(known), level).bound <= level


def remeasured(
    model: Model, finding: ConnectionFinding, level: float, obstruction: ExpressionNode | None = None
) -> ConnectionFinding:
    """A finding measured anew along the path that it gives, and on the grid where it was."""
    ends = torch.stack([model.points(finding.left)[-1], model.points(finding.right)[-1]])
    losses = tuple(model.landscape(finding.left.job).loss(ends).tolist())
    domain = domain_of(model, finding.left.job)
    merge, in_box = (None, None) if domain is None else merging(domain, ends.numpy(), level)
    return finding.model_copy(
        update={
            "losses": losses,
            "height": _height_of(model, finding, ends, level),
            "merge": merge,
            "in_box": in_box,
            "starts_joined": starts_joined(model, finding.left, finding.right, level),
            "barred": barred(model, finding.left.job, ends, obstruction, level),
        }
    )


def _height_of(model: Model, finding: ConnectionFinding, ends: torch.Tensor, level: float) -> Height:
    """The highest loss on the path that a finding gives, infinite where it gives none."""
    if finding.curve is not None and finding.bend is not None:
        fitting = curves.KNOTS[finding.curve] == finding.bend.knots
        if not fitting or model.bend(finding.bend).shape != (len(finding.bend.knots), ends.shape[1]):
            return Height(raw=np.inf, bound=np.inf, remainder=np.inf)
        return curve_height(model, finding.left.job, ends, finding.curve, finding.bend, level)
    nodes = torch.tensor(finding.nodes, dtype=ends.dtype).reshape(-1, ends.shape[1])
    return path_height(model, finding.left.job, torch.cat([ends[:1], nodes, ends[1:]]), level)

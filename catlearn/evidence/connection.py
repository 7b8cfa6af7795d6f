"""Whether the ends of two runs lie in one component of a sublevel set: paths that join them, merge levels (DESIGN 4).

A path is a witness; its highest loss is bounded by interval arithmetic on a landscape, and on a network estimated from
refinement. On a grid the cells whose bounds reach below a level contain its sublevel set: what they do not join is not
joined. The cells that lie wholly below it lie inside: a way along them is a path.
"""

import numpy as np
import torch

from catlearn.evidence.cells import Cells, at_boundary, merge_level, touching, trail, way
from catlearn.evidence.descent import SAFETY, Floats, columns_of_cells
from catlearn.evidence.documents import ConnectionFinding, Height, Member
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import domain_of
from catlearn.evidence.sheet import along
from catlearn.plan.ir import StartInit, StartPoint

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
    height = _sampled(model, job, points, SAMPLES[0])
    for parts in SAMPLES[1:]:
        if height.raw > enough or height.bound <= enough or parts * len(points) > MOST_SAMPLES:
            break
        height = _sampled(model, job, points, parts)
    return height


def _sampled(model: Model, job: str, points: torch.Tensor, parts: int) -> Height:
    """The highest loss at samples of a polyline, with a remainder from the error of leaving out every other one."""
    times = np.linspace(0.0, len(points) - 1.0, parts * max(len(points) - 1, 1) + 1)
    weights = torch.from_numpy(along(times, len(points))).to(points.dtype)
    losses = np.nan_to_num(model.landscape(job).loss(weights @ points).numpy(), nan=np.inf)
    errors = np.abs(losses[1::2] - (losses[:-1:2] + losses[2::2]) / 2)
    remainders = columns_of_cells(np.repeat(SAFETY * errors, 2))
    return Height(raw=float(losses.max()), bound=float((losses + remainders).max()), remainder=float(remainders.max()))


def connection(model: Model, left: Member, right: Member, level: float) -> ConnectionFinding:
    """What is found of the ends of two runs at a level: a path below it, or that there is none on the grid."""
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
    return ConnectionFinding(
        left=left,
        right=right,
        losses=(losses[0], losses[1]),
        nodes=tuple(tuple(node) for node in nodes.tolist()),
        height=height,
        merge=merge,
        in_box=in_box,
        starts_joined=starts_joined(model, left, right, level),
    )


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


def remeasured(model: Model, finding: ConnectionFinding, level: float) -> ConnectionFinding:
    """A finding measured anew along the path that it gives, and on the grid where it was."""
    ends = torch.stack([model.points(finding.left)[-1], model.points(finding.right)[-1]])
    losses = tuple(model.landscape(finding.left.job).loss(ends).tolist())
    nodes = torch.tensor(finding.nodes, dtype=ends.dtype).reshape(-1, ends.shape[1])
    domain = domain_of(model, finding.left.job)
    merge, in_box = (None, None) if domain is None else merging(domain, ends.numpy(), level)
    return finding.model_copy(
        update={
            "losses": losses,
            "height": path_height(model, finding.left.job, torch.cat([ends[:1], nodes, ends[1:]]), level),
            "merge": merge,
            "in_box": in_box,
            "starts_joined": starts_joined(model, finding.left, finding.right, level),
        }
    )

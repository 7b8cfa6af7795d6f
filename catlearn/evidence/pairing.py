"""The pairing of a straight sheet: which moments of two descending runs face each other (DESIGN 4).

With m_i the running minimum of run i, the pairs of times with m_0 = m_1 form a monotone chain of points and
rectangles. It is followed along the diagonal of each rectangle, so that one run waits while the other makes an
excursion above its running minimum. Any continuous monotone pairing is valid; the sheet's evaluation decides.
"""

from itertools import pairwise

import numpy as np

from catlearn.evidence.descent import Floats
from catlearn.evidence.profile import Profile, running_minimum

TOLERANCE = 0.02
"""How far, in checkpoints, the pairing may be moved to save columns."""


def _passages(times: Floats, levels: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """The first and last times at which a falling piecewise linear function takes some levels, or is nearest."""
    first = np.searchsorted(-levels, -wanted, side="left")
    last = np.searchsorted(-levels, -wanted, side="right") - 1
    before, after = np.clip(first - 1, 0, None), np.clip(first, None, len(levels) - 1)
    fall = levels[before] - levels[after]
    share = np.divide(levels[before] - wanted, fall, out=np.zeros_like(wanted), where=fall > 0)
    reached = np.where(first == len(levels), times[-1], times[before] + share * (times[after] - times[before]))
    reached = np.where(first == 0, times[0], reached)
    return reached, np.where(last >= first, times[np.clip(last, 0, None)], reached)


def chain(left: Profile, right: Profile, high: float, low: float) -> Floats:
    """The vertices (p, q, level) of the chain from `high` down to `low`: no time falls and no level rises."""
    first, second = running_minimum(left, high, low), running_minimum(right, high, low)
    levels = np.unique(np.concatenate([first[1], second[1]]))[::-1]
    (p_first, p_last), (q_first, q_last) = _passages(*first, levels), _passages(*second, levels)
    begins = np.column_stack([p_first, q_first, levels])
    ends = np.column_stack([p_last, q_last, levels])
    end = np.array([[first[0][-1], second[0][-1], levels[-1]]])
    vertices = np.concatenate([np.stack([begins, ends], axis=1).reshape(-1, 3), end])
    monotone: Floats = np.maximum.accumulate(vertices * [1, 1, -1], axis=0) * [1, 1, -1]
    return monotone


def _kept(points: Floats, first: int, last: int) -> list[int]:
    """The indices between two kept ones that a chain needs to stay within `TOLERANCE` (Douglas and Peucker 1973)."""
    kept: list[int] = []
    stack = [(first, last)]
    while stack:
        low, high = stack.pop()
        if high - low < 2:
            continue
        steps = np.linspace(0.0, 1.0, high - low + 1)[1:-1, None]
        travelled = points[high] - points[low]
        if travelled.sum() > 0:
            steps = ((points[low + 1 : high] - points[low]).sum(1) / travelled.sum())[:, None]
        errors = np.abs(points[low + 1 : high] - (points[low] + steps * travelled)).max(1)
        if errors.max() > TOLERANCE:
            middle = low + 1 + int(errors.argmax())
            kept.append(middle)
            stack += [(low, middle), (middle, high)]
    return kept


def thinned(vertices: Floats) -> Floats:
    """The chain with no more vertices than it needs."""
    last = len(vertices) - 1
    return vertices[sorted({0, last, *_kept(vertices[:, :2], 0, last)})]


def with_checkpoints(vertices: Floats) -> Floats:
    """The chain with a vertex wherever either run passes a checkpoint, and no vertex twice."""
    rows = [vertices[0]]
    for before, after in pairwise(vertices):
        shares = {1.0}
        for axis in (0, 1):
            travelled = after[axis] - before[axis]
            passed = np.arange(np.floor(before[axis]) + 1, np.ceil(after[axis]))
            shares.update(float(share) for share in (passed - before[axis]) / travelled if 0 < share < 1)
        rows += [_snapped(before + share * (after - before)) for share in sorted(shares)]
    array = np.array(rows)
    array[:, :2] = np.maximum.accumulate(array[:, :2], axis=0)
    moved = np.abs(np.diff(array[:, :2], axis=0)).max(1) > 1e-9
    return array[np.concatenate([[True], moved])] if moved.any() else array[:1]


def _snapped(vertex: Floats) -> Floats:
    """A vertex whose times within 1e-9 of a checkpoint stand at the checkpoint."""
    nearest = np.round(vertex[:2])
    vertex[:2] = np.where(np.abs(vertex[:2] - nearest) < 1e-9, nearest, vertex[:2])
    return vertex


def pairing(left: Profile, right: Profile, high: float, low: float) -> Floats:
    """The columns (p, q, level) of a straight sheet's mesh, all checkpoints of both runs among them."""
    return with_checkpoints(thinned(chain(left, right, high, low)))

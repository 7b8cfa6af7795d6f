"""A box cut into equal closed cells with bounds of the loss on each, and the cells that a run passes through.

A set {a <= L <= b} lies in the union of the cells whose bounds meet [a, b]. Two cells touch when they have a point in
common, so that a connected set lies in cells that touch each other one after the other: what these cells do not join
is not joined. That is the margin of the grid: a loss is known up to the width of its bounds on one cell.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.csgraph import breadth_first_order

from catlearn.category.expression import Expression
from catlearn.evidence.descent import Floats
from catlearn.evidence.intervals import enclosed

Mask = NDArray[np.bool_]
Cell = tuple[int, ...]

PARTS = 4
"""Into how many parts a run is cut inside a cell, to know its losses better than the cell's."""


@dataclass(frozen=True, eq=False)
class Cells:
    """A box (d, 2) with bounds of the loss, `low` and `high`, on each of its cells (n_1, …, n_d)."""

    expression: Expression
    variables: tuple[str, ...]
    box: Floats
    low: Floats
    high: Floats

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of cells along each axis."""
        return self.low.shape

    @property
    def margin(self) -> float:
        """The largest distance of the two bounds on a cell: how far off a level may be taken to be."""
        return float(np.max(self.high - self.low))

    @cached_property
    def _extremes(self) -> tuple[tuple[Floats, Floats], ...]:
        """For each axis, the lowest and the highest bound on each layer of cells across it."""
        return tuple((self.low.min(axis=others), self.high.max(axis=others)) for others in _other_axes(self.low.ndim))

    def component(self, least: float, most: float, cell: Cell) -> Mask:
        """The cells whose bounds meet [least, most] that are joined to one of them by such cells."""
        layers = ((low <= most) & (high >= least) for low, high in self._extremes)
        window = tuple(slice(found[0], found[-1] + 1) for found in map(np.flatnonzero, layers))
        labels, _ = touching((self.low[window] <= most) & (self.high[window] >= least))
        found = np.zeros(self.shape, dtype=bool)
        found[window] = labels == labels[tuple(at - part.start for at, part in zip(cell, window, strict=True))]
        return found


def cells(
    expression: Expression, variables: tuple[str, ...], box: tuple[tuple[float, float], ...], count: int
) -> Cells:
    """A box cut into `count` cells along each axis."""
    ends = np.array(box)  # (d, 2)
    cuts = [np.linspace(low, high, count + 1) for low, high in ends]
    low = np.stack(np.meshgrid(*(cut[:-1] for cut in cuts), indexing="ij"), axis=-1)
    high = np.stack(np.meshgrid(*(cut[1:] for cut in cuts), indexing="ij"), axis=-1)
    bounds = enclosed(expression, variables, low, high)
    return Cells(expression, variables, ends, bounds.low, bounds.high)


@dataclass(frozen=True, eq=False)
class Parts:
    """A polyline cut into parts, with bounds of the loss on each (parts,)."""

    low: Floats
    high: Floats

    @cached_property
    def lowest_before(self) -> Floats:
        """The lowest bound up to each part, it included."""
        return np.minimum.accumulate(self.low)

    @cached_property
    def highest_after(self) -> Floats:
        """The highest bound from each part on."""
        return np.maximum.accumulate(self.high[::-1])[::-1]


@dataclass(frozen=True, eq=False)
class Trail(Parts):
    """A polyline cut where it passes from cell to cell, and each part into smaller ones: their ends (parts + 1, d) in
    units of cells, and the cell of each (parts, d)."""

    points: Floats
    cells: NDArray[np.int64]


def trail(domain: Cells, points: Floats) -> Trail:
    """The trail of a polyline through points (k, d) of the box."""
    shape = np.array(domain.shape)
    size = (domain.box[:, 1] - domain.box[:, 0]) / shape
    scaled = np.clip((points - domain.box[:, 0]) / size, 0, shape)
    cut = np.concatenate([scaled[:1], *(_cut(start, end) for start, end in pairwise(scaled))])
    if len(cut) == 1:
        cut = np.repeat(cut, 2, axis=0)
    middles = (cut[:-1] + cut[1:]) / 2
    inside = np.clip(np.floor(middles).astype(np.int64), 0, shape - 1)
    real = domain.box[:, 0] + cut * size
    grain = 1e-9 * size  # of rounding when a point is moved to cells and back
    ends = np.minimum(real[:-1], real[1:]) - grain, np.maximum(real[:-1], real[1:]) + grain
    bounds = enclosed(domain.expression, domain.variables, *ends)
    return Trail(bounds.low, bounds.high, cut, inside)


def _cut(start: Floats, end: Floats) -> Floats:
    """The points after `start` at which a segment is cut, its end the last."""
    shares = [np.array([1.0])]
    for first, last in zip(start, end, strict=True):
        if first != last:
            planes = np.arange(np.floor(min(first, last)) + 1, np.ceil(max(first, last)))
            shares.append((planes - first) / (last - first))
    passed = np.unique(np.concatenate(shares))
    before = np.concatenate([[0.0], passed[:-1]])
    finer = before[:, None] + (passed - before)[:, None] * np.arange(1, PARTS + 1) / PARTS
    fine: Floats = start + finer.reshape(-1, 1) * (end - start)
    return fine


def touching(mask: Mask) -> tuple[NDArray[np.int32], int]:
    """Cells of a set numbered from 1 by components, those that have a point in common being joined, and how many."""
    labels, count = ndimage.label(mask, structure=np.ones((3,) * mask.ndim, dtype=bool))
    return labels, int(count)


def hull(mask: Mask) -> tuple[slice, ...]:
    """The least block of cells that holds a set; an empty one for the empty set."""
    layers = (np.flatnonzero(mask.any(axis=others)) for others in _other_axes(mask.ndim))
    return tuple(slice(found[0], found[-1] + 1) if len(found) else slice(0) for found in layers)


def _other_axes(count: int) -> list[tuple[int, ...]]:
    """For each of so many axes, those that it is not."""
    return [tuple(other for other in range(count) if other != axis) for axis in range(count)]


def way(mask: Mask, start: Cell, end: Cell) -> Floats:
    """The vertices (k, d) of a polyline inside the cells of a set, from the centre of one of them to that of another:
    the segment where it lies in them, and else a shortest way by centres of cells that touch each other.

    Raises `ValueError` where the set does not join the ends."""
    segment = np.array([start, end]) + 0.5
    passed = np.concatenate([segment[:1], _cut(segment[0], segment[1])])
    if mask[tuple(np.floor((passed[:-1] + passed[1:]) / 2).astype(int).T)].all():
        return segment if start != end else segment[:1]
    window = hull(mask)
    corner = np.array([part.start for part in window])
    start, end = (tuple((np.array(cell) - corner).tolist()) for cell in (start, end))
    mask = mask[window]
    count = int(mask.sum())
    numbers = np.full(mask.shape, -1)
    numbers[mask] = np.arange(count)
    pairs = [
        touching_pairs(numbers, shift) for shift in product((-1, 0, 1), repeat=mask.ndim) if shift > (0,) * mask.ndim
    ]
    rows, columns = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    graph = sparse.coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(count, count)).tocsr()
    _, before = breadth_first_order(graph, numbers[start], directed=False)
    steps = [int(numbers[end])]
    while steps[-1] != numbers[start]:
        if before[steps[-1]] < 0:
            raise ValueError("the set does not join the two cells")
        steps.append(int(before[steps[-1]]))
    centres: Floats = np.argwhere(mask)[steps[::-1]] + corner + np.float64(0.5)
    return centres


def touching_pairs(numbers: NDArray[np.int64], shift: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of cells of a numbered set that lie one shift apart."""
    first = numbers[
        tuple(slice(max(0, -by), min(size, size - by)) for by, size in zip(shift, numbers.shape, strict=True))
    ]
    second = numbers[
        tuple(slice(max(0, by), min(size, size + by)) for by, size in zip(shift, numbers.shape, strict=True))
    ]
    both = (first >= 0) & (second >= 0)
    return first[both], second[both]


def merge_level(levels: Floats, start: Cell, end: Cell) -> float:
    """The least level at which the cells at most that high join two of them: the highest on the lowest way."""
    known = np.unique(levels[levels >= max(levels[start], levels[end])])
    below, least = -1, len(known) - 1  # at the highest all are joined
    while least - below > 1:
        middle = (below + least) // 2
        labels, _ = touching(levels <= known[middle])
        below, least = (below, middle) if labels[start] == labels[end] else (middle, least)
    return float(known[least])


def at_boundary(mask: Mask) -> bool:
    """Whether a set of cells touches the boundary of the box."""
    return any(bool(mask.take(end, axis=axis).any()) for axis in range(mask.ndim) for end in (0, -1))

"""Obstructions to dihomotopy that are declared: walls {g = 0} whose losses leave a band out (DESIGN 4).

The points at which a dihomotopy within a slack crosses a band {m <= L <= m + slack}, low <= m <= high - slack, are
connected, and those of its starts lie in {L >= high - slack}, those of its ends in {L <= low + slack}, all of them
connected too. So where g has different signs at those points of two runs, some zero of g has a loss in the band.
Where interval arithmetic shows that none has, the runs are told apart, in any dimension.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catlearn.category.expression import Expression
from catlearn.evidence.barrier import bars
from catlearn.evidence.cells import Parts
from catlearn.evidence.descent import Floats
from catlearn.evidence.intervals import boxes_along, enclosed
from catlearn.evidence.tube import BANDS, Apart, Kind, passage

PARTS = 64
"""Into how many parts a run is cut between two checkpoints."""


@dataclass(frozen=True)
class Wall:
    """A loss and a declared function on a box (d, 2) of some variables."""

    loss: Expression
    barrier: Expression
    variables: tuple[str, ...]
    box: Floats


@dataclass(frozen=True, eq=False)
class Strand(Parts):
    """A run cut into parts, with the sign (parts,) that the declared function certainly has on each, or 0."""

    signs: NDArray[np.int64]


@dataclass(frozen=True)
class Band:
    """Losses from `least` to `most`, and the signs of the declared function where two runs pass them."""

    kind: Kind
    level: float
    least: float
    most: float
    signs: tuple[int, int]


def boxes_of(points: Floats, box: Floats) -> tuple[Floats, Floats]:
    """The lower and upper corners (parts, d) of boxes about the parts of a run through points (k, d)."""
    times = np.linspace(0.0, len(points) - 1.0, max(1, len(points) - 1) * PARTS + 1)
    return boxes_along(points, times, np.abs(box).max(1))


def strand(wall: Wall, points: Floats) -> Strand:
    """A run through points (k, d), cut into parts."""
    ends = boxes_of(points, wall.box)
    losses, values = (enclosed(function, wall.variables, *ends) for function in (wall.loss, wall.barrier))
    signs = np.where(values.low > 0, 1, np.where(values.high < 0, -1, 0))
    return Strand(losses.low, losses.high, signs)


def walled(wall: Wall, runs: tuple[Strand, Strand], levels: tuple[float, float], slack: float) -> Apart | None:
    """Why no dihomotopy within `slack` in the box joins two runs between two levels (high, low); None where the wall
    does not show it."""
    for band in _bands(runs, *levels, slack):
        if bars(wall.loss, wall.barrier, wall.variables, wall.box, band.most, band.least):
            return Apart(band.kind, band.level, (), 0, True)
    return None


def _bands(runs: tuple[Strand, Strand], high: float, low: float, slack: float) -> Iterator[Band]:
    """The bands in which the declared function has different signs on two runs: that of the starts, that of the ends,
    and the lowest and the highest in between."""
    if high - slack <= low:
        return
    ends = (
        Band("starts", high - slack, high - slack, np.inf, (runs[0].signs[0], runs[1].signs[0])),
        Band("ends", low + slack, -np.inf, low + slack, (runs[0].signs[-1], runs[1].signs[-1])),
    )
    crossed = [_crossed(runs, level, slack) for level in np.linspace(low, high - slack, BANDS).tolist()]
    between = [band for band in crossed if _opposite(band)]
    yield from (band for band in (*ends, *between[:1], *between[-1:]) if _opposite(band))


def _opposite(band: Band) -> bool:
    return band.signs[0] * band.signs[1] == -1


def _crossed(runs: Sequence[Strand], level: float, slack: float) -> Band:
    """The band above a level, so wide that both runs surely cross it where their signs are taken."""
    passages = [passage(run, level, slack) for run in runs]
    widening = max(each.widening for each in passages)
    first, second = (int(run.signs[each.part]) for run, each in zip(runs, passages, strict=True))
    return Band("crossing", level, level - widening, level + slack + widening, (first, second))

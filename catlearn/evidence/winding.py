"""How often a pair of functions winds along a loop: declared obstructions of codimension 2, in any dimension.

A pair f = (g, h) without a common zero on a set maps it to the plane without the origin. A loop that contracts in the
set winds 0 times there about the origin, so that one which winds does not contract. The converse fails: a commutator
winds 0 times about everything.

Along a polyline the number is computed exactly. The polyline is cut until interval arithmetic shows, on each part, that
g or h has a sign: the values of f then lie in an open half plane about one of the four axes. Two parts with a point in
common have no opposite ones; so from part to part the angle of the axis changes by a quarter turn at most, and the sum
of these changes is four times the number (as in certified root counting by the argument principle: Ying and Katz, "A
reliable argument principle algorithm", 1988).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catlearn.category.expression import Expression
from catlearn.evidence.descent import Floats
from catlearn.evidence.intervals import boxes_along, enclosed

Pair = tuple[Expression, Expression]
Quarters = NDArray[np.int64]
"""Axes as quarter turns from that of the first function: 0 and 2 where it is positive and negative, 1 and 3 where the
second one is; -1 where neither is known."""

CUTS = 16
"""How often the parts of a polyline are halved on which a pair may have a zero."""

MOST_PARTS = 1 << 16
"""Into how many parts a polyline is cut at most."""


def quarters(pair: Pair, variables: Sequence[str], low: Floats, high: Floats) -> Quarters:
    """The axis (...) about which the values of a pair on boxes with corners `low` and `high` (..., d) certainly lie."""
    first, second = (enclosed(function, variables, low, high) for function in pair)
    signs = [first.low > 0, second.low > 0, first.high < 0, second.high < 0]
    return np.select(signs, [0, 1, 2, 3], -1)


def followed(pair: Pair, variables: Sequence[str], points: Floats) -> Quarters | None:
    """The axes (parts,) about which the values of a pair lie along the polyline through points (k, d), cut finely
    enough; None where it is not shown that the pair has no zero there."""
    times = np.arange(max(len(points), 2), dtype=float)
    scale = np.abs(points).max(0, initial=0.0)
    for _ in range(CUTS):
        found = quarters(pair, variables, *boxes_along(points, times, scale))
        is_open = found < 0
        if not is_open.any():
            return found
        if len(found) + is_open.sum() > MOST_PARTS:
            break
        times = np.sort(np.concatenate([times, ((times[:-1] + times[1:]) / 2)[is_open]]))
    return None


def turns(axes: Quarters, whole: int = 4) -> int:
    """How often a closed sequence of axes goes round, no two neighbours being opposite; in parts of a turn, of which a
    whole one has so many.

    Raises `ValueError` where some are."""
    half = whole // 2
    steps = (np.roll(axes, -1) - axes + half - 1) % whole - (half - 1)
    if (steps == half).any():
        raise ValueError("neighbouring parts have no value in common")
    return int(steps.sum()) // whole


def winding_number(pair: Pair, variables: Sequence[str], loop: Floats) -> int | None:
    """How often a pair winds about the origin along a closed polygon (k, d); None where it may have a zero on it."""
    axes = followed(pair, variables, np.concatenate([loop, loop[:1]]))
    return None if axes is None else turns(axes)

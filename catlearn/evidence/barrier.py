"""Obstructions that are declared, in any dimension: a function g whose zeros no loss of some range has (DESIGN 4).

A path between points at which g has different signs passes a zero of g, hence a loss outside the range. That no zero
has a loss in it is shown by interval arithmetic on ever smaller boxes (Moore 1966): a box is done where g has no zero
on it or the loss is outside the range on all of it, and is halved where neither is known, across the axis
along which the two may change most (Ratz and Csendes, "On the selection of subdivision directions in interval
branch-and-bound methods for global optimization", 1995).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catlearn.category.expression import Expression
from catlearn.evidence.descent import Floats
from catlearn.evidence.intervals import Intervals, enclosed, slopes

BATCH = 512
"""Of the boxes with the lowest bounds of a loss, how many are halved at once."""

TOLERANCE = 1e-4
"""How well the lowest loss at some zeros is sought, as a share of its size."""

MOST_BOXES = 1 << 13
"""Where more boxes than this are open at once nothing is shown."""

ROUNDS = 80
"""How often boxes are halved at most."""


def opposite(barrier: Expression, variables: Sequence[str], ends: Floats) -> bool:
    """Whether a function has certainly different signs, neither of them 0, at two points (2, d)."""
    found = enclosed(barrier, variables, ends, ends)
    signs = np.where(found.low > 0, 1, np.where(found.high < 0, -1, 0))
    return bool(signs[0] * signs[1] == -1)


def bars(
    loss: Expression,
    barrier: Expression,
    variables: Sequence[str],
    box: Floats,
    most: float,
    least: float = -np.inf,
) -> bool:
    """Whether it is shown that no zero of `barrier` in a box (d, 2) has a loss from `least` to `most`."""
    low, high = box[None, :, 0], box[None, :, 1]
    functions = barrier, loss
    whole = [
        float((bounds.high - bounds.low)[0]) for bounds in (enclosed(each, variables, low, high) for each in functions)
    ]
    for _ in range(ROUNDS):
        zeros, losses = (enclosed(function, variables, low, high) for function in functions)
        is_open = (zeros.low <= 0) & (zeros.high >= 0) & (losses.low <= most) & (losses.high >= least)
        low, high = low[is_open], high[is_open]
        if len(low) == 0:
            return True
        within = ((losses.high <= most) & (losses.low >= least))[is_open]
        if 2 * len(low) > MOST_BOXES or _has_zero(barrier, variables, low[within], high[within]):
            return False
        low, high = _halved(low, high, _axes(functions, variables, low, high, whole))
    return False


def lowest(loss: Expression, zeros: Sequence[Expression], variables: Sequence[str], box: Floats) -> float:
    """A lower bound of a loss at the common zeros of some functions in a box (d, 2), infinite where there are none.

    The boxes on which the loss may be lowest are halved, until its bounds there are as close as is wanted or too many
    boxes are open; those on which some function has no zero are left out."""
    low, high = box[None, :, 0], box[None, :, 1]
    functions = (*zeros, loss)
    whole = [float((each.high - each.low)[0]) for each in _bounds(functions, variables, low, high)]
    least, most = _ends(loss, variables, low, high)
    for _ in range(ROUNDS):
        order = np.argsort(least, kind="stable")
        chosen, others = order[:BATCH], order[BATCH:]
        if len(low) > MOST_BOXES or most[order[0]] - least[order[0]] <= TOLERANCE * abs(least[order[0]]):
            break
        parts = _halved(low[chosen], high[chosen], _axes(functions, variables, low[chosen], high[chosen], whole))
        bounds = _bounds(zeros, variables, *parts)
        kept = np.logical_and.reduce([(each.low <= 0) & (each.high >= 0) for each in bounds])
        parts = parts[0][kept], parts[1][kept]
        low, high = np.concatenate([low[others], parts[0]]), np.concatenate([high[others], parts[1]])
        if len(low) == 0:
            return float(np.inf)
        ends = _ends(loss, variables, *parts)
        least, most = np.concatenate([least[others], ends[0]]), np.concatenate([most[others], ends[1]])
    return float(least.min())


def _bounds(functions: Sequence[Expression], variables: Sequence[str], low: Floats, high: Floats) -> list[Intervals]:
    return [enclosed(function, variables, low, high) for function in functions]


def _ends(function: Expression, variables: Sequence[str], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    bounds = enclosed(function, variables, low, high)
    return bounds.low, bounds.high


def _has_zero(barrier: Expression, variables: Sequence[str], low: Floats, high: Floats) -> bool:
    """Whether the signs of a function at two corners show a zero in some box: then nothing is left to be shown."""
    first, last = (enclosed(barrier, variables, corner, corner) for corner in (low, high))
    return bool(((first.high < 0) & (last.low > 0) | (first.low > 0) & (last.high < 0)).any())


def _axes(
    functions: Sequence[Expression], variables: Sequence[str], low: Floats, high: Floats, whole: Sequence[float]
) -> NDArray[np.intp]:
    """For each box (k, d) the axis along which some functions may change most, as shares of the widths of their bounds
    on the whole; none changes by more than its bounds lie apart."""
    shares = np.zeros(low.shape)
    for function, width in zip(functions, whole, strict=True):
        bounds = enclosed(function, variables, low, high)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            change = np.nan_to_num(slopes(function, variables, low, high) * (high - low), nan=np.inf, posinf=np.inf)
            most = np.minimum(change, (bounds.high - bounds.low)[:, None])
            shares += np.nan_to_num(most / width, nan=1.0, posinf=1.0)
    steepest: NDArray[np.intp] = shares.argmax(axis=1)
    return steepest


def _halved(low: Floats, high: Floats, axes: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Boxes (k, d) cut in two, each across one of its axes (k,)."""
    rows = np.arange(len(low))
    middles = (low[rows, axes] + high[rows, axes]) / 2
    lower, upper = high.copy(), low.copy()
    lower[rows, axes], upper[rows, axes] = middles, middles
    return np.concatenate([low, upper]), np.concatenate([lower, high])

"""Obstructions that are declared, in any dimension: a function g whose zeros no loss of some range has (DESIGN 4).

A path between points at which g has different signs passes a zero of g, hence a loss outside the range. That no zero
has a loss in it is shown by interval arithmetic on ever smaller boxes (Moore 1966): a box is done where g has no zero
on it or the loss is outside the range on all of it, and is halved where neither is known, across the axis
along which the two may change most (Ratz and Csendes, "On the selection of subdivision directions in interval
branch-and-bound methods for global optimization", 1995).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catlearn.category.expression import Expression
from catlearn.evidence.descent import Floats
from catlearn.evidence.intervals import Intervals, enclosed, slopes

BATCH = 512
"""Of the boxes with the lowest bounds of a loss, how many are halved at once."""

TOLERANCE = 1e-3
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


@dataclass(frozen=True)
class Condition:
    """That a function has a value from `least` to `most`."""

    function: Expression
    least: float
    most: float

    @property
    def is_equation(self) -> bool:
        """Whether one value alone fulfils it."""
        return self.least == self.most


def bars(
    loss: Expression,
    barrier: Expression,
    variables: Sequence[str],
    box: Floats,
    most: float,
    least: float = -np.inf,
) -> bool:
    """Whether it is shown that no zero of `barrier` in a box (d, 2) has a loss from `least` to `most`."""
    return excluded((Condition(barrier, 0.0, 0.0), Condition(loss, least, most)), variables, box)


def excluded(conditions: Sequence[Condition], variables: Sequence[str], box: Floats) -> bool:
    """Whether it is shown that no point of a box (d, 2) fulfils all of some conditions."""
    low, high = box[None, :, 0], box[None, :, 1]
    functions = [condition.function for condition in conditions]
    whole = [float((each.high - each.low)[0]) for each in _bounds(functions, variables, low, high)]
    for _ in range(ROUNDS):
        bounds = _bounds(functions, variables, low, high)
        pairs = list(zip(conditions, bounds, strict=True))
        is_open = np.logical_and.reduce([(each.low <= one.most) & (each.high >= one.least) for one, each in pairs])
        low, high = low[is_open], high[is_open]
        if len(low) == 0:
            return True
        if 2 * len(low) > MOST_BOXES or _fulfilled(pairs, is_open, variables, low, high):
            return False
        low, high = _halved(low, high, _axes(functions, variables, low, high, whole))
    return False


def _fulfilled(
    pairs: Sequence[tuple[Condition, Intervals]],
    is_open: NDArray[np.bool_],
    variables: Sequence[str],
    low: Floats,
    high: Floats,
) -> bool:
    """Whether some open box holds a point that fulfils all conditions, as is seen where only one is an equation."""
    equations = [one for one, _ in pairs if one.is_equation]
    within = np.logical_and.reduce(
        [((each.low >= one.least) & (each.high <= one.most))[is_open] for one, each in pairs if not one.is_equation]
    )
    return len(equations) == 1 and _has_value(equations[0], variables, low[within], high[within])


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
        first = order[0]
        is_close = np.isfinite(least[first]) and most[first] - least[first] <= TOLERANCE * abs(least[first])
        if is_close or len(low) > MOST_BOXES:
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


def _has_value(equation: Condition, variables: Sequence[str], low: Floats, high: Floats) -> bool:
    """Whether the values of a function at two corners lie on either side of one in some box: then it is taken."""
    first, last = (enclosed(equation.function, variables, corner, corner) for corner in (low, high))
    value = equation.least
    return bool(((first.high < value) & (last.low > value) | (first.low > value) & (last.high < value)).any())


def gap(function: Expression, most: float, loss: Condition, variables: Sequence[str], box: Floats) -> float | None:
    """A value from 0 to `most` that a function, of values from 0 on, has at no point of a box (d, 2) whose loss fulfils
    a condition, above some that it may have there, if that can be; None where none is found.

    Boxes on which it is not known whether the loss fulfils it are halved, until the bounds of the function leave such
    a value out, or those on boxes where the loss certainly does leave none."""
    low, high = box[None, :, 0], box[None, :, 1]
    functions = function, loss.function
    whole = [float((each.high - each.low)[0]) for each in _bounds(functions, variables, low, high)]
    sure = np.empty((0, 2))
    for _ in range(ROUNDS):
        values, losses = _bounds(functions, variables, low, high)
        is_open = (losses.low <= loss.most) & (losses.high >= loss.least) & (values.low <= most)
        within = is_open & (losses.low >= loss.least) & (losses.high <= loss.most)
        ranges = np.stack([values.low, values.high], axis=1)
        sure, is_open = np.concatenate([sure, ranges[within]]), is_open & ~within
        gaps = _gaps(np.concatenate([sure, ranges[is_open]]), most)
        is_last = not is_open.any() or 2 * is_open.sum() > MOST_BOXES or len(_gaps(sure, most)) == 0
        if is_last or (gaps[:, 0] > 0).any():
            break
        low, high = _halved(
            low[is_open], high[is_open], _axes(functions, variables, low[is_open], high[is_open], whole)
        )
    return float(gaps[-1].mean()) if len(gaps) else None


def _gaps(ranges: Floats, most: float) -> Floats:
    """The intervals (k, 2) in [0, most] that some intervals leave out, in order."""
    ordered = ranges[np.argsort(ranges[:, 0], kind="stable")]
    starts = np.maximum.accumulate(np.concatenate([[0.0], ordered[:, 1]]))
    ends = np.minimum(np.concatenate([ordered[:, 0], [most]]), most)
    left_out: Floats = np.stack([starts, ends], axis=1)[ends > starts]
    return left_out


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

"""Descents: the width of a path whose loss is known at points, with remainders between them (DESIGN 4).

For levels low < high the width of a path with losses v is max(0, rise, high - v_first, v_last - low), where rise is
the largest v_j - v_i with i <= j. Where the loss on a cell differs from the linear interpolation of its corners by at
most b, a value v at a corner stands for the interval [v - b, v + b].
"""

import numpy as np
from numpy.typing import NDArray

from catlearn.evidence.documents import Height

Floats = NDArray[np.float64]

SAFETY = 2.0
"""The remainder taken for an interpolation error seen once on halving a cell.

A smooth loss leaves a quarter of the error in the halves; one kink inside the cell leaves at most twice of it."""


def width(values: Floats, remainders: Floats, high: float, low: float) -> float:
    """The largest width over the rows of `values` (rows, columns), each widened by `remainders` (columns,)."""
    upper, lower = values + remainders, values - remainders
    rise = np.max(upper - np.minimum.accumulate(lower, axis=-1))
    return float(max(0.0, rise, high - np.min(lower[..., 0]), np.max(upper[..., -1]) - low))


def height(values: Floats, remainders: Floats, high: float, low: float) -> Height:
    """The width of a family of rows without and with its remainders."""
    return Height(
        raw=width(values, np.zeros_like(remainders), high, low),
        bound=width(values, remainders, high, low),
        remainder=float(np.max(remainders)),
    )


def columns_of_cells(cells: Floats) -> Floats:
    """The remainder at each column from those of the cells (columns - 1,) between them: the larger neighbour."""
    if cells.size == 0:
        return np.zeros(1)
    columns: Floats = np.maximum(np.append(cells, 0.0), np.insert(cells, 0, 0.0))
    return columns

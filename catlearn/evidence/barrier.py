"""Obstructions that are declared, in any dimension: a function g whose zeros all lie above a level (DESIGN 4).

A path between points at which g has different signs passes a zero of g, hence a loss above the level. That no zero
lies at or below it is shown by interval arithmetic on ever smaller boxes (Moore 1966): a box is done where g has no
zero on it or the loss is above the level on all of it, and is halved along its longest side, as a share of the whole,
where neither is known.
"""

from collections.abc import Sequence

import numpy as np

from catlearn.category.expression import Expression
from catlearn.evidence.descent import Floats
from catlearn.evidence.intervals import enclosed

MOST_BOXES = 1 << 16
"""Where more boxes than this are open at once nothing is shown."""

ROUNDS = 80
"""How often boxes are halved at most."""


def opposite(barrier: Expression, variables: Sequence[str], ends: Floats) -> bool:
    """Whether a function has certainly different signs, neither of them 0, at two points (2, d)."""
    found = enclosed(barrier, variables, ends, ends)
    signs = np.where(found.low > 0, 1, np.where(found.high < 0, -1, 0))
    return bool(signs[0] * signs[1] == -1)


def bars(loss: Expression, barrier: Expression, variables: Sequence[str], box: Floats, level: float) -> bool:
    """Whether it is shown that no zero of `barrier` in a box (d, 2) has a loss of at most `level`."""
    low, high = box[None, :, 0], box[None, :, 1]
    for _ in range(ROUNDS):
        zeros, losses = enclosed(barrier, variables, low, high), enclosed(loss, variables, low, high)
        open_boxes = (zeros.low <= 0) & (zeros.high >= 0) & (losses.low <= level)
        low, high = low[open_boxes], high[open_boxes]
        if len(low) == 0:
            return True
        if 2 * len(low) > MOST_BOXES:
            return False
        low, high = _halved(low, high, box[:, 1] - box[:, 0])
    return False


def _halved(low: Floats, high: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """Boxes (k, d) cut in two across their longest sides, in shares of the whole box's."""
    rows, axes = np.arange(len(low)), np.argmax((high - low) / whole, axis=1)
    middles = (low[rows, axes] + high[rows, axes]) / 2
    lower, upper = high.copy(), low.copy()
    lower[rows, axes], upper[rows, axes] = middles, middles
    return np.concatenate([low, upper]), np.concatenate([lower, high])

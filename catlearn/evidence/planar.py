"""Loops among the holes of planar sets: winding numbers, which tell homology, and crossing words, which tell homotopy.

A set of cells is a union of closed squares. Its holes are the components of what is left of the plane, the unbounded
one excepted: squares of the box joined by their sides, the outside of the box counting as one of them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from catlearn.evidence.cells import Mask, hull
from catlearn.evidence.descent import Floats

Word = tuple[int, ...]
"""Letters of a free group: hole h is h + 1, its inverse -(h + 1)."""


def outside(mask: Mask) -> Mask:
    """The squares that are joined to the outside of the box without passing through a set."""
    found = np.ones(mask.shape, dtype=bool)
    window = hull(mask)
    labels, _ = ndimage.label(np.pad(~mask[window], 1, constant_values=True))
    found[window] = (labels == labels[0, 0])[1:-1, 1:-1]
    return found


def holes(mask: Mask) -> Floats:
    """A point (holes, 2) in each hole of a set, in units of squares: a centre of a square that is far from the set."""
    labels, _ = ndimage.label(~mask & ~outside(mask))
    windows = ndimage.find_objects(labels)
    centres = [_deepest(labels[window] == number, window) for number, window in enumerate(windows, start=1)]
    return np.array(centres, dtype=float).reshape(-1, 2) + 0.5


def _deepest(hole: Mask, window: tuple[slice, ...]) -> list[int]:
    """The square of a hole that is furthest from what is not in it; the hole is given on a window of the box."""
    depth = ndimage.distance_transform_edt(np.pad(hole, 1))[1:-1, 1:-1]
    return [int(at) + part.start for at, part in zip(np.unravel_index(depth.argmax(), hole.shape), window, strict=True)]


def crossings(loop: Floats, points: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where a closed polygon (k, 2) crosses the rays from points (h, 2) along the first axis, in the order of the
    polygon: the number of the edge, that of the point, and the sign of the crossing.

    Rays lie a little beside each other, so that no vertex and no two crossings of an edge coincide."""
    start, end = loop, np.roll(loop, -1, axis=0)
    found = []
    for number, point in enumerate(points):
        below = start[:, 1] < point[1], end[:, 1] < point[1]
        edges = np.flatnonzero(below[0] != below[1])
        first, last = start[edges], end[edges]
        share = (point[1] - first[:, 1]) / (last[:, 1] - first[:, 1])
        ahead = first[:, 0] + share * (last[:, 0] - first[:, 0]) > point[0]
        signs = np.where(below[0][edges], 1, -1)
        found.append(np.stack([edges, np.full(len(edges), number), signs, share], axis=1)[ahead])
    rows = np.concatenate(found) if found else np.empty((0, 4))
    rows = rows[np.lexsort((rows[:, 3], rows[:, 0]))]
    edges, numbers, signs = (rows[:, column].astype(np.int64) for column in range(3))
    return edges, numbers, signs


def winding(loop: Floats, points: Floats) -> NDArray[np.int64]:
    """The winding numbers (h,) of a closed polygon (k, 2) about points (h, 2)."""
    _, numbers, signs = crossings(loop, points)
    return np.bincount(numbers, weights=signs, minlength=len(points)).astype(np.int64)


def apart(points: Floats) -> Floats:
    """The points, each moved by less than a ten thousandth so that no two have the same second coordinate and none
    has that of a centre or a corner of a square."""
    moved = points.copy()
    moved[:, 1] += 1e-4 * (np.arange(len(points)) + 1) / (len(points) + 1)
    return moved


def crossing_word(loop: Floats, points: Floats) -> Word:
    """The class of a closed polygon in the plane without some points: a freely reduced word, cyclically reduced too.

    The plane without points retracts to a graph whose edges cross the rays from the points, one each: the word of the
    signed crossings is the class, an element of the free group, up to conjugation (Cabello et al. 2004)."""
    _, numbers, signs = crossings(loop, points)
    return reduced([int((number + 1) * sign) for number, sign in zip(numbers, signs, strict=True)])


def reduced(letters: Sequence[int]) -> Word:
    """A word without a letter beside its inverse, its two ends counting as neighbours."""
    stack: list[int] = []
    for letter in letters:
        if stack and stack[-1] == -letter:
            stack.pop()
        else:
            stack.append(letter)
    while len(stack) > 1 and stack[0] == -stack[-1]:
        stack = stack[1:-1]
    return tuple(stack)

"""Point clouds: finite subsets of R^d, one point a row, freed from place and size before shapes are compared."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Cloud = NDArray[np.float64]


def normalised(cloud: NDArray[np.floating], normalise: Literal["rms", "none"]) -> Cloud | None:
    """A cloud (n, d) ready for comparison: `rms` moves its mean to 0 and the root mean square norm of its points to 1;
    `none` leaves it as it is.

    `rms` makes clouds that differ by a translation and a positive factor equal up to rounding. None where there is no
    shape to speak of: no point, a coordinate that is not finite or, for `rms`, all points equal. Two clouds without
    a shape do not agree.

    Raises `ValueError` where the array is not two-dimensional."""
    if cloud.ndim != 2:
        raise ValueError(f"a cloud has the shape (points, coordinates), found {cloud.shape}")
    points = np.asarray(cloud, dtype=np.float64)
    if len(points) == 0 or not np.isfinite(points).all():
        return None
    return points if normalise == "none" else _of_unit_size(points)


def _of_unit_size(points: Cloud) -> Cloud | None:
    """The points centred and divided by their root mean square norm; None where they are all equal.

    Differences from the first point come first: they vanish exactly where the points are equal, which differences
    from a rounded mean need not. Division by the largest coordinate keeps the squares within the floats' range."""
    largest = float(np.abs(points).max(initial=0.0))
    if largest == 0.0:
        return None
    moved = points / largest
    moved = moved - moved[0]
    spread = float(np.abs(moved).max(initial=0.0))
    if spread == 0.0:
        return None
    centred = moved / spread
    centred = centred - centred.mean(axis=0)
    size = float(np.sqrt(np.square(centred).sum(axis=1).mean()))
    unit: Cloud = centred / size
    return unit

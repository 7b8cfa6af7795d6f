"""Persistent homology of point clouds and distances of its diagrams, by gudhi and scipy.

A diagram is an array (k, 2) of bars (birth, death) in units of the cloud's distances; a death may be infinite.
Vietoris-Rips persistence comes from gudhi's fork of Ripser (MIT), the bottleneck distance from Hera (BSD), the
Wasserstein distance from scipy's linear assignment; gudhi's modules under the GPL are not used. Source: Bauer,
"Ripser", J. Appl. Comput. Topol. 5 (2021); Kerber, Morozov and Nigmetov, "Geometry helps to compare persistence
diagrams", JEA 22 (2017).
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from gudhi.hera import bottleneck_distance
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, pdist, squareform

Diagram = NDArray[np.float64]


@dataclass(frozen=True)
class Distance:
    """The distance of two diagrams, with the numbers of their bars off the diagonal, infinite ones included.

    `value` is infinite where the numbers of infinite bars differ."""

    value: float
    left_size: int
    right_size: int

    @property
    def bars(self) -> int:
        """The bars of both."""
        return self.left_size + self.right_size


def diagrams(cloud: NDArray[np.floating], degrees: Collection[int], cutoff: float = float("inf")) -> dict[int, Diagram]:
    """The Vietoris-Rips persistence diagrams of a cloud (n, d), by degree, over the scales up to `cutoff`: a simplex
    enters at the largest distance of its vertices. Coefficients are in the field of 11 elements.

    Bars are sorted. One infinite bar of degree 0, which every cloud has, is left out, and so are bars of length
    zero, hence points that coincide count once. Bars that outlive the cut-off are infinite. Moving every point by at
    most e moves each diagram by at most 2e in the bottleneck distance, where nothing is cut off.

    Raises `ValueError` for a cloud without points or with coordinates that are not finite, and for negative degrees.
    """
    points = np.asarray(cloud, dtype=np.float64)
    if points.ndim != 2 or len(points) == 0 or not np.isfinite(points).all():
        raise ValueError(f"a cloud needs points with finite coordinates, found an array of shape {points.shape}")
    found = rips(squareform(pdist(points)), degrees, cutoff)
    return {degree: _without_essential(bars) if degree == 0 else bars for degree, bars in found.items()}


def rips(distances: Diagram, degrees: Collection[int], cutoff: float = float("inf")) -> dict[int, Diagram]:
    """The persistence diagrams of the flag complexes of a symmetric matrix (n, n) of finite dissimilarities, as
    `diagrams` says, with the infinite bar of degree 0.

    In degrees 0 and 1 without edge collapse, which takes longer than what it saves. Raises `ValueError` for negative
    degrees."""
    # Here and not above: gudhi.sklearn imports scikit-learn, which takes a second that stored evidence need not pay.
    from gudhi.sklearn.rips_persistence import RipsPersistence

    wanted = sorted(set(degrees))
    if not wanted:
        return {}
    if wanted[0] < 0:
        raise ValueError(f"a degree of homology is at least 0, found {wanted[0]}")
    complexes = RipsPersistence(
        homology_dimensions=wanted, threshold=cutoff, input_type="full distance matrix", num_collapses="auto"
    )
    (found,) = complexes.fit_transform([distances])
    return {degree: _sorted(_off_diagonal(bars)) for degree, bars in zip(wanted, found, strict=True)}


def betti(cloud: NDArray[np.floating], degree: int, low: float, high: float) -> int:
    """The number of classes of a degree that live through all scales from `low` to `high`: the rank of the map from the
    homology of the Vietoris-Rips complex at `low` to that at `high`, over the field of 11 elements.

    Raises `ValueError` as `diagrams` does."""
    bars = diagrams(cloud, (degree,), high)[degree]
    return int(((bars[:, 0] <= low) & (bars[:, 1] > high)).sum()) + (degree == 0)


def bottleneck(left: Diagram, right: Diagram) -> Distance:
    """The bottleneck distance of two diagrams, exact up to rounding: the least over matchings, in which a bar may be
    matched with its midpoint at half its length, of the largest distance matched, in the maximum norm.

    Infinite bars are matched in the order of their births; where their numbers differ the distance is infinite.

    Raises `ValueError` for an array that is not (k, 2), a birth that is not finite or a death before its birth."""
    left, right = _off_diagonal(_checked(left)), _off_diagonal(_checked(right))
    value = max(_essential_distance(_births(left), _births(right)), _finite_distance(_finite(left), _finite(right)))
    return Distance(value, len(left), len(right))


def wasserstein(left: Diagram, right: Diagram, order: int, ground: float) -> Distance:
    """The Wasserstein distance of order p of two diagrams, exact up to rounding: the least over matchings, where bars
    may be matched with the nearest place on the diagonal, of (Σ c^p)^(1/p), c being the distance of what is matched in
    the norm of the plane of exponent `ground` (1, 2 or infinity).

    Infinite bars are matched in the order of their births; where their numbers differ the distance is infinite. What
    is under ε^(1/p) of the longest bar is lost in rounding, hence the orders 1 and 2 alone are spoken of.

    Raises `ValueError` as `bottleneck` does."""
    left, right = _off_diagonal(_checked(left)), _off_diagonal(_checked(right))
    births = _births(left), _births(right)
    sizes = len(left), len(right)
    if len(births[0]) != len(births[1]):
        return Distance(float("inf"), *sizes)
    moves = np.concatenate([np.abs(births[0] - births[1]), _moves(_finite(left), _finite(right), order, ground)])
    largest = float(moves.max(initial=0.0))
    value = largest * float(np.power(moves / largest, order).sum()) ** (1 / order) if largest > 0.0 else 0.0
    return Distance(value, *sizes)


def _moves(left: Diagram, right: Diagram, order: int, ground: float) -> Diagram:
    """What each bar of finite diagrams moves in the best matching, in units of the diagrams.

    A pair is worth matching by what it saves against matching both with the diagonal, so that the assignment is one of
    (k, l) and not of (k + l, k + l)."""
    to_diagonal = [_to_diagonal(bars, ground) for bars in (left, right)]
    unit = max((float(moves.max(initial=0.0)) for moves in to_diagonal), default=0.0)
    if unit == 0.0:
        return np.zeros(0)
    apart = cdist(left, right, "minkowski", p=ground) if np.isfinite(ground) else cdist(left, right, "chebyshev")
    alone = [np.power(moves / unit, order) for moves in to_diagonal]
    saved = np.minimum(np.power(apart / unit, order) - alone[0][:, None] - alone[1][None], 0.0)
    rows, columns = linear_sum_assignment(saved)
    worth = saved[rows, columns] < 0.0
    rows, columns = rows[worth], columns[worth]
    rest = [np.delete(moves, matched) for moves, matched in zip(to_diagonal, (rows, columns), strict=True)]
    return np.concatenate([apart[rows, columns], *rest])


def _to_diagonal(bars: Diagram, ground: float) -> Diagram:
    """The distance of each bar from the diagonal: half its length in each coordinate."""
    half = (bars[:, 1] - bars[:, 0]) / 2
    distance: Diagram = half * 2 ** (1 / ground) if np.isfinite(ground) else half
    return distance


def _checked(diagram: Diagram) -> Diagram:
    bars = np.asarray(diagram, dtype=np.float64)
    if bars.ndim != 2 or bars.shape[1] != 2:
        raise ValueError(f"a diagram has the shape (bars, 2), found {bars.shape}")
    if not (np.isfinite(bars[:, 0]).all() and (bars[:, 0] <= bars[:, 1]).all()):
        raise ValueError("a bar has a finite birth and a death no earlier")
    return bars


def _off_diagonal(bars: Diagram) -> Diagram:
    return bars[bars[:, 0] < bars[:, 1]]


def _sorted(bars: Diagram) -> Diagram:
    return bars[np.lexsort((bars[:, 1], bars[:, 0]))]


def _without_essential(bars: Diagram) -> Diagram:
    """Degree 0 without its one infinite bar, the last in order: all are born at 0."""
    return bars[:-1]


def _finite(bars: Diagram) -> Diagram:
    return bars[np.isfinite(bars[:, 1])]


def _births(bars: Diagram) -> Diagram:
    return np.sort(bars[np.isinf(bars[:, 1]), 0])


def _essential_distance(left: Diagram, right: Diagram) -> float:
    """The largest difference of sorted births, infinite where the numbers differ."""
    if len(left) != len(right):
        return float("inf")
    return float(np.abs(left - right).max(initial=0.0))


def _finite_distance(left: Diagram, right: Diagram) -> float:
    """Hera's distance of finite diagrams, exact for `delta = 0`.

    Hera answers 0 for distances below 1e-10 (gudhi 3.13.0). So the diagrams are first scaled by a power of two, which
    changes no digit, until their largest coordinate is near 2^100."""
    largest = max(float(np.abs(left).max(initial=0.0)), float(np.abs(right).max(initial=0.0)))
    if largest == 0.0:
        return 0.0
    exponent = 100 - int(np.frexp(largest)[1])
    scaled = float(bottleneck_distance(np.ldexp(left, exponent), np.ldexp(right, exponent), delta=0.0))
    return float(np.ldexp(scaled, -exponent))

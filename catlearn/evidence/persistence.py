"""Persistent homology of point clouds and the distance of its diagrams, by gudhi.

A diagram is an array (k, 2) of bars (birth, death) in units of the cloud's distances; a death may be infinite.
Vietoris-Rips persistence comes from gudhi's fork of Ripser (MIT), distances from Hera (BSD); gudhi's modules under
the GPL are not used. Source: Bauer, "Ripser", J. Appl. Comput. Topol. 5 (2021); Kerber, Morozov and Nigmetov,
"Geometry helps to compare persistence diagrams", JEA 22 (2017).
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from gudhi.hera import bottleneck_distance
from numpy.typing import NDArray

Diagram = NDArray[np.float64]


@dataclass(frozen=True)
class Distance:
    """The distance of two diagrams, with the numbers of their bars off the diagonal, infinite ones included.

    `value` is infinite where the numbers of infinite bars differ."""

    value: float
    left_size: int
    right_size: int


def diagrams(cloud: NDArray[np.floating], degrees: Collection[int]) -> dict[int, Diagram]:
    """The Vietoris-Rips persistence diagrams of a cloud (n, d), by degree, over all scales: a simplex enters at the
    largest distance of its vertices. Coefficients are in the field of 11 elements.

    Bars are sorted. The one infinite bar of degree 0, which every cloud has, is left out, and so are bars of length
    zero, hence points that coincide count once. Moving every point by at most e moves each diagram by at most 2e in
    the bottleneck distance.

    Raises `ValueError` for a cloud without points or with coordinates that are not finite, and for negative degrees.
    """
    # Here and not above: gudhi.sklearn imports scikit-learn, which takes a second that stored evidence need not pay.
    from gudhi.sklearn.rips_persistence import RipsPersistence

    points = np.asarray(cloud, dtype=np.float64)
    if points.ndim != 2 or len(points) == 0 or not np.isfinite(points).all():
        raise ValueError(f"a cloud needs points with finite coordinates, found an array of shape {points.shape}")
    wanted = sorted(set(degrees))
    if not wanted:
        return {}
    if wanted[0] < 0:
        raise ValueError(f"a degree of homology is at least 0, found {wanted[0]}")
    (found,) = RipsPersistence(homology_dimensions=wanted).fit_transform([points])
    sorted_bars = {degree: _sorted(_off_diagonal(bars)) for degree, bars in zip(wanted, found, strict=True)}
    return {degree: _without_essential(bars) if degree == 0 else bars for degree, bars in sorted_bars.items()}


def bottleneck(left: Diagram, right: Diagram) -> Distance:
    """The bottleneck distance of two diagrams, exact up to rounding: the least over matchings, in which a bar may be
    matched with its midpoint at half its length, of the largest distance matched, in the maximum norm.

    Infinite bars are matched in the order of their births; where their numbers differ the distance is infinite.

    Raises `ValueError` for an array that is not (k, 2), a birth that is not finite or a death before its birth."""
    left, right = _off_diagonal(_checked(left)), _off_diagonal(_checked(right))
    value = max(_essential_distance(_births(left), _births(right)), _finite_distance(_finite(left), _finite(right)))
    return Distance(value, len(left), len(right))


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

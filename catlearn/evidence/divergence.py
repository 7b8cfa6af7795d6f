"""Representation topology divergence: how the topology of two clouds differs whose points correspond.

Barannikov, Trofimov, Balabin and Burnaev, "Representation Topology Divergence: A Method for Comparing Neural Network
Representations", ICML 2022 (arXiv:2201.00058).
"""

from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np
from scipy.spatial.distance import pdist, squareform

from catlearn.evidence.cloud import Cloud
from catlearn.evidence.persistence import Diagram, rips

QUANTILE = 0.9
"""The quantile of a cloud's distances that is its unit, as in the paper."""


def distances(cloud: Cloud, unit: Literal["quantile", "cloud"]) -> Diagram | None:
    """The distances (n, n) of the points of a cloud: in units of their 0.9-quantile, zeros on the diagonal and both
    halves counted, as the authors' code has it, or of the cloud. None where the unit is 0: most points coincide."""
    apart: Diagram = squareform(pdist(cloud))
    scale = float(np.quantile(apart, QUANTILE)) if unit == "quantile" else 1.0
    return apart / scale if scale > 0.0 else None


def cross_barcodes(left: Diagram, right: Diagram, degrees: Collection[int]) -> Mapping[int, Diagram]:
    """The R-cross-barcodes by degree of two matrices (n, n) of distances: those of the flag complexes of 2n points, of
    which n coincide, that compare the complexes of `left` with those of the smaller of both distances.

    A bar of degree k + 1 is a class of degree k of `left` that is gone in the union of both complexes, or one of degree
    k + 1 of the union that `left` lacks. Both barcodes are empty where the matrices are equal."""
    blocks = [[np.zeros_like(left), left], [left, np.minimum(left, right)]]
    return rips(np.block(blocks), degrees)


def divergence(left: Diagram, right: Diagram, degrees: Collection[int]) -> float:
    """RTD of two matrices of distances: the mean of the total lengths of the cross-barcodes in the two directions; of
    several degrees the largest. It is symmetric and 0 for equal matrices; other matrices can have 0 too."""
    both = cross_barcodes(left, right, degrees), cross_barcodes(right, left, degrees)
    return max(sum(_length(bars[degree]) for bars in both) / 2 for degree in degrees)


def _length(bars: Diagram) -> float:
    """The total length of the bars that end."""
    ends = bars[np.isfinite(bars[:, 1])]
    return float((ends[:, 1] - ends[:, 0]).sum())

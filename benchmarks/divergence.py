"""Representation topology divergence against the two Vietoris-Rips computations that it needs."""

import numpy as np

from benchmarks.harness import Figure, ratios, row, timed
from catlearn.evidence.cloud import Cloud
from catlearn.evidence.divergence import distances, divergence
from catlearn.evidence.persistence import Diagram, rips

POINTS, COORDINATES, REPEATS = 1000, 2, 2


@row(
    "divergence",
    "RTD of two clouds of 1,000 points against its two Rips computations by gudhi's fork of Ripser, in degree 1",
    at_most=1.2,
    bound="1: the computations themselves",
)
def against_its_complexes() -> Figure:
    """The time of a divergence from the points on, divided by that of persistent homology of its two matrices."""
    left, right = np.random.default_rng(7).random((2, POINTS, COORDINATES))
    apart = _distances(left, right)
    least = np.minimum(*apart)
    doubled = [np.block([[np.zeros_like(one), one], [one, least]]) for one in apart]

    def whole() -> None:
        divergence(*_distances(left, right), (1,))

    def complexes() -> None:
        for matrix in doubled:
            rips(matrix, (1,))

    taken = [(timed(whole), timed(complexes)) for _ in range(REPEATS)]
    found = ratios([one for one, _ in taken], [other for _, other in taken])
    return Figure(found, f"{min(other for _, other in taken):.0f} s of the two computations")


def _distances(left: Cloud, right: Cloud) -> tuple[Diagram, Diagram]:
    """The matrices of two clouds in units of their quantiles.

    Raises `ValueError` where one has no unit."""
    first, second = distances(left, "quantile"), distances(right, "quantile")
    if first is None or second is None:
        raise ValueError("a cloud most of whose points coincide")
    return first, second

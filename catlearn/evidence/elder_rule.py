"""The elder rule of persistent homology in degree 0: where two groups are joined, the bar of the younger one dies.

Source: Edelsbrunner and Harer, "Computational topology" (2010), VII.1.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.cluster.hierarchy import DisjointSet


class Merge(NamedTuple):
    """A level at which two things, by their places, are joined."""

    level: float
    left: int
    right: int


def deaths(births: Sequence[float], merges: Iterable[Merge]) -> list[float]:
    """The death of the bar of each thing, infinite where no merge joins it to one born before; of things born at one
    level the first is the elder."""
    groups: DisjointSet = DisjointSet(range(len(births)))
    found = [np.inf] * len(births)

    def age(place: int) -> tuple[float, int]:
        return births[place], place

    for merge in sorted(merges):
        elders = [min(groups.subset(place), key=age) for place in merge[1:]]
        if groups.merge(merge.left, merge.right):
            younger = max(elders, key=age)
            found[younger] = max(merge.level, births[younger])
    return found

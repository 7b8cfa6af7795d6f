"""Measures of two clouds of different seeds, beside which those of one seed are held.

Pairs grow with the square of the number of seeds, so that only so many seeds are paired. Which ones, depends on each
seed alone: further seeds change little of it.
"""

from collections.abc import Callable, Sequence

from catlearn.evidence.documents import OtherSeeds
from catlearn.network.randomness import generator

MOST = 16
MOST_IN_HOMOLOGY = 8
"""The most seeds that are paired with each other; a pair costs more where homology is computed of it."""

OF_HOMOLOGY = frozenset({"bottleneck", "wasserstein", "rtd"})


def drawn(measures: Sequence[str], seeds: Sequence[int]) -> tuple[int, ...]:
    """The seeds that are paired with each other to compare what some measures say, in their order."""
    most = MOST_IN_HOMOLOGY if OF_HOMOLOGY.intersection(measures) else MOST
    chosen = sorted(seeds, key=lambda seed: generator("pairs of different seeds", seed).initial_seed())[:most]
    return tuple(seed for seed in seeds if seed in chosen)


def of_pairs(seeds: Sequence[int], available: int, value: Callable[[int, int], float | None]) -> OtherSeeds | None:
    """The values of all pairs of seeds, a first cloud of the one and a second of the other; None without two seeds."""
    if len(seeds) < 2:
        return None
    values = tuple(tuple(value(first, second) for second in seeds) for first in seeds)
    return OtherSeeds(seeds=tuple(seeds), available=available, values=values)

"""Slow, plain answers to compare with: persistence by reduction of the boundary matrix, the bottleneck distance by
trying every candidate, and clouds of known topology."""

from collections import defaultdict
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

Array = NDArray[np.float64]


def reduced_diagrams(cloud: Array, top: int) -> dict[int, Array]:
    """Vietoris-Rips diagrams in degrees 0 to `top` over the field of two elements, bars of length zero and the one
    infinite bar of degree 0 left out: the textbook reduction of the whole boundary matrix."""
    distance = np.linalg.norm(cloud[:, None] - cloud[None], axis=2)
    simplices = [
        (max((distance[i, j] for i, j in combinations(simplex, 2)), default=0.0), len(simplex) - 1, simplex)
        for size in range(1, top + 3)
        for simplex in combinations(range(len(cloud)), size)
    ]
    simplices.sort()
    position = {simplex: place for place, (_, _, simplex) in enumerate(simplices)}
    bars: dict[int, list[tuple[float, float]]] = defaultdict(list)
    reduced: dict[int, set[int]] = {}
    for time, dimension, simplex in simplices:
        column = {position[face] for face in combinations(simplex, dimension)} if dimension else set()
        while column and max(column) in reduced:
            column ^= reduced[max(column)]
        if column:
            reduced[max(column)] = column
            birth, degree, _ = simplices[max(column)]
            if birth < time:
                bars[degree].append((birth, time))
    return {degree: np.array(sorted(bars[degree]), dtype=float).reshape(-1, 2) for degree in range(top + 1)}


def slow_bottleneck(left: Array, right: Array) -> float:
    """The bottleneck distance of finite diagrams: the least candidate for which a perfect matching exists."""
    n, m = len(left), len(right)
    if n + m == 0:
        return 0.0
    cost = np.zeros((n + m, n + m))
    cost[:n, :m] = np.abs(left[:, None] - right[None]).max(axis=2)
    cost[:n, m:] = ((left[:, 1] - left[:, 0]) / 2)[:, None]
    cost[n:, :m] = ((right[:, 1] - right[:, 0]) / 2)[None]
    candidates = np.unique(cost)
    low, high = 0, len(candidates) - 1
    while low < high:
        middle = (low + high) // 2
        allowed = csr_matrix((cost <= candidates[middle]).astype(np.int8))
        if (maximum_bipartite_matching(allowed) >= 0).all():
            high = middle
        else:
            low = middle + 1
    return float(candidates[low])


def betti(diagram: Array, low: float, high: float) -> int:
    """The number of bars that live throughout the scales from `low` to `high`."""
    return int(((diagram[:, 0] <= low) & (diagram[:, 1] > high)).sum())


def circle(n: int, radius: float = 1.0) -> Array:
    angle = 2 * np.pi * np.arange(n) / n
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def sphere(n: int) -> Array:
    """Points spread evenly over the unit sphere along a golden spiral."""
    height = 1 - (2 * np.arange(n) + 1) / n
    angle = np.pi * (1 + np.sqrt(5)) * np.arange(n)
    across = np.sqrt(1 - height**2)
    return np.stack([across * np.cos(angle), across * np.sin(angle), height], axis=1)


def torus(n: int) -> Array:
    """The flat torus in R^4, n by n points."""
    ring = circle(n)
    return np.concatenate([np.repeat(ring, n, axis=0), np.tile(ring, (n, 1))], axis=1)

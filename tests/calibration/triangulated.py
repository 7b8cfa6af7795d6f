"""Random triangulated grids of up to 25 vertices, decided by the oracle of DESIGN 4.

The loss is linear on each triangle of a grid whose squares are cut along one diagonal. Paths along edges are joined
when one is the other without an end, or without the middle vertex of a triangle; shrinking the one to the other, widths
do not exceed the larger of both, since a rise is convex in the values. The least maximum of widths on a way from run to
run, by Kruskal's algorithm, bounds the height from above. Own widths and the levels at which ends are joined in the
graph of all vertices, which for such a loss are those of the whole grid, bound it from below.
"""

from collections.abc import Iterator
from itertools import product

import networkx as nx
import numpy as np

from tests.calibration.case import Case, asked_near, written

Vertex = tuple[int, int]
Way = tuple[Vertex, ...]
Values = dict[Vertex, float]

WIDEST = 0.3
"""Paths wider than this are not enumerated."""

MOST = 12_000
"""No grid with more paths than this is taken."""


def triangulated(random: np.random.Generator) -> Case:
    """Two paths along edges of a grid of 3 to 5 vertices a side on a rough slope."""
    while True:
        size = (int(random.integers(3, 6)), int(random.integers(3, 6)))
        values = {
            vertex: round(float(-0.35 * vertex[0] + random.uniform(-0.5, 0.5)), 6)
            for vertex in product(range(size[0]), range(size[1]))
        }
        graph = _grid(size)
        high, low = (round(level, 6) for level in (_edge(values, 0, max), _edge(values, size[0] - 1, min)))
        if high - low < 1.0:
            continue
        widths = _paths(graph, values, high, low)
        narrow = [path for path, width in widths.items() if width < 0.12]
        if len(narrow) < 2 or len(widths) > MOST:
            continue
        left, right = (narrow[int(place)] for place in random.choice(len(narrow), 2, replace=False))
        least = _least(graph, values, (high, low), left, right)
        most = _joined_at(graph, widths, left, right)
        near = most if np.isfinite(most) else WIDEST
        return Case(
            "triangulated",
            "dihomotopy",
            " + ".join(f"({written(value)}) * {_hat(*vertex)}" for vertex, value in values.items()),
            f"[0, {size[0] - 1}] * [0, {size[1] - 1}]",
            [list(map(float, vertex)) for vertex in left],
            [list(map(float, vertex)) for vertex in right],
            max(least, widths[left], widths[right]),
            asked_near(random, near, 0.2),
            (high, low),
            1e-6,
            max(most, least),
        )


def _edge(values: Values, column: int, chosen) -> float:
    return float(chosen(value for (x, _), value in values.items() if x == column))


def _grid(size: tuple[int, int]) -> nx.Graph:
    """The edges of a grid and one diagonal of each square."""
    graph = nx.grid_2d_graph(*size)
    graph.add_edges_from(((x, y), (x + 1, y + 1)) for x, y in product(range(size[0] - 1), range(size[1] - 1)))
    return graph


def _hat(x: int, y: int) -> str:
    """1 at a vertex, 0 at all others, linear on each triangle."""
    return f"max(0, 1 - max(max(abs(x - {x}), abs(y - {y})), abs(x - y - ({x - y}))))"


def width(losses: list[float], high: float, low: float) -> float:
    """The width of a polyline with these losses at its vertices, by a plain loop."""
    rises = [later - before for place, before in enumerate(losses) for later in losses[place:]]
    return max(0.0, *rises, high - losses[0], losses[-1] - low)


def _paths(graph: nx.Graph, values: Values, high: float, low: float) -> dict[Way, float]:
    """All simple paths along edges, as far as `MOST` goes, with their widths where these are at most `WIDEST`."""
    found: dict[Way, float] = {}
    for start in graph:
        if values[start] < high - WIDEST:
            continue
        for path in _onwards(graph, values, (start,), values[start]):
            if values[path[-1]] <= low + WIDEST:
                found[path] = width([values[vertex] for vertex in path], high, low)
            if len(found) > MOST:
                return found
    return found


def _onwards(graph: nx.Graph, values: Values, path: Way, lowest: float) -> Iterator[Way]:
    """The simple paths that continue a path without rising by more than `WIDEST`."""
    yield path
    for following in graph[path[-1]]:
        if following not in path and values[following] - lowest <= WIDEST:
            yield from _onwards(graph, values, (*path, following), min(lowest, values[following]))


def _joined_at(graph: nx.Graph, widths: dict[Way, float], left: Way, right: Way) -> float:
    """The least level at which elementary moves join two paths; infinite where they do not."""
    moves = []
    for path, own in widths.items():
        shorter = [path[1:], path[:-1]]
        shorter += [
            path[:place] + path[place + 1 :]
            for place in range(1, len(path) - 1)
            if graph.has_edge(path[place - 1], path[place + 1])
        ]
        moves += [(max(own, widths[other]), path, other) for other in shorter if other in widths]
    sets = nx.utils.UnionFind(widths)
    for level, path, other in sorted(moves, key=lambda move: move[0]):
        sets.union(path, other)
        if sets[left] == sets[right]:
            return max(level, widths[left], widths[right])
    return float("inf")


def _least(graph: nx.Graph, values: Values, levels: tuple[float, float], left: Way, right: Way) -> float:
    """A lower bound of the height: starts are joined above high - slack, and ends below low + slack."""
    high, low = levels
    ends = _merge(graph, values, left[-1], right[-1]) - low
    starts = high + _merge(graph, {vertex: -value for vertex, value in values.items()}, left[0], right[0])
    return max(0.0, ends, starts)


def _merge(graph: nx.Graph, values: Values, first: Vertex, second: Vertex) -> float:
    """The least level at which the vertices at most that high join two of them."""
    for level in sorted(values.values()):
        below = graph.subgraph(vertex for vertex in graph if values[vertex] <= level)
        if first in below and second in below and nx.has_path(below, first, second):
            return level
    raise AssertionError("a grid is connected")

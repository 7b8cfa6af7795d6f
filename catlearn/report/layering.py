"""Layered drawing of a directed graph from left to right (K. Sugiyama, S. Tagawa, M. Toda, 1981).

Nodes stand in even layers, and every edge passes through a place of its own in each layer between its ends, so that
parallel edges separate and every edge has a place for its name. Edges of a cycle that point backwards are drawn
against their direction; loops are left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from random import Random

_SWEEPS = 12
_ATTEMPTS = 60
_MOST_EDGES = 40

Vertex = tuple[str, int]
"""A node as (name, -1), or the place of an edge in a layer as (name, layer)."""


@dataclass(frozen=True)
class Edge:
    """A named edge between two nodes."""

    name: str
    source: str
    target: str


@dataclass(frozen=True)
class Layout:
    """Places as (layer, row): layers count from 0, rows are real.

    `routes` gives for each edge its places from source to target, both included."""

    nodes: Mapping[str, tuple[float, float]]
    routes: Mapping[str, Sequence[tuple[float, float]]]

    @property
    def layers(self) -> float:
        """The last layer."""
        return max((layer for layer, _ in self.nodes.values()), default=0)

    @property
    def rows(self) -> tuple[float, float]:
        """The first and the last row."""
        rows = [row for places in (self.nodes.values(), *self.routes.values()) for _, row in places]
        return min(rows, default=0.0), max(rows, default=0.0)


def _finished(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """When a depth-first search leaves each node: earlier for a successor, but for edges that close a cycle."""
    following: dict[str, list[str]] = {node: [] for node in nodes}
    for edge in edges:
        following[edge.source].append(edge.target)
    seen: set[str] = set()
    finished: dict[str, int] = {}
    for root in nodes:
        stack = [(root, iter(following[root]))] if root not in seen else []
        seen.add(root)
        while stack:
            node, successors = stack[-1]
            successor = next((found for found in successors if found not in seen), None)
            if successor is None:
                finished[node] = len(finished)
                stack.pop()
            else:
                seen.add(successor)
                stack.append((successor, iter(following[successor])))
    return finished


def _layers(nodes: Sequence[str], drawn: Mapping[str, tuple[str, str]]) -> dict[str, int]:
    """Even layers by the longest path; ends stand in the last one."""
    layers = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for source, target in drawn.values():
            layers[target] = max(layers[target], layers[source] + 2)
    sources, targets = {ends[0] for ends in drawn.values()}, {ends[1] for ends in drawn.values()}
    last = max(layers.values(), default=0)
    return {node: last if node in targets - sources else layer for node, layer in layers.items()}


def _chain(name: str, ends: tuple[str, str], layers: Mapping[str, int]) -> list[Vertex]:
    between = range(layers[ends[0]] + 1, layers[ends[1]])
    return [(ends[0], -1), *((name, layer) for layer in between), (ends[1], -1)]


def _columns(layers: Mapping[str, int], chains: Iterable[Sequence[Vertex]]) -> list[list[Vertex]]:
    columns: list[list[Vertex]] = [[] for _ in range(max(layers.values(), default=0) + 1)]
    for node, layer in layers.items():
        columns[layer].append((node, -1))
    for chain in chains:
        for vertex in chain[1:-1]:
            columns[vertex[1]].append(vertex)
    return columns


def _neighbours(chains: Iterable[Sequence[Vertex]]) -> dict[Vertex, list[Vertex]]:
    neighbours: dict[Vertex, list[Vertex]] = {}
    for chain in chains:
        for first, second in pairwise(chain):
            neighbours.setdefault(first, []).append(second)
            neighbours.setdefault(second, []).append(first)
    return neighbours


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _separated(wanted: Sequence[float]) -> list[float]:
    """The rows nearest to those wanted, in the least squares, that keep their order one row apart.

    Isotonic regression by pooling adjacent violators (Ayer et al., 1955)."""
    pools: list[tuple[float, int]] = []
    for index, row in enumerate(wanted):
        mean, size = row - index, 1
        while pools and pools[-1][0] > mean:
            earlier, count = pools.pop()
            mean, size = (mean * size + earlier * count) / (size + count), size + count
        pools.append((mean, size))
    flat = [mean for mean, size in pools for _ in range(size)]
    return [row + index for index, row in enumerate(flat)]


def _sweep(columns: Sequence[list[Vertex]], near: Mapping[Vertex, list[Vertex]], rows: dict[Vertex, float]) -> None:
    for column in columns:
        wanted = {vertex: _mean([rows[other] for other in near.get(vertex, [])], rows[vertex]) for vertex in column}
        column.sort(key=lambda vertex: (wanted[vertex], rows[vertex]))
        rows.update(zip(column, _separated([wanted[vertex] for vertex in column]), strict=True))


def _rows(columns: list[list[Vertex]], near: Mapping[Vertex, list[Vertex]]) -> dict[Vertex, float]:
    rows = {vertex: index - (len(column) - 1) / 2 for column in columns for index, vertex in enumerate(column)}
    for _ in range(_SWEEPS):
        _sweep(columns, near, rows)
        _sweep(columns[::-1], near, rows)
    middle = (min(rows.values(), default=0.0) + max(rows.values(), default=0.0)) / 2
    return {vertex: round(row - middle, 3) for vertex, row in rows.items()}


def _directed(edges: Sequence[Edge], finished: Mapping[str, int]) -> Iterator[tuple[str, tuple[str, str]]]:
    for edge in edges:
        forward = finished[edge.source] > finished[edge.target]
        yield edge.name, (edge.source, edge.target) if forward else (edge.target, edge.source)


def _layered(nodes: Sequence[str], edges: Sequence[Edge]) -> Layout:
    proper = [edge for edge in edges if edge.source != edge.target]
    drawn = dict(_directed(proper, _finished(nodes, proper)))
    layers = _layers(nodes, drawn)
    chains = {name: _chain(name, ends, layers) for name, ends in drawn.items()}
    rows = _rows(_columns(layers, chains.values()), _neighbours(chains.values()))
    routes = {}
    for edge in proper:
        chain = chains[edge.name] if drawn[edge.name] == (edge.source, edge.target) else chains[edge.name][::-1]
        routes[edge.name] = [(layers[name] if layer < 0 else layer, rows[name, layer]) for name, layer in chain]
    return Layout({node: (layers[node], rows[node, -1]) for node in nodes}, routes)


def _backward(layout: Layout) -> int:
    return sum(route[0][0] > route[-1][0] for route in layout.routes.values())


def _crossings(layout: Layout) -> int:
    pieces = [piece for route in layout.routes.values() for piece in pairwise(sorted(route))]
    met = (
        (first[0][1] - second[0][1]) * (first[1][1] - second[1][1]) < -1e-6
        for first, second in combinations(pieces, 2)
        if first[0][0] == second[0][0]
    )
    return sum(met)


def _apart(layout: Layout, pairs: Iterable[tuple[str, str]]) -> float:
    middles = {name: route[len(route) // 2][1] for name, route in layout.routes.items()}
    return sum(abs(middles[first] - middles[second]) for first, second in pairs)


def _orders(edges: Sequence[Edge]) -> Iterator[Sequence[Edge]]:
    if len(edges) > _MOST_EDGES:
        yield edges
    elif len(edges) <= 4:
        yield from permutations(edges)
    else:
        shuffled = Random(0)
        yield from (shuffled.sample(edges, len(edges)) for _ in range(_ATTEMPTS))


def _as_met(nodes: Sequence[str], edges: Sequence[Edge]) -> Sequence[str]:
    return list(dict.fromkeys([*(end for edge in edges for end in (edge.source, edge.target)), *nodes]))


def layered(nodes: Sequence[str], edges: Sequence[Edge], pairs: Sequence[tuple[str, str]] = ()) -> Layout:
    """The drawing of a graph whose edges have different names, with few that point backwards, few crossings, and the
    edges of each of some pairs near each other: the best of a bounded number of orders, the same at every call."""
    return min(
        (_layered(_as_met(nodes, order), order) for order in _orders(edges)),
        key=lambda layout: (_backward(layout), _crossings(layout), round(_apart(layout, pairs), 3)),
    )

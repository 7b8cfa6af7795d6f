"""The loss barcode of the ends of runs: at which level each of them joins a lower one (DESIGN 4).

By the elder rule the bar of an end is born at its loss and dies where its component of {L <= level} first holds a lower
end; the lowest end's bar never dies. This is the barcode of Barannikov et al. ("Topological obstructions in neural
networks learning", 2020) over the minima that were found. On a grid both bounds of each cell give the tree in which
cells join, by a minimum spanning tree, and so an interval for each death. Elsewhere the paths that were found bound
deaths from above, and nothing does from below but the end's own loss.
"""

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from scipy import sparse
from scipy.cluster.hierarchy import DisjointSet
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from catlearn.evidence.cells import Cell, Cells, touching_pairs, trail
from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import ConnectionFinding, EndBar, Member
from catlearn.evidence.elder_rule import Merge, deaths
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import domain_of


def grid_merges(levels: Floats, cells: Sequence[Cell]) -> list[Merge]:
    """The merges of some cells of a grid, each with the least level at which touching cells at most that high join
    them: a spanning tree of theirs."""
    numbers = np.arange(levels.size).reshape(levels.shape)
    shifts = [shift for shift in product((-1, 0, 1), repeat=levels.ndim) if shift > (0,) * levels.ndim]
    rows, columns = (np.concatenate(ends) for ends in zip(*(touching_pairs(numbers, by) for by in shifts), strict=True))
    flat = levels.ravel()
    _, ranks = np.unique(np.maximum(flat[rows], flat[columns]), return_inverse=True)
    weights = ranks + 1.0  # an edge of weight 0 would be none
    graph = sparse.coo_array((weights, (rows, columns)), shape=(levels.size, levels.size))
    places = [int(numbers[cell]) for cell in cells]
    shared = [Merge(float(flat[place]), places.index(place), end) for end, place in enumerate(places)]
    ways = _ways(minimum_spanning_tree(graph.tocsr()), places)
    edges = ((float(max(flat[one], flat[other])), one, other) for one, other in ways)
    return [merge for merge in shared if merge.left != merge.right] + _contracted(edges, places)


def _ways(tree: sparse.csr_array, vertices: Sequence[int]) -> list[tuple[int, int]]:
    """The edges of a tree on its ways from some vertices to the first of them."""
    _, before = breadth_first_order(tree, vertices[0], directed=False)
    passed = {vertices[0]}
    for vertex in vertices:
        while vertex not in passed:
            passed.add(vertex)
            vertex = int(before[vertex])
    return [(vertex, int(before[vertex])) for vertex in passed - {vertices[0]}]


def _contracted(edges: Iterable[tuple[float, int, int]], vertices: Sequence[int]) -> list[Merge]:
    """The merges of some vertices along the edges of a tree, each edge a level and the two that it joins."""
    ordered = sorted(edges)
    groups: DisjointSet = DisjointSet({*vertices, *(vertex for edge in ordered for vertex in edge[1:])})
    holds = {vertex: vertices.index(vertex) for vertex in vertices}
    merges = []
    for level, one, other in ordered:
        held = [holds[root] for root in (groups[one], groups[other]) if root in holds]
        groups.merge(one, other)
        if held:
            holds[groups[one]] = held[0]
        if len(held) == 2:
            merges.append(Merge(level, held[0], held[1]))
    return merges


def end_bars(model: Model, pairs: Sequence[ConnectionFinding]) -> tuple[EndBar, ...]:
    """The loss barcode of the ends of all runs of some findings, elders first."""
    losses = {member: loss for pair in pairs for member, loss in zip((pair.left, pair.right), pair.losses, strict=True)}
    ends = sorted(losses, key=lambda member: (losses[member], member.seed, member.name))
    if not ends:
        return ()
    births = [losses[member] for member in ends]
    domain = domain_of(model, ends[0].job)
    if domain is None:
        least, most = births, deaths(births, _found(pairs, ends))
    else:
        cells = [_cell(model, domain, member) for member in ends]
        least, most = (deaths(births, grid_merges(levels, cells)) for levels in (domain.low, domain.high))
    return tuple(
        EndBar(member=member, birth=birth, least=low if place else None, most=high if np.isfinite(high) else None)
        for place, (member, birth, low, high) in enumerate(zip(ends, births, least, most, strict=True))
    )


def _cell(model: Model, domain: Cells, member: Member) -> Cell:
    end = model.points(member)[-1:].numpy()
    return tuple(trail(domain, end).cells[0].tolist())


def _found(pairs: Sequence[ConnectionFinding], ends: Sequence[Member]) -> list[Merge]:
    """The merges that the paths of some findings show."""
    places = {member: place for place, member in enumerate(ends)}
    return [
        Merge(pair.height.bound, places[pair.left], places[pair.right]) for pair in pairs if pair.left != pair.right
    ]

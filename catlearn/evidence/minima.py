"""The loss barcode of the ends of runs: at which level each of them joins a lower one (DESIGN 4).

By the elder rule the bar of an end is born at its loss and dies where its component of {L <= level} first holds a lower
end; the lowest end's bar never dies. This is the barcode of Barannikov et al. ("Topological obstructions in neural
networks learning", 2020) over the minima that were found. On a grid both bounds of each cell give the tree in which
cells join, by a minimum spanning tree, and so an interval for each death. Elsewhere the paths that were found bound
deaths from above, and nothing does from below but the end's own loss.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.cluster.hierarchy import DisjointSet
from scipy.sparse.csgraph import minimum_spanning_tree

from catlearn.evidence.cells import Cell, Cells, touching_pairs, trail
from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import ConnectionFinding, EndBar, Member
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import domain_of


class Merge(NamedTuple):
    """A level at which two ends, by their places, are joined."""

    level: float
    left: int
    right: int


def deaths(births: Sequence[float], merges: Iterable[Merge]) -> list[float]:
    """The death of the bar of each end by the elder rule, infinite where no merge joins it to one born before; of ends
    born at one level the first is the elder."""
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


def grid_merges(levels: Floats, cells: Sequence[Cell]) -> list[Merge]:
    """The merges of some cells of a grid, each with the least level at which touching cells at most that high join
    them: a spanning tree of theirs."""
    numbers = np.arange(levels.size).reshape(levels.shape)
    shifts = [shift for shift in product((-1, 0, 1), repeat=levels.ndim) if shift > (0,) * levels.ndim]
    rows, columns = (np.concatenate(ends) for ends in zip(*(touching_pairs(numbers, by) for by in shifts), strict=True))
    flat = levels.ravel()
    known, ranks = np.unique(np.maximum(flat[rows], flat[columns]), return_inverse=True)
    weights = ranks + 1.0  # an edge of weight 0 would be none
    graph = sparse.coo_array((weights, (rows, columns)), shape=(levels.size, levels.size))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    places = [int(numbers[cell]) for cell in cells]
    merges = [Merge(float(flat[place]), places.index(place), end) for end, place in enumerate(places)]
    holds = {place: end for end, place in reversed(list(enumerate(places)))}
    return [merge for merge in merges if merge.left != merge.right] + _contracted(tree, known, holds)


def _contracted(tree: sparse.coo_array, known: Floats, holds: dict[int, int]) -> list[Merge]:
    """The merges of the vertices in `holds`, by number, along a spanning tree whose edges have ranks from 1."""
    parents = list(range(tree.shape[0]))
    merges = []

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    edges = zip(tree.data.tolist(), tree.row.tolist(), tree.col.tolist(), strict=True)
    for rank, one, other in sorted(edges):
        first, second = root(one), root(other)
        parents[second] = first
        if first in holds and second in holds:
            merges.append(Merge(float(known[int(rank) - 1]), holds[first], holds[second]))
        elif second in holds:
            holds[first] = holds[second]
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

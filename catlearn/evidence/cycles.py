"""First homology of unions of cubes with parts of them coned off, and fill levels of loops, by gudhi.

Cubes are triangulated by the order of their corners (Freudenthal 1942): a simplex is a chain of corners, each reached
from the one before by steps along some axes, so that neighbouring cubes agree on their common face. Only simplices up
to triangles matter for loops. A loop becomes a circle of its own, older than all else, with a cylinder to its image:
being the oldest, its class has the one bar of dimension 1 that begins there, which ends where the class is 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product
from math import prod

import gudhi
import numpy as np
from numpy.typing import NDArray

from catlearn.evidence.descent import Floats

FIELDS = (2, 3, 11)
"""Fields over which homology is taken: a winding that the characteristic divides is not seen."""

Path = tuple[Floats, NDArray[np.int64]]
"""A polyline cut where it passes from cube to cube (parts + 1, d), with the cube of each part (parts, d)."""

Simplices = NDArray[np.int64]
Chain = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Cycle:
    """A field, and the level at which a loop bounds over it: infinite where it never does."""

    field: int
    end: float


def lasting_cycle(cubes: Floats, pieces: tuple[Floats, Floats], left: Path, right: Path) -> Cycle | None:
    """How long left and right, as one loop, do not bound in the cubes at most as high as a level, with two unions of
    cubes at most so high coned off, and a field over which this lasts longest.

    `cubes` and `pieces` are levels, 0 at the least, infinite for what is in no union. None where a path leaves what is
    there from 0 on."""
    corners = tuple(extent + 1 for extent in cubes.shape)
    first, second = (vertices_along(path, corners) for path in (left, right))
    tree = gudhi.SimplexTree()
    for simplices, values in filtered(cubes, 3):
        tree.insert_batch(simplices, values)
    apexes = prod(corners), prod(corners) + 1
    for piece, apex in zip(pieces, apexes, strict=True):
        for edges, values in filtered(piece, 2):
            tree.insert_batch(np.vstack([edges, np.full(edges.shape[1], apex)]), values)
    loop = np.array([apexes[0], *first, apexes[1], *second[::-1]])
    sides = zip(loop.tolist(), np.roll(loop, -1).tolist(), strict=True)
    if any(tree.filtration([*{start, end}]) > 0 for start, end in sides):
        return None
    attach(tree, loop, 0.0, apexes[1] + 1)
    found: list[Cycle] = []
    for field in FIELDS:
        found.append(Cycle(field, end_of_oldest(tree, field)))
        if np.isinf(found[-1].end):
            break
    return max(found, key=lambda cycle: cycle.end)


def fill_level(levels: Floats, loop: Path, fields: Sequence[int] = FIELDS, enough: float = np.inf) -> float:
    """The least level at which a closed polyline bounds in the cubes at most that high, over each of some fields; that
    over the first fields alone where it is beyond `enough` already.

    The whole box is contractible, so that the loop bounds in the end."""
    corners = tuple(extent + 1 for extent in levels.shape)
    vertices = np.array(vertices_along(loop, corners))
    top = float(levels[tuple(loop[1].T)].max())
    if len(vertices[vertices != np.roll(vertices, -1)]) < 3:
        return top
    tree = gudhi.SimplexTree()
    for simplices, values in filtered(levels, 3):
        tree.insert_batch(simplices, values)
    attach(tree, vertices, top, prod(corners))
    found = -np.inf
    for field in fields:
        found = max(found, end_of_oldest(tree, field))
        if found > enough:
            break
    return found


def filtered(levels: Floats, size: int) -> Iterator[tuple[Simplices, Floats]]:
    """The simplices with so many vertices of all cubes whose level is finite, at that level; inserted, they and their
    faces come with the lowest of all."""
    corners = tuple(extent + 1 for extent in levels.shape)
    cubes = np.nonzero(np.isfinite(levels))
    lowest = np.ravel_multi_index(cubes, corners)
    for chain in _chains(levels.ndim, size):
        offsets = np.ravel_multi_index(np.array(chain).T, corners)
        yield lowest + offsets[:, None], levels[cubes]


def attach(tree: gudhi.SimplexTree, loop: Simplices, level: float, fresh: int) -> None:
    """Add a circle older than all else, with vertices numbered from `fresh`, and at a level the cylinder from it to a
    loop of vertices (k,)."""
    loop = _without_repeats(loop)
    own = fresh + np.arange(len(loop))
    following, ahead = np.roll(own, -1), np.roll(loop, -1)
    tree.insert_batch(np.array([own, following]), np.full(len(loop), -np.inf))
    for triangles in ([loop, ahead, own], [ahead, own, following]):
        tree.insert_batch(np.array(triangles), np.full(len(loop), level))


def end_of_oldest(tree: gudhi.SimplexTree, field: int) -> float:
    """The level from which on the circle that was added bounds over a field; infinite where it never does."""
    tree.compute_persistence(homology_coeff_field=field)
    bars = tree.persistence_intervals_in_dimension(1)
    return float(bars[np.isneginf(bars[:, 0]), 1].item())


def _without_repeats(loop: Simplices) -> Simplices:
    """A loop in which no vertex is followed by itself, of three vertices or more."""
    kept = loop != np.roll(loop, -1)
    loop = loop[kept] if kept.any() else loop[:1]
    return np.tile(loop, -(-3 // len(loop)))


def _chains(axes: int, size: int) -> list[Chain]:
    """The chains of so many corners of the unit cube from its lowest: none is less than the one before anywhere."""
    corners = sorted(product((0, 1), repeat=axes), key=lambda corner: (sum(corner), corner))
    return [
        (corners[0], *rest)
        for rest in combinations(corners[1:], size - 1)
        if all(all(a <= b for a, b in zip(*pair, strict=True)) for pair in pairwise(rest))
    ]


def vertices_along(path: Path, corners: tuple[int, ...]) -> list[int]:
    """A way along edges close to a polyline: in each cube from the corner next to where it comes in to the one next to
    where it goes out, by way of their meet where these are not joined by an edge."""
    points, cubes = path
    found: list[tuple[int, ...]] = []
    for start, end, cube in zip(points[:-1], points[1:], cubes, strict=True):
        for point in (start, end):
            corner = np.clip(np.round(point).astype(np.int64), cube, cube + 1)
            if found:
                meet = np.minimum(corner, found[-1])
                found.append(tuple(meet.tolist()))
            found.append(tuple(corner.tolist()))
    kept = [corner for index, corner in enumerate(found) if index == 0 or corner != found[index - 1]]
    return [int(np.ravel_multi_index(corner, corners)) for corner in kept]

"""First homology of unions of cubes with parts of them coned off, and fill levels of loops, by gudhi.

Cubes are triangulated by the order of their corners (Freudenthal 1942): a simplex is a chain of corners, each reached
from the one before by steps along some axes, so that neighbouring cubes agree on their common face. Only simplices up
to triangles matter for loops. A loop becomes a circle of its own, older than all else, with a cylinder to its image:
being the oldest, its class has the one bar of dimension 1 that begins there, which ends where the class is 0.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise, product
from math import prod

import gudhi
import numpy as np
from numpy.typing import NDArray

from catlearn.evidence.cells import Mask
from catlearn.evidence.descent import Floats

FIELDS = (2, 3, 11)
"""Fields over which homology is taken: a winding that the characteristic divides is not seen."""

Path = tuple[Floats, NDArray[np.int64]]
"""A polyline cut where it passes from cube to cube (parts + 1, d), with the cube of each part (parts, d)."""

Simplices = NDArray[np.int64]
Chain = tuple[tuple[int, ...], ...]


def field_of_cycle(tube: Mask, pieces: tuple[Mask, Mask], left: Path, right: Path) -> int | None:
    """A field over which left and right, as one loop, do not bound in the union of some cubes with two unions of them
    coned off; None where they bound over each, or where a path leaves the cubes."""
    corners = tuple(extent + 1 for extent in tube.shape)
    first, second = (vertices_along(path, corners) for path in (left, right))
    tree = gudhi.SimplexTree()
    triangles = triangulated(tube, 3)
    tree.insert_batch(triangles, np.zeros(triangles.shape[1]))
    apexes = prod(corners), prod(corners) + 1
    for piece, apex in zip(pieces, apexes, strict=True):
        edges = triangulated(piece, 2)
        cone = np.vstack([edges, np.full(edges.shape[1], apex)])
        tree.insert_batch(cone, np.zeros(cone.shape[1]))
    loop = np.array([apexes[0], *first, apexes[1], *second[::-1]])
    if not all(first == last or tree.find([first, last]) for first, last in zip(loop, np.roll(loop, -1), strict=True)):
        return None
    attach(tree, loop, 0.0, apexes[1] + 1)
    return next((field for field in FIELDS if np.isinf(end_of_oldest(tree, field))), None)


def fill_level(levels: Floats, loop: Path, fields: Sequence[int] = FIELDS) -> float:
    """The least level at which a closed polyline bounds in the cubes at most that high, over each of some fields.

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
    return max(end_of_oldest(tree, field) for field in fields)


def filtered(levels: Floats, size: int) -> Iterator[tuple[Simplices, Floats]]:
    """The simplices with so many vertices of all cubes, at the level of their cube; inserted, they and their faces come
    with the lowest of all."""
    corners = tuple(extent + 1 for extent in levels.shape)
    lowest = np.ravel_multi_index(tuple(np.indices(levels.shape).reshape(levels.ndim, -1)), corners)
    for chain in _chains(levels.ndim, size):
        offsets = np.ravel_multi_index(np.array(chain).T, corners)
        yield lowest + offsets[:, None], levels.ravel()


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


def triangulated(mask: Mask, size: int) -> Simplices:
    """The simplices (size, count) with so many vertices of a union of cubes, each once; corners are numbered."""
    corners = tuple(extent + 1 for extent in mask.shape)
    found = []
    for chain in _chains(mask.ndim, size):
        lowest = np.flatnonzero(_present(mask, chain))
        offsets = np.ravel_multi_index(np.array(chain).T, corners)
        found.append(lowest + offsets[:, None])
    return np.concatenate(found, axis=1)


def _present(mask: Mask, chain: Chain) -> Mask:
    """The corners (n_1 + 1, …) that are the lowest of a simplex of this form: in some cube there is room for it."""
    found = np.zeros([extent + 1 for extent in mask.shape], dtype=bool)
    room = [(0, 1) if top == 0 else (0,) for top in chain[-1]]
    for moved in product(*room):
        found[tuple(slice(by, by + extent) for by, extent in zip(moved, mask.shape, strict=True))] |= mask
    return found


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

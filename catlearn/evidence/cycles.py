"""First homology of unions of cubes with parts of them coned off, and fill levels of loops, by gudhi.

Cubes are triangulated by the order of their corners (Freudenthal 1942): a simplex is a chain of corners, each reached
from the one before by steps along some axes, so that neighbouring cubes agree on their common face. Only simplices up
to triangles matter for loops. A loop gets vertices of its own, a cylinder from them to its image, and a cone over
them: it bounds when the cone completes no class, and it is filled at the level at which the cone's sphere is born.
"""

from collections.abc import Iterator
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


def bounds_in(tube: Mask, pieces: tuple[Mask, Mask], left: Path, right: Path, field: int) -> bool | None:
    """Whether left and right, as one loop, bound in the union of some cubes with two unions of them coned off.

    None where a path leaves the cubes."""
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
    attach(tree, loop, np.ones(len(loop)), apexes[1] + 1)
    tree.compute_persistence(homology_coeff_field=field, persistence_dim_max=True)
    deaths = tree.persistence_intervals_in_dimension(1)
    return not bool(np.any((deaths[:, 0] == 0.0) & (deaths[:, 1] == 1.0))) if len(deaths) else True


def fill_level(levels: Floats, loop: Path, field: int) -> float:
    """The least level at which a closed polyline bounds in the cubes at most that high, over a field.

    The whole box is contractible, so that exactly one class of spheres is left in the end: the disc glued to the loop
    closed by what fills it, which is born when the loop is filled."""
    corners = tuple(extent + 1 for extent in levels.shape)
    size = levels.ndim + 1
    tree = gudhi.SimplexTree()
    for simplices, values in _filtered(levels, size):
        tree.insert_batch(simplices, values)
    vertices = np.array(vertices_along(loop, corners))
    top = float(levels[tuple(loop[1].T)].max())
    kept = vertices[vertices != np.roll(vertices, -1)]
    if len(kept) < 3:
        return top
    attach(tree, kept, np.full(len(kept), top), prod(corners))
    tree.compute_persistence(homology_coeff_field=field, persistence_dim_max=True)
    spheres = tree.persistence_intervals_in_dimension(2)
    return float(max(birth for birth, death in spheres if np.isinf(death)))


def _filtered(levels: Floats, size: int) -> Iterator[tuple[Simplices, Floats]]:
    """The largest simplices of all cubes, each at the level of its cube; their faces come with the lowest."""
    corners = tuple(extent + 1 for extent in levels.shape)
    lowest = np.ravel_multi_index(tuple(np.indices(levels.shape).reshape(levels.ndim, -1)), corners)
    for chain in _chains(levels.ndim, size):
        offsets = np.ravel_multi_index(np.array(chain).T, corners)
        yield lowest + offsets[:, None], levels.ravel()


def attach(tree: gudhi.SimplexTree, loop: Simplices, levels: Floats, fresh: int) -> None:
    """Glue a disc to a loop of vertices (k,): a cylinder to fresh vertices, numbered from `fresh`, and a cone.

    `levels` (k,) are those at which each edge from a vertex to the next is there; the cone is there at the highest."""
    loop, levels = _without_repeats(loop, levels)
    count = len(loop)
    own, following = fresh + np.arange(count), fresh + (np.arange(count) + 1) % count
    ahead, top = np.roll(loop, -1), float(levels.max())
    apex = np.full(count, fresh + count)
    for triangles in ([loop, ahead, own], [ahead, own, following], [apex, own, following]):
        tree.insert_batch(np.array(triangles), np.full(count, top))


def _without_repeats(loop: Simplices, levels: Floats) -> tuple[Simplices, Floats]:
    """A loop in which no vertex is followed by itself, of three vertices or more."""
    kept = loop != np.roll(loop, -1)
    loop, levels = (loop[kept], levels[kept]) if kept.any() else (loop[:1], levels[:1])
    repeats = -(-3 // len(loop))
    return np.tile(loop, repeats if len(loop) < 3 else 1), np.tile(levels, repeats if len(loop) < 3 else 1)


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

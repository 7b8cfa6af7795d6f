"""Places for the objects of a commutative diagram at which its squares are squares.

Opposite sides of a square are parallel. The classes of parallel arrows are the axes of the diagram: two for squares
pasted to each other, three for a cube, whose third axis is drawn obliquely.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, count
from math import dist

from catlearn.report.arrows import bent
from catlearn.report.layering import Edge
from catlearn.report.svg import Point

_AXES: tuple[Point, ...] = ((1.0, 0.0), (0.0, 1.0), (0.36, 0.38))
_NEAR, _WIDER = 0.16, 1.3
_BENDS = (0.0, 0.22, -0.22, 0.44, -0.44, 0.33, -0.33, 0.11, -0.11, 0.28, -0.28, 0.38, -0.38, 0.5, -0.5)
"""How far arrows bend to the left of the first one between two places, those preferred first."""

Path = tuple[str, ...]


@dataclass(frozen=True)
class Square:
    """A commuting square: `top >> right == left >> bottom`."""

    name: str
    top: Edge
    right: Edge
    left: Edge
    bottom: Edge

    @property
    def corners(self) -> tuple[str, str, str, str]:
        """The four objects: upper left, upper right, lower left, lower right."""
        return self.top.source, self.top.target, self.left.target, self.bottom.target


@dataclass(frozen=True)
class Grid:
    """Places of objects, in units of a square's side, and how far each arrow bends away from its segment."""

    places: Mapping[str, Point]
    bends: Mapping[str, float]


def squares(edges: Sequence[Edge], laws: Sequence[tuple[str, Path, Path]]) -> Iterator[Square]:
    """The laws between two paths of length two through four different objects."""
    named = {edge.name: edge for edge in edges}
    for name, left, right in laws:
        if len(left) == len(right) == 2 and named.keys() >= {*left, *right}:
            top, right_side = (named[part] for part in left)
            left_side, bottom = (named[part] for part in right)
            found = Square(name, top, right_side, left_side, bottom)
            if len(set(found.corners)) == 4:
                yield found


def _axes(found: Sequence[Square]) -> Mapping[str, int] | None:
    """The axis of each arrow: parallel sides share theirs, adjacent ones do not. None where three do not suffice."""
    parallel: dict[str, str] = {}

    def leader(name: str) -> str:
        while parallel.setdefault(name, name) != name:
            name = parallel[name]
        return name

    for square in found:
        for one, other in ((square.top, square.bottom), (square.left, square.right)):
            parallel[leader(other.name)] = leader(one.name)
    apart = {frozenset((leader(square.top.name), leader(square.left.name))) for square in found}
    colours: dict[str, int] = {}
    for name in dict.fromkeys(leader(edge.name) for square in found for edge in (square.top, square.left)):
        taken = {colours[other] for pair in apart if name in pair for other in pair if other in colours}
        colours[name] = next(colour for colour in count() if colour not in taken)
    if any(len(pair) == 1 for pair in apart) or max(colours.values()) >= len(_AXES):
        return None
    return {name: colours[leader(name)] for name in parallel}


def _moved(place: Point, axis: int, sense: int) -> Point:
    x, y = _AXES[axis]
    return round(place[0] + sense * x, 3), round(place[1] + sense * y, 3)


def _spread(start: str, at: Point, edges: Sequence[Edge], axes: Mapping[str, int], places: dict[str, Point]) -> None:
    """Give places to everything that arrows of squares join with an object."""
    places[start] = at
    waiting = [start]
    while waiting:
        node = waiting.pop()
        for edge in edges:
            if edge.name in axes and node in (edge.source, edge.target):
                sense = 1 if node == edge.source else -1
                other = edge.target if sense == 1 else edge.source
                if other not in places:
                    places[other] = _moved(places[node], axes[edge.name], sense)
                    waiting.append(other)


def _free(wanted: Point, places: Mapping[str, Point], sense: int) -> Point:
    taken = set(places.values())
    candidates = ((wanted[0] + sense * step, wanted[1] + row) for step in range(60) for row in (0, 1, -1))
    return next(place for place in candidates if place not in taken)


def _beside(nodes: Sequence[str], edges: Sequence[Edge], places: dict[str, Point]) -> None:
    """Give places to what no square holds: before or after what it is joined with, else in a row below."""
    while missing := [node for node in nodes if node not in places]:
        joined = next((edge for edge in edges if (edge.source in places) != (edge.target in places)), None)
        if joined is None:
            places[missing[0]] = _free((0.0, max(y for _, y in places.values()) + 1), places, 1)
        elif joined.source in places:
            x, y = places[joined.source]
            places[joined.target] = _free((x + 1, y), places, 1)
        else:
            x, y = places[joined.target]
            places[joined.source] = _free((x - 1, y), places, -1)


def _clear(bend: float, start: Point, end: Point, places: Iterable[Point]) -> bool:
    """Whether a bent arrow stays away from all places but its ends, where squares are drawn wider than high."""
    (x, y), (to_x, to_y) = start, end
    curve = bent((_WIDER * x, y), (_WIDER * to_x, to_y), bend)
    others = [(_WIDER * place[0], place[1]) for place in places if place not in (start, end)]
    return all(dist(point, place) > _NEAR for point in curve for place in others)


def _further(count: int) -> Iterator[float]:
    """Bends beyond those that are preferred, for one arrow more than there are."""
    return (sense * 0.22 * rank for rank in range(3, 4 + count) for sense in (1, -1))


def _bends(edges: Sequence[Edge], places: Mapping[str, Point]) -> Mapping[str, float]:
    """Arrows with the same ends bend away from each other, and all bend around what they would pass."""
    met: dict[frozenset[str], dict[float, str]] = {}
    bends = {}
    for edge in edges:
        taken = met.setdefault(frozenset((edge.source, edge.target)), {})
        sense = 1 if edge.source == next(iter(taken.values()), edge.source) else -1
        left = [bend for bend in (*_BENDS, *_further(len(taken))) if bend not in taken]
        ends = places[edge.source], places[edge.target]
        bend = next((bend for bend in left if _clear(sense * bend, *ends, places.values())), left[0])
        taken[bend] = edge.source
        bends[edge.name] = sense * bend
    return bends


def _fits(edge: Edge, axis: int, places: Mapping[str, Point]) -> bool:
    return _moved(places[edge.source], axis, 1) == places[edge.target]


def grid(nodes: Sequence[str], edges: Sequence[Edge], laws: Sequence[tuple[str, Path, Path]]) -> Grid | None:
    """Places at which every commuting square is one; None where there is no square, or where they do not fit."""
    found = list(squares(edges, laws))
    axes = _axes(found) if found else None
    if axes is None:
        return None
    places: dict[str, Point] = {}
    for square in found:
        if square.corners[0] not in places:
            below = max((y for _, y in places.values()), default=-1.0) + 1
            _spread(square.corners[0], (0.0, below), edges, axes, places)
    _beside(nodes, [edge for edge in edges if edge.source != edge.target], places)
    straight = all(_fits(edge, axes[edge.name], places) for edge in edges if edge.name in axes)
    apart = all(abs(a[0] - b[0]) + abs(a[1] - b[1]) > 0.3 for a, b in combinations(places.values(), 2))
    proper = [edge for edge in edges if edge.source != edge.target]
    return Grid(places, _bends(proper, places)) if straight and apart else None

"""Arrows: curves between places, heads, double arrows for 2-cells, corner marks of pullbacks."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup

from catlearn.report.svg import Point, coordinate, line, path, trace

_SAMPLES = 18


def curve(places: Sequence[Point]) -> list[Point]:
    """Points along a curve through some places that is horizontal at each of them."""
    points = [places[0]]
    for (x, y), (to_x, to_y) in pairwise(places):
        for sample in range(1, _SAMPLES + 1):
            share = sample / _SAMPLES
            points.append((x + (to_x - x) * share, y + (to_y - y) * share * share * (3 - 2 * share)))
    return points


def bent(start: Point, end: Point, bend: float) -> list[Point]:
    """Points along a segment that bends to its left by some share of its length."""
    across, down = end[0] - start[0], end[1] - start[1]
    points = []
    for sample in range(4 * _SAMPLES + 1):
        share = sample / (4 * _SAMPLES)
        away = 4 * share * (1 - share) * bend
        points.append((start[0] + across * share + down * away, start[1] + down * share - across * away))
    return points


def height_at(points: Sequence[Point], x: float) -> float:
    """The height of a curve over x; that of its nearest end where it does not pass over x."""
    for first, second in pairwise(sorted(points)):
        if first[0] <= x <= second[0]:
            share = (x - first[0]) / (second[0] - first[0]) if second[0] > first[0] else 0.0
            return first[1] + (second[1] - first[1]) * share
    return min(points, key=lambda point: abs(point[0] - x))[1]


def middle(points: Sequence[Point]) -> Point:
    """The point halfway along the samples of a curve."""
    return points[len(points) // 2]


def head(tip: Point, towards: Point, kind: str = "arrow", size: float = 7.0) -> Markup:
    """An open arrowhead at a tip that points in a direction."""
    length = math.hypot(*towards) or 1.0
    x, y = towards[0] / length, towards[1] / length
    back, half = (tip[0] - size * x, tip[1] - size * y), 0.55 * size
    left, right = (back[0] - half * y, back[1] + half * x), (back[0] + half * y, back[1] - half * x)
    return path(trace((left, tip, right)), kind)


def arrow(points: Sequence[Point], kind: str = "arrow") -> Iterator[Markup]:
    """A curve with a head at its end."""
    before, tip = points[-2], points[-1]
    yield path(trace(points), kind)
    yield head(tip, (tip[0] - before[0], tip[1] - before[1]), kind)


def double_arrow(start: Point, end: Point, kind: str = "two-cell") -> Iterator[Markup]:
    """A 2-cell: two parallel strokes and one head."""
    length = math.dist(start, end) or 1.0
    x, y = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    stop = (end[0] - 4 * x, end[1] - 4 * y)
    for side in (-2.3, 2.3):
        shift = (-side * y, side * x)
        yield line((start[0] + shift[0], start[1] + shift[1]), (stop[0] + shift[0], stop[1] + shift[1]), kind)
    yield head(end, (x, y), kind, 9.0)


def shortened(start: Point, end: Point, by: float) -> tuple[Point, Point]:
    """A segment without its two ends."""
    length = math.dist(start, end) or 1.0
    x, y = (end[0] - start[0]) / length * by, (end[1] - start[1]) / length * by
    return (start[0] + x, start[1] + y), (end[0] - x, end[1] - y)


def corner(at: Point, size: float = 11.0) -> Markup:
    """The mark of a pullback, inside the square below and right of its object."""
    x, y = coordinate(at[0] + size), coordinate(at[1] + size)
    return path(f"M{coordinate(at[0])} {y}H{x}V{coordinate(at[1])}", "corner")

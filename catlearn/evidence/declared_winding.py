"""Obstructions to dihomotopy that are declared as pairs: functions that wind along the loop of two descents, in any
dimension (DESIGN 4, the tube).

Let f = (g, h) be the pair, H a continuous family of descents within `slack` between levels high > low, in the box,
from one run to another. For low <= m <= high - slack let J_m be the set of the (s, t) such that H(s, .) has been
nowhere below m before t and will be nowhere above m + slack after t. It is compact, and since H(s, .) rises by at most
the slack, each of its fibres over s is an interval and not empty; so it is connected, and its image lies in one
component c_m of {m <= L <= m + slack}, which both runs cross. The union R of all J_m is compact, and its fibre over s
is an interval too, from the first time of the J_m of the top, m = high - slack, to the last time of that of the
bottom, m = low.

Say that f has no zero in any c_m. Then f H maps R to the plane without the origin. R maps onto an interval with fibres
that are intervals, so that it has the cohomology of a point (Vietoris and Begle) and f H has a continuous angle on R.
Say that f on the top, c_(high - slack), misses a ray from the origin, and so on the bottom, c_low. As the J_m of the
top is connected, the angle on it lies in one interval of a turn that the ray bounds; likewise on the bottom. So where
a run begins in the top and ends in the bottom, the angle that f goes through along it, closed inside the plane without
the one ray and the plane without the other, is the same for both runs: the loop of the one run, a way in the second of
these planes, the other run back, and a way in the first, winds 0 times about the origin. Where it winds, no such
family is.

That f has no zero in c_m is shown in one of two ways. Either no zero of f in the box has a loss from m to m + slack.
Or, for some r, no point of the box at which |f| = r has such a loss, and both runs stay where |f| > r: then c_m, which
is connected and meets the runs, has no point where |f| <= r. With losses from P to P' at the zeros, only the m from P
- slack to P' need the second. Likewise only points of the top and the bottom at which |f| > r are to miss the rays. On
a bump that runs pass on either side, of peak P and pass S, and in the same way with the squares of further variables,
it shows all slacks below P - S, high - S and S - low, but for what the further variables add.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, partial
from itertools import product
from typing import Literal

import numpy as np

from catlearn.category.expression import Apply, Constant, Expression
from catlearn.evidence.barrier import Condition, excluded, gap, lowest
from catlearn.evidence.cells import Parts
from catlearn.evidence.descent import Floats
from catlearn.evidence.intervals import Intervals, enclosed
from catlearn.evidence.tube import Apart, passage
from catlearn.evidence.wall import boxes_of
from catlearn.evidence.winding import Pair, Quarters, quarters, turns

RAYS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
"""The directions, by eighths of a turn, opposite to which f is to miss a ray."""

TRIED = 3
"""How many of these are tried at each end, those first that lie nearest to the values of f there."""


@dataclass(frozen=True)
class DeclaredPair:
    """A loss and a declared pair of functions on a box (d, 2) of some variables."""

    loss: Expression
    pair: Pair
    variables: tuple[str, ...]
    box: Floats

    @cached_property
    def square(self) -> Expression:
        """g^2 + h^2."""
        return Apply("add", tuple(Apply("power", (each, Constant(Fraction(2)))) for each in self.pair))

    @cached_property
    def zeros(self) -> tuple[float, float]:
        """Bounds of the losses at the common zeros in the box; the lower one is infinite where there are none."""
        negative = Apply("negate", (self.loss,))
        ends = (lowest(loss, self.pair, self.variables, self.box) for loss in (self.loss, negative))
        least, most = ends
        return least, -most


@dataclass(frozen=True, eq=False)
class Strand(Parts):
    """A run cut into parts: corners (parts, d) of a box about each, axes (parts,) about which the values of the pair
    lie there, and lower bounds (parts,) of the sum of their squares."""

    corners: tuple[Floats, Floats]
    axes: Quarters
    least: Floats


@dataclass(frozen=True)
class Course:
    """The parts at which a run crosses the top and the bottom, and all those between them."""

    strand: Strand
    begin: int
    end: int

    @property
    def parts(self) -> slice:
        """From the one to the other, both included."""
        return slice(self.begin, self.end + 1)


Courses = tuple[Course, Course]


@dataclass(frozen=True)
class Bands:
    """Levels and a slack, so wide that two runs surely cross the top and the bottom where they are said to."""

    high: float
    low: float
    slack: float


def strand(declared: DeclaredPair, points: Floats) -> Strand:
    """A run through points (k, d), cut into parts."""
    corners = boxes_of(points, declared.box)
    losses, squares = (enclosed(each, declared.variables, *corners) for each in (declared.loss, declared.square))
    axes = quarters(declared.pair, declared.variables, *corners)
    return Strand(losses.low, losses.high, corners, axes, np.maximum(squares.low, 0.0))


def wound(
    declared: DeclaredPair, runs: tuple[Strand, Strand], levels: tuple[float, float], slack: float
) -> Apart | None:
    """Why no dihomotopy within `slack` in the box joins two runs between two levels (high, low); None where the pair
    does not show it."""
    high, low = levels
    if high - slack <= low:
        return None
    courses, bands = _crossed(runs, high, low, slack)
    if any(each.begin > each.end or (each.strand.axes[each.parts] < 0).any() for each in courses):
        return None
    winding = list(_winding_rays(declared, courses))
    square = _clearing(declared, courses, bands) if winding else None
    if square is None:
        return None
    top = Condition(declared.loss, bands.high - bands.slack, bands.high)
    bottom = Condition(declared.loss, bands.low, bands.low + bands.slack)
    ends = cache(partial(_end, declared, courses, top)), cache(partial(_end, declared, courses, bottom))
    for number, rays in winding:
        if all(misses(ray) for ray, misses in zip(rays, ends, strict=True)):
            return Apart("winding", 0.0, (), number, True, float(np.sqrt(square)))
    return None


def _crossed(runs: tuple[Strand, Strand], high: float, low: float, slack: float) -> tuple[Courses, Bands]:
    """Where two runs cross the top and the bottom, which are widened for this to be sure: a family within the slack
    between the levels is one within the wider slack between the wider levels."""
    passages = [[passage(run, level, slack) for level in (high - slack, low)] for run in runs]
    widening = max(each.widening for found in passages for each in found)
    first, second = (Course(run, top.part, bottom.part) for run, (top, bottom) in zip(runs, passages, strict=True))
    return (first, second), Bands(high + widening, low - widening, slack + 2 * widening)


def _clearing(declared: DeclaredPair, courses: Courses, bands: Bands) -> float | None:
    """The square of a value of |f| that keeps the zeros out of all components that the runs cross: 0 where no zero has
    a loss between the levels; None where none is found."""
    least, most = declared.zeros
    if most < bands.low or least > bands.high:
        return 0.0
    near = Condition(declared.loss, max(bands.low, least - bands.slack), min(bands.high, most + bands.slack))
    return _outside(declared, courses, near)


def _outside(declared: DeclaredPair, courses: Courses, band: Condition) -> float | None:
    """A value of the sum of squares that no point with a loss of a band has, and beyond which both runs stay: beyond it
    lie the components of the band that they cross. None where none is found."""
    within = min(float(each.strand.least[each.parts].min()) for each in courses)
    return gap(declared.square, within, band, declared.variables, declared.box)


def _end(declared: DeclaredPair, courses: Courses, band: Condition, ray: int) -> bool:
    """Whether it is shown that f misses the ray opposite to a direction on the component of a band that the runs
    cross."""
    along, across = _turned(declared.pair, ray)
    opposite = Condition(across, 0.0, 0.0), Condition(along, -np.inf, 0.0), band
    if excluded(opposite, declared.variables, declared.box):
        return True
    square = _outside(declared, courses, band)
    beyond = Condition(declared.square, square or 0.0, np.inf)
    return square is not None and excluded((*opposite, beyond), declared.variables, declared.box)


def _turned(pair: Pair, ray: int) -> Pair:
    """The components of f along a direction, and across it to the left, up to a factor above 0."""
    (first, second), (x, y) = pair, RAYS[ray]
    return _combination(x, first, y, second), _combination(-y, first, x, second)


def _combination(one: int, first: Expression, other: int, second: Expression) -> Expression:
    terms = [Apply("multiply", (Constant(Fraction(by)), each)) for by, each in ((one, first), (other, second)) if by]
    return terms[0] if len(terms) == 1 else Apply("add", (terms[0], terms[1]))


def _winding_rays(declared: DeclaredPair, courses: Courses) -> Iterator[tuple[int, tuple[int, int]]]:
    """Directions for the top and the bottom with the number that the loop then winds, where this is not 0."""
    sides = [_sides(declared, courses, end) for end in ("begin", "end")]
    for top, bottom in product(*sides):
        (first, last), (left, right) = sides[0][top], sides[1][bottom]
        out, back = (2 * each.strand.axes[each.parts] for each in courses)
        loop = np.concatenate([out, [left, bottom, right], back[::-1], [last, top, first]])
        number = turns(loop, 8)
        if number:
            yield number, (top, bottom)


def _sides(declared: DeclaredPair, courses: Courses, end: Literal["begin", "end"]) -> dict[int, tuple[int, int]]:
    """For each direction that is tried at an end, by eighths of a turn, one within a quarter turn of it about which the
    values of f at that end of each run certainly lie."""
    parts = [(each.strand, each.begin if end == "begin" else each.end) for each in courses]
    boxes = [tuple(corner[part] for corner in run.corners) for run, part in parts]
    found = {}
    for ray in _nearest(declared, boxes):
        along, across = _turned(declared.pair, ray)
        sides = [_side(ray, *(enclosed(each, declared.variables, *box) for each in (along, across))) for box in boxes]
        if sides[0] is not None and sides[1] is not None:
            found[ray] = sides[0], sides[1]
    return found


def _side(ray: int, along: Intervals, across: Intervals) -> int | None:
    """A direction about which values lie with certainty, given their components along a ray's and across it."""
    if along.low > 0:
        return ray
    if across.low > 0:
        return (ray + 2) % 8
    return (ray - 2) % 8 if across.high < 0 else None


def _nearest(declared: DeclaredPair, boxes: Sequence[tuple[Floats, ...]]) -> list[int]:
    """The directions nearest to the values of f on some boxes."""
    values = np.array(
        [[_middle(enclosed(each, declared.variables, *box)) for each in declared.pair] for box in boxes]
    )  # (runs, 2)
    towards = (values / np.linalg.norm(values, axis=1, keepdims=True)).sum(axis=0)
    directions = np.array(RAYS) / np.linalg.norm(RAYS, axis=1, keepdims=True)
    nearest: list[int] = np.argsort(-(directions @ towards), kind="stable")[:TRIED].tolist()
    return nearest


def _middle(interval: Intervals) -> float:
    return float((interval.low + interval.high) / 2)

"""Obstructions to dihomotopy by the tube, on a landscape of one to three dimensions (DESIGN 4).

For low <= m <= high - slack let c_m be the component of {m <= L <= m + slack} that a run crosses: where it has been
nowhere below m and will be nowhere above m + slack. A dihomotopy stays in the union V of the c_m, and moves the start
inside {L >= high - slack} and the end inside {L <= low + slack}. So two runs are told apart where these components
differ, or where the loop of one run and the other, closed inside the two end pieces c_low and c_(high - slack), is
not contractible in V with the end pieces coned off.

Sets are replaced by the cells whose bounds meet them, which only makes them larger: a NO is one of the landscape.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from catlearn.evidence.cells import Cell, Cells, Mask, Parts, Trail, at_boundary, touching, way
from catlearn.evidence.cycles import lasting_cycle
from catlearn.evidence.descent import Floats
from catlearn.evidence.planar import apart, holes, outside, winding

BANDS = 48
"""Levels at which components are taken; a component belongs to all levels up to the next one."""

PARTS = 8
"""Slacks at which runs are compared in space, up to the one that is asked for."""

HALVINGS = 5
"""How often the interval is halved in which the largest slack lies at which runs are told apart."""

Kind = Literal["starts", "ends", "crossing", "winding", "cycle"]


@dataclass(frozen=True, eq=False)
class Apart:
    """Why two runs are told apart: what differs, at which level, around which point of the box where it is a winding
    number, by how much, and whether any component used touches the boundary of the box. `radius` is an absolute value
    of a declared pair of functions that keeps its zeros apart from the runs, 0 where their losses do."""

    kind: Kind
    level: float
    point: tuple[float, ...]
    number: int
    at_boundary: bool
    radius: float | None = None


@dataclass(frozen=True)
class Passage:
    """The part of a trail in which a run crosses a band, and how far the band must be widened for this to be sure."""

    part: int
    widening: float


def passage(run: Parts, level: float, slack: float) -> Passage:
    """Where a run crosses {level <= L <= level + slack}: at a part before which it is nowhere below and after which it
    is nowhere above, up to the widening. All such parts of a band lie in one component of the band so widened."""
    over = np.maximum(level - run.lowest_before, run.highest_after - level - slack)
    part = int(np.argmin(over))
    return Passage(part, max(0.0, float(over[part])))


@dataclass(frozen=True, eq=False)
class Tube:
    """The cells of V at some slack, those of its end pieces c_(high - slack) and c_low, and for each of these the parts
    at which the two runs cross it."""

    cells: Mask
    top: Mask
    bottom: Mask
    begin: tuple[int, int]
    end: tuple[int, int]

    @property
    def has_loop(self) -> bool:
        """Whether both runs cross the top piece before the bottom one."""
        return all(first <= last for first, last in zip(self.begin, self.end, strict=True))


Runs = tuple[Trail, Trail]


def told_apart(domain: Cells, left: Trail, right: Trail, levels: tuple[float, float], slack: float) -> Apart | None:
    """Why no dihomotopy within `slack` joins two runs between two levels (high, low); None where nothing is found."""
    tube = tube_of(domain, (left, right), levels, slack)
    if tube is None or isinstance(tube, Apart):
        return tube
    if len(domain.shape) == 3:
        lasting = _lasting((left, right), [tube])
        return lasting[1] if lasting else None
    return _winds(domain, (left, right), tube) if len(domain.shape) == 2 and tube.has_loop else None


def most_told_apart(
    domain: Cells, left: Trail, right: Trail, levels: tuple[float, float], most: float
) -> tuple[float, Apart] | None:
    """The largest slack up to `most` at which two runs were found to be told apart, and why; None where at none.

    It is sought by bisection, and in space among `PARTS` slacks by persistence in the slack."""
    if len(domain.shape) == 3:
        return _most_in_space(domain, (left, right), levels, most)
    return largest(lambda slack: told_apart(domain, left, right, levels, slack), most)


def largest(find: Callable[[float], Apart | None], most: float) -> tuple[float, Apart] | None:
    """The largest slack up to `most` at which something is found that tells runs apart, sought by bisection, and what
    it is; None where at none."""
    found = find(most)
    if found is not None:
        return most, found
    best, within, beyond = None, 0.0, most
    for _ in range(HALVINGS):
        slack = (within + beyond) / 2
        found = find(slack)
        best = best if found is None else (slack, found)
        within, beyond = (within, slack) if found is None else (slack, beyond)
    return best


def _most_in_space(domain: Cells, runs: Runs, levels: tuple[float, float], most: float) -> tuple[float, Apart] | None:
    """From the largest slack down to one at which components tell the runs apart; the loop is followed through all
    tubes that are left."""
    tubes: list[Tube] = []
    crossing: tuple[float, Apart] | None = None
    slacks = most * np.arange(PARTS, 0, -1) / PARTS
    for slack in slacks.tolist():
        tube = tube_of(domain, runs, levels, slack)
        if isinstance(tube, Apart):
            crossing = slack, tube
            break
        if tube is None or not tube.has_loop:
            tubes = []
        else:
            tubes.append(tube)
    lasting = _lasting(runs, tubes[::-1])
    if lasting is None:
        return crossing
    last, found = lasting
    smallest = len(slacks[slacks > crossing[0]]) if crossing else PARTS
    return float(slacks[smallest - 1 - last]), found


def tube_of(domain: Cells, runs: Runs, levels: tuple[float, float], slack: float) -> Tube | Apart | None:
    """The tube of two runs, or which components of it differ; None where the slack covers the levels."""
    high, low = levels
    if high - slack <= low:
        return None
    found = next(_ends_apart(domain, *runs, levels, slack), None)
    if found is not None:
        return found
    cells = np.zeros(domain.shape, dtype=bool)
    step = (high - slack - low) / BANDS
    for level in low + step * np.arange(BANDS):
        piece = _crossed(domain, *runs, float(level), slack + step)
        if isinstance(piece, Apart):
            return piece
        cells |= piece
    top, bottom = (_crossed(domain, *runs, level, slack) for level in (high - slack, low))
    if isinstance(top, Apart):
        return top
    if isinstance(bottom, Apart):
        return bottom
    begin, end = ([passage(run, level, slack).part for run in runs] for level in (high - slack, low))
    return Tube(cells, top, bottom, (begin[0], begin[1]), (end[0], end[1]))


def _ends_apart(domain: Cells, left: Trail, right: Trail, levels: tuple[float, float], slack: float) -> Iterator[Apart]:
    """Starts in different components of {L >= high - slack}, ends in different ones of {L <= low + slack}."""
    high, low = levels
    sides: tuple[tuple[Kind, int, float, Mask], ...] = (
        ("starts", 0, high - slack, domain.high >= high - slack),
        ("ends", -1, low + slack, domain.low <= low + slack),
    )
    for kind, end, level, mask in sides:
        labels, _ = touching(mask)
        first, second = (labels[_cell(run, end)] for run in (left, right))
        if first and second and first != second:
            yield Apart(kind, level, (), 0, at_boundary(labels == first))


def _cell(run: Trail, part: int) -> Cell:
    return tuple(run.cells[part].tolist())


def _crossed(domain: Cells, left: Trail, right: Trail, level: float, slack: float) -> Mask | Apart:
    """The component of a band that both runs cross, or that they cross different ones."""
    passages = passage(left, level, slack), passage(right, level, slack)
    widening = max(each.widening for each in passages)
    first, second = (_cell(run, at.part) for run, at in zip((left, right), passages, strict=True))
    piece = domain.component(level - widening, level + slack + widening, first)
    return piece if piece[second] else Apart("crossing", level, (), 0, at_boundary(piece))


def _winds(domain: Cells, runs: Runs, tube: Tube) -> Apart | None:
    """A point outside the tube, surrounded by neither end piece, about which the loop winds."""
    points = holes(tube.cells)
    at = tuple(points.astype(int).T)
    points = apart(points[outside(tube.top)[at] & outside(tube.bottom)[at]]) if len(points) else points
    if len(points) == 0:
        return None
    numbers = winding(loop_of(runs, tube), points)
    if not numbers.any():
        return None
    chosen = int(np.argmax(np.abs(numbers)))
    size = (domain.box[:, 1] - domain.box[:, 0]) / np.array(domain.shape)
    place = tuple((domain.box[:, 0] + points[chosen] * size).tolist())
    return Apart("winding", 0.0, place, int(numbers[chosen]), at_boundary(tube.cells))


def loop_of(runs: Runs, tube: Tube) -> Floats:
    """The one run from top to bottom, a way inside the bottom piece, the other back, and a way inside the top piece."""
    first, second = (run.points[start : last + 2] for run, start, last in zip(runs, tube.begin, tube.end, strict=True))
    below = way(tube.bottom, _cell(runs[0], tube.end[0]), _cell(runs[1], tube.end[1]))
    above = way(tube.top, _cell(runs[1], tube.begin[1]), _cell(runs[0], tube.begin[0]))
    return np.concatenate([first, below, second[::-1], above])


def _lasting(runs: Runs, tubes: Sequence[Tube]) -> tuple[int, Apart] | None:
    """The last of the tubes, at growing slacks, in which the loop of the first has a class in the first homology with
    the end pieces coned off, over some field; None where it has one in none.

    Each tube is taken with those before it, and each end piece with what the runs pass between crossing it and crossing
    that of the first: so the loop of the first tube is that of each. Larger sets only hide classes."""
    if not tubes or not tubes[0].has_loop:
        return None
    levels, (top, bottom) = _first_places([tube.cells for tube in tubes]), _pieces(runs, tubes)
    first = tubes[0]
    paths = [
        (run.points[start : last + 2], run.cells[start : last + 1])
        for run, start, last in zip(runs, first.begin, first.end, strict=True)
    ]
    cycle = lasting_cycle(np.minimum(levels, np.minimum(top, bottom)), (top, bottom), paths[0], paths[1])
    if cycle is None or cycle.end < 1:
        return None
    last = min(int(cycle.end), len(tubes)) - 1 if np.isfinite(cycle.end) else len(tubes) - 1
    return last, Apart("cycle", 0.0, (), cycle.field, at_boundary(tubes[last].cells))


def _first_places(masks: Sequence[Mask]) -> Floats:
    """For each cell the place of the first set that holds it, infinite where none does."""
    found = np.full(masks[0].shape, np.inf)
    for place in reversed(range(len(masks))):
        found[masks[place]] = place
    return found


def _pieces(runs: Runs, tubes: Sequence[Tube]) -> tuple[Floats, Floats]:
    """For each cell the first tube whose top piece holds it, and whose bottom piece does, with the ways of the runs."""
    tops, bottoms = [tube.top.copy() for tube in tubes], [tube.bottom.copy() for tube in tubes]
    for tube, top, bottom in zip(tubes, tops, bottoms, strict=True):
        for number, run in enumerate(runs):
            for piece, ends in ((top, (tubes[0].begin, tube.begin)), (bottom, (tubes[0].end, tube.end))):
                begin, end = sorted(parts[number] for parts in ends)
                piece[tuple(run.cells[begin : end + 1].T)] = True
    return _first_places(tops), _first_places(bottoms)

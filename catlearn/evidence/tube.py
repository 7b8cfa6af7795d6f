"""Obstructions to dihomotopy by the tube, on a landscape of one to three dimensions (DESIGN 4).

For low <= m <= high - slack let c_m be the component of {m <= L <= m + slack} that a run crosses: where it has been
nowhere below m and will be nowhere above m + slack. A dihomotopy stays in the union V of the c_m, and moves the start
inside {L >= high - slack} and the end inside {L <= low + slack}. So two runs are told apart where these components
differ, or where the loop of one run and the other, closed inside the two end pieces c_low and c_(high - slack), is
not contractible in V with the end pieces coned off.

Sets are replaced by the cells whose bounds meet them, which only makes them larger: a NO is one of the landscape.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from catlearn.evidence.cells import Cell, Cells, Mask, Trail, at_boundary, touching, way
from catlearn.evidence.cycles import field_of_cycle
from catlearn.evidence.descent import Floats
from catlearn.evidence.planar import apart, holes, outside, winding

BANDS = 48
"""Levels at which components are taken; a component belongs to all levels up to the next one."""

Kind = Literal["starts", "ends", "crossing", "winding", "cycle"]


@dataclass(frozen=True, eq=False)
class Apart:
    """Why two runs are told apart: what differs, at which level, around which point of the box where it is a winding
    number, by how much, and whether any component used touches the boundary of the box."""

    kind: Kind
    level: float
    point: tuple[float, ...]
    number: int
    at_boundary: bool


@dataclass(frozen=True)
class Passage:
    """The part of a trail in which a run crosses a band, and how far the band must be widened for this to be sure."""

    part: int
    widening: float


def passage(run: Trail, level: float, slack: float) -> Passage:
    """Where a run crosses {level <= L <= level + slack}: at a part before which it is nowhere below and after which it
    is nowhere above, up to the widening. All such parts of a band lie in one component of the band so widened."""
    over = np.maximum(level - run.lowest_before, run.highest_after - level - slack)
    part = int(np.argmin(over))
    return Passage(part, max(0.0, float(over[part])))


def told_apart(domain: Cells, left: Trail, right: Trail, levels: tuple[float, float], slack: float) -> Apart | None:
    """Why no dihomotopy within `slack` joins two runs between two levels (high, low); None where nothing is found."""
    high, low = levels
    if high - slack <= low:
        return None
    found = next(_ends_apart(domain, left, right, levels, slack), None)
    if found is not None:
        return found
    tube = np.zeros(domain.shape, dtype=bool)
    step = (high - slack - low) / BANDS
    for level in low + step * np.arange(BANDS):
        piece = _crossed(domain, left, right, float(level), slack + step)
        if isinstance(piece, Apart):
            return piece
        tube |= piece
    return _loop_apart(domain, (left, right), tube, levels, slack)


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


def _loop_apart(
    domain: Cells, runs: tuple[Trail, Trail], tube: Mask, levels: tuple[float, float], slack: float
) -> Apart | None:
    """Whether the loop of both runs, closed inside the end pieces, is not contractible with these coned off."""
    high, low = levels
    ends = []
    for level in (high - slack, low):
        piece = _crossed(domain, *runs, level, slack)
        if isinstance(piece, Apart):
            return piece
        ends.append((piece, [passage(run, level, slack).part for run in runs]))
    (top, begin), (bottom, end) = ends
    if any(first > last for first, last in zip(begin, end, strict=True)) or tube.ndim == 1:
        return None
    if tube.ndim == 2:
        return _winds(domain, runs, tube, (top, bottom), (begin, end))
    return _cycles(runs, tube, (top, bottom), (begin, end))


Parts = tuple[list[int], list[int]]


def _winds(
    domain: Cells, runs: tuple[Trail, Trail], tube: Mask, pieces: tuple[Mask, Mask], parts: Parts
) -> Apart | None:
    """A point outside the tube, surrounded by neither end piece, about which the loop winds."""
    points = holes(tube)
    at = tuple(points.astype(int).T)
    points = apart(points[outside(pieces[0])[at] & outside(pieces[1])[at]]) if len(points) else points
    if len(points) == 0:
        return None
    numbers = winding(_loop(runs, pieces, parts), points)
    if not numbers.any():
        return None
    chosen = int(np.argmax(np.abs(numbers)))
    size = (domain.box[:, 1] - domain.box[:, 0]) / np.array(domain.shape)
    place = tuple((domain.box[:, 0] + points[chosen] * size).tolist())
    return Apart("winding", 0.0, place, int(numbers[chosen]), at_boundary(tube))


def _loop(runs: tuple[Trail, Trail], pieces: tuple[Mask, Mask], parts: Parts) -> Floats:
    """The one run from top to bottom, a way inside the bottom piece, the other back, and a way inside the top piece."""
    (top, bottom), (begin, end) = pieces, parts
    first, second = (run.points[start : last + 2] for run, start, last in zip(runs, begin, end, strict=True))
    below = way(bottom, _cell(runs[0], end[0]), _cell(runs[1], end[1]))
    above = way(top, _cell(runs[1], begin[1]), _cell(runs[0], begin[0]))
    return np.concatenate([first, below, second[::-1], above])


def _cycles(runs: tuple[Trail, Trail], tube: Mask, pieces: tuple[Mask, Mask], parts: Parts) -> Apart | None:
    """A class of the loop in the first homology of the tube with its end pieces coned off, over some field."""
    (begin, end) = parts
    paths = [
        (run.points[start : last + 2], run.cells[start : last + 1])
        for run, start, last in zip(runs, begin, end, strict=True)
    ]
    field = field_of_cycle(tube, pieces, paths[0], paths[1])
    return None if field is None else Apart("cycle", 0.0, (), field, at_boundary(tube))


def least_told_apart(
    domain: Cells, left: Trail, right: Trail, levels: tuple[float, float], most: float, tries: int = 5
) -> float:
    """The largest slack up to `most` at which two runs were told apart, by bisection; 0 where they never were."""
    within, beyond = 0.0, most
    for _ in range(tries):
        slack = (within + beyond) / 2
        if told_apart(domain, left, right, levels, slack) is None:
            beyond = slack
        else:
            within = slack
    return within

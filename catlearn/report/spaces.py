"""One object of a category with its points and runs, laid out from left to right; a formal category is one panel."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup

from catlearn.plan.theory_document import ArrowDocument
from catlearn.report.arrows import arrow, curve, middle
from catlearn.report.layering import Edge, Layout, layered
from catlearn.report.svg import Point, rectangle, text

_ROW, _RIM, _TITLE, _NARROW = 54.0, 18.0, 30.0, 168.0
_WIDE_LETTER, _LETTER = 8.0, 6.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Panel:
    """The measured drawing of one object: its title, its definition, and the runs between its points."""

    title: str
    definition: str
    layout: Layout
    arrows: Sequence[ArrowDocument]

    @property
    def step(self) -> float:
        """The distance of two layers: half an arrow with its ends and its name."""
        names = max((len(found.name) for found in self.arrows), default=0) * _LETTER
        return max(92.0, (self._ends + names + 56) / 2)

    @property
    def _ends(self) -> float:
        return max((len(node) for node in self.layout.nodes), default=0) * _WIDE_LETTER

    @property
    def _inside(self) -> float:
        return max(_NARROW, self.layout.layers * self.step + self._ends)

    @property
    def title_width(self) -> float:
        """The room of the title, before the definition."""
        return len(self.title) * _WIDE_LETTER + 8

    @property
    def lines(self) -> list[str]:
        """The definition, broken to the width of the panel."""
        return wrap(self.definition, int((self._inside - self.title_width) / _LETTER))

    @property
    def width(self) -> float:
        """The least width."""
        return self._inside + 2 * _RIM

    @property
    def title_height(self) -> float:
        """The room of the title and the definition, above the points."""
        return _TITLE + 16 * max(len(self.lines) - 1, 0)

    @property
    def height(self) -> float:
        """The height."""
        first, last = self.layout.rows
        return self.title_height + ((last - first) * _ROW + _ROW if self.layout.nodes else 4.0)


@dataclass(frozen=True)
class Placed:
    """A panel at a place: `x`, `y` is its upper left corner; it may be wider than it need be."""

    panel: Panel
    x: float
    y: float
    width: float

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.panel.height

    @property
    def centre(self) -> Point:
        """The middle."""
        return self.x + self.width / 2, self.y + self.panel.height / 2

    def at(self, place: tuple[int, float]) -> Point:
        """The place of a layer and row."""
        first, _ = self.panel.layout.rows
        left = self.x + (self.width - self.panel.layout.layers * self.panel.step) / 2
        top = self.y + self.panel.title_height + _ROW / 2
        return left + place[0] * self.panel.step, top + (place[1] - first) * _ROW

    def routes(self) -> Mapping[str, Sequence[Point]]:
        """The curve of every run, from the right of its source's name to the left of its target's."""
        return {found.name: self._route(found) for found in self.panel.arrows if found.name in self.panel.layout.routes}

    def _route(self, found: ArrowDocument) -> Sequence[Point]:
        places = [self.at(place) for place in self.panel.layout.routes[found.name]]
        sense = 1 if places[-1][0] >= places[0][0] else -1
        start = places[0][0] + sense * (len(found.source) * _WIDE_LETTER / 2 + 6)
        stop = places[-1][0] - sense * (len(found.target) * _WIDE_LETTER / 2 + 8)
        return curve([(start, places[0][1]), *places[1:-1], (stop, places[-1][1])])


def name_width(name: str) -> float:
    """The room that the name of an arrow takes."""
    return len(name) * _LETTER


def panel(
    title: str, definition: str, nodes: Sequence[str], arrows: Sequence[ArrowDocument], pairs: Sequence[tuple[str, str]]
) -> Panel:
    """Lay out some nodes and arrows, with the arrows of each of some pairs near each other."""
    edges = [Edge(found.name, found.source, found.target) for found in arrows]
    known = {edge.name for edge in edges if edge.source != edge.target}
    near = [pair for pair in pairs if known.issuperset(pair)]
    return Panel(title, definition, layered(nodes, edges, near), arrows)


def _loop(placed: Placed, found: ArrowDocument, index: int) -> Iterator[Markup]:
    x, y = placed.at(placed.panel.layout.nodes[found.source])
    rise = 16.0 + 12 * index
    turns = [index * math.pi / 12 for index in range(-2, 15)]
    yield from arrow([(x - 13 * math.cos(turn), y - 8 - rise * math.sin(turn)) for turn in turns])
    yield text(found.name, x + 16, y - rise, "arrow-name")


def _arrows(placed: Placed) -> Iterator[Markup]:
    for name, points in placed.routes().items():
        yield from arrow(points)
        x, y = middle(points)
        yield text(name, x, y - 6, "arrow-name", "middle")
    loops = [found for found in placed.panel.arrows if found.source == found.target]
    for index, found in enumerate(loops):
        yield from _loop(placed, found, index)


def names(placed: Placed) -> Iterator[Box]:
    """Where the names of points and runs stand, as (left, top, right, bottom)."""
    for node, place in placed.panel.layout.nodes.items():
        x, y = placed.at(place)
        half = len(node) * _WIDE_LETTER / 2
        yield x - half, y - 9, x + half, y + 9
    for name, points in placed.routes().items():
        x, y = middle(points)
        yield x - name_width(name) / 2, y - 18, x + name_width(name) / 2, y - 2


def framed(placed: Placed) -> Iterator[Markup]:
    """The ground, the title and the definition of a panel."""
    if placed.panel.title:
        yield rectangle(placed.x, placed.y, placed.width, placed.panel.height, "space", rx=6)
        yield text(placed.panel.title, placed.x + 14, placed.y + 20, "object-name")
        for index, words in enumerate(placed.panel.lines):
            start = placed.x + 14 + placed.panel.title_width
            yield text(words, start, placed.y + 20 + 16 * index, "definition")


def drawn(placed: Placed) -> Iterator[Markup]:
    """The arrows and the points of a panel."""
    yield from _arrows(placed)
    for node, place in placed.panel.layout.nodes.items():
        x, y = placed.at(place)
        yield text(node, x, y + 4.5, "node", "middle")

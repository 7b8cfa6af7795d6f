"""One object of a category with its points and runs, laid out from left to right; a formal category is one panel."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catlearn.plan.theory_document import ArrowDocument
from catlearn.report.arrows import arrow, curve, height_at, middle
from catlearn.report.layering import Edge, Layout, layered
from catlearn.report.svg import Point, path, rectangle, text

_ROW, _RIM, _TITLE = 50.0, 22.0, 30.0
_WIDE_LETTER, _LETTER = 8.0, 6.4


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
        nodes = max((len(node) for node in self.layout.nodes), default=0) * _WIDE_LETTER
        names = max((len(found.name) for found in self.arrows), default=0) * _LETTER
        return max(70.0, (nodes + names + 56) / 2)

    @property
    def width(self) -> float:
        titles = len(self.title) * _WIDE_LETTER + len(self.definition) * _LETTER + 40
        ends = max((len(node) for node in self.layout.nodes), default=0) * _WIDE_LETTER
        return max(titles, self.layout.layers * self.step + ends + 2 * _RIM)

    @property
    def height(self) -> float:
        first, last = self.layout.rows
        return _TITLE + ((last - first) * _ROW + _ROW if self.layout.nodes else 8.0)


@dataclass(frozen=True)
class Placed:
    """A panel at a place: `x`, `y` is its upper left corner; it may be wider than it need be."""

    panel: Panel
    x: float
    y: float
    width: float

    @property
    def bottom(self) -> float:
        return self.y + self.panel.height

    @property
    def centre(self) -> Point:
        return self.x + self.width / 2, self.y + self.panel.height / 2

    def at(self, place: tuple[int, float]) -> Point:
        """The place of a layer and row."""
        first, last = self.panel.layout.rows
        inside = self.panel.layout.layers * self.panel.step
        left = self.x + (self.width - inside) / 2
        return left + place[0] * self.panel.step, self.y + _TITLE + _ROW / 2 + (place[1] - first) * _ROW

    def routes(self) -> Mapping[str, Sequence[Point]]:
        """The curve of every run, from the right of its source's name to the left of its target's."""
        return {
            found.name: self._route(found) for found in self.panel.arrows if found.name in self.panel.layout.routes
        }

    def _route(self, found: ArrowDocument) -> Sequence[Point]:
        places = [self.at(place) for place in self.panel.layout.routes[found.name]]
        sense = 1 if places[-1][0] >= places[0][0] else -1
        start = places[0][0] + sense * (len(found.source) * _WIDE_LETTER / 2 + 6)
        stop = places[-1][0] - sense * (len(found.target) * _WIDE_LETTER / 2 + 8)
        return curve([(start, places[0][1]), *places[1:-1], (stop, places[-1][1])])


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
    rise = 20.0 + 14 * index
    yield path(f"M{x - 7:.1f} {y - 8:.1f}C{x - 20:.1f} {y - rise:.1f} {x + 20:.1f} {y - rise:.1f} {x + 7:.1f} {y - 8:.1f}", "arrow")
    yield text(found.name, x + 16, y - rise + 6, "arrow-name")


def _arrows(placed: Placed) -> Iterator[Markup]:
    for name, points in placed.routes().items():
        yield from arrow(points)
        x = middle(points)[0] - 14
        yield text(name, x, height_at(points, x) - 6, "arrow-name", "middle")
    loops = [found for found in placed.panel.arrows if found.source == found.target]
    for index, found in enumerate(loops):
        yield from _loop(placed, found, index)


def drawn(placed: Placed) -> Iterator[Markup]:
    """The frame, the title, the arrows and the points of a panel."""
    if placed.panel.title:
        yield rectangle(placed.x, placed.y, placed.width, placed.panel.height, "space", rx=6)
        yield text(placed.panel.title, placed.x + 12, placed.y + 19, "object-name")
        start = placed.x + 20 + len(placed.panel.title) * _WIDE_LETTER
        yield text(placed.panel.definition, start, placed.y + 19, "definition")
    yield from _arrows(placed)
    for node, place in placed.panel.layout.nodes.items():
        x, y = placed.at(place)
        yield text(node, x, y + 4.5, "node", "middle")

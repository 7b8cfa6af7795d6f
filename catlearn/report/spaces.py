"""One object of a category with its points and runs, laid out from left to right; a formal category is one panel."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup

from catlearn.plan.theory_document import ArrowDocument
from catlearn.report.arrows import arrow, bent, curve
from catlearn.report.grid import grid
from catlearn.report.labels import NAME, Box, Label, beside, first_free
from catlearn.report.layering import Edge, Layout, layered
from catlearn.report.svg import Point, rectangle, text

_ROW, _RIM, _TITLE, _NARROW = 54.0, 18.0, 30.0, 168.0
_ROW_OF_CELLS, _CELL = 72.0, 54.0
_WIDE_LETTER, _LETTER = 8.0, 6.0
_SIDE = 2.6
_OBLIQUE = 1.55
_PETAL = 44.0


@dataclass(frozen=True)
class Panel:
    """The measured drawing of one object: its title, its definition, and the runs between its points."""

    title: str
    definition: str
    layout: Layout
    arrows: Sequence[ArrowDocument]
    bends: Mapping[str, float]
    """How far each arrow bends, as a share of its length, where the places are those of a grid."""
    cells: int = 0
    """How many cells stand side by side between runs of the same ends."""

    @property
    def step(self) -> float:
        """The distance of two layers: half an arrow with its ends and its name, and room for cells side by side."""
        names = max((len(found.name) for found in self.arrows), default=0) * NAME
        return max(92.0, (self._ends + names + 56) / 2, _CELL * (self.cells and self.cells + 1))

    @property
    def row(self) -> float:
        """The distance of two rows: more where cells stand between runs."""
        return _ROW_OF_CELLS if self.cells else _ROW

    @property
    def _ends(self) -> float:
        return max((len(node) for node in self.layout.nodes), default=0) * _WIDE_LETTER

    @property
    def _inside(self) -> float:
        names = max((name_width(found.name) for found in self.arrows), default=0.0)
        petals = 2 * self.room_for_loops + 2 * names if self.petals else 0.0
        left, _, right, _ = self.overhang
        beside = 2 * names + left + right if self.bends else 0.0
        return max(_NARROW, self.layout.layers * self.step + self._ends + beside, petals)

    @property
    def overhang(self) -> Box:
        """How far bent arrows reach beyond the outermost points: to the left, above, to the right and below."""
        first, last = self.layout.rows
        right, below = self.layout.layers * self.step, (last - first) * self.row
        places = {name: (x * self.step, (y - first) * self.row) for name, (x, y) in self.layout.nodes.items()}
        bows = [(found, self.bends[found.name]) for found in self.arrows if found.name in self.bends]
        points = [point for found, bow in bows for point in bent(places[found.source], places[found.target], bow)]
        across, down = ([0.0, *(point[axis] for point in points)] for axis in (0, 1))
        return -min(across), -min(down), max(0.0, max(across) - right), max(0.0, max(down) - below)

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
        below = self.room_for_loops if self.petals else 0.0
        rows = (last - first) * self.row + _ROW if self.layout.nodes else 4.0
        _, over, _, under = self.overhang
        return self.title_height + self.room_for_loops + over + rows + under + below

    @property
    def petals(self) -> bool:
        """Whether loops stand all around their point: it is the only one."""
        return len(self.layout.nodes) == 1

    @property
    def room_for_loops(self) -> float:
        """How far loops reach over their points."""
        loops = Counter(found.source for found in self.arrows if found.source == found.target)
        most = max(loops.values(), default=0)
        return (_PETAL + 6.0 * most if self.petals else 14.0 * most + 6) if most else 0.0


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

    def at(self, place: tuple[float, float]) -> Point:
        """The place of a layer and row."""
        first, _ = self.panel.layout.rows
        to_left, over, to_right, _ = self.panel.overhang
        left = self.x + (self.width - self.panel.layout.layers * self.panel.step + to_left - to_right) / 2
        top = self.y + self.panel.title_height + self.panel.room_for_loops + over + _ROW / 2
        return left + place[0] * self.panel.step, top + (place[1] - first) * self.panel.row

    def routes(self) -> Mapping[str, Sequence[Point]]:
        """The curve of every arrow between different points, from outside its source's name to its target's."""
        proper = [found for found in self.panel.arrows if found.source != found.target]
        return {found.name: self._straight(found) if self.panel.bends else self._route(found) for found in proper}

    def _route(self, found: ArrowDocument) -> Sequence[Point]:
        places = [self.at(place) for place in self.panel.layout.routes[found.name]]
        sense = 1 if places[-1][0] >= places[0][0] else -1
        start = places[0][0] + sense * (len(found.source) * _WIDE_LETTER / 2 + 6)
        stop = places[-1][0] - sense * (len(found.target) * _WIDE_LETTER / 2 + 8)
        return curve([(start, places[0][1]), *places[1:-1], (stop, places[-1][1])])

    def _straight(self, found: ArrowDocument) -> Sequence[Point]:
        nodes = self.panel.layout.nodes
        points = bent(self.at(nodes[found.source]), self.at(nodes[found.target]), self.panel.bends[found.name])
        boxes = self.nodes()
        return _outside(points, boxes[found.source], boxes[found.target])

    def nodes(self) -> Mapping[str, Box]:
        """What the name of each point covers, with some room around it."""
        boxes = {}
        for node, place in self.panel.layout.nodes.items():
            x, y = self.at(place)
            half = len(node) * _WIDE_LETTER / 2
            boxes[node] = (x - half - 6, y - 14, x + half + 6, y + 14)
        return boxes

    def loops(self) -> Mapping[str, Sequence[Point]]:
        """The curve of every arrow from a point to itself."""
        grouped: dict[str, list[str]] = {}
        for found in self.panel.arrows:
            if found.source == found.target:
                grouped.setdefault(found.source, []).append(found.name)
        boxes = self.nodes()
        return {
            name: self._petal(at, index, len(names), boxes[node]) if self.panel.petals else _arch(at, index)
            for node, names in grouped.items()
            for at in [self.at(self.panel.layout.nodes[node])]
            for index, name in enumerate(names)
        }

    def _petal(self, at: Point, index: int, count: int, box: Box) -> Sequence[Point]:
        """One of some loops that stand around a point, the first of them over it."""
        reach = self.panel.room_for_loops
        spread = min(0.7, math.pi / (count + 1))
        points = []
        for step in range(49):
            turn = -math.pi / 2 + 2 * math.pi * index / count + spread * (step / 24 - 1)
            away = 1.08 * reach * math.sin(math.pi * step / 48) ** 0.7
            points.append((at[0] + away * math.cos(turn), at[1] + away * math.sin(turn)))
        return _outside(points, box)

    def labels(self) -> Mapping[str, Label]:
        """Where the name of each arrow stands: beside its curve, clear of points and of names before it."""
        taken = [*self.nodes().values()]
        labels = {}
        for name, points in (*self.routes().items(), *self.loops().items()):
            labels[name] = found = first_free(beside(name, points), taken)
            taken.append(found.box)
        return labels


_TURNS = tuple(index * math.pi / 12 for index in range(13))


def _arch(at: Point, index: int) -> Sequence[Point]:
    """One of some loops over a point, each around those before it."""
    return [
        (at[0] - (11 + 3 * index) * math.cos(turn), at[1] - 13 - (18 + 14 * index) * math.sin(turn)) for turn in _TURNS
    ]


def _outside(points: Sequence[Point], *boxes: Box) -> Sequence[Point]:
    def within(point: Point) -> bool:
        return any(left < point[0] < right and top < point[1] < bottom for left, top, right, bottom in boxes)

    kept = [point for point in points if not within(point)]
    return kept if len(kept) > 2 else points


def name_width(name: str) -> float:
    """The room that the name of an arrow takes."""
    return len(name) * NAME


Laws = Sequence[tuple[str, tuple[str, ...], tuple[str, ...]]]


def panel(
    title: str,
    definition: str,
    nodes: Sequence[str],
    arrows: Sequence[ArrowDocument],
    pairs: Sequence[tuple[str, str]],
    laws: Laws = (),
) -> Panel:
    """Lay out some nodes and arrows: commuting squares as squares, where there are laws that say so; else from left to
    right, with the arrows of each of some pairs near each other."""
    edges = [Edge(found.name, found.source, found.target) for found in arrows]
    upright = grid(nodes, edges, laws)
    if upright is not None:
        return Panel(title, definition, _scaled(upright.places), arrows, upright.bends)
    known = {edge.name for edge in edges if edge.source != edge.target}
    near = [pair for pair in pairs if known.issuperset(pair)]
    ends = {edge.name: (edge.source, edge.target) for edge in edges}
    beside_each_other = Counter(ends[first] for first, _ in near)
    cells = max(beside_each_other.values(), default=0)
    return Panel(title, definition, layered(nodes, edges, near), arrows, {}, cells)


def _scaled(places: Mapping[str, Point]) -> Layout:
    """The layers and rows of places that are given in sides of a square."""
    wide = _OBLIQUE if any(x % 1 or y % 1 for x, y in places.values()) else 1.0
    left, top = min(x for x, _ in places.values()), min(y for _, y in places.values())
    return Layout({name: ((x - left) * 2 * wide, (y - top) * _SIDE * wide) for name, (x, y) in places.items()}, {})


def _arrows(placed: Placed) -> Iterator[Markup]:
    for points in (*placed.routes().values(), *placed.loops().values()):
        yield from arrow(points)
    kind = "arrow-name" if placed.panel.title else "arrow-name structural-name"
    for label in placed.labels().values():
        yield text(label.words, label.x, label.y, kind, label.anchor)


def names(placed: Placed) -> Iterator[Box]:
    """Where the names of points and arrows stand."""
    yield from placed.nodes().values()
    yield from (label.box for label in placed.labels().values())


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

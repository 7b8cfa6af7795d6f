"""The diagram of the categories: spaces with their points and runs, structural maps between the spaces, laws as
commuting shapes, 2-cells as double arrows, functors between the categories; beside it pullback squares and the strict
cells between update rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catlearn.plan.theory_document import (
    ArrowDocument,
    CategoryDocument,
    CellDocument,
    FunctorDocument,
    LawDocument,
    PullbackDocument,
    TheoryDocument,
)
from catlearn.report.arrows import arrow, corner, curve, double_arrow, height_at, middle, shortened
from catlearn.report.figure import Figure
from catlearn.report.layering import Edge, layered
from catlearn.report.numbers import plural
from catlearn.report.spaces import Box, Panel, Placed, drawn, framed, name_width, names, panel
from catlearn.report.svg import Point, dots, line, path, picture, rectangle, text, trace

_RIM, _TITLE, _BETWEEN, _BETWEEN_CATEGORIES = 18.0, 34.0, 42.0, 128.0
_BULGE = 34.0
_SHARES = (0.54, 0.6, 0.66, 0.72, 0.46, 0.4, 0.34, 0.78, 0.28, 0.22, 0.84)
"""Where along its runs a cell may stand, in the order of preference."""

Marks = Mapping[str, str]
"""What came of a law or a cell: the style of its verdict by its name, `met`, `unmet` or `open`."""

_GLYPHS = {"met": " ✓", "unmet": " ✗", "open": " ?"}


def _space(point: str) -> str:
    return point.partition("@")[0]


@dataclass(frozen=True)
class _Category:
    """A measured category: its panels from top to bottom, and the structural maps between them."""

    document: CategoryDocument
    panels: Sequence[Panel]
    maps: Sequence[ArrowDocument]

    @property
    def left(self) -> float:
        """The room for maps between panels that are not neighbours."""
        order = {found.title: index for index, found in enumerate(self.panels)}
        return _BULGE * sum(order[found.target] - order[found.source] != 1 for found in self.maps)

    @property
    def width(self) -> float:
        widest = max((found.width for found in self.panels), default=60.0)
        return max(widest, len(self.document.name) * 9.0) + 2 * _RIM + self.left

    @property
    def height(self) -> float:
        gaps = _BETWEEN * max(len(self.panels) - 1, 0)
        return _TITLE + sum(found.height for found in self.panels) + gaps + _RIM


def _is_formal(category: CategoryDocument) -> bool:
    return all(found.kind == "formal" for found in category.objects)


def _ordered(category: CategoryDocument, maps: Sequence[ArrowDocument]) -> list[str]:
    """The objects, sources of structural maps before targets."""
    objects = [found.name for found in category.objects]
    edges = [Edge(found.name, found.source, found.target) for found in maps]
    places = layered(objects, edges).nodes
    return sorted(objects, key=lambda name: (places[name][0], objects.index(name)))


def _interpreted(category: CategoryDocument, pairs: Sequence[tuple[str, str]]) -> _Category:
    definitions = {found.name: found.definition for found in category.objects}
    maps = [found for found in category.arrows if found.source in definitions and found.target in definitions]
    runs = [found for found in category.arrows if "@" in found.source]
    panels = []
    for name in _ordered(category, maps):
        inside = [found for found in runs if _space(found.source) == name == _space(found.target)]
        points = dict.fromkeys(end for found in inside for end in (found.source, found.target))
        panels.append(panel(name, definitions[name], tuple(points), inside, pairs))
    return _Category(category, panels, maps)


def _measured(category: CategoryDocument, pairs: Sequence[tuple[str, str]]) -> _Category:
    if not _is_formal(category):
        return _interpreted(category, pairs)
    objects = tuple(found.name for found in category.objects)
    return _Category(category, [panel("", "", objects, category.arrows, pairs)], ())


@dataclass(frozen=True)
class _PlacedCategory:
    """A category at a place, with its panels in theirs."""

    category: _Category
    x: float
    y: float
    panels: Mapping[str, Placed]

    @property
    def name(self) -> str:
        return self.category.document.name

    @property
    def right(self) -> float:
        return self.x + self.category.width

    @property
    def routes(self) -> dict[str, Sequence[Point]]:
        """The curves of all runs."""
        return {name: points for placed in self.panels.values() for name, points in placed.routes().items()}


def _placed(category: _Category, x: float, y: float) -> _PlacedCategory:
    panels, top = {}, y + _TITLE
    width = category.width - 2 * _RIM - category.left
    for found in category.panels:
        panels[found.title] = Placed(found, x + _RIM + category.left, top, width)
        top += found.height + _BETWEEN
    return _PlacedCategory(category, x, y, panels)


def _map_points(placed: _PlacedCategory, found: ArrowDocument, index: int, far: int) -> list[Point]:
    order = list(placed.panels)
    source, target = placed.panels[found.source], placed.panels[found.target]
    if order.index(found.target) - order.index(found.source) == 1:
        x = source.x + source.width / 2 + 64 * index
        return [(x, source.bottom + 4), (x, target.y - 4)]
    out, back = (source.x, source.centre[1]), (target.x, target.centre[1])
    bulge = _BULGE * (far + 0.8)
    shares = [step / 16 for step in range(17)]
    return [(out[0] - bulge * 4 * share * (1 - share) - 3, out[1] + (back[1] - out[1]) * share) for share in shares]


def _maps(placed: _PlacedCategory) -> Iterator[Markup]:
    between: dict[tuple[str, str], int] = {}
    far = 0
    for found in placed.category.maps:
        ends = (found.source, found.target)
        points = _map_points(placed, found, between.setdefault(ends, 0), far)
        between[ends] += 1
        far += len(points) > 2
        x, y = middle(points) if len(points) > 2 else (points[0][0], (points[0][1] + points[1][1]) / 2)
        yield from arrow(points, "structural")
        yield text(found.name, x + 9, y + 4, "arrow-name structural-name")


def _path_points(routes: Mapping[str, Sequence[Point]], names: Sequence[str]) -> list[Point]:
    return [point for name in names for point in routes[name]]


def _sides(routes: Mapping[str, Sequence[Point]], law: LawDocument) -> tuple[list[Point], list[Point]] | None:
    if not law.left or not law.right or not routes.keys() >= {*law.left, *law.right}:
        return None
    left, right = ([point for name in side for point in routes[name]] for side in (law.left, law.right))
    return left, right


def _law_place(left: Sequence[Point], right: Sequence[Point]) -> Point:
    x = (middle(left)[0] + middle(right)[0]) / 2
    return x, (height_at(left, x) + height_at(right, x)) / 2


def _law_shape(routes: Mapping[str, Sequence[Point]], law: LawDocument, marks: Marks) -> Iterator[Markup]:
    sides = _sides(routes, law)
    if sides is not None:
        yield path(trace([*sides[0], *sides[1][::-1]]) + "Z", f"commutes {marks.get(law.name, '')}")


def _law_name(routes: Mapping[str, Sequence[Point]], law: LawDocument, marks: Marks) -> Iterator[Markup]:
    sides = _sides(routes, law)
    if sides is not None:
        x, y = _law_place(*sides)
        mark = marks.get(law.name, "")
        yield text(f"= {law.name}{_GLYPHS.get(mark, '')}", x, y + 4, f"law-name {mark}", "middle")


def _law_box(routes: Mapping[str, Sequence[Point]], law: LawDocument) -> Box | None:
    sides = _sides(routes, law)
    if sides is None:
        return None
    x, y = _law_place(*sides)
    half = name_width(law.name) / 2 + 18
    return x - half, y - 9, x + half, y + 9


def _occupied(placed: _PlacedCategory) -> list[Box]:
    """The boxes of all names that stand in a category."""
    laws = (_law_box(placed.routes, law) for law in placed.category.document.laws)
    return [*(box for found in placed.panels.values() for box in names(found)), *(box for box in laws if box)]


def _overlap(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0.0) * max(height, 0.0)


@dataclass(frozen=True)
class _Spot:
    """A place for a cell: the ends of its arrow, and the point where its name begins."""

    start: Point
    end: Point
    name: Point

    def boxes(self, cell: CellDocument) -> tuple[Box, Box]:
        """What the arrow and the name cover."""
        top, bottom = sorted((self.start[1], self.end[1]))
        x, y = self.name
        return (self.start[0] - 6, top, self.start[0] + 6, bottom), (x, y - 10, x + name_width(cell.name) + 22, y + 8)


def _spots(source: Sequence[Point], target: Sequence[Point]) -> Iterator[_Spot]:
    """The places of a cell between two runs, the best first."""
    left, right = max(source[0][0], target[0][0]), min(source[-1][0], target[-1][0])
    for share in _SHARES:
        x = left + (right - left) * share
        start, end = shortened((x, height_at(source, x)), (x, height_at(target, x)), 7)
        for part in (0.5, 0.3, 0.7):
            yield _Spot(start, end, (x + 10, start[1] + (end[1] - start[1]) * part))


def _spot(cell: CellDocument, routes: Mapping[str, Sequence[Point]], taken: Sequence[Box]) -> _Spot:
    """The first place of a cell that covers the fewest names."""

    def covered(spot: _Spot) -> float:
        return sum(_overlap(box, other) for box in spot.boxes(cell) for other in taken)

    return min(_spots(routes[cell.source], routes[cell.target]), key=covered)


def _relation_cells(placed: _PlacedCategory, cells: Sequence[CellDocument], marks: Marks) -> Iterator[Markup]:
    routes, taken = placed.routes, _occupied(placed)
    for cell in cells:
        if cell.kind == "relation" and routes.keys() >= {cell.source, cell.target}:
            spot, mark = _spot(cell, routes, taken), marks.get(cell.name, "")
            taken.extend(spot.boxes(cell))
            yield from double_arrow(spot.start, spot.end, f"two-cell {mark}")
            name = f"{cell.name}{_GLYPHS.get(mark, '')}"
            yield text(name, spot.name[0], spot.name[1] + 4, f"cell-name {mark}")


def _category(placed: _PlacedCategory, cells: Sequence[CellDocument], marks: Marks) -> Iterator[Markup]:
    yield rectangle(placed.x, placed.y, placed.category.width, placed.category.height, "category", rx=10)
    yield text(placed.name, placed.x + _RIM, placed.y + 22, "category-name")
    routes = placed.routes
    for found in placed.panels.values():
        yield from framed(found)
    for law in placed.category.document.laws:
        yield from _law_shape(routes, law, marks)
    for found in placed.panels.values():
        yield from drawn(found)
    for law in placed.category.document.laws:
        yield from _law_name(routes, law, marks)
    yield from _maps(placed)
    yield from _relation_cells(placed, cells, marks)


def _object_image(source: Placed, target: Placed, shift: float) -> Iterator[Markup]:
    start, end = (source.x + source.width + 5, source.centre[1]), (target.x - 5, target.centre[1] + shift)
    yield line((start[0], start[1] - 4), (start[0], start[1] + 4), "image")
    yield from arrow(curve([start, end]), "image")


def _functor(functor: FunctorDocument, placed: Mapping[str, _PlacedCategory], index: int) -> Iterator[Markup]:
    source, target = placed[functor.source], placed[functor.target]
    order = list(source.panels)
    images = {name: image for name, image in functor.images if name in source.panels and image in target.panels}
    for index, name in enumerate(sorted(images, key=order.index)):
        shift = 9.0 * (index - (len(images) - 1) / 2)
        yield from _object_image(source.panels[name], target.panels[images[name]], shift)
    start, end = (source.right + 8, source.y + 18), (target.x - 8, target.y + 18 + 12 * index)
    if start[0] < end[0]:
        points = curve([start, end])
        yield from arrow(points, "functor")
        yield text(functor.name, middle(points)[0], middle(points)[1] - 9, "functor-name", "middle")


def _columns(theory: TheoryDocument) -> list[list[CategoryDocument]]:
    edges = [Edge(functor.name, functor.source, functor.target) for functor in theory.functors]
    drawing = layered([category.name for category in theory.categories], edges)
    layers = {name: layer // 2 for name, (layer, _) in drawing.nodes.items()}
    return [
        [category for category in theory.categories if layers[category.name] == layer]
        for layer in sorted(set(layers.values()))
    ]


def _all_placed(theory: TheoryDocument) -> tuple[list[_PlacedCategory], float, float]:
    pairs = [(cell.source, cell.target) for cell in theory.cells if cell.kind == "relation"]
    columns = [[_measured(category, pairs) for category in column] for column in _columns(theory)]
    heights = [sum(found.height for found in column) + 28 * (len(column) - 1) for column in columns]
    placed, x = [], 2.0
    for column in columns:
        y = 2.0
        for category in column:
            placed.append(_placed(category, x, y))
            y += category.height + 28
        x += max(category.width for category in column) + _BETWEEN_CATEGORIES
    return placed, x - _BETWEEN_CATEGORIES + 2, max(heights) + 4


def _described(theory: TheoryDocument) -> str:
    parts = [
        f"{category.name} has {plural(len(category.objects), 'object')} and {plural(len(category.arrows), 'arrow')}: "
        + ", ".join(f"{found.name} from {found.source} to {found.target}" for found in category.arrows)
        for category in theory.categories
    ]
    return ". ".join(parts) + "."


def categories(theory: TheoryDocument, marks: Marks) -> Figure | None:
    """All categories with the functors between them; None where there is none."""
    if not theory.categories:
        return None
    placed, width, height = _all_placed(theory)
    by_name = {found.name: found for found in placed}
    children = [mark for found in placed for mark in _category(found, theory.cells, marks)]
    into: dict[str, int] = {}
    for functor in theory.functors:
        into[functor.target] = into.get(functor.target, -1) + 1
        children += _functor(functor, by_name, into[functor.target])
    drawing = picture(width, height, "Diagram of the categories", _described(theory), children)
    return Figure(drawing, " ".join(_caption(theory)))


def _caption(theory: TheoryDocument) -> Iterator[str]:
    """What the signs of the diagram mean, those that are in it."""
    kinds = {found.kind for category in theory.categories for found in category.arrows}
    if "run" in kinds:
        yield "Each shaded space holds its points, with the runs between them from left to right."
    if kinds & {"structural", "leg"}:
        yield "The arrows between spaces are structural maps."
    if any(category.laws for category in theory.categories):
        yield "A tinted shape marked = is a law."
    if any(cell.kind == "relation" for cell in theory.cells):
        yield "A double arrow is a cell."
    if theory.functors:
        yield "A dotted arrow is the image of a space under a functor."


def _square(pullback: PullbackDocument, leg: str, source: str, target: str) -> Iterator[Markup]:
    left, right, top, bottom = 60.0, 216.0, 34.0, 138.0
    corners = ((pullback.name, left, top), ("1", right, top), (source, left, bottom), (target, right, bottom))
    for name, x, y in corners:
        yield text(name, x, y + 5, "node large", "middle")
    yield from arrow([(left + 18, top), (right - 16, top)], "structural")
    yield from arrow([(left + 18, bottom), (right - 18, bottom)], "structural")
    yield from arrow([(left, top + 15), (left, bottom - 16)], "structural")
    yield from arrow([(right, top + 15), (right, bottom - 16)], "structural")
    yield text(leg, left - 9, (top + bottom) / 2 + 4, "arrow-name", "end")
    yield text(pullback.map, (left + right) / 2, bottom - 8, "arrow-name", "middle")
    yield text(pullback.along, right + 9, (top + bottom) / 2 + 4, "arrow-name")
    yield corner((left + 17, top + 16))


def pullback_squares(theory: TheoryDocument) -> tuple[Figure, ...]:
    """The square of each pullback, with its corner marked."""
    arrows = {(category.name, found.name): found for category in theory.categories for found in category.arrows}
    figures = []
    for pullback in theory.pullbacks:
        along = arrows[pullback.category, pullback.map]
        legs = [leg for leg in pullback.legs if arrows[pullback.category, leg].target == along.source]
        caption = f"Pullback {pullback.name}: frozen {', '.join(pullback.frozen)}"
        described = f"{pullback.name} is the fibre of {pullback.map} over {pullback.along}."
        square = _square(pullback, legs[0] if legs else "", along.source, along.target)
        figures.append(Figure(picture(300, 168, f"Pullback {pullback.name}", described, square), caption, small=True))
    return tuple(figures)


def _globe(cell: CellDocument, mark: str) -> Iterator[Markup]:
    left, right, centre = 24.0, 276.0, 84.0
    x = (left + right) / 2 - name_width(cell.name) / 2 - 8
    for sense, name in ((-1, cell.source), (1, cell.target)):
        points = [
            (left + (right - left) * step / 24, centre + sense * 160 * (step / 24) * (1 - step / 24))
            for step in range(25)
        ]
        yield from arrow(points[1:-1])
        yield text(name, (left + right) / 2, centre + sense * 40 + (-9 if sense < 0 else 18), "arrow-name", "middle")
    yield path(dots(((left, centre), (right, centre))), "object-dot")
    yield from double_arrow((x, centre - 24), (x, centre + 24), f"two-cell {mark}")
    yield text(f"{cell.name}{_GLYPHS.get(mark, '')}", x + 11, centre + 4, f"cell-name {mark}")


def strict_cells(theory: TheoryDocument, marks: Marks) -> tuple[Figure, ...]:
    """Each strict cell as a double arrow between two update rules."""
    return tuple(
        Figure(
            picture(
                300,
                168,
                f"Strict cell {cell.name}",
                f"From {cell.source} to {cell.target} by {cell.by}.",
                _globe(cell, marks.get(cell.name, "")),
            ),
            f"{cell.name}: {cell.by}",
            small=True,
        )
        for cell in theory.cells
        if cell.kind == "strict"
    )

"""The diagram of the categories: spaces with their points and runs, structural maps between the spaces, laws as
commuting shapes, 2-cells as double arrows, functors between the categories."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catlearn.plan.theory_document import (
    ArrowDocument,
    CategoryDocument,
    CellDocument,
    FunctorDocument,
    LawDocument,
    TheoryDocument,
)
from catlearn.report.arrows import arrow, curve, double_arrow, head, height_at, middle, shortened
from catlearn.report.figure import Figure
from catlearn.report.labels import GLYPHS, Box, Label, Marks, first_free, leftwards, overlap
from catlearn.report.layering import Edge, layered
from catlearn.report.numbers import plural
from catlearn.report.spaces import Panel, Placed, drawn, framed, name_width, names, panel
from catlearn.report.svg import Point, line, path, picture, rectangle, text, trace

_RIM, _TITLE, _BETWEEN, _BETWEEN_CATEGORIES = 18.0, 34.0, 42.0, 128.0
_BULGE = 34.0
_LINE, _BOLD_LETTER = 18.0, 7.0
_SHARES = (0.54, 0.6, 0.66, 0.72, 0.46, 0.4, 0.34, 0.78, 0.28, 0.22, 0.84)
"""Where along its runs a cell may stand, in the order of preference."""


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
        far = [found for found in self.maps if order[found.target] - order[found.source] != 1]
        return _BULGE * len(far) + max((name_width(found.name) for found in far), default=0.0)

    @property
    def width(self) -> float:
        widest = max((found.width for found in self.panels), default=60.0)
        side_by_side = max((2 * sum(map(_map_room, found)) for found in _neighbours(self).values()), default=0.0)
        words = max([len(self.document.name) * 9.0, *(len(line) * _BOLD_LETTER for line in self.written)])
        return max(widest, side_by_side, words) + 2 * _RIM + self.left

    @property
    def written(self) -> Sequence[str]:
        """The laws that are no shape: those with a side that is an identity, or passes through a loop or a map
        between panels."""
        drawn = {found.name for each in self.panels for found in each.arrows if found.source != found.target}
        return [
            f"{law.name}: {' >> '.join(law.left) or 'id'} = {' >> '.join(law.right) or 'id'}"
            for law in self.document.laws
            if not (law.left and law.right and drawn.issuperset((*law.left, *law.right)))
        ]

    @property
    def height(self) -> float:
        gaps = _BETWEEN * max(len(self.panels) - 1, 0)
        return _TITLE + sum(found.height for found in self.panels) + gaps + _LINE * len(self.written) + _RIM


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
    laws = [(law.name, law.left, law.right) for law in category.laws]
    return _Category(category, [panel("", "", objects, category.arrows, pairs, laws)], ())


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


def _neighbours(category: _Category) -> Mapping[tuple[str, str], list[ArrowDocument]]:
    """The maps between a panel and the next one below, by their ends."""
    order = [found.title for found in category.panels]
    grouped: dict[tuple[str, str], list[ArrowDocument]] = {}
    for found in category.maps:
        if order.index(found.target) - order.index(found.source) == 1:
            grouped.setdefault((found.source, found.target), []).append(found)
    return grouped


def _map_room(found: ArrowDocument) -> float:
    return name_width(found.name) + 34


def _downwards(placed: _PlacedCategory) -> Mapping[str, Sequence[Point]]:
    """The maps between neighbours, side by side around the middle."""
    points: dict[str, Sequence[Point]] = {}
    for (source, target), maps in _neighbours(placed.category).items():
        above, below = placed.panels[source], placed.panels[target]
        x = above.centre[0] - sum(map(_map_room, maps[:-1])) / 2
        for found in maps:
            points[found.name] = ((x, above.bottom + 4), (x, below.y - 4))
            x += _map_room(found)
    return points


def _around(placed: _PlacedCategory) -> Mapping[str, Sequence[Point]]:
    """The maps between panels that are not neighbours, at the left of all panels."""
    beside_it = _downwards(placed)
    shares = [step / 16 for step in range(17)]
    points: dict[str, Sequence[Point]] = {}
    for found in placed.category.maps:
        if found.name not in beside_it:
            source, target = placed.panels[found.source], placed.panels[found.target]
            lower = 8.0 if found.source == found.target else 0.0
            out, back = (source.x, source.centre[1] - lower), (target.x, target.centre[1] + lower)
            bulge = _BULGE * (len(points) + 0.8)
            points[found.name] = [
                (out[0] - bulge * 4 * share * (1 - share) - 3, out[1] + (back[1] - out[1]) * share) for share in shares
            ]
    return points


def _maps(placed: _PlacedCategory) -> Iterator[Markup]:
    taken: list[Box] = []
    for name, points in (*_downwards(placed).items(), *_around(placed).items()):
        yield from arrow(points, "structural")
        if len(points) == 2:
            label = Label(name, points[0][0] + 9, (points[0][1] + points[1][1]) / 2 + 4, "start")
        else:
            label = first_free(leftwards(name, points), taken)
        taken.append(label.box)
        yield text(label.words, label.x, label.y, "arrow-name structural-name", label.anchor)


def _sides(routes: Mapping[str, Sequence[Point]], law: LawDocument) -> tuple[list[Point], list[Point]] | None:
    if not law.left or not law.right or not routes.keys() >= {*law.left, *law.right}:
        return None
    left, right = ([point for name in side for point in routes[name]] for side in (law.left, law.right))
    return left, right


def _law_place(placed: _PlacedCategory, left: Sequence[Point], right: Sequence[Point]) -> Point:
    (x, y), (other_x, other_y) = middle(left), middle(right)
    centre = (x + other_x) / 2
    if any(found.panel.bends for found in placed.panels.values()):
        return centre, (y + other_y) / 2
    return centre, (height_at(left, centre) + height_at(right, centre)) / 2


def _law_shape(routes: Mapping[str, Sequence[Point]], law: LawDocument, marks: Marks) -> Iterator[Markup]:
    sides = _sides(routes, law)
    if sides is not None:
        yield path(trace([*sides[0], *sides[1][::-1]]) + "Z", f"commutes {marks.get(law.name, '')}")


def _law_labels(placed: _PlacedCategory, marks: Marks) -> Mapping[str, Label]:
    """Where the name of each law stands: inside its shape, clear of all other names."""
    routes = placed.routes
    taken = [box for found in placed.panels.values() for box in names(found)]
    labels = {}
    for law in placed.category.document.laws:
        sides = _sides(routes, law)
        if sides is not None:
            x, y = _law_place(placed, *sides)
            words = f"= {law.name}{GLYPHS.get(marks.get(law.name, ''), '')}"
            shifts = ((dx, dy) for dy in (0, 18, -18, 34, -34) for dx in (0, 40, -40, 80, -80))
            labels[law.name] = first_free(
                (Label(words, x + dx, y + dy + 4, letter=_BOLD_LETTER) for dx, dy in shifts), taken
            )
            taken.append(labels[law.name].box)
    return labels


def _occupied(placed: _PlacedCategory) -> list[Box]:
    """The boxes of all names that stand in a category."""
    laws = [label.box for label in _law_labels(placed, {}).values()]
    return [*(box for found in placed.panels.values() for box in names(found)), *laws]


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


_RUN_OVER, _SHORT, _LONG_ENOUGH = 40.0, 12.0, 34.0
"""What a point of an arrow counts for that runs through a name, as an area of other names; and what each unit of
length that a double arrow lacks."""


def _spot(cell: CellDocument, routes: Mapping[str, Sequence[Point]], taken: Sequence[Box]) -> _Spot:
    """The first place of a cell that covers the fewest names, whose own name the fewest arrows run through, and where
    there is room for a double arrow."""

    def covered(spot: _Spot) -> float:
        _, (left, top, right, bottom) = boxes = spot.boxes(cell)
        run_over = sum(left < x < right and top < y < bottom for points in routes.values() for x, y in points)
        short = max(0.0, _LONG_ENOUGH - abs(spot.end[1] - spot.start[1]))
        return sum(overlap(box, other) for box in boxes for other in taken) + _RUN_OVER * run_over + _SHORT * short

    return min(_spots(routes[cell.source], routes[cell.target]), key=covered)


def _relation_cells(placed: _PlacedCategory, cells: Sequence[CellDocument], marks: Marks) -> Iterator[Markup]:
    routes, taken = placed.routes, _occupied(placed)
    for cell in cells:
        if cell.kind == "relation" and routes.keys() >= {cell.source, cell.target}:
            spot, mark = _spot(cell, routes, taken), marks.get(cell.name, "")
            taken.extend(spot.boxes(cell))
            yield from double_arrow(spot.start, spot.end, f"two-cell {mark}")
            name = f"{cell.name}{GLYPHS.get(mark, '')}"
            yield text(name, spot.name[0], spot.name[1] + 4, f"cell-name {mark}")


def _category(placed: _PlacedCategory, cells: Sequence[CellDocument], marks: Marks) -> Iterator[Markup]:
    yield rectangle(placed.x, placed.y, placed.category.width, placed.category.height, "category", rx=10)
    yield text(placed.name, placed.x + _RIM, placed.y + 22, "category-name")
    routes = placed.routes
    top = placed.y + placed.category.height - _RIM / 2 - _LINE * len(placed.category.written)
    for index, words in enumerate(placed.category.written):
        yield text(words, placed.x + _RIM, top + _LINE * index + 9, "law-name structural-name")
    for found in placed.panels.values():
        yield from framed(found)
    for law in placed.category.document.laws:
        yield from _law_shape(routes, law, marks)
    for found in placed.panels.values():
        yield from drawn(found)
    for name, label in _law_labels(placed, marks).items():
        yield text(label.words, label.x, label.y, f"law-name {marks.get(name, '')}".rstrip(), label.anchor)
    yield from _maps(placed)
    yield from _relation_cells(placed, cells, marks)


def _object_image(source: Placed, target: Placed, shift: float) -> Iterator[Markup]:
    start, end = (source.x + source.width + 5, source.centre[1]), (target.x - 5, target.centre[1] + shift)
    yield line((start[0], start[1] - 4), (start[0], start[1] + 4), "image")
    yield path(trace(curve([start, end])), "image")
    yield head(end, (1.0, 0.0), "image-head", 6.0)


def _functor(functor: FunctorDocument, placed: Mapping[str, _PlacedCategory], row: int) -> Iterator[Markup]:
    source, target = placed[functor.source], placed[functor.target]
    order = list(source.panels)
    images = {name: image for name, image in functor.images if name in source.panels and image in target.panels}
    for index, name in enumerate(sorted(images, key=order.index)):
        shift = 9.0 * (index - (len(images) - 1) / 2)
        yield from _object_image(source.panels[name], target.panels[images[name]], shift)
    points = _functor_points(source, target, row)
    x, y = middle(points)
    yield from arrow(points, "functor")
    if points[-1][0] > points[0][0]:
        yield text(functor.name, x, y - 9, "functor-name", "middle")
    else:
        yield text(functor.name, x + 9, y + 5, "functor-name")


def _functor_points(source: _PlacedCategory, target: _PlacedCategory, row: int) -> Sequence[Point]:
    """A curve from a category to one at its right; around the right sides where the target is not there."""
    start, end = (source.right + 8, source.y + 22 + 30 * row), (target.x - 8, target.y + 22 + 30 * row)
    if start[0] < end[0]:
        return curve([start, end])
    back = (target.right + 8, target.y + 22 + 30 * row + (16 if target is source else 0))
    return [
        (x + 120 * share * (1 - share), y)
        for share in (step / 16 for step in range(17))
        for x, y in [(start[0] + (back[0] - start[0]) * share, start[1] + (back[1] - start[1]) * share)]
    ]


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
    return placed, x - (0.0 if _turns_back(theory, placed) else _BETWEEN_CATEGORIES) + 2, max(heights) + 4


def _turns_back(theory: TheoryDocument, placed: Sequence[_PlacedCategory]) -> bool:
    """Whether some functor leads around the right side of the last column."""
    by_name = {found.name: found for found in placed}
    return any(by_name[functor.target].x <= by_name[functor.source].right for functor in theory.functors)


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
    for row, functor in enumerate(theory.functors):
        children += _functor(functor, by_name, row)
    drawing = picture(width, height, "Diagram of the categories", _described(theory), children)
    shapes = any(_sides(found.routes, law) for found in placed for law in found.category.document.laws)
    return Figure(drawing, " ".join(_caption(theory, shapes)))


def _caption(theory: TheoryDocument, shapes: bool) -> Iterator[str]:
    """What the signs of the diagram mean, those that are in it."""
    kinds = {found.kind for category in theory.categories for found in category.arrows}
    if "run" in kinds:
        yield "Each shaded space holds its points, with the runs between them from left to right."
    if kinds & {"structural", "leg"}:
        yield "The arrows between spaces are structural maps."
    if shapes:
        yield "A tinted shape marked = is a law."
    if any(cell.kind == "relation" for cell in theory.cells):
        yield "A double arrow is a cell."
    if theory.functors and kinds - {"formal"}:
        yield "A dotted arrow is the image of a space under a functor."

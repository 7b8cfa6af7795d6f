"""A theory as diagrams of nodes, arrows and 2-cells, before any text format: what DOT, Mermaid and TikZ-cd write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from catlearn.plan.theory_document import CategoryDocument, TheoryDocument
from catlearn.report.graph.selection import Selection
from catlearn.report.grid import grid
from catlearn.report.layering import Edge, layered
from catlearn.report.squares import Square, cartesian_squares, naturality


@dataclass(frozen=True)
class Node:
    """An object, a point of a space, or an update rule's end; `group` is the space of a point."""

    key: str
    name: str
    group: str = ""


@dataclass(frozen=True)
class Arrow:
    """An arrow between two nodes, by their keys; `kind` is `arrow`, `structural` or `functor`."""

    name: str
    source: str
    target: str
    kind: str = "arrow"


@dataclass(frozen=True)
class DoubleArrow:
    """A 2-cell between two arrows, by their names."""

    name: str
    source: str
    target: str


@dataclass(frozen=True)
class Diagram:
    """One diagram: `places` are column and row of each node, `equations` the laws as text, `corner` the node at which
    the mark of a pullback stands."""

    title: str
    nodes: Sequence[Node]
    arrows: Sequence[Arrow]
    cells: Sequence[DoubleArrow] = ()
    equations: Sequence[str] = ()
    corner: str | None = None
    upright: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def places(self) -> Mapping[str, tuple[int, int]]:
        """Column and row of each node, no two the same."""
        return self.upright or _ranked(self.nodes, self.arrows)


def _ranked(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> dict[str, tuple[int, int]]:
    edges = [Edge(str(index), found.source, found.target) for index, found in enumerate(arrows)]
    layout = layered([node.key for node in nodes], edges)
    rows = sorted({row for _, row in layout.nodes.values()})
    return {key: (int(layer) // 2, rows.index(row)) for key, (layer, row) in layout.nodes.items()}


def _upright(category: CategoryDocument, nodes: Sequence[Node]) -> Mapping[str, tuple[int, int]]:
    """Columns and rows at which commuting squares are squares, where they are; a cube takes four of each."""
    edges = [Edge(found.name, found.source, found.target) for found in category.arrows]
    laws = [(law.name, law.left, law.right) for law in category.laws]
    found = grid([node.key for node in nodes], edges, laws)
    if found is None:
        return {}
    columns = sorted({x for x, _ in found.places.values()})
    rows = sorted({y for _, y in found.places.values()})
    return {key: (columns.index(x), rows.index(y)) for key, (x, y) in found.places.items()}


def _nodes(category: CategoryDocument) -> list[Node]:
    objects = [found.name for found in category.objects]
    points = dict.fromkeys(
        end for found in category.arrows for end in (found.source, found.target) if end not in objects
    )
    return [*(Node(name, name, name) for name in objects), *(Node(end, end, end.partition("@")[0]) for end in points)]


def category_diagram(theory: TheoryDocument, category: CategoryDocument) -> Diagram:
    """The objects, points and arrows of a category, with its laws and the cells between its runs."""
    nodes = _nodes(category)
    arrows = [
        Arrow(found.name, found.source, found.target, "structural" if found.kind in ("structural", "leg") else "arrow")
        for found in category.arrows
    ]
    names = {found.name for found in arrows}
    cells = [
        DoubleArrow(cell.name, cell.source, cell.target) for cell in theory.cells if {cell.source, cell.target} <= names
    ]
    equations = [f"{law.name}: {_path(law.left)} == {_path(law.right)}" for law in category.laws]
    return Diagram(f"category {category.name}", nodes, arrows, cells, equations, upright=_upright(category, nodes))


def _path(parts: Sequence[str]) -> str:
    return " >> ".join(parts) or "id"


def _of_square(title: str, square: Square) -> Diagram:
    corners = (square.upper_left, square.upper_right, square.lower_left, square.lower_right)
    keys = ("upper left", "upper right", "lower left", "lower right")
    sides = (
        (square.top, 0, 1),
        (square.bottom, 2, 3),
        (square.left, 0, 2),
        (square.right, 1, 3),
    )
    return Diagram(
        title,
        [Node(key, name) for key, name in zip(keys, corners, strict=True)],
        [Arrow(name, keys[source], keys[target], "structural") for name, source, target in sides],
        corner=keys[0] if square.cartesian else None,
        upright={key: (index % 2, index // 2) for index, key in enumerate(keys)},
    )


def _functors(theory: TheoryDocument) -> Iterator[Diagram]:
    if theory.functors:
        ends = dict.fromkeys(end for functor in theory.functors for end in (functor.source, functor.target))
        yield Diagram(
            "functors",
            [Node(name, name) for name in ends],
            [Arrow(functor.name, functor.source, functor.target, "functor") for functor in theory.functors],
            [DoubleArrow(found.name, found.source, found.target) for found in theory.transformations],
        )


def _squares(theory: TheoryDocument) -> Iterator[Diagram]:
    for name, square, _ in cartesian_squares(theory):
        yield _of_square(f"pullback {name}", square)
    for transformation in theory.transformations:
        for name, square in naturality(theory, transformation):
            yield _of_square(f"naturality of {transformation.name} at {name}", square)


def _strict_cells(theory: TheoryDocument) -> Iterator[Diagram]:
    for cell in theory.cells:
        if cell.kind == "strict":
            nodes = [Node("states before", "S × P"), Node("states after", "S × P")]
            arrows = [Arrow(name, nodes[0].key, nodes[1].key) for name in (cell.source, cell.target)]
            yield Diagram(f"cell {cell.name}", nodes, arrows, [DoubleArrow(cell.name, cell.source, cell.target)])


def diagrams(selection: Selection) -> Sequence[Diagram]:
    """All diagrams of a selection: categories, functors with their transformations, squares, strict cells."""
    theory = selection.theory
    return [
        *(category_diagram(theory, category) for category in theory.categories if selection.categories),
        *_functors(theory),
        *_squares(theory),
        *_strict_cells(theory),
    ]

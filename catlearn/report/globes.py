"""2-cells on their own: a double arrow between two parallel arrows, as of update rules or of functors."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from catlearn.plan.theory_document import TheoryDocument
from catlearn.report.arrows import arrow, double_arrow
from catlearn.report.figure import Figure
from catlearn.report.labels import GLYPHS, NAME, Marks
from catlearn.report.svg import dots, path, picture, text

_CENTRE, _HEIGHT = 84.0, 168.0


@dataclass(frozen=True)
class Globe:
    """Two parallel arrows with a double arrow from the upper to the lower; ends without a name are dots."""

    name: str
    upper: str
    lower: str
    left: str = ""
    right: str = ""
    mark: str = ""

    @property
    def start(self) -> float:
        """Where the left end stands."""
        return 24.0 + len(self.left) * 4

    @property
    def width(self) -> float:
        """The width with all names."""
        names = max(len(self.upper), len(self.lower), len(self.name) + 6) * NAME
        return max(268.0, names + 60 + (len(self.left) + len(self.right)) * 8)


def _side(globe: Globe, sense: int, stop: float) -> list[tuple[float, float]]:
    shares = [step / 24 for step in range(25)]
    return [
        (globe.start + (stop - globe.start) * share, _CENTRE + sense * 160 * share * (1 - share)) for share in shares
    ]


def drawn(globe: Globe) -> Iterator[Markup]:
    """The two arrows, the cell between them and all names."""
    stop = globe.width - 24.0 - len(globe.right) * 4
    centre = (globe.start + stop) / 2
    for sense, name in ((-1, globe.upper), (1, globe.lower)):
        yield from arrow(_side(globe, sense, stop)[2:-2] if globe.left else _side(globe, sense, stop)[1:-1])
        yield text(
            name, centre, _CENTRE + sense * 40 + (-9 if sense < 0 else 18), "arrow-name structural-name", "middle"
        )
    for name, x in ((globe.left, globe.start), (globe.right, stop)):
        yield text(name, x, _CENTRE + 5, "node large", "middle") if name else path(dots(((x, _CENTRE),)), "object-dot")
    words = f"{globe.name}{GLYPHS.get(globe.mark, '')}"
    x = centre - len(words) * NAME / 2 - 8
    yield from double_arrow((x, _CENTRE - 24), (x, _CENTRE + 24), f"two-cell {globe.mark}".rstrip())
    yield text(words, x + 11, _CENTRE + 4, f"cell-name structural-name {globe.mark}".rstrip())


def _figure(globe: Globe, title: str, described: str, caption: str) -> Figure:
    return Figure(picture(globe.width, _HEIGHT, title, described, drawn(globe)), caption, small=True)


def strict_cells(theory: TheoryDocument, marks: Marks) -> tuple[Figure, ...]:
    """Each strict cell as a double arrow between two update rules."""
    return tuple(
        _figure(
            Globe(cell.name, cell.source, cell.target, mark=marks.get(cell.name, "")),
            f"Strict cell {cell.name}",
            f"From {cell.source} to {cell.target} by {cell.by}.",
            f"{cell.name}: {cell.by}" if cell.by else cell.name,
        )
        for cell in theory.cells
        if cell.kind == "strict"
    )


def transformations(theory: TheoryDocument) -> tuple[Figure, ...]:
    """Each transformation as a double arrow between two functors."""
    functors = {functor.name: functor for functor in theory.functors}
    figures = []
    for found in theory.transformations:
        functor = functors.get(found.source)
        ends = (functor.source, functor.target) if functor else ("", "")
        figures.append(
            _figure(
                Globe(found.name, found.source, found.target, *ends),
                f"Transformation {found.name}",
                f"From {found.source} to {found.target}.",
                f"{found.name}: " + ", ".join(f"{place} |-> {value}" for place, value in found.components),
            )
        )
    return tuple(figures)

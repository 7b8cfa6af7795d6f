"""Squares of a theory on their own: pullbacks with their corner, and the naturality squares of transformations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from catlearn.plan.theory_document import (
    ArrowDocument,
    FunctorDocument,
    PullbackDocument,
    TheoryDocument,
    TransformationDocument,
)
from catlearn.report.arrows import arrow, corner
from catlearn.report.figure import Figure
from catlearn.report.labels import NAME
from catlearn.report.svg import picture, text

_LETTER, _SIDE, _GAP = 9.0, 104.0, 9.0


@dataclass(frozen=True)
class Square:
    """Four objects and the four arrows between them; `cartesian` where it is a pullback."""

    upper_left: str
    upper_right: str
    lower_left: str
    lower_right: str
    top: str
    bottom: str
    left: str
    right: str
    cartesian: bool

    @property
    def start(self) -> float:
        """Where the left side stands."""
        return 20 + max(
            len(self.left) * NAME + _GAP, len(self.upper_left) * _LETTER / 2, len(self.lower_left) * _LETTER / 2
        )

    @property
    def stop(self) -> float:
        """Where the right side stands."""
        ends = max(len(self.upper_left) + len(self.upper_right), len(self.lower_left) + len(self.lower_right))
        return self.start + max(130.0, max(len(self.top), len(self.bottom)) * NAME + ends * _LETTER / 2 + 60)

    @property
    def width(self) -> float:
        """The width with all names."""
        right = (
            len(self.right) * NAME + _GAP,
            len(self.upper_right) * _LETTER / 2,
            len(self.lower_right) * _LETTER / 2,
        )
        return max(268.0, self.stop + max(right) + 20)

    @property
    def height(self) -> float:
        """The height with all names."""
        return _SIDE + 64


def _horizontal(square: Square, y: float, source: str, target: str, name: str) -> Iterator[Markup]:
    start, stop = square.start + len(source) * _LETTER / 2 + 10, square.stop - len(target) * _LETTER / 2 - 10
    yield from arrow([(start, y), (stop, y)], "structural")
    yield text(name, (start + stop) / 2, y - 8, "arrow-name structural-name", "middle")


def drawn(square: Square) -> Iterator[Markup]:
    """The arrows and names of a square."""
    top, bottom = 34.0, 34.0 + _SIDE
    rows = ((square.upper_left, square.upper_right, top), (square.lower_left, square.lower_right, bottom))
    for left, right, y in rows:
        yield text(left, square.start, y + 5, "node large", "middle")
        yield text(right, square.stop, y + 5, "node large", "middle")
    yield from _horizontal(square, top, square.upper_left, square.upper_right, square.top)
    yield from _horizontal(square, bottom, square.lower_left, square.lower_right, square.bottom)
    middle = (top + bottom) / 2 + 4
    for x, name, anchor, shift in (
        (square.start, square.left, "end", -_GAP),
        (square.stop, square.right, "start", _GAP),
    ):
        yield from arrow([(x, top + 15), (x, bottom - 16)], "structural")
        yield text(name, x + shift, middle, "arrow-name structural-name", anchor)
    if square.cartesian:
        yield corner((square.start + 15, top + 14))


def pullback_square(pullback: PullbackDocument, arrows: Mapping[str, ArrowDocument]) -> Square:
    """The square of a pullback along a point, `1 -> E`, or along an arrow of the category."""
    along = arrows.get(pullback.along)
    source, target = arrows[pullback.map].source, arrows[pullback.map].target
    into = {end: [leg for leg in pullback.legs if arrows[leg].target == end] for end in _ends(source, along)}
    other = along.source if along else "1"
    return Square(
        upper_left=pullback.name,
        upper_right=other,
        lower_left=source,
        lower_right=target,
        top=next(iter(into.get(other, ())[-1:]), "") if along else "",
        bottom=pullback.map,
        left=next(iter(into[source]), ""),
        right=pullback.along,
        cartesian=True,
    )


def _ends(source: str, along: ArrowDocument | None) -> tuple[str, ...]:
    return (source, along.source) if along else (source,)


def pullback_squares(theory: TheoryDocument) -> tuple[Figure, ...]:
    """The square of each pullback, with its corner marked."""
    figures = []
    for pullback in theory.pullbacks:
        square = pullback_square(pullback, arrows_of(theory, pullback.category))
        frozen = f": frozen {', '.join(pullback.frozen)}" if pullback.frozen else ""
        described = f"{pullback.name} is the fibre product of {pullback.map} and {pullback.along}."
        figures.append(_figure(square, f"Pullback {pullback.name}", described, f"Pullback {pullback.name}{frozen}"))
    return tuple(figures)


def _figure(square: Square, title: str, described: str, caption: str) -> Figure:
    return Figure(picture(square.width, square.height, title, described, drawn(square)), caption, small=True)


def arrows_of(theory: TheoryDocument, category: str) -> Mapping[str, ArrowDocument]:
    """The arrows of a category by name."""
    return {
        found.name: found for document in theory.categories if document.name == category for found in document.arrows
    }


def naturality(theory: TheoryDocument, transformation: TransformationDocument) -> Iterator[tuple[str, Square]]:
    """The square at each arrow of the source category between objects that have components, with the arrow's name."""
    functors: dict[str, FunctorDocument] = {functor.name: functor for functor in theory.functors}
    source, target = functors.get(transformation.source), functors.get(transformation.target)
    if source is None or target is None:
        return
    here, there, components = dict(source.images), dict(target.images), dict(transformation.components)
    for name, found in arrows_of(theory, source.source).items():
        if {found.source, found.target} <= components.keys() and found.source != found.target:
            yield (
                name,
                Square(
                    upper_left=here[found.source],
                    upper_right=there[found.source],
                    lower_left=here[found.target],
                    lower_right=there[found.target],
                    top=components[found.source],
                    bottom=components[found.target],
                    left=here[name],
                    right=there[name],
                    cartesian=False,
                ),
            )


def naturality_squares(theory: TheoryDocument) -> tuple[Figure, ...]:
    """The naturality squares of all transformations."""
    return tuple(
        _figure(
            square,
            f"Naturality of {transformation.name} at {name}",
            f"{square.top} >> {square.right} = {square.left} >> {square.bottom}.",
            f"{transformation.name} is natural at {name}",
        )
        for transformation in theory.transformations
        for name, square in naturality(theory, transformation)
    )

"""Squares of a theory on their own: pullbacks with their corner, and the naturality squares of transformations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from catlearn.plan.theory_document import (
    ArrowDocument,
    FunctorDocument,
    JointPullbackDocument,
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
    """The square of a pullback along a point, `1 -> E`."""
    found = arrows[pullback.map]
    return Square(
        upper_left=pullback.name,
        upper_right="1",
        lower_left=found.source,
        lower_right=found.target,
        top="",
        bottom=pullback.map,
        left=next((leg for leg in pullback.legs if arrows[leg].target == found.source), ""),
        right=pullback.along,
        cartesian=True,
    )


def joint_square(pullback: JointPullbackDocument, arrows: Mapping[str, ArrowDocument]) -> Square:
    """The square of the pullback of two maps."""
    left, top = (*pullback.legs, "", "")[:2]
    return Square(
        upper_left=pullback.name,
        upper_right=arrows[pullback.along].source,
        lower_left=arrows[pullback.map].source,
        lower_right=arrows[pullback.map].target,
        top=top,
        bottom=pullback.map,
        left=left,
        right=pullback.along,
        cartesian=True,
    )


def cartesian_squares(theory: TheoryDocument) -> Iterator[tuple[str, Square, str]]:
    """The name of each pullback with its square and what it does to blocks."""
    for fibre in theory.pullbacks:
        square = pullback_square(fibre, arrows_of(theory, fibre.category))
        yield fibre.name, square, f"frozen {', '.join(fibre.frozen)}" if fibre.frozen else ""
    for joint in theory.joint_pullbacks:
        square = joint_square(joint, arrows_of(theory, joint.category))
        yield joint.name, square, f"shared {', '.join(joint.shared)}" if joint.shared else ""


def pullback_squares(theory: TheoryDocument) -> tuple[Figure, ...]:
    """The square of each pullback, with its corner marked."""
    return tuple(
        _figure(
            square,
            f"Pullback {name}",
            f"{name} is the fibre product of {square.bottom} and {square.right}.",
            f"Pullback {name}: {blocks}" if blocks else f"Pullback {name}",
        )
        for name, square, blocks in cartesian_squares(theory)
    )


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
            f"{transformation.name} is natural at {name}"
            if name in transformation.squares
            else f"{transformation.name} at {name}: not known to commute",
        )
        for transformation in theory.transformations
        for name, square in naturality(theory, transformation)
    )

"""Persistence diagrams of representations, and the distances between them."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from catlearn.evidence.documents import DiagramPicture, DiagramsEvidence
from catlearn.report.axes import Frame, Scale, from_zero, horizontal_axis, threshold, vertical_axis
from catlearn.report.figure import WIDE, Figure
from catlearn.report.numbers import ranges, significant
from catlearn.report.ranked import Interval, whiskers
from catlearn.report.svg import Point, coordinate, dots, line, path, picture, text, thinned

_PANEL, _SIDE = 230.0, 168.0
_LAYERS = 8
"""Points are drawn in so many layers, so that dense places are darker: a path does not darken where it meets itself."""


def _pairs(diagrams: Sequence[DiagramPicture]) -> list[Point]:
    return [pair for diagram in diagrams for pair in diagram.pairs]


def _panel(diagrams: Sequence[DiagramPicture], scale: float, x: float, y: float, hue: int) -> Iterator[Markup]:
    frame = Frame(from_zero([scale], x + 44, x + 44 + _SIDE), from_zero([scale], y + 30 + _SIDE, y + 30))
    name, degree = diagrams[0].member.name, diagrams[0].degree
    yield from vertical_axis(frame)
    yield from horizontal_axis(frame, "birth", 4)
    yield text("death", frame.left - 7, frame.top - 10, "axis-title")
    yield text(f"{name}, degree {degree}", frame.right, frame.top - 10, "panel-title", "end")
    yield line((frame.left, frame.bottom), (frame.right, frame.top), "diagonal")
    drawn = thinned([frame.at(*pair) for pair in _pairs(diagrams)])
    together = len({birth for birth, _ in drawn}) <= 1
    for layer in range(_LAYERS):
        part = drawn[layer::_LAYERS]
        if part:
            yield path(_strokes(part) if together else dots(part), f"{'deaths' if together else 'points'} hue-{hue}")


def _strokes(points: Sequence[Point]) -> str:
    return "".join(f"M{coordinate(x)} {coordinate(y)}h16" for x, y in points)


def _families(evidence: DiagramsEvidence) -> dict[int, dict[str, list[DiagramPicture]]]:
    families: dict[int, dict[str, list[DiagramPicture]]] = {}
    for diagram in sorted(evidence.diagrams, key=lambda found: found.degree):
        families.setdefault(diagram.degree, {}).setdefault(diagram.member.job, []).append(diagram)
    return families


def _panels(evidence: DiagramsEvidence) -> Iterator[Markup]:
    place = 0
    for members in _families(evidence).values():
        scale = max((value for found in members.values() for pair in _pairs(found) for value in pair), default=1.0)
        for hue, found in enumerate(members.values()):
            yield from _panel(found, scale, _PANEL * (place % 4), 252.0 * (place // 4), hue)
            place += 1


def _diagrams(evidence: DiagramsEvidence) -> Figure:
    count = sum(len(members) for members in _families(evidence).values())
    height = 252.0 * -(-count // 4)
    seeds = ranges(diagram.member.seed for diagram in evidence.diagrams)
    described = "Birth and death of each class of homology, in units of the normalised clouds."
    return Figure(
        picture(WIDE, height, "Persistence diagrams", described, _panels(evidence)),
        f"Persistence diagrams, seeds {seeds} laid over each other; height above the diagonal is "
        "persistence. Classes that are all born at once are drawn as strokes at their deaths.",
    )


def _strip(frame: Frame, values: Sequence[float], name: str, y: float, kind: str) -> Iterator[Markup]:
    places = [(frame.x(value), y + 7 * ((index * 0.618) % 1 - 0.5) * 2) for index, value in enumerate(values)]
    yield text(name, frame.left - 10, y + 3.5, "tick", "end")
    yield path(dots(thinned(places)), f"points {kind}")


def _strips(evidence: DiagramsEvidence, estimate: float | None, interval: Interval | None) -> Iterator[Markup]:
    ends = [end for end in (*(interval or ()), estimate) if end is not None]
    values = [*evidence.distances, *evidence.other_seed_distances, evidence.margin, *ends]
    frame = Frame(from_zero(values, 132, WIDE - 24), Scale(0, 1, 118, 30))
    yield from _strip(frame, evidence.distances, "same seed", 48, "hue-0")
    yield from whiskers(frame, 72, estimate, interval)
    yield text("mean, same seed", frame.left - 10, 75.5, "tick strong", "end")
    yield from _strip(frame, evidence.other_seed_distances, "different seeds", 98, "muted")
    yield from threshold(frame, evidence.margin, f"margin {significant(evidence.margin, 3)}")
    yield from horizontal_axis(frame, f"{evidence.distance} distance", 8)


def persistence(evidence: DiagramsEvidence, estimate: float | None, interval: Interval | None) -> tuple[Figure, ...]:
    """The diagrams by degree and run, and below them the distances of pairs against the margin."""
    described = f"{len(evidence.distances)} pairs of one seed, {len(evidence.other_seed_distances)} of different seeds."
    distances = Figure(
        picture(WIDE, 158, "Distances of pairs", described, _strips(evidence, estimate, interval)),
        f"The {evidence.distance} distance of each pair of one seed against the margin, and for "
        "comparison that of pairs of different seeds.",
    )
    return (_diagrams(evidence), distances) if evidence.diagrams else (distances,)

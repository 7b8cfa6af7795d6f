"""Names beside curves, placed so that none covers another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catlearn.report.svg import Point

NAME = 6.7
"""The width of a letter of an arrow's name."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""

Marks = Mapping[str, str]
"""What came of a law or a cell: the style of its verdict by its name, `met`, `unmet` or `open`."""

GLYPHS = {"met": " ✓", "unmet": " ✗", "open": " ?"}

_SHARES = (
    0.5,
    0.42,
    0.58,
    0.34,
    0.66,
    0.26,
    0.74,
    0.18,
    0.82,
    0.46,
    0.54,
    0.38,
    0.62,
    0.3,
    0.7,
    0.22,
    0.78,
    0.12,
    0.88,
)


@dataclass(frozen=True)
class Label:
    """Words at a place: `anchor` says which part of them stands at x; y is their base line."""

    words: str
    x: float
    y: float
    anchor: str = "middle"
    letter: float = NAME

    @property
    def box(self) -> Box:
        """What the words cover."""
        width = len(self.words) * self.letter
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.y - 12, left + width, self.y + 4


def overlap(first: Box, second: Box) -> float:
    """The area that two boxes share."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0.0) * max(height, 0.0)


def first_free(candidates: Iterable[Label], taken: Sequence[Box]) -> Label:
    """The first of some labels that covers nothing, else the one that covers least."""

    def covered(label: Label) -> float:
        return sum(overlap(label.box, box) for box in taken)

    best, least = None, float("inf")
    for label in candidates:
        found = covered(label)
        if found == 0:
            return label
        if found < least:
            best, least = label, found
    if best is None:
        raise ValueError("a label needs a place")
    return best


def beside(words: str, points: Sequence[Point]) -> Iterator[Label]:
    """Places beside a curve, the best first: over a flat piece of it and right of a steep one, near its middle."""
    for away in (0, 13, 26, 39):
        for share in _SHARES:
            index = min(round(share * (len(points) - 1)), len(points) - 2)
            (x, y), (to_x, to_y) = points[index], points[index + 1]
            if abs(to_x - x) >= 0.8 * abs(to_y - y):
                yield Label(words, x, y - 6 - away)
                yield Label(words, x, y + 15 + away)
            else:
                yield Label(words, x + 8 + away, y + 4, "start")
                yield Label(words, x - 8 - away, y + 4, "end")


def leftwards(words: str, points: Sequence[Point]) -> Iterator[Label]:
    """Places left of a curve, the best first, near its middle."""
    for share in _SHARES:
        x, y = points[round(share * (len(points) - 1))]
        yield Label(words, x - 8, y + 4, "end")

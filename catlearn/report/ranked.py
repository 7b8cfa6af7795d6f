"""Labelled values in rows, with a margin, an interval and thresholds: for widths and for differences seed by seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catlearn.report.axes import Frame, Scale, around, finite, from_zero, horizontal_axis, threshold
from catlearn.report.figure import WIDE
from catlearn.report.svg import circle, line, path, picture, rectangle, text

Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Ranked:
    """Rows of (label, value), the name of the axis and what is marked on it.

    `zone` is the range that a claim asks for; its ends are drawn where it has a name. Each value is tied to the
    `origin`; `estimate` and `interval` stand below the rows."""

    rows: Sequence[tuple[str, float]]
    axis: str
    zone: tuple[float, float] | None = None
    zone_name: str = ""
    thresholds: Sequence[tuple[float, str]] = ()
    estimate: float | None = None
    interval: Interval | None = None
    origin: float = 0.0
    zero: bool = False

    @property
    def values(self) -> list[float]:
        """Every value that must be inside the frame."""
        ends = [end for end in (*(self.zone or ()), *(self.interval or ()), self.estimate) if end is not None]
        return [self.origin, *(value for _, value in self.rows), *(value for value, _ in self.thresholds), *ends]


def _spacing(count: int) -> float:
    return 15.0 if count <= 24 else max(3.0, 360.0 / count)


def whiskers(frame: Frame, y: float, estimate: float | None, interval: Interval | None) -> Iterator[Markup]:
    """An estimate as a diamond on its interval; an absent end runs to the edge of the frame."""
    if interval is not None:
        low, high = interval
        start = frame.left if low is None else frame.x(low)
        stop = frame.right if high is None else frame.x(high)
        yield line((start, y), (stop, y), "interval")
        for end, place in ((low, start), (high, stop)):
            if end is not None:
                yield line((place, y - 5), (place, y + 5), "interval")
    if estimate is not None:
        x = frame.x(estimate)
        yield path(f"M{x - 6:.1f} {y:.1f}l6-6 6 6-6 6z", "estimate")


def _zone(frame: Frame, zone: tuple[float, float], name: str) -> Iterator[Markup]:
    start, stop = frame.x(zone[0]), frame.x(zone[1])
    yield rectangle(start, frame.top, stop - start, frame.bottom - frame.top, "zone")
    if name:
        yield text(name, (start + stop) / 2, frame.top - 9, "threshold-label", "middle")
        for end in finite(zone):
            yield line((frame.x(end), frame.top - 4), (frame.x(end), frame.bottom), "threshold")


def _rows(frame: Frame, ranked: Ranked, spacing: float) -> Iterator[Markup]:
    origin = frame.x(ranked.origin)
    for index, (label, value) in enumerate(ranked.rows):
        y = frame.top + (index + 0.75) * spacing
        if spacing >= 12:
            yield text(label, frame.left - 8, y + 3.5, "tick", "end")
        yield line((origin, y), (frame.x(value), y), "stem")
        yield circle((frame.x(value), y), min(4.0, spacing / 2), "value")


def _marks(ranked: Ranked, spacing: float, height: float) -> Iterator[Markup]:
    across = from_zero if ranked.zero else around
    frame = Frame(across(ranked.values, 92, WIDE - 24), Scale(0, 1, height - 44, 30))
    if ranked.zone is not None:
        yield from _zone(frame, ranked.zone, ranked.zone_name)
    origin = frame.x(ranked.origin)
    yield line((origin, frame.top), (origin, frame.bottom), "zero")
    yield from _rows(frame, ranked, spacing)
    for value, name in ranked.thresholds:
        yield from threshold(frame, value, name)
    if ranked.estimate is not None or ranked.interval is not None:
        yield from whiskers(frame, frame.bottom - 16, ranked.estimate, ranked.interval)
        yield text("mean", frame.left - 8, frame.bottom - 12, "tick strong", "end")
    yield from horizontal_axis(frame, ranked.axis, 8)


def ranked_picture(ranked: Ranked, title: str, description: str) -> Markup:
    """The rows from top to bottom in the order given."""
    spacing = _spacing(len(ranked.rows))
    summary = 34.0 if ranked.estimate is not None or ranked.interval is not None else 6.0
    height = 74.0 + spacing * (len(ranked.rows) + 0.5) + summary
    return picture(WIDE, height, title, description, _marks(ranked, spacing, height))

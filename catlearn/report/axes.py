"""Scales from values to lengths, their ticks, and the frames that pictures stand in."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from catlearn.report.numbers import significant
from catlearn.report.svg import line, text

_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Scale:
    """A monotone map from values in [low, high] to lengths in [start, end]; logarithmic where `logarithmic`.

    Values outside are sent to the nearest end, so that nothing is drawn outside its frame."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high, clipped = self.low, self.high, min(max(value, self.low), self.high)
        if self.logarithmic:
            low, high, clipped = math.log(low), math.log(high), math.log(clipped)
        return self.start + (self.end - self.start) * (clipped - low) / (high - low)

    def ticks(self, about: int = 5) -> tuple[float, ...]:
        """Round values inside the scale, about as many as asked."""
        return tuple(_decades(self.low, self.high, about) if self.logarithmic else _round(self.low, self.high, about))


def _round(low: float, high: float, about: int) -> Iterator[float]:
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in _STEPS if factor * power >= rough * 0.999)
    values = (
        float(f"{index * step:.10g}")
        for index in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    )
    yield from (value for value in values if low <= value <= high)


def _decades(low: float, high: float, about: int) -> Iterator[float]:
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1,) if len(exponents) > about else (1, 2, 5) if len(exponents) > 2 else (1, 2, 3, 5, 7)
    values = (float(f"{factor}e{exponent}") for exponent in exponents for factor in factors)
    yield from (value for value in values if low <= value <= high)


def finite(values: Iterable[float]) -> list[float]:
    """The values that can be drawn."""
    return [value for value in values if math.isfinite(value)]


def around(values: Iterable[float], start: float, end: float, margin: float = 0.06) -> Scale:
    """A linear scale that holds some values with a margin on both sides."""
    drawn = finite(values) or [0.0, 1.0]
    low, high = min(drawn), max(drawn)
    rim = (high - low) * margin or abs(high) * 0.1 or 1.0
    return Scale(low - rim, high + rim, start, end)


def from_zero(values: Iterable[float], start: float, end: float, margin: float = 0.06) -> Scale:
    """A linear scale from 0 to beyond the largest of some values."""
    top = max(finite(values), default=0.0)
    return Scale(0.0, (top if top > 0 else 1.0) * (1 + margin), start, end)


def decades(values: Iterable[float], start: float, end: float) -> Scale:
    """A logarithmic scale for positive values, a linear one where they span less than a factor of five."""
    drawn = finite(values)
    positive = [value for value in drawn if value > 0]
    if len(positive) < len(drawn) or not positive or max(positive) < 5 * min(positive):
        return around(drawn, start, end)
    return Scale(min(positive) / 1.15, max(positive) * 1.15, start, end, logarithmic=True)


@dataclass(frozen=True)
class Frame:
    """The rectangle of a plot with its two scales."""

    x: Scale
    y: Scale

    @property
    def left(self) -> float:
        """The left edge."""
        return min(self.x.start, self.x.end)

    @property
    def right(self) -> float:
        """The right edge."""
        return max(self.x.start, self.x.end)

    @property
    def top(self) -> float:
        """The upper edge."""
        return min(self.y.start, self.y.end)

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return max(self.y.start, self.y.end)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place of a pair of values."""
        return self.x(x), self.y(y)


def horizontal_axis(frame: Frame, title: str, about: int = 5) -> Iterator[Markup]:
    """The axis below a frame with its ticks and title."""
    yield line((frame.left, frame.bottom), (frame.right, frame.bottom), "axis")
    for value in frame.x.ticks(about):
        place = frame.x(value)
        yield line((place, frame.bottom), (place, frame.bottom + 4), "axis")
        yield text(significant(value, 3), place, frame.bottom + 16, "tick", "middle")
    yield text(title, (frame.left + frame.right) / 2, frame.bottom + 32, "axis-title", "middle")


def vertical_axis(frame: Frame, title: str = "", about: int = 4) -> Iterator[Markup]:
    """The axis left of a frame, with faint lines across it and its title above."""
    for value in frame.y.ticks(about):
        place = frame.y(value)
        yield line((frame.left, place), (frame.right, place), "grid")
        yield text(significant(value, 3), frame.left - 7, place + 3.5, "tick", "end")
    if title:
        yield text(title, frame.left - 7, frame.top - 10, "axis-title", "start")


def threshold(frame: Frame, value: float, name: str) -> Iterator[Markup]:
    """A dashed upright line at a value, named above the frame."""
    place = frame.x(value)
    yield line((place, frame.top - 4), (place, frame.bottom), "threshold")
    yield text(name, place, frame.top - 9, "threshold-label", "middle")

"""Interval arithmetic on arrays: bounds of an expression on many boxes at once, rounded outwards (Moore 1966).

Bounds are those of the natural extension and of the mean value form, whichever is tighter; the latter needs bounds of
the gradient, which are carried along. Where an expression may have no real value its bounds are infinite.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from catlearn.category.expression import Expression, interpret
from catlearn.evidence.descent import Floats

ULPS = 8
"""How far, in units of the last place, an elementary function of numpy is taken to lie from the true value at most."""

EPSILON = float(np.finfo(np.float64).eps)
LARGEST = float(np.finfo(np.float64).max)
LEAST = float(np.finfo(np.float64).smallest_subnormal)

LARGEST_ANGLE = 1e6
"""Beyond this sines and cosines are only known to lie in [-1, 1]."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Closed intervals [low, high], elementwise; both may be infinite."""

    low: Floats
    high: Floats


GRAIN = 1e-12
"""Of rounding when a polyline is cut, as a share of its coordinates."""


def boxes_along(points: Floats, times: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """The lower and upper corners (parts, d) of boxes about the parts of a polyline through points (k, d) between times
    (parts + 1,), the points being at 0, 1, …; coordinates are at most as large as the scale (d,)."""
    cut = np.stack([np.interp(times, np.arange(len(points)), axis) for axis in points.T], axis=1)
    return np.minimum(cut[:-1], cut[1:]) - GRAIN * scale, np.maximum(cut[:-1], cut[1:]) + GRAIN * scale


def exactly(value: float) -> Intervals:
    """The interval of one number."""
    return Intervals(np.array(value), np.array(value))


def _outwards(low: Floats, high: Floats) -> Intervals:
    """Intervals wider by at least one unit in the last place; all numbers where an end is not known.

    A unit is at most |end| eps; this takes a fifth of the time of `nextafter`."""
    low, high = np.minimum(low, LARGEST), np.maximum(high, -LARGEST)
    below = low - (np.abs(low) * EPSILON + LEAST)
    above = high + (np.abs(high) * EPSILON + LEAST)
    return Intervals(np.fmax(below, -np.inf), np.fmin(above, np.inf))


def _widened(low: Floats, high: Floats) -> Intervals:
    """Intervals wider by the error of an elementary function."""
    slack = ULPS * EPSILON
    return _outwards(low - slack * np.abs(low) - 1e-300, high + slack * np.abs(high) + 1e-300)


def _where(condition: NDArray[np.bool_], first: Intervals, second: Intervals) -> Intervals:
    return Intervals(np.where(condition, first.low, second.low), np.where(condition, first.high, second.high))


ALL = Intervals(np.array(-np.inf), np.array(np.inf))


def hull(first: Intervals, second: Intervals) -> Intervals:
    """The least intervals that contain both."""
    return Intervals(np.minimum(first.low, second.low), np.maximum(first.high, second.high))


def add(left: Intervals, right: Intervals) -> Intervals:
    """Sums; those of numbers from 0 on are such numbers, of which roots are known."""
    found = _outwards(left.low + right.low, left.high + right.high)
    return Intervals(np.where((left.low >= 0) & (right.low >= 0), np.maximum(found.low, 0.0), found.low), found.high)


def negate(interval: Intervals) -> Intervals:
    """Negatives, exactly."""
    return Intervals(-interval.high, -interval.low)


def subtract(left: Intervals, right: Intervals) -> Intervals:
    """Differences."""
    return add(left, negate(right))


def multiply(left: Intervals, right: Intervals) -> Intervals:
    """Products."""
    for one, other in ((left, right), (right, left)):
        if np.ndim(one.low) == 0 and one.low == one.high:
            return _scaled(other, float(one.low))
    products = [one * other for one in (left.low, left.high) for other in (right.low, right.high)]
    return _outwards(
        np.minimum.reduce(np.broadcast_arrays(*products)), np.maximum.reduce(np.broadcast_arrays(*products))
    )


def _scaled(interval: Intervals, factor: float) -> Intervals:
    """Multiples by a number; those by 1 and -1 exactly."""
    if abs(factor) == 1:
        return interval if factor == 1 else negate(interval)
    ends = interval.low * factor, interval.high * factor
    return _outwards(*(ends if factor > 0 else ends[::-1]))


def divide(left: Intervals, right: Intervals) -> Intervals:
    """Quotients; all numbers where the divisor may be 0."""
    known = (right.low > 0) | (right.high < 0)
    inverse = _outwards(1 / right.high, 1 / right.low)
    return _where(known, multiply(left, inverse), ALL)


def power(base: Intervals, exponent: Intervals) -> Intervals:
    """Powers; exponents that are not one number are taken by way of the logarithm."""
    if np.ndim(exponent.low) or exponent.low != exponent.high:
        return exp(multiply(exponent, log(base)))
    number = float(exponent.low)
    if number < 0:
        return divide(exactly(1.0), power(base, exactly(-number)))
    if number.is_integer():
        return _whole_power(base, number)
    found = _widened(np.power(np.maximum(base.low, 0.0), number), np.power(np.maximum(base.high, 0.0), number))
    return _where(base.low >= 0, found, ALL)


def _whole_power(base: Intervals, exponent: float) -> Intervals:
    low, high = np.power(base.low, exponent), np.power(base.high, exponent)
    if exponent % 2:
        return _widened(low, high)
    across = (base.low < 0) & (base.high > 0)
    found = _widened(np.where(across, 0.0, np.minimum(low, high)), np.maximum(low, high))
    return Intervals(np.maximum(found.low, 0.0), found.high)


def sqrt(interval: Intervals) -> Intervals:
    """Square roots; all numbers where there may be none."""
    found = _outwards(np.sqrt(np.maximum(interval.low, 0.0)), np.sqrt(np.maximum(interval.high, 0.0)))
    return _where(interval.low >= 0, Intervals(np.maximum(found.low, 0.0), found.high), ALL)


def sign(interval: Intervals) -> Intervals:
    """Signs."""
    return Intervals(np.sign(interval.low), np.sign(interval.high))


def absolute(interval: Intervals) -> Intervals:
    """Absolute values, exactly."""
    least = np.maximum(np.maximum(interval.low, -interval.high), 0.0)
    return Intervals(least, np.maximum(-interval.low, interval.high))


def maximum(left: Intervals, right: Intervals) -> Intervals:
    """Maxima, exactly."""
    return Intervals(np.maximum(left.low, right.low), np.maximum(left.high, right.high))


def minimum(left: Intervals, right: Intervals) -> Intervals:
    """Minima, exactly."""
    return Intervals(np.minimum(left.low, right.low), np.minimum(left.high, right.high))


def exp(interval: Intervals) -> Intervals:
    """Exponentials."""
    found = _widened(np.exp(interval.low), np.exp(interval.high))
    return Intervals(np.maximum(found.low, 0.0), found.high)


def log(interval: Intervals) -> Intervals:
    """Logarithms; all numbers where there may be none."""
    return _where(interval.low > 0, _widened(np.log(interval.low), np.log(interval.high)), ALL)


def sine(interval: Intervals) -> Intervals:
    """Sines."""
    return _wave(np.sin, interval, np.pi / 2)


def cosine(interval: Intervals) -> Intervals:
    """Cosines."""
    return _wave(np.cos, interval, 0.0)


def _wave(function: Callable[[Floats], Floats], interval: Intervals, crest: float) -> Intervals:
    """A function of period 2 pi from -1 to 1 whose maximum is at `crest` and minimum half a period later."""
    at_ends = function(interval.low), function(interval.high)
    found = _widened(np.minimum(*at_ends), np.maximum(*at_ends))
    low = np.where(_contains(interval, crest + np.pi), -1.0, np.maximum(found.low, -1.0))
    high = np.where(_contains(interval, crest), 1.0, np.minimum(found.high, 1.0))
    small = np.maximum(np.abs(interval.low), np.abs(interval.high)) < LARGEST_ANGLE
    return _where(small, Intervals(low, high), Intervals(np.array(-1.0), np.array(1.0)))


def _contains(interval: Intervals, angle: float) -> NDArray[np.bool_]:
    """Whether an interval may contain an angle, up to whole turns."""
    turns = np.ceil((interval.low - angle) / (2 * np.pi) - 1e-9)
    return angle + 2 * np.pi * turns <= interval.high + 1e-8


_UNARY: Mapping[str, Callable[[Intervals], Intervals]] = {
    "negate": negate,
    "sqrt": sqrt,
    "sign": sign,
    "absolute": absolute,
    "exp": exp,
    "log": log,
    "sin": sine,
    "cos": cosine,
}
_BINARY: Mapping[str, Callable[[Intervals, Intervals], Intervals]] = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "power": power,
    "maximum": maximum,
    "minimum": minimum,
}

# With gradients.


@dataclass(frozen=True, eq=False)
class Jet:
    """Bounds of a function on boxes and of its partial derivatives, None for one that is 0."""

    value: Intervals
    gradient: tuple[Intervals | None, ...]


class _Jets:
    """Jets in some variables as an algebra of expressions."""

    def __init__(self, variables: int) -> None:
        self._none: tuple[None, ...] = (None,) * variables

    def constant(self, value: Fraction) -> Jet:
        number = value.numerator / value.denominator
        ends = exactly(number) if Fraction(number) == value else _outwards(np.array(number), np.array(number))
        return Jet(ends, self._none)

    def apply(self, operation: str, arguments: tuple[Jet, ...]) -> Jet:
        values = [argument.value for argument in arguments]
        value = _UNARY[operation](*values) if operation in _UNARY else _BINARY[operation](values[0], values[1])
        factors = _derivatives(operation, value, values)
        pairs = zip(*(argument.gradient for argument in arguments), strict=True)
        if factors is None:
            return Jet(value, tuple(_chosen(operation, values, parts) for parts in pairs))
        return Jet(value, tuple(_chained(factors, parts) for parts in pairs))


def _derivatives(operation: str, value: Intervals, values: Sequence[Intervals]) -> tuple[Intervals, ...] | None:
    """The partial derivatives of an operation by its arguments; None for maximum and minimum."""
    one, first = exactly(1.0), values[0]
    match operation:
        case "add":
            return one, one
        case "subtract":
            return one, exactly(-1.0)
        case "multiply":
            return values[1], first
        case "divide":
            return divide(one, values[1]), negate(divide(value, values[1]))
        case "power":
            return _power_derivatives(value, first, values[1])
        case "negate":
            return (exactly(-1.0),)
        case "sqrt":
            return (divide(exactly(0.5), value),)
        case "sign":
            return (_where(value.low == value.high, exactly(0.0), ALL),)
        case "absolute":
            return (sign(first),)
        case "exp":
            return (value,)
        case "log":
            return (divide(one, _where(first.low > 0, first, ALL)),)
        case "sin":
            return (cosine(first),)
        case "cos":
            return (negate(sine(first)),)
    return None


def _power_derivatives(value: Intervals, base: Intervals, exponent: Intervals) -> tuple[Intervals, Intervals]:
    if np.ndim(exponent.low) or exponent.low != exponent.high:
        lower = power(base, subtract(exponent, exactly(1.0)))
        return multiply(exponent, lower), multiply(value, log(base))
    return multiply(exponent, power(base, exactly(float(exponent.low) - 1.0))), ALL


def _chained(factors: Sequence[Intervals], parts: Sequence[Intervals | None]) -> Intervals | None:
    """The chain rule for one variable."""
    terms = [multiply(factor, part) for factor, part in zip(factors, parts, strict=True) if part is not None]
    if not terms:
        return None
    return terms[0] if len(terms) == 1 else add(terms[0], terms[1])


def _chosen(operation: str, values: Sequence[Intervals], parts: Sequence[Intervals | None]) -> Intervals | None:
    """The derivative of the argument that a maximum or minimum takes, and the hull of both where that is not known."""
    if parts[0] is None and parts[1] is None:
        return None
    first, second = (exactly(0.0) if part is None else part for part in parts)
    above, below = values if operation == "maximum" else (negate(values[0]), negate(values[1]))
    return _where(above.low >= below.high, first, _where(below.low >= above.high, second, hull(first, second)))


def enclosed(expression: Expression, variables: Sequence[str], low: Floats, high: Floats) -> Intervals:
    """Bounds (...) of an expression on boxes with corners `low` and `high` (..., d), one column a variable."""
    with np.errstate(all="ignore"):
        natural = _jet(expression, variables, low, high)
        middle = (low + high) / 2
        centre = _jet(expression, variables, middle, middle).value
        for axis, slope in enumerate(natural.gradient):
            if slope is not None:
                reach = np.maximum(high[..., axis] - middle[..., axis], middle[..., axis] - low[..., axis])
                centre = add(centre, multiply(slope, _outwards(-reach, reach)))
        ends = np.maximum(natural.value.low, centre.low), np.minimum(natural.value.high, centre.high)
    shape = low.shape[:-1]
    return Intervals(np.broadcast_to(ends[0], shape).copy(), np.broadcast_to(ends[1], shape).copy())


def slopes(expression: Expression, variables: Sequence[str], low: Floats, high: Floats) -> Floats:
    """Upper bounds (..., d) of the absolute values of the partial derivatives of an expression on boxes."""
    with np.errstate(all="ignore"):
        gradient = _jet(expression, variables, low, high).gradient
        found = [0.0 if slope is None else np.maximum(-slope.low, slope.high) for slope in gradient]
    steepest: Floats = np.stack([np.broadcast_to(each, low.shape[:-1]) for each in found], axis=-1)
    return steepest


def _jet(expression: Expression, variables: Sequence[str], low: Floats, high: Floats) -> Jet:
    units = [
        tuple(exactly(1.0) if axis == own else None for axis in range(len(variables))) for own in range(len(variables))
    ]
    boxes = {name: Jet(Intervals(low[..., axis], high[..., axis]), units[axis]) for axis, name in enumerate(variables)}
    return interpret(_Jets(len(variables)), expression, boxes)

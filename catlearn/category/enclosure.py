"""Exact arithmetic on the reals as far as rationals reach, and rational enclosures beyond.

Sums, products, quotients and powers of rationals are rational. A root that is not becomes an interval with rational
ends that is proved to hold it (Moore, Interval Analysis, 1966), so that two values whose enclosures are disjoint are
certainly different. What has no real value is `Gap.UNDEFINED`; what these means cannot tell is `Gap.UNKNOWN`.

>>> apply("sqrt", (Fraction(9, 4),))
Fraction(3, 2)
>>> apply("divide", (Fraction(1), Fraction(0)))
<Gap.UNDEFINED: 'undefined'>
>>> root = apply("sqrt", (Fraction(2),))
>>> differ(root, Fraction(7, 5)), differ(apply("multiply", (root, root)), Fraction(2))
(True, False)
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import Enum
from fractions import Fraction
from math import isqrt

PRECISION = 160
"""Bits after the binary point of the ends of an enclosure."""

LARGEST_EXPONENT = 10_000
"""Powers with a larger exponent, in absolute value, are not evaluated."""

LARGEST_SIZE = 10_000
"""Rationals with more bits, numerator and denominator together, are not carried."""


class Gap(Enum):
    """Why an expression has no number here: it has no real value, or its value cannot be told."""

    UNDEFINED = "undefined"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A real number known only to lie in [low, high], with low < high."""

    low: Fraction
    high: Fraction


Number = Fraction | Enclosure
Value = Fraction | Enclosure | Gap


def ends(number: Number) -> tuple[Fraction, Fraction]:
    """The least and greatest value that a number may have."""
    return (number.low, number.high) if isinstance(number, Enclosure) else (number, number)


def differ(left: Value, right: Value) -> bool:
    """Whether two values are certainly different numbers."""
    if isinstance(left, Gap) or isinstance(right, Gap):
        return False
    (low, high), (other_low, other_high) = ends(left), ends(right)
    return high < other_low or other_high < low


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _carried(value: Fraction) -> Value:
    return value if _bits(value) <= LARGEST_SIZE else Gap.UNKNOWN


def _between(low: Fraction, high: Fraction) -> Value:
    if low == high:
        return _carried(low)
    if max(_bits(low), _bits(high)) > LARGEST_SIZE:
        return Gap.UNKNOWN
    return Enclosure(_rounded_down(low), -_rounded_down(-high))


def _rounded_down(value: Fraction) -> Fraction:
    """The greatest multiple of the precision that is not above a value."""
    return Fraction((value.numerator << PRECISION) // value.denominator, 1 << PRECISION)


def _add(left: Number, right: Number) -> Value:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return _carried(left + right)
    (low, high), (other_low, other_high) = ends(left), ends(right)
    return _between(low + other_low, high + other_high)


def _negate(number: Number) -> Value:
    return -number if isinstance(number, Fraction) else Enclosure(-number.high, -number.low)


def _subtract(left: Number, right: Number) -> Value:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return _carried(left - right)
    (low, high), (other_low, other_high) = ends(left), ends(right)
    return _between(low - other_high, high - other_low)


def _multiply(left: Number, right: Number) -> Value:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return _carried(left * right)
    (low, high), (other_low, other_high) = ends(left), ends(right)
    if low.numerator >= 0 and other_low.numerator >= 0:
        return _between(low * other_low, high * other_high)
    products = [one * other for one in (low, high) for other in (other_low, other_high)]
    return _between(min(products), max(products))


def _divide(left: Number, right: Number) -> Value:
    low, high = ends(right)
    if low.numerator <= 0 <= high.numerator:
        return Gap.UNDEFINED if low == high else Gap.UNKNOWN
    if isinstance(left, Fraction) and low == high:
        return _carried(left / low)
    inverse = _between(1 / high, 1 / low)
    return inverse if isinstance(inverse, Gap) else _multiply(left, inverse)


def _natural_power(base: Number, exponent: int) -> Value:
    if isinstance(base, Fraction):
        within = _bits(base) * exponent <= LARGEST_SIZE or base in (-1, 0, 1)
        return base**exponent if within else Gap.UNKNOWN
    result: Value = Fraction(1)
    for digit in bin(exponent)[2:]:
        squared = apply("multiply", (result, result))
        result = apply("multiply", (squared, base)) if digit == "1" else squared
    return result


def _power(base: Number, exponent: Number) -> Value:
    if isinstance(exponent, Enclosure) or abs(exponent) > LARGEST_EXPONENT or exponent.denominator > 2:
        return Gap.UNKNOWN
    if exponent.denominator == 2:
        return apply("power", (_sqrt(base), Fraction(exponent.numerator)))
    power = _natural_power(base, abs(exponent.numerator))
    return power if exponent >= 0 else apply("divide", (Fraction(1), power))


def _root_below(value: Fraction) -> Fraction:
    return Fraction(isqrt((value.numerator << 2 * PRECISION) // value.denominator), 1 << PRECISION)


def _sqrt(number: Number) -> Value:
    low, high = ends(number)
    if low.numerator < 0:
        return Gap.UNDEFINED if high.numerator < 0 else Gap.UNKNOWN
    if low == high:
        top, bottom = isqrt(low.numerator), isqrt(low.denominator)
        if top * top == low.numerator and bottom * bottom == low.denominator:
            return Fraction(top, bottom)
    return _between(_root_below(low), _root_below(high) + Fraction(1, 1 << PRECISION))


def _sign(number: Number) -> Value:
    low, high = ends(number)
    if low > 0 or high < 0 or low == high:
        return Fraction((low > 0) - (high < 0))
    return Gap.UNKNOWN


def _maximum(left: Number, right: Number) -> Value:
    (low, high), (other_low, other_high) = ends(left), ends(right)
    return _between(max(low, other_low), max(high, other_high))


def _minimum(left: Number, right: Number) -> Value:
    (low, high), (other_low, other_high) = ends(left), ends(right)
    return _between(min(low, other_low), min(high, other_high))


def _absolute(number: Number) -> Value:
    low, high = ends(number)
    return _between(max(low, -high, Fraction(0)), max(high, -low))


def _exact_at(argument: int, value: int) -> Callable[[Number], Value]:
    """A function of which only one value at a rational is rational (Lindemann 1882)."""
    return lambda number: Fraction(value) if number == argument else Gap.UNKNOWN


def _log(number: Number) -> Value:
    low, high = ends(number)
    if low <= 0:
        return Gap.UNDEFINED if high <= 0 else Gap.UNKNOWN
    return Fraction(0) if number == 1 else Gap.UNKNOWN


_UNARY: dict[str, Callable[[Number], Value]] = {
    "exp": _exact_at(0, 1),
    "sin": _exact_at(0, 0),
    "cos": _exact_at(0, 1),
    "log": _log,
    "negate": _negate,
    "sqrt": _sqrt,
    "sign": _sign,
    "absolute": _absolute,
}
_BINARY: dict[str, Callable[[Number, Number], Value]] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "maximum": _maximum,
    "minimum": _minimum,
}


def apply(operation: str, arguments: tuple[Value, ...]) -> Value:
    """The value of an operation of `expression`; a gap among the arguments is a gap of the value."""
    first, last = arguments[0], arguments[-1]
    if isinstance(first, Gap) or isinstance(last, Gap):
        return Gap.UNDEFINED if Gap.UNDEFINED in arguments else Gap.UNKNOWN
    return _UNARY[operation](first) if operation in _UNARY else _BINARY[operation](first, last)


class Exact:
    """The algebra of values: rationals, and enclosures where they end."""

    def constant(self, value: Fraction) -> Value:
        """A rational is its own value."""
        return value

    def apply(self, operation: str, arguments: tuple[Value, ...]) -> Value:
        """An operation on values."""
        return apply(operation, arguments)


EXACT = Exact()


def show_value(value: Value, digits: int = 12) -> str:
    """A value as people read it: `3/4`, `1.41421356237…` for an enclosure or a long rational, `undefined`."""
    if isinstance(value, Gap):
        return value.value
    if isinstance(value, Fraction) and _bits(value) <= 128:
        return str(value)
    low, high = ends(value)
    middle = (low + high) / 2
    with localcontext(prec=digits):
        return f"{Decimal(middle.numerator) / Decimal(middle.denominator)}…"

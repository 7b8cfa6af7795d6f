"""How numbers are written: few significant digits, one-sided intervals as inequalities, seeds as ranges."""

import math
from collections.abc import Iterable


def significant(value: float, digits: int = 4) -> str:
    """A number with at most `digits` significant digits; whole numbers below a million in full."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    mantissa, exponent, power = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(power)}" if exponent else mantissa


def interval(ends: tuple[float | None, float | None], digits: int = 4) -> str:
    """`[low, high]`, or an inequality where one end is absent."""
    low, high = ends
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f"≤ {significant(high, digits)}" if high is not None else f"≥ {significant(low or 0.0, digits)}"
    return f"[{significant(low, digits)}, {significant(high, digits)}]"


def estimate(value: float | None, ends: tuple[float | None, float | None] | None, digits: int = 4) -> str:
    """An estimate with its interval, as `0.2 [0.1, 0.3]` or `0.2 (≤ 0.3)`; empty where a claim has neither."""
    found = interval(ends, digits) if ends else ""
    if value is None:
        return found
    bracketed = f"({found})" if found and not found.startswith("[") else found
    return f"{significant(value, digits)} {bracketed}".rstrip()


def ranges(numbers: Iterable[int]) -> str:
    """Whole numbers as ranges in the notation of the language: `0..15, 20`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}..{last}" for first, last in runs)


def plural(count: int, noun: str) -> str:
    """`1 claim`, `2 claims`, `no errors`."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """A time for people: `0.42 s`, `12.3 s`, `4 min 10 s`."""
    if seconds < 60:
        return f"{significant(seconds, 3)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def size(count: int) -> str:
    """Bytes for people: `532 B`, `12.3 kB`, `4 GB`."""
    value, units = float(count), ("B", "kB", "MB", "GB", "TB")
    for unit in units[:-1]:
        if value < 1000:
            return f"{significant(value, 3)} {unit}"
        value /= 1000
    return f"{significant(value, 3)} {units[-1]}"

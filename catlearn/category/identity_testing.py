"""Whether the square of a strict cell commutes as an identity of expressions, seen at one point over a prime field.

Rational operations are done modulo a prime. What is none (a root, a sign, a maximum, a power that is not whole) is an
unknown function of its arguments, the same one wherever it stands. Two rational expressions that differ have different
values at a random point but for a chance of their degree over the prime (Schwartz 1980; Zippel 1979).

A value comes with the conditions under which it is defined: what is divided by, what stands under roots. Where values
and conditions of both sides agree, no exact point can part them, and none has to be tried. The converse does not hold,
and nothing is proved here: this spares work, and verdicts never rest on it. The point is always the same one.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import count

from catlearn.category.cell import STEPS_OF_A_TRIAL, hyperparameters, is_sought, map_in, states
from catlearn.category.enclosure import EXACT, Enclosure
from catlearn.category.update_rule import StrictCell, initial_in, step_in

PRIME = 2**61 - 1

GREATEST_EXPONENT = 2**40
"""Residues below it that stand as exponents are taken for whole numbers: other ones are as small with a chance of
two to the power of -20."""

Residue = int
"""A number modulo `PRIME`."""

Condition = tuple[str, Residue, Residue]
"""What an operation asks of its arguments: the operation, and the residues of the arguments that it asks it of."""

Formal = tuple[Fraction | Residue, frozenset[Condition]]
"""A constant, known exactly, or a residue; with the conditions under which it is defined."""

NOWHERE_UNDEFINED: frozenset[Condition] = frozenset()


class Unsettled(Exception):
    """A point at which an operation has no residue: another one, or exact numbers, must tell."""


def _residue(value: Fraction | Residue) -> Residue:
    if isinstance(value, int):
        return value
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


def _mixed(operation: str, *arguments: Residue) -> Residue:
    """The value of an unknown function: a residue that no rational operation makes of its arguments."""
    mixed = int.from_bytes(operation.encode()[:7], "big")
    for argument in arguments:
        for multiplier in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
            mixed = ((mixed ^ argument) * multiplier) & (2**64 - 1)
            mixed ^= mixed >> 29
    return mixed % PRIME


def _quotient(left: Residue, right: Residue) -> Residue:
    if right == 0:
        raise Unsettled
    return left * pow(right, -1, PRIME) % PRIME


class _Residues:
    """The algebra of formal values; `positive` are residues of what exact points only let be positive."""

    def __init__(self, positive: frozenset[Residue]) -> None:
        self.positive = positive

    def constant(self, value: Fraction) -> Formal:
        return value, NOWHERE_UNDEFINED

    def apply(self, operation: str, arguments: tuple[Formal, ...]) -> Formal:
        (left, conditions), (right, others) = arguments[0], arguments[-1]
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return self._constant(operation, tuple([value for value, _ in arguments]))
        first, last = _residue(left), _residue(right)
        if others:
            conditions = conditions | others
        match operation:
            case "add":
                return (first + last) % PRIME, conditions
            case "subtract":
                return (first - last) % PRIME, conditions
            case "multiply":
                return first * last % PRIME, conditions
            case "negate":
                return -first % PRIME, conditions
            case "divide":
                safe = isinstance(right, Fraction) or last in self.positive
                needed = conditions if safe else conditions | {(operation, min(last, PRIME - last), 0)}
                return _quotient(first, last), needed
            case "power":
                safe = isinstance(right, Fraction) and right.denominator == 1 and right >= 0
                return self._power(left, right), conditions if safe else conditions | {(operation, first, last)}
            case "sqrt":
                return _mixed(operation, first), conditions | {(operation, first, 0)}
        return _mixed(operation, *[_residue(value) for value, _ in arguments]), conditions

    def _power(self, base: Fraction | Residue, exponent: Fraction | Residue) -> Residue:
        """A power with a whole exponent; where that varies, only of what is positive: else its parity would count."""
        first, last = _residue(base), _residue(exponent)
        if isinstance(exponent, Fraction) and exponent.denominator == 1:
            return _quotient(1, pow(first, -int(exponent), PRIME)) if exponent < 0 else pow(first, int(exponent), PRIME)
        positive = base > 0 if isinstance(base, Fraction) else base in self.positive
        whole = isinstance(exponent, int) and exponent < GREATEST_EXPONENT
        return pow(first, last, PRIME) if positive and whole else _mixed("power", first, last)

    def _constant(self, operation: str, values: tuple[Fraction | Residue, ...]) -> Formal:
        value = EXACT.apply(operation, tuple([value for value in values if isinstance(value, Fraction)]))
        if isinstance(value, Fraction):
            return value, NOWHERE_UNDEFINED
        if isinstance(value, Enclosure):
            return _mixed(operation, *map(_residue, values)), NOWHERE_UNDEFINED
        raise Unsettled


class _Point:
    """A random point: residues for all that a cell reads, the same ones every time."""

    def __init__(self, cell: StrictCell) -> None:
        self._residues = (_mixed("point", drawn) for drawn in count())
        self._cell = cell
        self._constant = {name: self._hyperparameter(name) for name in hyperparameters(cell)}
        self.clock: Formal = (2**30 + next(self._residues) % 2**30, NOWHERE_UNDEFINED)

    def drawn(self) -> Formal:
        """A residue that is not zero."""
        return next(residue for residue in self._residues if residue), NOWHERE_UNDEFINED

    def _hyperparameter(self, name: str) -> Formal:
        return (Fraction(0), NOWHERE_UNDEFINED) if name in self._cell.zero else self.drawn()

    def hyperparameters(self) -> dict[str, Formal]:
        """Values for one step: those assumed constant are always the same."""
        varying = {name: self._hyperparameter(name) for name in self._constant if name not in self._cell.constant}
        return {**self._constant, **varying}


def _algebra(*points: Mapping[str, Formal]) -> _Residues:
    return _Residues(frozenset(value for point in points for value, _ in point.values() if isinstance(value, int)))


_Sides = tuple[Mapping[str, Formal], Mapping[str, Formal]]


def _together(cell: StrictCell, point: _Point) -> Iterator[_Sides]:
    """What must agree for a cell with its map: the initial states, and the two ways round one step from any state."""
    before, now, theta = point.hyperparameters(), point.hyperparameters(), point.drawn()
    algebra = _algebra(before, now)
    start = initial_in(algebra, cell.source, theta, now)
    yield map_in(algebra, cell, start, now), initial_in(algebra, cell.target, theta, now)
    state, gradient = {name: point.drawn() for name in ("theta", *states(cell.source))}, point.drawn()
    reached = step_in(algebra, cell.source, state, gradient, point.clock, now)
    mapped = map_in(algebra, cell, state, before)
    yield map_in(algebra, cell, reached, now), step_in(algebra, cell.target, mapped, gradient, point.clock, now)


def _apart(cell: StrictCell, point: _Point) -> Iterator[_Sides]:
    """What must agree for a cell without its map: `theta` after each step of the two rules."""
    now, theta = point.hyperparameters(), point.drawn()
    algebra = _algebra(now)
    state, other = (initial_in(algebra, side, theta, now) for side in (cell.source, cell.target))
    for step in range(1, STEPS_OF_A_TRIAL + 1):
        gradient, clock = point.drawn(), algebra.constant(Fraction(step))
        state = step_in(algebra, cell.source, state, gradient, clock, now)
        other = step_in(algebra, cell.target, other, gradient, clock, now)
        yield {"theta": state["theta"]}, {"theta": other["theta"]}
        now = point.hyperparameters()
        algebra = _algebra(now)


def _alike(left: Mapping[str, Formal], right: Mapping[str, Formal]) -> bool:
    return all((_residue(left[name][0]), left[name][1]) == (_residue(right[name][0]), right[name][1]) for name in left)


def commutes_identically(cell: StrictCell) -> bool:
    """Whether the two ways round the square of a valid cell are one formal expression, as far as a point tells."""
    sides = _apart if is_sought(cell) else _together
    try:
        return all(_alike(*pair) for pair in sides(cell, _Point(cell)))
    except Unsettled:
        return False

"""Proofs and refutations of strict cells (DESIGN 3): exact points first, then simplification by sympy.

The map phi and both rules are interpreted in sympy's expressions, node by node and never from text. All symbols are
real; `t` is a positive integer. A hyperparameter that is not assumed constant has two symbols: its value at the step
and `lr[t-1]`, its value at the step before. The cell is proved when, for the initial state and for one step from an
arbitrary state, every component of phi(U1(s)) - U2(phi(s)) simplifies to zero; by induction the square then commutes
along every gradient sequence for as long as the source's state is defined.

Zero testing of elementary expressions is undecidable (Richardson 1968), so a difference that does not simplify to
zero proves nothing: only an exact, replayable gradient sequence refutes.

Divisions and roots are followed by the conditions under which they are defined, so that cancelling cannot hide one:
a condition that only one side of the square needs is a side condition where it concerns the hyperparameters alone,
and otherwise keeps the cell from being proved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy

from catlearn.category.cell import (
    Counterexample,
    cell_residue,
    describe,
    hyperparameters,
    invalid,
    map_in,
    square_in,
    states,
)
from catlearn.category.enclosure import EXACT, Gap, Value
from catlearn.category.expression import Algebra, Constant, show, symbols
from catlearn.category.update_rule import BoundRule, StrictCell, initial_in
from catlearn.plan.expressions import strict_cell
from catlearn.plan.ir import StrictCellQuestion

LARGEST_NODES = 3_000
"""Operations, constants and symbols of one component, written out in full, that are still simplified."""

LARGEST_TERMS = 3_000
"""Terms of one component, multiplied out, that are still simplified."""

LARGEST_SIMPLIFIED = 150
"""Operations of a difference, multiplied out, on which sympy's search for a simpler form is tried."""

LONGEST_TEXT = 300
"""Characters of an expression that a line of a proof shows."""


@dataclass(frozen=True, slots=True)
class SymbolicResult:
    """What came of a strict cell: `proved`, `refuted` or `undecided`, and why.

    `residues` pairs each component whose difference phi(U1(s)) - U2(phi(s)) did not simplify to zero with that
    difference. `side_conditions` are what the proof rests on. `steps` is the calculation, a line each.
    `counterexample` refutes, and `counterexample_text` is the same in lines of text. `reason` says why a cell is
    undecided, and is empty otherwise."""

    verdict: str
    residues: tuple[tuple[str, str], ...]
    side_conditions: tuple[str, ...]
    steps: tuple[str, ...]
    counterexample: Counterexample | None
    counterexample_text: tuple[str, ...]
    reason: str


# How large an expression is once written out, before anything is written out.


@dataclass(frozen=True, slots=True)
class _Extent:
    """Bounds of an expression: nodes when written out, terms when multiplied out; its value where it is constant."""

    nodes: int
    terms: int
    constant: Value | None = None


_ENDLESS = 10**9


class _Extents:
    def constant(self, value: Fraction) -> _Extent:
        return _Extent(1, 1, value)

    def apply(self, operation: str, arguments: tuple[_Extent, ...]) -> _Extent:
        constants = [argument.constant for argument in arguments if argument.constant is not None]
        if len(constants) == len(arguments):
            value = EXACT.apply(operation, tuple(constants))
            return _Extent(_ENDLESS if value is Gap.UNKNOWN else 1, 1, value)
        nodes = 1 + sum(argument.nodes for argument in arguments)
        return _bounded(*self._written_out(operation, arguments, nodes))

    def _written_out(self, operation: str, arguments: tuple[_Extent, ...], nodes: int) -> tuple[int, int]:
        first, last = arguments[0], arguments[-1]
        match operation:
            case "add" | "subtract":
                return nodes, first.terms + last.terms
            case "multiply" | "divide":
                return nodes, first.terms * last.terms
            case "power" if isinstance(last.constant, Fraction):
                exponent = min(abs(last.constant.__ceil__()), LARGEST_NODES)
                many = exponent if first.terms > 1 else 1
                return nodes * max(1, exponent), first.terms**many if many < 64 else _ENDLESS
            case "negate":
                return nodes, first.terms
        return nodes, 1


def _bounded(nodes: int, terms: int) -> _Extent:
    return _Extent(min(nodes, _ENDLESS), min(terms, _ENDLESS))


def _within_bounds(cell: StrictCell) -> bool:
    """Whether both sides of the square stay small enough to be multiplied out and simplified."""
    one, algebra = _Extent(1, 1), _Extents()
    values = dict.fromkeys(hyperparameters(cell), one)
    state = dict.fromkeys(("theta", *states(cell.source)), one)
    sides = square_in(algebra, cell, state, one, one, values, values)
    extents = [extent for side in sides for extent in side.values()]
    return all(extent.nodes <= LARGEST_NODES and extent.terms <= LARGEST_TERMS for extent in extents)


# Sympy's expressions together with the conditions under which they are defined.


@dataclass(frozen=True, slots=True)
class _Condition:
    """`subject relation 0`, where the relation is `!=`, `>=` or `>`."""

    subject: sympy.Expr
    relation: str

    def __str__(self) -> str:
        return f"{_text(self.subject)} {self.relation} 0"


@dataclass(frozen=True, slots=True)
class _Partial:
    """An expression that has its value where all its conditions hold."""

    value: sympy.Expr
    conditions: frozenset[_Condition] = frozenset()


def _factors(expression: sympy.Expr) -> Iterator[sympy.Expr]:
    for factor in sympy.Mul.make_args(sympy.factor_terms(sympy.factor(expression))):
        base, exponent = factor.as_base_exp()
        yield base if exponent.is_nonzero and exponent.is_number else factor


def _oriented(expression: sympy.Expr) -> sympy.Expr:
    return -expression if expression.could_extract_minus_sign() else expression


def _nonzero(expression: sympy.Expr) -> frozenset[_Condition]:
    doubtful = (factor for factor in _factors(expression) if not factor.is_nonzero)
    return frozenset(_Condition(_oriented(sympy.expand(factor)), "!=") for factor in doubtful)


def _defined(operation: str, values: tuple[sympy.Expr, ...]) -> frozenset[_Condition]:
    """The conditions that an operation adds to those of its arguments."""
    if operation == "divide":
        return _nonzero(values[1])
    if operation == "sqrt" and not values[0].is_nonnegative:
        return frozenset({_Condition(sympy.expand(values[0]), ">=")})
    if operation == "power":
        base, exponent = values
        if exponent.is_integer:
            return frozenset() if exponent.is_nonnegative else _nonzero(base)
        return frozenset() if base.is_positive else frozenset({_Condition(sympy.expand(base), ">")})
    return frozenset()


_MEANINGS = {
    "add": sympy.Add,
    "subtract": lambda left, right: sympy.Add(left, -right),
    "multiply": sympy.Mul,
    "divide": lambda left, right: sympy.Mul(left, sympy.Pow(right, -1)),
    "power": sympy.Pow,
    "negate": lambda operand: -operand,
    "sqrt": sympy.sqrt,
    "sign": sympy.sign,
    "absolute": sympy.Abs,
    "maximum": sympy.Max,
    "minimum": sympy.Min,
}


class _Symbolic:
    def constant(self, value: Fraction) -> _Partial:
        return _Partial(sympy.Rational(value.numerator, value.denominator))

    def apply(self, operation: str, arguments: tuple[_Partial, ...]) -> _Partial:
        values = tuple([argument.value for argument in arguments])
        inherited = frozenset().union(*(argument.conditions for argument in arguments))
        return _Partial(_MEANINGS[operation](*values), inherited | _defined(operation, values))


_SYMBOLIC: Algebra[_Partial] = _Symbolic()
_CLOCK = sympy.Symbol("t", integer=True, positive=True)


def _real(name: str) -> _Partial:
    return _Partial(sympy.Symbol(name, real=True))


# The square, and what is left of it.


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One component of an equation of states: both sides and their simplified difference."""

    component: str
    left: _Partial
    right: _Partial
    difference: sympy.Expr

    @property
    def one_sided(self) -> frozenset[_Condition]:
        """The conditions under which only one of the sides is defined."""
        return self.left.conditions ^ self.right.conditions


def _simplified(difference: sympy.Expr) -> sympy.Expr:
    """An equal expression: zero where sympy finds it to be zero, in factors where it does not."""
    expanded = sympy.expand(difference)
    if expanded == 0 or expanded.has(sympy.nan, sympy.zoo, sympy.oo):
        return expanded
    factored = sympy.factor(expanded)
    if factored == 0 or sympy.count_ops(expanded) > LARGEST_SIMPLIFIED:
        return factored
    simpler = sympy.simplify(factored)
    return min((simpler, factored), key=sympy.count_ops) if simpler != 0 else simpler


def _compare(left: Mapping[str, _Partial], right: Mapping[str, _Partial]) -> tuple[_Comparison, ...]:
    return tuple(
        _Comparison(name, left[name], right[name], _simplified(left[name].value - right[name].value)) for name in left
    )


def _values_now(cell: StrictCell) -> dict[str, _Partial]:
    return {name: _real(name) for name in hyperparameters(cell)}


def _values_before(cell: StrictCell) -> dict[str, _Partial]:
    return {name: _real(name if name in cell.constant else f"{name}[t-1]") for name in hyperparameters(cell)}


def _compare_initial(cell: StrictCell) -> tuple[_Comparison, ...]:
    values, theta = _values_now(cell), _real("theta")
    start = initial_in(_SYMBOLIC, cell.source, theta, values)
    return _compare(map_in(_SYMBOLIC, cell, start, values), initial_in(_SYMBOLIC, cell.target, theta, values))


def _compare_step(cell: StrictCell) -> tuple[_Comparison, ...]:
    state = {name: _real(name) for name in ("theta", *states(cell.source))}
    before, now = _values_before(cell), _values_now(cell)
    _, left, right = square_in(_SYMBOLIC, cell, state, _real("g"), _Partial(_CLOCK), before, now)
    return _compare(left, right)


# Text.


def _text(expression: sympy.Expr) -> str:
    text = str(expression)
    for written, shown in (("**", "^"), ("Abs(", "abs("), ("Max(", "max("), ("Min(", "min(")):
        text = text.replace(written, shown)
    return text


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _rule_text(bound: BoundRule) -> str:
    arguments = ", ".join(f"{name} = {show(value)}" for name, value in bound.arguments)
    starts = [f"{name} starts at {show(value)}" for name, value in bound.rule.states]
    equations = [f"{name}' = {show(value)}" for name, value in bound.rule.equations]
    return f"{bound.rule.name}({arguments}): {_shortened('; '.join(starts + equations))}"


def _map_text(cell: StrictCell) -> str:
    images = [f"{name} |-> {show(value)}" for name, value in cell.state_map if name != "theta"]
    return ", ".join(["theta |-> theta", *images])


def _comparison_text(comparison: _Comparison, left: str, right: str) -> str:
    sides = f"{left} = {_shortened(_text(comparison.left.value))}, {right} = {_shortened(_text(comparison.right.value))}"
    return f"{comparison.component}: {sides}, difference {_shortened(_text(comparison.difference))}"


def _opening(cell: StrictCell) -> tuple[str, ...]:
    return f"U1 = {_rule_text(cell.source)}", f"U2 = {_rule_text(cell.target)}", f"phi = {_map_text(cell)}"


def _varying(cell: StrictCell) -> tuple[str, ...]:
    """The hyperparameters in the state map that may vary, sorted."""
    read = {name for _, value in cell.state_map for name in symbols(value)}
    return tuple(name for name in hyperparameters(cell) if name in read - cell.constant)


def _calculation(
    cell: StrictCell, initial: tuple[_Comparison, ...], step: tuple[_Comparison, ...]
) -> tuple[str, ...]:
    return (
        *_opening(cell),
        *(f"where {name}[t-1] is {name} at the step before" for name in _varying(cell)),
        *(f"initial {_comparison_text(entry, 'phi(s1)', 's2')}" for entry in initial),
        *(_comparison_text(entry, "phi(U1(s))", "U2(phi(s))") for entry in step),
    )


# The verdict.


def _assumptions(cell: StrictCell) -> tuple[str, ...]:
    """The assumptions that bear on the proof: constancy of the hyperparameters that the state map reads."""
    read = {name for _, value in cell.state_map for name in symbols(value)}
    return tuple(f"constant({name})" for name in sorted(cell.constant & read))


def _refuted(cell: StrictCell, found: Counterexample) -> SymbolicResult:
    steps = _opening(cell)
    residues: tuple[tuple[str, str], ...] = ()
    if _within_bounds(cell):
        initial, step = _compare_initial(cell), _compare_step(cell)
        steps, residues = _calculation(cell, initial, step), _residues(initial, step)
    return SymbolicResult("refuted", residues, (), steps, found, describe(found), "")


def _residues(initial: tuple[_Comparison, ...], step: tuple[_Comparison, ...]) -> tuple[tuple[str, str], ...]:
    named = [(f"initial {entry.component}", entry) for entry in initial] + [(entry.component, entry) for entry in step]
    return tuple((name, _shortened(_text(entry.difference))) for name, entry in named if entry.difference != 0)


def _undecided(
    reason: str, steps: tuple[str, ...], residues: tuple[tuple[str, str], ...] = ()
) -> SymbolicResult:
    return SymbolicResult("undecided", residues, (), steps, None, (), reason)


def prove(question: StrictCellQuestion) -> SymbolicResult:
    """Whether the map of states commutes with the two rules for all gradient sequences.

    Raises `ValueError` for a question whose cell is not a map of states between two rules."""
    cell = strict_cell(question)
    for error in invalid(cell):
        raise ValueError(f"not a strict cell: {error}")
    found = cell_residue(cell)
    if found is not None:
        return _refuted(cell, found)
    if not _within_bounds(cell):
        return _undecided("the rules are too large to be simplified", _opening(cell))
    initial, step = _compare_initial(cell), _compare_step(cell)
    steps, residues = _calculation(cell, initial, step), _residues(initial, step)
    if residues:
        reason = "the difference did not simplify to zero, and no exact point was found where it is not zero"
        return _undecided(reason, steps, residues)
    conditions = frozenset().union(*(entry.one_sided for entry in initial + step))
    parameters = {_CLOCK, *(values.value for values in (*_values_now(cell).values(), *_values_before(cell).values()))}
    obstacles = sorted(str(entry) for entry in conditions if entry.subject.free_symbols - parameters)
    if obstacles:
        return _undecided(f"only one side is defined unless {' and '.join(obstacles)}", steps)
    needed = tuple(sorted(map(str, conditions)))
    return SymbolicResult("proved", (), (*_assumptions(cell), *needed), steps, None, (), "")

"""Proofs and refutations of strict cells (DESIGN 3): exact points first, then simplification by sympy.

The map phi and both rules are interpreted in sympy's expressions, node by node and never from text. All symbols are
real; `t` is a positive integer. A hyperparameter that is not assumed constant has two symbols: its value at the step
and `lr[t-1]`, its value at the step before. The cell is proved when, for the initial state and for one step from an
arbitrary state, every component of phi(U1(s)) - U2(phi(s)) simplifies to zero; by induction the square then commutes
along every gradient sequence for as long as the source's state is defined.

Zero testing of elementary expressions is undecidable (Richardson 1968), so a difference that does not simplify to
zero proves nothing: only an exact, replayable gradient sequence refutes. Where absolute values, signs, maxima or minima
keep a difference from simplifying, it is looked at in each case of their signs (`cases`). A state of the source that is
a known function of the step (`closed_forms`) is put as that: the square must commute at states that are reached.

Divisions and roots are followed by the conditions under which they are defined, so that cancelling cannot hide one:
a condition that only one side of the square needs is a side condition where it concerns the hyperparameters alone,
and otherwise keeps the cell from being proved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Literal

import sympy

from catlearn.category.cell import (
    Counterexample,
    cell_residue,
    describe,
    hyperparameters,
    invalid,
    is_sought,
    map_in,
    replay,
    square_in,
    states,
)
from catlearn.category.collision import collision
from catlearn.category.collision import describe as describe_collision
from catlearn.category.enclosure import EXACT, Gap, Value
from catlearn.category.expression import Algebra, Symbol, show, symbols
from catlearn.category.update_rule import BoundRule, StrictCell, initial_in
from catlearn.evidence.cases import PIECEWISE, cases_in_which_zero
from catlearn.evidence.closed_forms import ClosedForm, closed_forms
from catlearn.evidence.rescaling import ALGEBRA, MEANINGS, rescalings
from catlearn.plan.expressions import strict_cell
from catlearn.plan.ir import StrictCellQuestion

LARGEST_DEPTH = 80
"""Nesting of one component, the composites written out, that is still simplified."""

LARGEST_NODES = 3_000
"""Operations, constants and symbols of one component, written out in full, that are still simplified."""

LARGEST_TERMS = 3_000
"""Terms of one component, multiplied out, that are still simplified."""

LARGEST_SIMPLIFIED = 150
"""Operations of a difference, multiplied out, on which sympy's search for a simpler form is tried."""

LARGEST_FACTORED = 1_000
"""Operations of a difference, multiplied out, that is still brought over a common denominator and factored."""

LONGEST_TEXT = 300
"""Characters of an expression that a line of a proof shows."""


@dataclass(frozen=True, slots=True)
class SymbolicResult:
    """What came of a strict cell: `proved`, `refuted` or `undecided`, and why.

    `residues` pairs each component whose difference phi(U1(s)) - U2(phi(s)) did not simplify to zero with that
    difference. `side_conditions` are what the proof rests on. `steps` is the calculation, a line each.
    `counterexample` refutes, and `counterexample_text` is the same in lines of text. `reason` says why a cell is
    undecided, and is empty otherwise."""

    verdict: Literal["proved", "refuted", "undecided"]
    residues: tuple[tuple[str, str], ...]
    side_conditions: tuple[str, ...]
    steps: tuple[str, ...]
    counterexample: Counterexample | None
    counterexample_text: tuple[str, ...]
    reason: str


# How large an expression is once written out, before anything is written out.


@dataclass(frozen=True, slots=True)
class _Extent:
    """Bounds of an expression: its depth, its nodes when written out, its terms when multiplied out; and its value
    where it is constant."""

    depth: int
    nodes: int
    terms: int
    constant: Value | None = None

    def within_bounds(self) -> bool:
        """Whether the expression stays small enough to be multiplied out and simplified."""
        return self.depth <= LARGEST_DEPTH and self.nodes <= LARGEST_NODES and self.terms <= LARGEST_TERMS


_ENDLESS = 10**9


class _Extents:
    def constant(self, value: Fraction) -> _Extent:
        return _Extent(1, 1, 1, value)

    def apply(self, operation: str, arguments: tuple[_Extent, ...]) -> _Extent:
        constants = tuple([argument.constant for argument in arguments if argument.constant is not None])
        value = EXACT.apply(operation, constants) if len(constants) == len(arguments) else None
        if isinstance(value, Fraction):
            return _Extent(1, 1, 1, value)
        depth = 1 + max(argument.depth for argument in arguments)
        nodes, terms = _written_out(operation, arguments)
        return _Extent(depth, _ENDLESS if value is Gap.UNKNOWN else min(nodes, _ENDLESS), min(terms, _ENDLESS), value)


def _written_out(operation: str, arguments: tuple[_Extent, ...]) -> tuple[int, int]:
    """Nodes and terms of an operation; a power counts as the product that it stands for."""
    first, last = arguments[0], arguments[-1]
    nodes = 1 + sum(argument.nodes for argument in arguments)
    match operation:
        case "add" | "subtract":
            return nodes, first.terms + last.terms
        case "multiply" | "divide":
            return nodes, first.terms * last.terms
        case "power" if isinstance(last.constant, Fraction):
            exponent = min(ceil(abs(last.constant)), LARGEST_TERMS)
            return nodes * max(1, exponent), first.terms**exponent if exponent < 64 or first.terms == 1 else _ENDLESS
        case "power":
            return nodes, 1 if first.terms == 1 or last.nodes == 1 else _ENDLESS
        case "negate":
            return nodes, first.terms
    return nodes, 1 if first.terms <= LARGEST_TERMS and last.terms <= LARGEST_TERMS else _ENDLESS


def _within_bounds(cell: StrictCell) -> bool:
    """Whether all components of both equations of a cell stay within bounds."""
    one, algebra = _Extent(1, 1, 1), _Extents()
    values = dict.fromkeys(hyperparameters(cell), one)
    state = dict.fromkeys(("theta", *states(cell.source)), one)
    start = initial_in(algebra, cell.source, one, values)
    sides = (
        map_in(algebra, cell, start, values),
        initial_in(algebra, cell.target, one, values),
        *square_in(algebra, cell, state, one, one, values, values)[1:],
    )
    return all(extent.within_bounds() for side in sides for extent in side.values())


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


_CLOCK = sympy.Symbol("t", integer=True, positive=True)


def _factors(expression: sympy.Expr) -> Iterator[sympy.Expr]:
    small = sympy.count_ops(expression) <= LARGEST_SIMPLIFIED
    for factor in sympy.Mul.make_args(sympy.factor(expression) if small else expression):
        base, exponent = factor.as_base_exp()
        yield base if exponent.is_nonzero and exponent.is_number else factor


def _oriented(expression: sympy.Expr) -> sympy.Expr:
    return -expression if expression.could_extract_minus_sign() else expression


def _collected(expression: sympy.Expr) -> sympy.Expr:
    """An expression of the step with its powers of one base collected: `b * b^(t - 1)` is `b^t`."""
    return sympy.powsimp(sympy.expand(expression)) if expression.has(_CLOCK) else expression


def _nonzero(expression: sympy.Expr) -> frozenset[_Condition]:
    doubtful = (factor for factor in _factors(expression) if not factor.is_nonzero)
    return frozenset(_Condition(_oriented(sympy.expand(factor)), "!=") for factor in doubtful)


def _defined(operation: str, values: tuple[sympy.Expr, ...]) -> frozenset[_Condition]:
    """The conditions that an operation adds to those of its arguments."""
    if operation == "divide":
        return _nonzero(values[1])
    if operation == "sqrt" and not values[0].is_nonnegative:
        return frozenset({_Condition(sympy.expand(values[0]).as_content_primitive()[1], ">=")})
    if operation == "power":
        base, exponent = values
        if exponent.is_integer:
            return frozenset() if exponent.is_nonnegative else _nonzero(base)
        return frozenset() if base.is_positive else frozenset({_Condition(sympy.expand(base), ">")})
    return frozenset()


class _Symbolic:
    def constant(self, value: Fraction) -> _Partial:
        return _Partial(sympy.Rational(value.numerator, value.denominator))

    def apply(self, operation: str, arguments: tuple[_Partial, ...]) -> _Partial:
        values = tuple([argument.value for argument in arguments])
        if operation in ("sqrt", "divide"):
            values = (*values[:-1], _collected(values[-1]))
        inherited = frozenset().union(*(argument.conditions for argument in arguments))
        return _Partial(MEANINGS[operation](*values), inherited | _defined(operation, values))


_SYMBOLIC: Algebra[_Partial] = _Symbolic()


def _real(name: str) -> _Partial:
    return _Partial(sympy.Symbol(name, real=True))


def _hyperparameter(cell: StrictCell, name: str, shown_as: str) -> _Partial:
    """A hyperparameter, or the gradient, with what the cell assumes of it."""
    if name in cell.zero:
        return _Partial(sympy.S.Zero)
    if name in cell.positive:
        return _Partial(sympy.Symbol(shown_as, positive=True))
    return _Partial(sympy.Symbol(shown_as, real=True, nonzero=True)) if name in cell.nonzero else _real(shown_as)


# The square, and what is left of it.


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One component of an equation of states: both sides and their simplified difference.

    `cases` counts the cases of sign in each of which the difference was seen to be zero: one where there is none."""

    component: str
    left: _Partial
    right: _Partial
    difference: sympy.Expr
    cases: int

    @property
    def one_sided(self) -> frozenset[_Condition]:
        """The conditions under which only one of the sides is defined."""
        return self.left.conditions ^ self.right.conditions


def _simplified(difference: sympy.Expr) -> sympy.Expr:
    """An equal expression: zero where sympy finds it to be zero, in factors where it does not.

    Maxima and minima are left to cases of sign: sympy's search for a simpler form raises errors on nested ones."""
    expanded = sympy.expand(difference)
    operations = sympy.count_ops(expanded)
    if expanded == 0 or operations > LARGEST_FACTORED or expanded.has(sympy.nan, sympy.zoo, sympy.oo):
        return expanded
    factored = sympy.factor(expanded)
    if factored == 0 or operations > LARGEST_SIMPLIFIED or factored.has(sympy.Max, sympy.Min):
        return factored
    return sympy.S.Zero if sympy.simplify(factored) == 0 else factored


def _compare(left: Mapping[str, _Partial], right: Mapping[str, _Partial]) -> tuple[_Comparison, ...]:
    return tuple(_compared(name, left[name], right[name]) for name in left)


def _compared(name: str, left: _Partial, right: _Partial) -> _Comparison:
    difference = _simplified(left.value - right.value)
    by_cases = difference.has(*PIECEWISE) and sympy.count_ops(difference) <= LARGEST_SIMPLIFIED
    cases = cases_in_which_zero(difference, _simplified) if by_cases else None
    return _Comparison(name, left, right, difference if cases is None else sympy.S.Zero, cases or 1)


def _values_now(cell: StrictCell) -> dict[str, _Partial]:
    return {name: _hyperparameter(cell, name, name) for name in hyperparameters(cell)}


def _values_before(cell: StrictCell) -> dict[str, _Partial]:
    return {
        name: _hyperparameter(cell, name, name if name in cell.constant else f"{name}[t-1]")
        for name in hyperparameters(cell)
    }


def _initial(cell: StrictCell) -> tuple[_Comparison, ...]:
    values, theta = _values_now(cell), _real("theta")
    start = initial_in(_SYMBOLIC, cell.source, theta, values)
    return _compare(map_in(_SYMBOLIC, cell, start, values), initial_in(_SYMBOLIC, cell.target, theta, values))


def _start(cell: StrictCell) -> frozenset[_Condition]:
    """The conditions under which the source's initial state is defined."""
    start = initial_in(_SYMBOLIC, cell.source, _real("theta"), _values_now(cell))
    return frozenset().union(*(value.conditions for value in start.values()))


def _solved(cell: StrictCell) -> tuple[ClosedForm, ...]:
    """The states of the source that are known before step t."""
    values = {name: value.value for name, value in _values_now(cell).items()}
    return tuple(closed_forms(cell, ALGEBRA, values, _CLOCK))


def _step(cell: StrictCell, known: tuple[ClosedForm, ...]) -> tuple[_Comparison, ...]:
    state = {name: _real(name) for name in ("theta", *states(cell.source))}
    state.update((form.state, _Partial(form.before)) for form in known)
    before, now = _values_before(cell), _values_now(cell)
    gradient = _hyperparameter(cell, "g", "g")
    _, left, right = square_in(_SYMBOLIC, cell, state, gradient, _Partial(_CLOCK), before, now)
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
    values = (comparison.left.value, comparison.right.value, comparison.difference)
    left_text, right_text, difference = (_shortened(_text(value)) for value in values)
    cases = f" in each of {comparison.cases} cases of sign" if comparison.cases > 1 else ""
    return f"{comparison.component}: {left} = {left_text}, {right} = {right_text}, difference {difference}{cases}"


def _opening(cell: StrictCell) -> tuple[str, ...]:
    return f"U1 = {_rule_text(cell.source)}", f"U2 = {_rule_text(cell.target)}", f"phi = {_map_text(cell)}"


def _varying(cell: StrictCell) -> tuple[str, ...]:
    """The hyperparameters in the state map that may vary, sorted."""
    read = {name for _, value in cell.state_map for name in symbols(value)}
    return tuple(name for name in hyperparameters(cell) if name in read - cell.constant)


@dataclass(frozen=True, slots=True)
class _Calculation:
    """Both equations of a cell, component by component: for the initial state, and for a step from any state; and the
    conditions under which the source has an initial state at all. `known` are the states of the source that stand in it
    as functions of the step."""

    cell: StrictCell
    initial: tuple[_Comparison, ...]
    step: tuple[_Comparison, ...]
    start: frozenset[_Condition]
    known: tuple[ClosedForm, ...]

    def lines(self) -> tuple[str, ...]:
        """The calculation as text."""
        return (
            *_opening(self.cell),
            *(f"where {name}[t-1] is {name} at the step before" for name in _varying(self.cell)),
            *(f"where {form.state} = {_text(form.before)} before step t, by induction" for form in self.known),
            *(f"initial {_comparison_text(entry, 'phi(s1)', 's2')}" for entry in self.initial),
            *(_comparison_text(entry, "phi(U1(s))", "U2(phi(s))") for entry in self.step),
        )

    def residues(self) -> tuple[tuple[str, str], ...]:
        """The components whose difference is not seen to be zero, with that difference."""
        initial = ((f"initial {entry.component}", entry.difference) for entry in self.initial)
        step = ((entry.component, entry.difference) for entry in self.step)
        return tuple((name, _shortened(_text(value))) for name, value in (*initial, *step) if value != 0)

    def conditions(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a proof rests on, that the source has an initial state included; and what keeps it from being one.

        The first are conditions that only one side needs, of the hyperparameters and the step, the second such
        conditions of anything else."""
        names = [*_values_now(self.cell).values(), *_values_before(self.cell).values()]
        parameters = {_CLOCK, *(name.value for name in names)}
        one_sided = frozenset[_Condition]().union(*(entry.one_sided for entry in self.initial + self.step))
        obstacles = {
            entry for entry in one_sided if (free := entry.subject.free_symbols) - parameters or free <= {_CLOCK}
        }
        needed = (one_sided - obstacles) | self.start
        return tuple(sorted(map(str, needed))), tuple(sorted(map(str, obstacles)))


# The verdict.


def _calculated(cell: StrictCell, known: tuple[ClosedForm, ...] = ()) -> _Calculation:
    return _Calculation(cell, _initial(cell), _step(cell, known), _start(cell), known)


def _assumptions(cell: StrictCell, known: tuple[ClosedForm, ...]) -> tuple[str, ...]:
    """The assumptions that bear on the proof: constancy of the hyperparameters that the state map or a closed form
    reads, and all that is assumed of values."""
    read = {name for _, value in cell.state_map for name in symbols(value)}.union(*(form.constant for form in known))
    kinds = (("constant", cell.constant & read), ("zero", cell.zero), ("nonzero", cell.nonzero))
    assumed = (*kinds, ("positive", cell.positive))
    return tuple(f"{kind}({name})" for kind, names in assumed for name in sorted(names))


def _undecided(reason: str, steps: tuple[str, ...], residues: tuple[tuple[str, str], ...] = ()) -> SymbolicResult:
    return SymbolicResult("undecided", residues, (), steps, None, (), reason)


def _judged(cell: StrictCell, calculation: _Calculation | None) -> SymbolicResult:
    """The verdict on a cell that no exact point refutes."""
    if calculation is None:
        return _undecided("the rules are too large to be simplified", _opening(cell))
    steps, residues, (needed, obstacles) = calculation.lines(), calculation.residues(), calculation.conditions()
    if residues:
        return _undecided("the difference was not seen to be zero, nor broken at an exact point", steps, residues)
    if obstacles:
        return _undecided(f"only one side is defined unless {' and '.join(obstacles)}", steps)
    return SymbolicResult("proved", (), (*_assumptions(cell, calculation.known), *needed), steps, None, (), "")


def _judged_where_reached(cell: StrictCell, calculation: _Calculation | None) -> SymbolicResult:
    """The same, at the states that are reached where any state does not suffice."""
    result = _judged(cell, calculation)
    known = _solved(cell) if calculation and result.verdict == "undecided" else ()
    return _judged(cell, _calculated(cell, known)) if known else result


def prove(question: StrictCellQuestion) -> SymbolicResult:
    """Whether the map of states commutes with the two rules for all gradient sequences.

    Raises `ValueError` for a question whose cell is not a map of states between two rules."""
    cell = strict_cell(question)
    for error in invalid(cell):
        raise ValueError(f"not a strict cell: {error}")
    return _sought(cell) if is_sought(cell) else _with_map(cell)


def _with_map(cell: StrictCell) -> SymbolicResult:
    """The verdict on a cell that has all the map it needs."""
    found = _refutation(cell)
    calculation = _calculated(cell) if _within_bounds(cell) else None
    if found is None:
        return _judged_where_reached(cell, calculation)
    steps, residues = (calculation.lines(), calculation.residues()) if calculation else (_opening(cell), ())
    return SymbolicResult("refuted", residues, (), steps, found, describe(found), "")


def _refutation(cell: StrictCell) -> Counterexample | None:
    """A counterexample that comes out again when it is replayed, on values that the cell admits."""
    found = cell_residue(cell)
    return found if found and replay(cell, found) else None


def _sought(cell: StrictCell) -> SymbolicResult:
    """The verdict on a cell without a map: refuted by gradients that part the two rules, proved by a map that is found
    among the linear ones, else undecided."""
    opening = (*_opening(cell)[:2], "phi is sought: sums of multiples of theta, of the states and of 1")
    apart = _refutation(cell)
    if apart:
        return SymbolicResult("refuted", (), (), opening, apart, describe(apart, mapped=False), "")
    if not _small(cell):
        return _undecided("the rules are too large to be simplified", opening)
    tried: list[str] = []
    for state_map in rescalings(cell):
        found = replace(cell, state_map=state_map)
        result = _with_map(found) if not any(invalid(found)) else None
        if result and result.verdict == "proved":
            return replace(result, steps=(opening[2], *result.steps))
        tried.append(_map_text(found))
    return _undecided(f"{_alike(cell)}, and {_mapless(cell, tried)}", opening)


def _alike(cell: StrictCell) -> str:
    """What is known of the `theta` of two rules that no gradients tried tell apart.

    A proved cell the other way, the identity on `theta`, shows that both rules give the same for ever."""
    back = replace(cell, source=cell.target, target=cell.source, state_map=())
    if not is_sought(back) and not any(invalid(back)) and _with_map(back).verdict == "proved":
        return "both rules give the same theta for all gradient sequences, as the cell the other way proves"
    return "the rules were not told apart"


def _mapless(cell: StrictCell, tried: list[str]) -> str:
    found = collision(cell)
    return describe_collision(found, cell.target.rule.name) if found else f"no map of states was found{_not(tried)}"


def _not(tried: list[str]) -> str:
    return f": not {_shortened(' nor '.join(tried))}" if tried else ""


def _small(cell: StrictCell) -> bool:
    """Whether the two rules stay within bounds with some map that is no larger than a name."""
    source = (Symbol(name) for name in states(cell.source))
    stand_in = next(source, Symbol("theta"))
    return _within_bounds(replace(cell, state_map=tuple((name, stand_in) for name in states(cell.target))))

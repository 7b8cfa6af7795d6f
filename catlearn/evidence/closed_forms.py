"""States of an update rule that are known functions of the step: those that an affine recurrence with constants gives.

Where the next value of a state is `a * s + c`, and nothing stands in `a`, `c` and the initial value but numbers and
hyperparameters that do not vary, the state before step t is

    (s0 - k) * a^(t - 1) + k    with k = c / (1 - a), or s0 + c * (t - 1) where a is 1.

Each is checked by induction, and one whose `k` could be undefined is left out. At the states that the rule reaches from
its initial one the symbol of the state may be replaced by it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sympy

from catlearn.category.cell import states
from catlearn.category.expression import Algebra, size
from catlearn.category.update_rule import StrictCell, initial_in, step_in

LARGEST_RECURRENCE = 40
"""Nodes of the equation of a state that is solved."""


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """A state of the source with its value before step t, for which some hyperparameters must not vary."""

    state: str
    before: sympy.Expr
    constant: frozenset[str]


def _affine(value: sympy.Expr, state: sympy.Symbol) -> tuple[sympy.Expr, sympy.Expr] | None:
    """The factor and the summand of an affine function of a state."""
    expanded = sympy.expand(value)
    factor = expanded.coeff(state)
    summand = sympy.expand(expanded - factor * state)
    return None if summand.has(state) or factor.has(state) else (factor, summand)


def _solution(
    factor: sympy.Expr, summand: sympy.Expr, start: sympy.Expr, steps: sympy.Expr
) -> tuple[sympy.Expr, sympy.Expr] | None:
    """The state after so many steps less one, and after so many; None where it may be undefined."""
    if factor == 1:
        return start + summand * (steps - 1), start + summand * steps
    fixed = sympy.cancel(summand / (1 - factor))
    if not sympy.fraction(fixed)[1].is_number:
        return None
    before, after = ((start - fixed) * factor**count + fixed for count in (steps - 1, steps))
    return before, after


def closed_forms(
    cell: StrictCell, algebra: Algebra[sympy.Expr], values: Mapping[str, sympy.Expr], clock: sympy.Symbol
) -> Iterator[ClosedForm]:
    """The states of a cell's source that are known functions of the step `clock`.

    `values` are the symbols of the hyperparameters; those assumed constant may stand in the recurrence."""
    theta, gradient = (sympy.Dummy(name, real=True) for name in ("theta", "g"))
    equations = dict(cell.source.rule.equations)
    point = {name: sympy.Dummy(name, real=True) for name in states(cell.source)}
    start = initial_in(algebra, cell.source, theta, values)
    reached = step_in(algebra, cell.source, {"theta": theta, **point}, gradient, clock, values)
    for name, state in point.items():
        affine = _affine(reached[name], state) if size(equations[name]) <= LARGEST_RECURRENCE else None
        if affine is None:
            continue
        read = {*affine[0].free_symbols, *affine[1].free_symbols, *start[name].free_symbols}
        constant = frozenset(hyper for hyper in cell.constant if values[hyper] in read)
        solution = _solution(*affine, start[name], clock) if read == {values[hyper] for hyper in constant} else None
        if solution and _by_induction(*affine, start[name], *solution, clock):
            yield ClosedForm(name, sympy.expand(solution[0]), constant)


def _by_induction(
    factor: sympy.Expr,
    summand: sympy.Expr,
    start: sympy.Expr,
    before: sympy.Expr,
    after: sympy.Expr,
    clock: sympy.Symbol,
) -> bool:
    """Whether a solution starts where it must and takes each step that it must."""
    begins = sympy.expand(before.subs(clock, 1) - start) == 0
    return bool(begins and sympy.powsimp(sympy.expand(factor * before + summand - after)) == 0)

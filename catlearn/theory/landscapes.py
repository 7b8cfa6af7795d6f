"""Landscapes: analytic losses on boxes, whose answers are known."""

import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import chain

from catlearn.category.expression import Expression, symbols
from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.expressions import FUNCTIONS, SMOOTH, expression
from catlearn.theory.names import Entry, Scope
from catlearn.theory.rules import duplicate_name, field_type, shape_mismatch, unknown_name
from catlearn.theory.theory import Landscape
from catlearn.theory.values import number, positive_whole, shown

GREATEST = Fraction(sys.float_info.max)
MOST_VARIABLES = 64

Interval = tuple[Fraction, Fraction]


def _interval(scope: Scope, written: tree.Sequence) -> Interval | None:
    """`[-2, 2]`; None, reported, where it is no interval with points inside."""
    ends = [number(item) for item in written.items]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        scope.report(field_type.found(shown(written.span), "an interval such as `[-2, 2]`", written.span))
        return None
    low, high = ends[0], ends[1]
    if low >= high:
        wanted = "an interval with points inside, its lower end first"
        scope.report(field_type.found(shown(written.span), wanted, written.span))
        return None
    return low, high


def _box(scope: Scope, written: tree.Expression) -> tuple[Interval, ...] | None:
    """The intervals of `[-2, 2]^2` or `[0, 1] * [-1, 1]`."""
    match written:
        case tree.Sequence():
            interval = _interval(scope, written)
            return None if interval is None else (interval,)
        case tree.Binary("*", left, right):
            first, second = _box(scope, left), _box(scope, right)
            return None if first is None or second is None else (*first, *second)
        case tree.Binary("^", base, exponent):
            box, times = _box(scope, base), positive_whole(exponent)
            if times is None or times > MOST_VARIABLES:
                wanted = f"a whole number from 1 to {MOST_VARIABLES}"
                scope.report(field_type.found(shown(exponent.span), wanted, exponent.span))
                return None
            return None if box is None else box * times
    scope.report(field_type.found(shown(written.span), "a box such as `[-2, 2]^2`", written.span))
    return None


def _variables(scope: Scope, node: tree.Landscape) -> tuple[str, ...] | None:
    """The variables in order; None, reported, where one is there twice."""
    first: dict[str, Span] = {}
    for variable in node.variables:
        if variable.name in first:
            again = duplicate_name.declared_twice(variable, "a variable", first[variable.name])
            scope.report(again)
            return None
        first[variable.name] = variable.span
    return tuple(first)


def _parts(written: tree.Expression) -> tuple[tree.Expression, ...]:
    """The expressions that an expression is made of, from left to right."""
    match written:
        case tree.Negation(operand):
            return (operand,)
        case tree.Binary(_, left, right):
            return left, right
        case tree.Call(_, arguments):
            return tuple(argument.value for argument in arguments)
        case tree.Sequence(items):
            return items
    return ()


def _names(written: tree.Expression) -> Iterator[tree.Name]:
    """The names in an expression, from left to right."""
    if isinstance(written, tree.Name):
        yield written
    yield from chain.from_iterable(map(_names, _parts(written)))


def _not_finite(written: tree.Expression) -> Iterator[Diagnostic]:
    """Constants that no double-precision number is near, and divisions by a constant zero."""
    value = number(written)
    if value is not None and abs(value) > GREATEST:
        wanted = "a constant that is finite in double precision"
        yield field_type.found(shown(written.span), wanted, written.span)
        return
    if isinstance(written, tree.Binary) and written.operator == "/" and number(written.right) == 0:
        what = f"a division by {shown(written.right.span)}"
        yield field_type.found(what, "a divisor that is not zero", written.right.span)
    yield from chain.from_iterable(map(_not_finite, _parts(written)))


def _unknown(variables: tuple[str, ...], value: Expression, written: tree.Expression) -> Iterator[Diagnostic]:
    """Symbols that are no variables of the landscape, each where it is first used."""
    wanted = "one of its variables" if len(variables) > 1 else "its variable"
    for symbol in symbols(value):
        if symbol not in variables:
            span = next(use.span for use in _names(written) if symbol == use.name + "'" * use.primed)
            yield unknown_name.undeclared(symbol, span, wanted, variables)


def _landscape(scope: Scope, entry: Entry, node: tree.Landscape) -> Landscape | None:
    variables, box = _variables(scope, node), _box(scope, node.domain)
    value = expression(scope, node.value, {**FUNCTIONS, **SMOOTH})
    wrong = [*_not_finite(node.domain), *_not_finite(node.value)]
    if value is not None and variables is not None:
        wrong += _unknown(variables, value, node.value)
    if box is not None and variables is not None and len(box) != len(variables):
        found = f"a box of {len(box)} interval{'s' * (len(box) > 1)}"
        label = Label(f"{len(variables)} variable{'s' * (len(variables) > 1)}", node.name.span)
        wanted = f"{len(variables)}, one for each variable of `{node.name.name}`"
        wrong.append(shape_mismatch.of(found, wanted, node.domain.span, (label,)))
    for diagnostic in wrong:
        scope.report(diagnostic)
    if wrong or variables is None or box is None or value is None:
        return None
    return Landscape(entry.name, variables, box, value, node.name.span)


def landscapes(scope: Scope) -> Mapping[str, Landscape]:
    """The landscapes of a specification."""
    found = ((entry.name, _landscape(scope, entry, node)) for entry, node in scope.of(tree.Landscape))
    return {name: landscape for name, landscape in found if landscape}

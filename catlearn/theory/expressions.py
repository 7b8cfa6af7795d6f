"""Expressions of update rules and cells: from the tree to the mathematics, never through Python's own evaluation."""

import math
from collections.abc import Mapping
from fractions import Fraction

from catlearn.category.expression import ELEMENTARY, OPERATIONS, Apply, Constant, Expression, Symbol, too_deep
from catlearn.syntax import tree
from catlearn.theory.names import Scope
from catlearn.theory.rules import field_type, unknown_name
from catlearn.theory.values import LARGEST_EXPONENT, number, shown

INFIX = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "power"}
FUNCTIONS = {"sqrt": "sqrt", "sign": "sign", "abs": "absolute", "max": "maximum", "min": "minimum"}
"""The functions of update rules and cells."""

SMOOTH = {name: name for name in ELEMENTARY}
"""The functions that landscapes have besides."""

SCHEDULES = {**FUNCTIONS, **SMOOTH, "cosine": "cosine"}
"""The functions of hyperparameters that change from step to step."""


def _cosine(progress: Expression) -> Expression:
    """Half a cosine: 1 where progress is at most 0, 0 where it is at least 1."""
    one, pi = Constant(Fraction(1)), Constant(Fraction(math.pi))
    inside = Apply("minimum", (one, Apply("maximum", (Constant(Fraction(0)), progress))))
    wave = Apply("cos", (Apply("multiply", (pi, inside)),))
    return Apply("divide", (Apply("add", (one, wave)), Constant(Fraction(2))))


_DEFINED = {"cosine": _cosine}
"""The functions that stand for expressions of one argument."""


def expression(scope: Scope, written: tree.Expression, functions: Mapping[str, str] = FUNCTIONS) -> Expression | None:
    """The expression that is written with some functions; None, reported, where it is none over the reals."""
    found = _expression(scope, written, functions)
    if found is not None and too_deep(found):
        scope.report(field_type.found(f"{shown(written.span, 30)}, nested too deeply", "less nesting", written.span))
        return None
    return found


def _expression(scope: Scope, written: tree.Expression, functions: Mapping[str, str]) -> Expression | None:
    match written:
        case tree.Number(value, None):
            return Constant(value)
        case tree.Name(name, primed):
            return Symbol(f"{name}'" if primed else name)
        case tree.Negation(operand):
            inner = _expression(scope, operand, functions)
            return None if inner is None else Apply("negate", (inner,))
        case tree.Binary(operator, left, right):
            return _applied(scope, INFIX[operator], (left, right), functions) if _bounded(scope, written) else None
        case tree.Call():
            return _called(scope, written, functions)
    scope.report(field_type.found(shown(written.span), "an expression over real numbers", written.span))
    return None


def _applied(
    scope: Scope, operation: str, arguments: tuple[tree.Expression, ...], functions: Mapping[str, str]
) -> Expression | None:
    found = [_expression(scope, argument, functions) for argument in arguments]
    inner = tuple(argument for argument in found if argument is not None)
    if len(inner) < len(found):
        return None
    return _DEFINED[operation](*inner) if operation in _DEFINED else Apply(operation, inner)


def _bounded(scope: Scope, power: tree.Binary) -> bool:
    """Whether a constant exponent is small enough to be carried out exactly."""
    exponent = number(power.right) if power.operator == "^" else None
    if exponent is None or abs(exponent) <= LARGEST_EXPONENT:
        return True
    wanted = f"one of size {LARGEST_EXPONENT} at most"
    scope.report(field_type.found(f"the exponent {shown(power.right.span)}", wanted, power.right.span))
    return False


def _called(scope: Scope, call: tree.Call, functions: Mapping[str, str]) -> Expression | None:
    function = call.function
    if function.name not in functions:
        scope.report(unknown_name.not_among(function.name, function.span, "function", tuple(functions)))
        return None
    operation = functions[function.name]
    arity = {**OPERATIONS, **ELEMENTARY, **dict.fromkeys(_DEFINED, 1)}[operation]
    named = [argument for argument in call.arguments if argument.name is not None]
    if named or len(call.arguments) != arity:
        wanted = f"`{function.name}` of {arity} argument{'s' * (arity > 1)}"
        scope.report(field_type.found(shown(call.span), wanted, call.span))
        return None
    return _applied(scope, operation, tuple(argument.value for argument in call.arguments), functions)

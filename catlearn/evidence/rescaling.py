"""The search for a map of states between two update rules: a linear one, found by solving for its coefficients.

Each state of the target is put as a sum of multiples of `theta`, of the source's states and of 1, whose coefficients
are unknown functions of the hyperparameters. The equation of initial states and that of one step are polynomials in
the states and the gradient, or are set aside; comparing coefficients gives linear equations for the unknown ones. What
they leave open is tried as nothing, and as the state of the same name. A candidate proves nothing: the square of the
map that it gives must still be seen to commute.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import reduce

import sympy

from catlearn.category.cell import hyperparameters, states
from catlearn.category.expression import Algebra, Apply, Constant, Expression, Symbol
from catlearn.category.update_rule import StrictCell, initial_in, step_in

MOST_UNKNOWNS = 24
"""Unknown coefficients that are still solved for."""

MOST_EQUATIONS = 200
"""Linear equations that are still solved."""


def _root(radicand: sympy.Expr) -> sympy.Expr:
    """A square root with the rational content of its radicand, which is positive, taken out of it."""
    content, primitive = radicand.as_content_primitive()
    return sympy.sqrt(content) * sympy.sqrt(primitive)


MEANINGS = {
    "add": sympy.Add,
    "subtract": lambda left, right: sympy.Add(left, -right),
    "multiply": sympy.Mul,
    "divide": lambda left, right: sympy.Mul(left, sympy.Pow(right, -1)),
    "power": sympy.Pow,
    "negate": lambda operand: -operand,
    "sqrt": _root,
    "sign": sympy.sign,
    "absolute": sympy.Abs,
    "maximum": sympy.Max,
    "minimum": sympy.Min,
}
"""What the operations of expressions are in sympy."""

StateMap = tuple[tuple[str, Expression], ...]


class _Symbolic:
    def constant(self, value: Fraction) -> sympy.Expr:
        return sympy.Rational(value.numerator, value.denominator)

    def apply(self, operation: str, arguments: tuple[sympy.Expr, ...]) -> sympy.Expr:
        return MEANINGS[operation](*arguments)


ALGEBRA: Algebra[sympy.Expr] = _Symbolic()
"""Sympy's expressions as an algebra."""


def _symbol(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, real=True)


class _Unknown:
    """The unknown linear map of a cell: a coefficient for each state of the target and each term."""

    def __init__(self, cell: StrictCell) -> None:
        self.terms = ("theta", *states(cell.source), "1")
        self.coefficients = {
            (state, term): sympy.Dummy(f"{state}_{term}") for state in states(cell.target) for term in self.terms
        }

    def of(self, state: str, point: Mapping[str, sympy.Expr]) -> sympy.Expr:
        """The image of a point for one state of the target."""
        values = {**point, "1": sympy.S.One}
        return sympy.Add(*(self.coefficients[state, term] * values[term] for term in self.terms))


def _variables(cell: StrictCell) -> list[sympy.Symbol]:
    return [_symbol(name) for name in ("theta", *states(cell.source), "g")]


def _equations(cell: StrictCell, unknown: _Unknown) -> Iterator[sympy.Expr]:
    """What must vanish: the differences of initial states, and of the two ways round one step.

    Where the next value of a term is no polynomial, but that of a state of the target is, the term is left out."""
    values = {name: sympy.S.Zero if name in cell.zero else _symbol(name) for name in hyperparameters(cell)}
    theta, gradient, clock = _symbol("theta"), _symbol("g"), sympy.Symbol("t", integer=True, positive=True)
    start, other = (initial_in(ALGEBRA, side, theta, values) for side in (cell.source, cell.target))
    yield from (unknown.of(name, start) - other[name] for name in states(cell.target))
    point = {name: _symbol(name) for name in ("theta", *states(cell.source))}
    image = {"theta": theta, **{name: unknown.of(name, point) for name in states(cell.target)}}
    reached = step_in(ALGEBRA, cell.source, point, gradient, clock, values)
    gone = step_in(ALGEBRA, cell.target, image, gradient, clock, values)
    yield reached["theta"] - gone["theta"]
    odd = [name for name, value in reached.items() if not sympy.expand(value).is_polynomial(*_variables(cell))]
    tame = {name: sympy.S.Zero if name in odd else value for name, value in reached.items()}
    for name in states(cell.target):
        yield unknown.of(name, tame) - gone[name]
        if sympy.expand(gone[name]).is_polynomial(*_variables(cell)):
            yield from (unknown.coefficients[name, term] for term in odd)


def _linear(cell: StrictCell, unknown: _Unknown) -> list[sympy.Expr]:
    """The linear equations for the coefficients that polynomial equations give."""
    variables = _variables(cell)
    unknowns = list(unknown.coefficients.values())
    found: list[sympy.Expr] = []
    for equation in _equations(cell, unknown):
        expanded = sympy.expand(equation)
        if expanded.is_polynomial(*variables):
            found += sympy.Poly(expanded, *variables).coeffs()
    return [one for one in found if one.is_polynomial(*unknowns) and sympy.Poly(one, *unknowns).total_degree() <= 1]


def rescalings(cell: StrictCell) -> Iterator[StateMap]:
    """The linear maps of states that the polynomial part of a cell's equations allows, simplest first."""
    unknown = _Unknown(cell)
    unknowns = list(unknown.coefficients.values())
    equations = _linear(cell, unknown) if len(unknowns) <= MOST_UNKNOWNS else []
    if not equations or len(equations) > MOST_EQUATIONS:
        solutions = [tuple(unknowns)] if len(unknowns) <= MOST_UNKNOWNS else []
    else:
        solutions = list(sympy.linsolve(equations, unknowns))
    seen: set[StateMap] = set()
    for solution in solutions:
        for same in (0, 1):
            left_open = {one: same * (state == term) for (state, term), one in unknown.coefficients.items()}
            solved = (sympy.cancel(one.subs(left_open)) for one in solution)
            state_map = _state_map(cell, unknown, dict(zip(unknown.coefficients, solved, strict=True)))
            if state_map is not None and state_map not in seen:
                seen.add(state_map)
                yield state_map


def _state_map(cell: StrictCell, unknown: _Unknown, solved: Mapping[tuple[str, str], sympy.Expr]) -> StateMap | None:
    images = [(state, _image(state, unknown.terms, solved)) for state in states(cell.target)]
    whole = tuple((state, image) for state, image in images if image is not None)
    return whole if len(whole) == len(images) else None


def _image(state: str, terms: tuple[str, ...], solved: Mapping[tuple[str, str], sympy.Expr]) -> Expression | None:
    """The sum of the terms with their coefficients; None where a coefficient is no rational function."""
    parts: list[Expression] = []
    for term in terms:
        coefficient = solved[state, term]
        written = None if coefficient == 0 else expression_of(coefficient)
        if coefficient != 0 and written is None:
            return None
        if written is not None:
            parts.append(_times(written, term))
    return reduce(lambda left, right: Apply("add", (left, right)), parts) if parts else Constant(Fraction(0))


def _times(coefficient: Expression, term: str) -> Expression:
    if term == "1":
        return coefficient
    if coefficient == Constant(Fraction(1)):
        return Symbol(term)
    match coefficient:
        case Apply("negate", (operand,)):
            return Apply("multiply", (Apply("negate", (operand,)), Symbol(term)))
    return Apply("multiply", (coefficient, Symbol(term)))


def expression_of(value: sympy.Expr) -> Expression | None:
    """A rational function of sympy's as an expression; None where it is something else."""
    if value.is_Rational:
        return Constant(Fraction(int(value.p), int(value.q)))
    if value.is_Symbol:
        return Symbol(value.name)
    if value.is_Add:
        return _sum(sorted(value.args, key=lambda term: bool(term.could_extract_minus_sign())))
    if value.could_extract_minus_sign():
        return _applied("negate", -value)
    top, bottom = value.as_numer_denom()
    if bottom != 1:
        return _applied("divide", top, bottom)
    if value.is_Mul:
        parts = [expression_of(factor) for factor in value.args]
        whole = [part for part in parts if part is not None]
        product = reduce(lambda left, right: Apply("multiply", (left, right)), whole)
        return product if len(whole) == len(parts) else None
    base, exponent = value.as_base_exp()
    return _applied("power", base, exponent) if value.is_Pow and exponent.is_Integer else None


def _applied(operation: str, *operands: sympy.Expr) -> Expression | None:
    found = [expression_of(operand) for operand in operands]
    whole = tuple(operand for operand in found if operand is not None)
    return Apply(operation, whole) if len(whole) == len(found) else None


def _sum(terms: list[sympy.Expr]) -> Expression | None:
    total = expression_of(terms[0])
    for term in terms[1:]:
        less = bool(term.could_extract_minus_sign())
        part = expression_of(-term if less else term)
        if total is None or part is None:
            return None
        total = Apply("subtract" if less else "add", (total, part))
    return total

"""Whether a piecewise expression is zero, by cases of sign.

Absolute values, signs, maxima and minima are smooth where what they compare keeps its sign. A case `p > 0`, of a `p`
linear in some symbol with a number as its coefficient, is a change of variables: the symbol is put as what makes `p` a
new positive symbol, and `p < 0` and `p = 0` likewise. The three cases together are all of the reals, so that an
expression which is zero in each of them is zero. Of a product the signs of its factors are assumed. Where the symbol
is known to be positive, what is put for it may not be: then more is shown than was asked. A case that comes to no end
shows nothing.
"""

from collections.abc import Callable, Iterator

import sympy

PIECEWISE = (sympy.Abs, sympy.sign, sympy.Max, sympy.Min)

MOST_CASES = 100
"""Cases that are looked at before nothing is shown."""

DEEPEST_CASE = 8
"""Signs that are assumed one after the other."""

Simplified = Callable[[sympy.Expr], sympy.Expr]


def _compared(expression: sympy.Expr) -> Iterator[sympy.Expr]:
    """The expressions whose signs decide which piece an expression is on, innermost first; after each its factors."""
    for atom in sorted(expression.atoms(*PIECEWISE), key=sympy.default_sort_key):
        if not any(argument.has(*PIECEWISE) for argument in atom.args):
            first, *others = atom.args
            compared = sympy.expand(first - others[0] if others else first)
            yield compared
            yield from (sympy.expand(factor) for factor, _ in sympy.factor_list(compared)[1])


def _solved(compared: sympy.Expr) -> Iterator[tuple[sympy.Symbol, sympy.Expr, sympy.Expr]]:
    """The symbols in which an expression is linear with a number as coefficient, with that and with what is left."""
    for symbol in sorted(compared.free_symbols, key=sympy.default_sort_key):
        coefficient = compared.coeff(symbol)
        rest = sympy.expand(compared - coefficient * symbol)
        if coefficient.is_Rational and coefficient != 0 and not rest.has(symbol) and not symbol.is_integer:
            yield symbol, coefficient, rest


def _keeps(symbol: sympy.Symbol, value: sympy.Expr) -> bool:
    """Whether what is put for a symbol is known to be positive, or not to be zero, where the symbol is."""
    return bool(not symbol.is_positive or value.is_positive) and bool(not symbol.is_nonzero or value.is_nonzero)


def _impossible(compared: sympy.Expr, sign: int) -> bool:
    """Whether what is known of its symbols excludes a sign."""
    known = {1: compared.is_nonpositive, 0: compared.is_nonzero, -1: compared.is_nonnegative}
    return bool(known[sign])


def _cases(expression: sympy.Expr) -> Iterator[sympy.Expr] | None:
    """An expression in each case of the sign of one that it compares; None where there is none to be assumed."""
    for compared in _compared(expression):
        solved = tuple(_solved(compared))
        if solved and not (compared.is_positive or compared.is_negative):
            return (_case(expression, solved, sign) for sign in (1, 0, -1) if not _impossible(compared, sign))
    return None


def _case(
    expression: sympy.Expr, solved: tuple[tuple[sympy.Symbol, sympy.Expr, sympy.Expr], ...], sign: int
) -> sympy.Expr:
    size = sign * sympy.Dummy("d", positive=True)
    values = [(symbol, (size - rest) / coefficient) for symbol, coefficient, rest in solved]
    symbol, value = next((pair for pair in values if _keeps(*pair)), values[0])
    return expression.subs(symbol, sympy.expand(value))


class _Search:
    """The search through all cases, which ends at the first that is not seen to be zero."""

    def __init__(self, simplified: Simplified) -> None:
        self.simplified = simplified
        self.left = MOST_CASES

    def count(self, expression: sympy.Expr, depth: int = 0) -> int | None:
        """The number of cases, each of them zero; None where one is not seen to be."""
        self.left -= 1
        rest = self.simplified(expression) if self.left >= 0 and depth <= DEEPEST_CASE else None
        if rest is None or rest == 0:
            return None if rest is None else 1
        total = 0
        for case in _cases(rest) or (None,):
            found = None if case is None else self.count(case, depth + 1)
            if found is None:
                return None
            total += found
        return total


def cases_in_which_zero(expression: sympy.Expr, simplified: Simplified) -> int | None:
    """In how many cases of sign an expression is zero, where these are all; None where that is not shown.

    `simplified` gives an equal expression, zero where it sees that."""
    return _Search(simplified).count(expression)

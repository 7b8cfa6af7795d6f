"""Arbitrary expressions and rational points, for laws about them."""

from fractions import Fraction

from hypothesis import strategies as st

from catlearn.category.expression import OPERATIONS, Apply, Constant, Expression, Symbol

NAMES = ("x", "y", "z")

rationals = st.fractions(min_value=-4, max_value=4, max_denominator=12)
points = st.fixed_dictionaries(dict.fromkeys(NAMES, rationals))


def applied(operations: tuple[str, ...], inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.sampled_from(operations).flatmap(
        lambda operation: st.tuples(*[inner] * OPERATIONS[operation]).map(lambda arguments: Apply(operation, arguments))
    )


def powers(inner: st.SearchStrategy[Expression], least: int) -> st.SearchStrategy[Expression]:
    exponents = st.integers(least, 3).map(lambda exponent: Constant(Fraction(exponent)))
    return st.builds(lambda base, exponent: Apply("power", (base, exponent)), inner, exponents)


leaves = st.one_of(rationals.map(Constant), st.sampled_from(NAMES).map(Symbol))


def expressions(*operations: str) -> st.SearchStrategy[Expression]:
    """Expressions over `NAMES` with these operations (all but powers if none is given) and small integer powers."""
    chosen = operations or tuple(name for name in OPERATIONS if name != "power")
    return st.recursive(leaves, lambda inner: st.one_of(applied(chosen, inner), powers(inner, -3)), max_leaves=12)


polynomials = st.recursive(
    leaves,
    lambda inner: st.one_of(applied(("add", "subtract", "multiply", "negate"), inner), powers(inner, 0)),
    max_leaves=8,
)

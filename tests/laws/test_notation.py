"""What `show` writes, the language reads back as the same function, and `show` writes that in the same way."""

from hypothesis import given

from catlearn.category.expression import Apply, Expression, Symbol, show, value_at
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check
from tests.laws.arbitrary import expressions, points


def read(text: str) -> Expression:
    theory = check(parse(Source("rule.cat", f"optimiser rule(x, y, z) {{ theta' = {text} }}\n"))).theory
    assert theory is not None
    ((_, expression),) = theory.rules["rule"].equations
    return expression


@given(expressions(), points)
def test_what_is_shown_is_read_back(expression, point):
    again = read(show(expression))
    assert value_at(again, point) == value_at(expression, point)
    assert show(again) == show(expression)


def test_primes_are_read_back():
    text = "optimiser rule(lr) { state v = 0, v' = v + g, theta' = theta - lr * v' }"
    theory = check(parse(Source("rule.cat", text))).theory
    assert theory is not None
    equations = dict(theory.rules["rule"].equations)
    assert equations["v"] == Apply("add", (Symbol("v"), Symbol("g")))
    assert show(equations["theta"]) == "theta - lr * v'"

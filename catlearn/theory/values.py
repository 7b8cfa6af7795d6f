"""Readers of values: each takes an expression and returns what it says, or None where it says something else."""

from fractions import Fraction

from catlearn.source import Span
from catlearn.syntax import tree

LARGEST_EXPONENT = 64
LARGEST_SIZE = 100_000
MOST_SEEDS = 10_000


def shown(span: Span, limit: int = 60) -> str:
    """The text of a span in one line, cut where it is long, in backquotes."""
    text = " ".join(span.text.split())
    return f"`{text if len(text) <= limit else text[: limit - 1] + '…'}`"


def number(expression: tree.Expression) -> Fraction | None:
    """The exact value of a number, a percentage, or arithmetic on them."""
    match expression:
        case tree.Number(value, None | "%"):
            return value
        case tree.Negation(operand):
            inner = number(operand)
            return None if inner is None else -inner
        case tree.Binary(operator, left, right):
            first, second = number(left), number(right)
            return None if first is None or second is None else _combined(operator, first, second)
    return None


def _combined(operator: str, left: Fraction, right: Fraction) -> Fraction | None:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right if right else None
    size = left.numerator.bit_length() + left.denominator.bit_length()
    small = abs(right) <= LARGEST_EXPONENT and size * abs(right) <= LARGEST_SIZE
    bounded = right.denominator == 1 and small and (left != 0 or right >= 0)
    return Fraction(left**right.numerator) if bounded else None


def natural(expression: tree.Expression) -> int | None:
    """A whole number, 0 or more."""
    value = number(expression)
    return int(value) if value is not None and value.denominator == 1 and value >= 0 else None


def positive_whole(expression: tree.Expression) -> int | None:
    """A whole number, 1 or more."""
    return natural(expression) or None


def positive(expression: tree.Expression) -> Fraction | None:
    """A number above 0."""
    value = number(expression)
    return value if value is not None and value > 0 else None


def share(expression: tree.Expression) -> Fraction | None:
    """A number strictly between 0 and 1."""
    value = positive(expression)
    return value if value is not None and value < 1 else None


def word(expression: tree.Expression) -> str | None:
    """A bare word."""
    return expression.name if isinstance(expression, tree.Name) and not expression.primed else None


def spacing(expression: tree.Expression) -> tuple[int, str] | None:
    """A whole number of epochs or steps, 1 or more."""
    if not isinstance(expression, tree.Number) or expression.unit not in ("epoch", "step"):
        return None
    whole = expression.value.denominator == 1 and expression.value > 0
    return (int(expression.value), expression.unit) if whole else None


def whole_range(expression: tree.Expression) -> tuple[int, int] | None:
    """`a..b` of whole numbers, 0 or more, in order."""
    if not isinstance(expression, tree.Range):
        return None
    first, last = natural(expression.first), natural(expression.last)
    return (first, last) if first is not None and last is not None and first <= last else None


def seeds(expression: tree.Expression) -> tuple[int, ...] | None:
    """A range of at most `MOST_SEEDS` seeds."""
    ends = whole_range(expression)
    if ends is None or ends[1] - ends[0] >= MOST_SEEDS:
        return None
    return tuple(range(ends[0], ends[1] + 1))


def number_range(expression: tree.Expression) -> tuple[Fraction, Fraction] | None:
    """`a..b` of numbers, in any order."""
    if not isinstance(expression, tree.Range):
        return None
    first, last = number(expression.first), number(expression.last)
    return (first, last) if first is not None and last is not None else None


def identifier(expression: tree.Expression) -> tree.Identifier | None:
    """A name, as an identifier that can be looked up."""
    if isinstance(expression, tree.Name) and not expression.primed:
        return tree.Identifier(expression.name, expression.span)
    return None


def parts(expression: tree.Expression) -> tuple[tree.Expression, ...]:
    """The parts of a composite, in order; any other expression is its own only part."""
    return expression.parts if isinstance(expression, tree.Composite) else (expression,)


def operands(expression: tree.Expression, operator: str) -> tuple[tree.Expression, ...]:
    """The operands of a chain of one operator, from left to right; any other expression is its own only one."""
    found: list[tree.Expression] = []
    while isinstance(expression, tree.Binary) and expression.operator == operator:
        found.append(expression.right)
        expression = expression.left
    return (expression, *reversed(found))


def path(expression: tree.Expression) -> tuple[tree.Identifier, ...] | None:
    """A composite of names, or one name."""
    names = tuple(identifier(part) for part in parts(expression))
    found = tuple(name for name in names if name is not None)
    return found if len(found) == len(names) else None

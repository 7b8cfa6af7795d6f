"""Sameness asked without a margin.

What it catches: `~` without `within`, and `==` between measures, shapes or barcodes. Counts that are known exactly,
such as `trained_parameters`, may be compared by `==`.

Why: two measured numbers are never exactly equal, and failing to find a difference is no evidence of sameness: the
fewer the seeds, the easier it would be. Sameness is shown by an equivalence test, which needs a margin that says how
much of a difference would not matter.

Example:

    claim accuracy : accuracy(gd, on = digits.test) == accuracy(ball, on = digits.test)

Repair: `accuracy(gd, on = digits.test) ~ accuracy(ball, on = digits.test) within 1%`.
"""

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span


def without_margin(span: Span, example: str) -> Diagnostic:
    """`~` without a margin; `example` is one in the units of what is compared."""
    message = "found `~` without a margin, required `within`: finding no difference is no evidence of sameness"
    return Diagnostic("similarity-needs-equivalence", message, span, (), (f"add `within {example}`",))


def equality(span: Span) -> Diagnostic:
    """`==` between measures."""
    message = "found `==` between measures, required `~` with a margin: measured numbers are never exactly equal"
    return Diagnostic("similarity-needs-equivalence", message, span, (), ("write `… ~ … within 1%`",))


def between(what: str, span: Span, example: str) -> Diagnostic:
    """`==` between shapes or barcodes."""
    message = f"found `==` between {what}, required `~` by a distance with a margin: measured {what} are never equal"
    return Diagnostic("similarity-needs-equivalence", message, span, (), (f"write `{example}`",))

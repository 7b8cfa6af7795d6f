"""An exact verdict asked of a comparison that is not bitwise.

What it catches: `expect exact` on a cell by relation, on a count of classes, and on a comparison of measures.

Why: `exact` says that bits agree. A statement about a margin, a share of seeds or a deformation rests on a test or on
a witness and is `supported` at best.

Example:

    claim accuracy : accuracy(gd, on = digits.test) > 0.9 expect exact

Repair: `expect supported`; or claim a law, which is compared bit by bit.
"""

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span


def of(what: str, span: Span) -> Diagnostic:
    """`expect exact` on a claim of another kind."""
    message = f"found `expect exact` on {what}, required a claim that is compared bit by bit: a law or `constant(…)`"
    return Diagnostic("exact-needs-determinism", message, span, (), ("write `expect supported`",))

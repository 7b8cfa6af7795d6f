"""An expectation that the claim's method cannot deliver.

What it catches: `expect proved` on what is decided by evidence, `expect supported` on what is decided bitwise or
symbolically, and a claim on a law that no run can test.

Why: such a claim could never be met, whatever the runs show.

Example:

    claim slides : slide { holds_for = 0.8 } expect proved

Repair: expect a verdict of the claim's own kind. A law or constancy can be `exact`, a strict cell `proved`, all that
is measured `supported`; `refuted` can come of each.
"""

from catlearn.diagnostics import Diagnostic, listed
from catlearn.source import Span


def of(verdict: str, what: str, reachable: tuple[str, ...], span: Span) -> Diagnostic:
    """An expected verdict that a kind of claim never gets."""
    choices = listed(reachable)
    message = f"found `expect {verdict}` on {what}, required one of {choices}"
    return Diagnostic("unreachable-verdict", message, span, (), (f"write `expect {reachable[0]}`",))


def decided_already(transformation: str, span: Span) -> Diagnostic:
    """A claim on a transformation whose squares are decided by the laws."""
    message = (
        f"found the transformation `{transformation}`, whose squares `check` decides, required one between readings"
    )
    return Diagnostic("unreachable-verdict", message, span)


def untestable(law: str, category: str, span: Span) -> Diagnostic:
    """A claim on a law of a formal category."""
    message = f"found the law `{law}` of the formal category `{category}`, required a law between runs"
    return Diagnostic("unreachable-verdict", message, span)

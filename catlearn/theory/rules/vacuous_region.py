"""A relation that would hold for any two runs.

What it catches: a dihomotopy without slack, levels in the wrong order, levels so close that the slack covers them, a
`connected` without a level and a `homotopy` without a region.

Why: parameter space is contractible, so without a bound any two runs can be deformed into each other. A descent from
high to low with slack δ sees only what lies between low + δ and high − δ; where high − low is at most 2·δ that is
nothing.

Example:

    relation basin = dihomotopy { slack = 0.5, levels = 0.2..1.0 }

Repair: a smaller slack, `slack = 0.05`, or wider levels.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def without_slack(relation: Identifier) -> Diagnostic:
    """A relation that bounds nothing."""
    message = f"found `{relation.name}` without slack, required `slack`: without it any two runs are related"
    return Diagnostic("vacuous-region", message, relation.span, (), ("write `slack = 0.05`, in units of the loss",))


def without_region(relation: Identifier, key: str, example: str) -> Diagnostic:
    """A relation that leaves all of parameter space open."""
    message = f"found `{relation.name}` without `{key}`, required it: without it any two runs are related"
    return Diagnostic("vacuous-region", message, relation.span, (), (f"write `{example}`, in units of the loss",))


def inverted(low: str, high: str, span: Span) -> Diagnostic:
    """Levels of which the first is not below the second."""
    message = f"found the levels {low}..{high}, required the lower level first"
    return Diagnostic("vacuous-region", message, span, (), (f"write `levels = {high}..{low}`",))


def covered(slack: str, slack_span: Span, low: str, high: str, span: Span) -> Diagnostic:
    """Levels that the slack covers."""
    message = f"found the levels {low}..{high} with slack {slack}, required levels further apart than twice the slack"
    return Diagnostic("vacuous-region", message, span, (Label(f"the slack is {slack}", slack_span),))

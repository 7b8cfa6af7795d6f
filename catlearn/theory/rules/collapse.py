"""Laws that force a generator to be an identity.

What it catches: a generating arrow that the laws of its category make equal to the identity of its object, perhaps by
way of several uses of several laws, which are shown.

Why: such an arrow is there in name only, and most often a law says more than was meant.

Example:

    category Clock {
      object X
      map a : X -> X
      law idempotent : a >> a == a
      law third      : a >> a >> a == id(X)     # a = a >> a = a >> a >> a = id(X)
    }

Repair: leave the arrow out, or weaken one of the laws.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def of(arrow: Identifier, onto: str, steps: str | None, laws: tuple[tuple[str, Span], ...]) -> Diagnostic:
    """A generator with the identity it equals, the steps that show it, and the laws they use."""
    message = f"found laws that force `{arrow.name}` to be `{onto}`, required an arrow of its own"
    labels = tuple(Label(f"by `{name}`", span) for name, span in laws)
    hints = (f"the steps: {steps}",) if steps else ()
    return Diagnostic("collapse", message, arrow.span, labels, hints)

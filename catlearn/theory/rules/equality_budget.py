"""Equality of arrows that could not be settled.

What it catches: a category whose laws have consequences without end, as far as could be seen within the budget; a law
that a functor, or a naturality square that a transformation, may or may not keep.

Why: whether two composites are equal is undecidable in general. Work on it ends at a budget that does not depend on
the machine; what is found equal until then is equal, and nothing is called different that is not. Where a text has
more than five such categories they share the budget in equal parts.

Example:

    category Braid {
      object X
      map a, b : X -> X
      law braid : a >> b >> a == b >> a >> b
    }

Repair: none is needed where no proof rests on it. Else add a consequence of the laws as a law of its own, or leave out
a law.
"""

from catlearn.diagnostics import Diagnostic, Label, Severity, listed
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def of_category(category: Identifier, limit: str, laws: tuple[tuple[str, Span], ...]) -> Diagnostic:
    """A category with the laws whose consequences were not settled."""
    names = listed(name for name, _ in laws)
    message = f"found equality in `{category.name}` open after {limit}, required an end to what follows from {names}"
    labels = tuple(Label("this law is affected", span) for _, span in laws)
    return Diagnostic("equality-budget", message, category.span, labels, severity=Severity.WARNING)


def of_square(what: str, left: str, right: str, category: str, limit: str, span: Span, label: Label) -> Diagnostic:
    """Two composites that may be equal or not, in the target of a functor or a transformation."""
    message = f"found {what} open after {limit}, required `{left}` and `{right}` equal in `{category}`"
    return Diagnostic("equality-budget", message, span, (label,), severity=Severity.WARNING)

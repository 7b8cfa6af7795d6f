"""A functor that maps what its source category does not have.

What it catches: an image for a name that is no generator of the source category, or for one of another kind; and a
component of a transformation at an object on which one of its two readings is not given.

Why: the image would be ignored, although its author meant something by it.

Example:

    functor L : Param -> Rep {
      object A, E, Q |-> Z by activations(encoder, on = X)     # Param has no Q
      …
    }

Repair: correct the name, or declare the generator.
"""

from collections.abc import Iterable

from catlearn.diagnostics import Diagnostic, Label, Missing, nearest
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def of(name: Identifier, word: str, functor: str, category: str, there: Span, known: Iterable[str]) -> Diagnostic:
    """An image for what the source category does not have."""
    message = f"found an image for `{name.name}`, required {word} of `{category}`, the source of `{functor}`"
    labels = (Label(f"`{category}` is the source", there),)
    missing = Missing(name.name, frozenset({word}))
    return Diagnostic("functor-extra", message, name.span, labels, nearest(name.name, known), missing=missing)


def beyond(name: Identifier, functor: str, over: str, there: Span) -> Diagnostic:
    """A component at an object on which a functor is not given, because it is restricted to another."""
    message = f"found a component at `{name.name}`, required one at `{over}`, to which `{functor}` is restricted"
    return Diagnostic("functor-extra", message, name.span, (Label(f"`{functor}` is declared here", there),))

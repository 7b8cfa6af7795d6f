"""A functor that breaks a law.

What it catches: a law of the source category whose two sides go to composites that are different in the target. The
two are shown in normal form: the least composites equal to them by the laws of the target.

Why: arrows that are equal must go to arrows that are equal; else the functor has two values for one arrow.

Example:

    category C { object X  map e : X -> X  law idempotent : e >> e == e }
    category D { object Y  map f : Y -> Y }
    functor F : C -> D { object X |-> Y  map e |-> f }      # f >> f and f are different in D

Repair: send the generators elsewhere, or add the law to the target.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def of(functor: str, law: str, law_span: Span, forms: tuple[str, str], category: str, span: Span) -> Diagnostic:
    """A law with the normal forms of the images of its sides."""
    left, right = forms
    message = f"found the sides of `{law}` sent by `{functor}` to `{left}` and `{right}`, required equal arrows"
    hint = f"`{left}` and `{right}` are normal forms in `{category}`, so they are different there"
    return Diagnostic("functor-law", message, span, (Label("the law", law_span),), (hint,))

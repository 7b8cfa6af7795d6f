"""Pullback legs with different targets.

What it catches: a pullback of `f : A -> E` along `g(B@r)` where `g` does not end in `E`.

Why: a pullback is of two arrows into one object; only there can their values be compared.

Example:

    pullback F of enc : A -> E along dec(A@gd) { leg inc : F -> A }      # dec : A -> D

Repair: name a map that ends in `E`.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def apart(first: str, target: str, first_use: Span, second: str, other: str, use: Span) -> Diagnostic:
    """Two maps of a pullback that end in different objects."""
    message = f"found `{second}`, which ends in `{other}`, required a map that ends in `{target}`, as `{first}` does"
    return Diagnostic("cospan", message, use, (Label(f"`{first}` ends in `{target}`", first_use),))

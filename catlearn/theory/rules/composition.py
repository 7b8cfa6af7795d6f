"""Arrows that do not compose, or that do not go where they are declared.

What it catches: a run that starts elsewhere than the one before it ends; an arrow whose ends lie in another category
or in another space; a pullback or a leg that declares other ends than its map has; a map read along a run that does
not pass through its source.

Why: a composite of arrows that do not meet is no arrow, so nothing said about it means anything.

Example:

    run half : A@init -> A@mid { … }
    run rest : A@gd -> A@end { … }
    law both : half >> rest == gd

Repair: start the second where the first ends, `run rest : A@mid -> A@end`.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def apart(first: str, end: str, first_use: Span, second: str, start: str, second_use: Span) -> Diagnostic:
    """`first` ends at one point, and `second`, composed after it, starts at another."""
    message = f"found `{second}`, which starts at `{start}`, required an arrow that starts at `{end}`"
    label = Label(f"`{first}` ends at `{end}`", first_use)
    return Diagnostic("composition", message, second_use, (label,))


def ends(what: str, found: str, wanted: str, span: Span, label: Label | None = None) -> Diagnostic:
    """An arrow or a square whose declared ends are not the ones it has."""
    labels = () if label is None else (label,)
    return Diagnostic("composition", f"found {what} {found}, required {wanted}", span, labels)

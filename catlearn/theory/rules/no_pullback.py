"""A pullback of maps that are not structural, or along something that is not a point.

What it catches: a pullback along anything but a map at a checkpoint that a run produces, and one of a formal arrow.

Why: pullbacks are taken strictly, on named blocks. A fibre is there where the blocks of the map's target have values
to be held at; those values are the weights at the end of a run.

Example:

    pullback F of enc : A -> E along enc(A@init) { leg inc : F -> A  freeze E { } }

Repair: name a checkpoint that a run produces, `along enc(A@gd)`.
"""

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span


def of(found: str, wanted: str, span: Span) -> Diagnostic:
    """A pullback that cannot be taken, in words."""
    hint = "write the point as `along enc(A@gd)`, where a run ends at `A@gd`"
    return Diagnostic("no-pullback", f"found {found}, required {wanted}", span, (), (hint,))

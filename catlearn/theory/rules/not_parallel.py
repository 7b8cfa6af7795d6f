"""Laws and strict cells between arrows with different ends.

What it catches: a law whose two sides do not start at the same point and end at the same point.

Why: only parallel arrows can be equal; the weights at the end of one side are not claimed to be those at the end of
the other when the two points have different names.

Example:

    run gd    : A@init -> A@gd  { … }
    run again : A@init -> A@end { like = gd }
    law same  : gd == again

Repair: let both runs end at one point, `run again : A@init -> A@gd`.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def of(left: str, left_span: Span, right: str, right_span: Span) -> Diagnostic:
    """Two sides, each with its ends in words."""
    labels = (Label(f"this side goes {left}", left_span),)
    return Diagnostic("not-parallel", f"found a side that goes {right}, required {left}", right_span, labels)

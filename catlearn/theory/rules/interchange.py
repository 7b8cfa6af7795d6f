"""Cells composed side by side where that is not sound.

What it catches: a horizontal composite `c1 * c2` of strict cells one of whose state maps reads `theta`; cells by
relation side by side; a run beside anything but one cell by a dihomotopy.

Why: side by side, the two rules take turns at one `theta`. While the one moves `theta`, the image of the other's state
must stay what it is, which holds for state maps that do not read `theta` only. A sheet between two runs can follow a
run in `r * c` where both start at the end of `r`, and a run can follow it in `c * r` where both end at the start of
`r`. `verify` looks whether its first or its last edge stays at that point; one that is cut before leaves it open.

Example:

    cell form : heavy_ball(lr, m) => polyak(lr, m) strict { p |-> theta + lr * v, assume constant(lr) }
    cell both = form * form          # `p` reads `theta`

Repair: compose vertically, `c1 >> c2`, or use a form of the rule whose states do not hold `theta`.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def reads_theta(cell: str, state: str, use: Span, declared: Span) -> Diagnostic:
    """A factor whose state map reads `theta`."""
    message = f"found {cell}, whose image of `{state}` reads `theta`, required state maps that do not"
    return Diagnostic("interchange", message, use, (Label(f"{cell} is declared here", declared),))


def whiskered(found: str, wanted: str, use: Span, hint: str) -> Diagnostic:
    """A cell by relation beside something else."""
    return Diagnostic("interchange", f"found {found}, required {wanted}", use, (), (hint,))

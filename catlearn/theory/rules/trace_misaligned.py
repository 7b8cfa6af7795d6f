"""A trace whose spacing is not a multiple of its run's checkpoints, or that does not divide a composite.

What it catches: `trace(every = k)` where some run of the source category has no checkpoint at every k-th step, or
where a run that another one starts from has a length that k does not divide.

Why: a trace reads saved checkpoints, it does not train anew; and L(half) >> L(rest) is L(half >> rest) only when both
sample the same steps.

Example:

    run gd : A@init -> A@gd { …, checkpoints = 2 epochs }
    functor L : Param -> Rep { … run * |-> trace(every = 1 epoch) }

Repair: let the trace be a multiple, `trace(every = 2 epochs)`, or save checkpoints more often.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def of_checkpoints(run: str, spacing: str, there: Span, every: str, span: Span) -> Diagnostic:
    """A trace that needs checkpoints that a run does not save."""
    message = f"found a trace every {every}, required a multiple of {spacing}, the checkpoints of `{run}`"
    return Diagnostic("trace-misaligned", message, span, (Label(f"`{run}` saves every {spacing}", there),))


def of_composite(run: str, steps: int, there: Span, later: str, every: str, span: Span) -> Diagnostic:
    """A trace that does not divide a run on which another one follows."""
    wanted = f"a divisor of the {steps} steps of `{run}`, which `{later}` continues"
    message = f"found a trace every {every}, required {wanted}"
    return Diagnostic("trace-misaligned", message, span, (Label(f"`{run}` takes {steps} steps", there),))

"""A run that resumes from something else than its source.

What it catches: `resume = r` where `r` does not end at the checkpoint at which this run starts, and a run that
resumes another with a different update rule, dataset, batch, loss or largest norm of a gradient.

Why: to resume is to go on with the weights, the optimiser's state, the step count and the data clock of `r`; they
mean nothing at another point, to another rule, or in another order of the data.

Example:

    run half : A@init -> A@mid { … }
    run rest : A@init -> A@gd  { like = half, resume = half }

Repair: start where `half` ends, `run rest : A@mid -> A@gd`; or leave `resume` out to start afresh.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def elsewhere(resumed: str, end: str, resumed_end: Span, start: str, start_span: Span, span: Span) -> Diagnostic:
    """A run resumed at a point at which it does not end."""
    message = f"found `{resumed}`, which ends at `{end}`, required a run that ends at `{start}`, where this one starts"
    labels = (Label(f"starts at `{start}`", start_span), Label(f"`{resumed}` ends at `{end}`", resumed_end))
    return Diagnostic("resume-mismatch", message, span, labels, ("leave `resume` out to start afresh",))


def otherwise(what: str, found: str, resumed: str, wanted: str, span: Span, other: Span) -> Diagnostic:
    """A run that goes on with another rule, dataset, batch, loss or clipping than the run it resumes."""
    message = f"found the {what} {found}, required {wanted}, as `{resumed}` has, which this run resumes"
    labels = (Label(f"the {what} of `{resumed}`", other),)
    return Diagnostic("resume-mismatch", message, span, labels, ("leave `resume` out to start afresh",))

"""Too few seeds for the confidence asked.

What it catches: a claim that a cell holds for a share p of the seeds at confidence c, over fewer seeds than would show
it even if the cell held for every one of them; and a comparison of measures over a single seed. It is a warning: the
claim can still be refuted.

Why: n successes out of n show a share of at least p at confidence c only when pⁿ is at most 1 − c (the exact binomial
bound). For p = 0.9 and c = 0.95 that takes 29 seeds.

Example:

    run gd : A@init -> A@gd { …, seeds = 0..7 }
    claim slides : slide { holds_for = 0.9, confidence = 0.95 }

Repair: `seeds = 0..28`, or a smaller share or confidence.
"""

from catlearn.diagnostics import Diagnostic, Label, Severity
from catlearn.source import Span


def of(seeds: int, needed: int, holds_for: str, confidence: str, span: Span, run: str, there: Span) -> Diagnostic:
    """A share of seeds that so few cannot show."""
    message = (
        f"found {_counted(seeds)}, required {needed} or more to show a share of {holds_for} at confidence {confidence}"
    )
    labels = (Label(f"`{run}` has {_counted(seeds)}", there),)
    enough = f"write `seeds = 0..{needed - 1}`"
    hints = (enough if needed <= 1000 else "ask for a smaller share or a lower confidence",)
    return Diagnostic("too-few-seeds", message, span, labels, hints, Severity.WARNING)


def single(span: Span, run: str, there: Span) -> Diagnostic:
    """A statement about a mean over one seed."""
    message = "found 1 seed, required 2 or more for an interval"
    labels = (Label(f"`{run}` has 1 seed", there),)
    return Diagnostic("too-few-seeds", message, span, labels, ("write `seeds = 0..15`",), Severity.WARNING)


def _counted(seeds: int) -> str:
    return f"{seeds} seed{'s' * (seeds != 1)}"

"""Too few seeds for the confidence asked.

What it catches: a claim that cannot come to the verdict that its author expects with the seeds that its runs have,
whatever these do. That is a cell that is to hold for a share of the seeds, over fewer than would show (or, where
`refuted` is expected, refute) the share even if all of them agreed; a comparison of measures over a single seed; a
correlation over fewer than five; a bootstrap over fewer than twelve; a margin within which no interval of so few seeds
fits, since one test example moves an accuracy by more. Where `looks` are announced, it is each look that needs the
seeds. It is a warning: the claim can come to another verdict.

Why: n successes out of n show a share of at least p at confidence c only when pⁿ is at most 1 − c (the exact binomial
bound). For p = 0.9 and c = 0.95 that takes 29 seeds.

Example:

    run gd : A@init -> A@gd { …, seeds = 0..7 }
    claim slides : slide { holds_for = 0.9, confidence = 0.95 }

Repair: `seeds = 0..28`, or a smaller share or confidence.
"""

from catlearn.diagnostics import Diagnostic, Label, Severity
from catlearn.source import Span


def of(seeds: int, needed: int, purpose: str, span: Span, run: str, there: Span) -> Diagnostic:
    """Fewer seeds of a run than a purpose takes, such as `to show a share of 0.9 at confidence 0.95`."""
    message = f"found {_counted(seeds)}, required {needed} or more {purpose}"
    labels = (Label(f"`{run}` has {_counted(seeds)}", there),)
    enough = f"write `seeds = 0..{needed - 1}`"
    hints = (enough if needed <= 1000 else "ask for a smaller share, a wider margin or a lower confidence",)
    return Diagnostic("too-few-seeds", message, span, labels, hints, Severity.WARNING)


def _counted(seeds: int) -> str:
    return f"{seeds} seed{'s' * (seeds != 1)}"

"""A checkpoint produced twice with no law that identifies the producers.

What it catches: two runs that end at the same point, and a run that ends at `init`.

Why: `A@gd` must be one family of weights. When two runs produce it, either they are claimed to agree, which is a law
and is tested, or the two ends need two names.

Example:

    run gd   : A@init -> A@gd { … }
    run ball : A@init -> A@gd { like = gd, optimiser = heavy_ball(lr = 0.01, m = 0.9) }

Repair: name the second end `A@ball`, or state the law `law same : gd == ball`.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def of(runs: tuple[Identifier, Identifier], point: str, ends: tuple[Span, Span]) -> Diagnostic:
    """Two runs, in the order of the text, that end at one point."""
    first, second = runs
    message = f"found `{point}` produced by `{second.name}` and by `{first.name}`, required one producer, or a law"
    labels = (Label(f"`{first.name}` produces it too", ends[0]),)
    hint = f"give the end of `{second.name}` another name, or add `law same : {first.name} == {second.name}`"
    return Diagnostic("two-producers", message, ends[1], labels, (hint,))


def of_init(run: Identifier, point: str, span: Span) -> Diagnostic:
    """A run that ends at the point at which weights are drawn."""
    message = f"found `{run.name}` ending at `{point}`, required another point: `init` is drawn afresh from the seed"
    return Diagnostic("two-producers", message, span)

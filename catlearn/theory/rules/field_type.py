"""A field or an argument whose value has the wrong form.

What it catches: a word where a number is needed, a number out of its range, a unit that does not belong, a layer
where the name of a map is needed.

Why: values are never converted silently; `seeds = 5` could mean five seeds or the seed 5.

Example:

    run gd : A@init -> A@gd { …, seeds = 5 }

Repair: the message says which form is required: `seeds = 0..4`.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def found(what: str, wanted: str, span: Span, hint: str | None = None, labels: tuple[Label, ...] = ()) -> Diagnostic:
    """A value of one form where another is required."""
    hints = () if hint is None else (hint,)
    return Diagnostic("field-type", f"found {what}, required {wanted}", span, labels, hints)


def too_many(count: int, known: tuple[str, ...], word: str, span: Span) -> Diagnostic:
    """More positional arguments than a call takes."""
    allowed = f"at most {len(known)}: {', '.join(f'`{name}`' for name in known)}" if known else "none"
    return Diagnostic("field-type", f"found {word} {count}, required {allowed}", span)

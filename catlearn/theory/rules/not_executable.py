"""What is in order, and what this version cannot train or decide.

What it catches: modules of one's own by `extern` that nobody has allowed, layers where they cannot be trained, claims
under relations or about measures that cannot be decided yet, resuming a run that was trained elsewhere, and laws about
one. `check` accepts them; `compile`, `run` and `verify` refuse them.

Why: a specification may say more than a version can do. A claim that is left out silently would look as if it had been
decided.

Example:

    map f : R[64] -> R[10] = extern("models.small:Network")

Repair: pass `--allow-extern` for a module that you trust, use what can be trained and decided, or keep the
specification for `check` alone.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def of(what: str, wanted: str, span: Span, labels: tuple[Label, ...] = (), hint: str | None = None) -> Diagnostic:
    """Something that this version cannot train or decide, and what it can."""
    hints = () if hint is None else (hint,)
    return Diagnostic("not-executable", f"found {what}, required {wanted}", span, labels, hints)

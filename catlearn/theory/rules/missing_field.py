"""A declaration or a call without something that it needs.

What it catches: a block that lacks a required field, a call that lacks a required argument, an update rule that does
not say what becomes of one of its states. All that is missing is named at once.

Why: there is no default that would not be a guess about the experiment.

Example:

    run gd : A@init -> A@gd { net = encoder >> head, data = digits, seeds = 0..15 }

Repair: give what is missing, or take it from another run with `like = other`.
"""

from catlearn.diagnostics import Diagnostic, listed
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def of(owner: Identifier, missing: tuple[str, ...]) -> Diagnostic:
    """A block or call without some required fields or arguments."""
    needed = listed(missing)
    return Diagnostic("missing-field", f"found `{owner.name}` without {needed}, required {_them(missing)}", owner.span)


def of_run(owner: Identifier, missing: tuple[str, ...]) -> Diagnostic:
    """A run that lacks fields and has no run to copy them from."""
    needed = listed(missing)
    message = f"found the run `{owner.name}` without {needed}, required {_them(missing)}"
    return Diagnostic("missing-field", message, owner.span, (), ("`like = other` copies what another run has",))


def something(found: str, wanted: str, span: Span, hint: str) -> Diagnostic:
    """Something incomplete, in words of its own."""
    return Diagnostic("missing-field", f"found {found}, required {wanted}", span, (), (hint,))


def _them(missing: tuple[str, ...]) -> str:
    return "it" if len(missing) == 1 else "all of them"

"""A name that nothing declares, or that is something else than what its place asks for.

What it catches: misspelt names, names of the wrong kind (a dataset where a run is needed), checkpoints that no run
produces, and words that the language does not have.

Why: nothing is dropped silently; a claim about a name that does not exist would say nothing.

Example:

    run ball : A@init -> A@ball { like = gdd, optimiser = heavy_ball(lr = 0.01, m = 0.9) }

Repair: the hint names the nearest declaration of the right kind. The order of declarations does not matter.
"""

from collections.abc import Iterable

from catlearn.diagnostics import Diagnostic, Label, Missing, listed, nearest
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def undeclared(
    name: str, span: Span, wanted: str, known: Iterable[str], kinds: frozenset[str] = frozenset()
) -> Diagnostic:
    """A name that nothing declares, where `wanted` is required: a declaration of one of the `kinds`."""
    message = f"found `{name}`, which nothing declares, required {wanted}"
    missing = Missing(name, kinds or frozenset({wanted}))
    hints = ("an identity names its object: `id(X)`",) if name == "id" else nearest(name, known)
    return Diagnostic("unknown-name", message, span, (), hints, missing=missing)


def of_another_kind(use: Identifier, found: str, wanted: str, declared: Span) -> Diagnostic:
    """A name that is declared as something else."""
    labels = (Label(f"`{use.name}` is declared here", declared),)
    return Diagnostic("unknown-name", f"`{use.name}` is {found}, required {wanted}", use.span, labels)


def not_among(name: str, span: Span, what: str, known: tuple[str, ...], near: str = "") -> Diagnostic:
    """A word that is none of the few that may stand in its place; `near` is what of it could be one of them."""
    choices = listed(known)
    message = f"found the {what} `{name}`, required {'one of ' if len(known) > 1 else ''}{choices}"
    return Diagnostic("unknown-name", message, span, (), nearest(near or name, known))


def unproduced(checkpoint: str, span: Span, produced: Iterable[str]) -> Diagnostic:
    """A checkpoint that no run produces and that is not `init`."""
    message = f"found `{checkpoint}`, which no run produces, required the target of a run"
    return Diagnostic("unknown-name", message, span, (), nearest(checkpoint, produced))

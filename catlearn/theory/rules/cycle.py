"""A declaration that is defined by way of itself.

What it catches: maps, objects, `like` chains and checkpoints that lead back to where they began.

Why: there is nothing to begin with; no order of work would ever produce them.

Example:

    run a : A@init -> A@a { like = b }
    run b : A@init -> A@b { like = a }

Repair: let one of them stand on its own.
"""

from collections.abc import Sequence

from catlearn.diagnostics import Diagnostic, Label
from catlearn.syntax.tree import Identifier

LONGEST = 8
"""How many names of a cycle are shown."""


def of(cycle: tuple[Identifier, ...], how: str) -> Diagnostic:
    """Names each of which needs the next, and the last the first; `how` says in what way, `is like`."""
    labels = tuple(Label("and this one", name.span) for name in cycle[1:LONGEST])
    found = f"found {way([name.name for name in cycle])}, each of which {how} the next"
    message = f"{found}, required one that stands on its own"
    return Diagnostic("cycle", message, cycle[0].span, labels)


def way(names: Sequence[str]) -> str:
    """The names of a cycle from the first back to it, some left out where they are many."""
    shown = [f"`{name}`" for name in (*names, names[0])]
    return " → ".join(shown if len(shown) <= LONGEST else [*shown[: LONGEST - 2], "…", shown[-1]])

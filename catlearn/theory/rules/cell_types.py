"""A cell between things it cannot join, or whose state map is incomplete.

What it catches: a strict cell between runs, or a cell by relation between update rules; a state of the target without
an image; an image for what is not a state of the target; a state map that moves `theta`; runs in different spaces, on
different data or with different networks, compared by a relation.

Why: a strict cell is a map of all states of one rule to those of another, the identity on the parameters. A relation
compares descents of one loss function on one space.

Example:

    cell form : heavy_ball(lr, m) => adam(lr) strict { theta |-> theta, m |-> v }     # adam's v has no image

Repair: give every state of the target an image over the states of the source.
"""

from catlearn.diagnostics import Diagnostic, Label, listed
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def side(found: str, wanted: str, span: Span, hint: str | None = None) -> Diagnostic:
    """An end of a cell that is of the wrong kind."""
    hints = () if hint is None else (hint,)
    return Diagnostic("cell-types", f"found {found}, required {wanted}", span, (), hints)


def unmapped(cell: Identifier, states: tuple[str, ...], rule: str, there: Span) -> Diagnostic:
    """States of the target without an image."""
    named = listed(states)
    message = f"found `{cell.name}` without an image for {named}, required one for every state of `{rule}`"
    label = Label(f"`{rule}` has {'the states' if len(states) > 1 else 'the state'} {named}", there)
    return Diagnostic("cell-types", message, cell.span, (label,), (f"write `{states[0]} |-> …`",))


def no_state(name: Identifier, rule: str, states: tuple[str, ...], wanted: tuple[str, ...]) -> Diagnostic:
    """An image for what the target does not have, where the states `wanted` have none."""
    have = ", ".join(f"`{state}`" for state in ("theta", *states))
    message = f"found an image for `{name.name}`, required one for {have}, what `{rule}` has"
    hint = f"write `{wanted[0]} |-> …`" if len(wanted) == 1 else "leave it out"
    return Diagnostic("cell-types", message, name.span, (), () if len(wanted) > 1 else (hint,))


def theta_moved(found: str, span: Span) -> Diagnostic:
    """A state map that is not the identity on the parameters."""
    message = f"found `theta |-> {found}`, required `theta |-> theta`: a cell is the identity on the parameters"
    return Diagnostic("cell-types", message, span)


def unreadable(symbol: str, rule: str, span: Span) -> Diagnostic:
    """An image that reads the gradient, the step or a next value."""
    message = f"found `{symbol}` in a state map, required `theta`, states of `{rule}` and hyperparameters"
    return Diagnostic("cell-types", message, span)


def ambiguous(symbol: str, rule: str, span: Span) -> Diagnostic:
    """A hyperparameter with the name of a state of the source."""
    message = f"found the hyperparameter `{symbol}`, required another name: `{symbol}` is a state of `{rule}`"
    return Diagnostic("cell-types", message, span)


def unjoined(first: Span, target: str, second: Span, source: str) -> Diagnostic:
    """Two cells of which the second does not start where the first ends."""
    message = f"found `{second.text}`, which starts at {source}, required a cell that starts at {target}"
    return Diagnostic("cell-types", message, second, (Label(f"`{first.text}` ends at {target}", first),))


def different(what: str, first: str, has: str, first_use: Span, second: str, other: str, use: Span) -> Diagnostic:
    """Two runs, compared by a relation, that differ in their space, data or network."""
    message = f"found `{second}` with the {what} {other}, required {has}, the {what} of `{first}`"
    return Diagnostic("cell-types", message, use, (Label(f"`{first}` has the {what} {has}", first_use),))

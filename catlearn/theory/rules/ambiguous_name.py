"""A bare name that several categories or files declare.

What it catches: a name without its category, used where more than one category declares it, and a name without its
file where more than one of the files that are seen declares it. Inside the braces of a category its own names come
first.

Why: to choose one of them silently would be to decide about something that nobody meant.

Example:

    category P { object A = params(f)  run gd : A@init -> A@gd { … } }
    category Q { object B = params(g)  run gd : B@init -> B@gd { … } }
    cell same : gd => gd by basin

Repair: qualify the name, `P.gd => Q.gd`; a name of the file `parts.cat` is `parts.gd`.
"""

from catlearn.diagnostics import Diagnostic, Label, listed
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def several(use: Identifier, declared: tuple[tuple[str, Span], ...]) -> Diagnostic:
    """A use that may mean each of several declarations, given by qualified name and place."""
    names = listed(name for name, _ in declared)
    labels = tuple(Label(f"`{name}` is declared here", span) for name, span in declared)
    message = f"found `{use.name}`, which may mean {names}, required one of them"
    return Diagnostic("ambiguous-name", message, use.span, labels, (f"write `{declared[0][0]}`",))

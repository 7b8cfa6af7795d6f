"""A homotopy whose ends neither agree nor are closed.

What it catches: a `homotopy` that says nothing of the ends of its runs, one whose ends are closed by nothing, and a
cell by a homotopy with `ends = rel` between runs that do not have both ends in common.

Why: with free ends every path slides to its end point, so that any two paths in one region would be homotopic. A
classical homotopy is one of closed loops: the runs share both ends, or a curve joins them.

Example:

    relation loops = homotopy { region = sublevel(0.5) }

Repair: `ends = rel` for runs with common ends, or `close = segment` or `close = path` to join their ends.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.syntax.tree import Identifier

HINT = "write `close = segment` to join the ends of the runs"


def of(relation: Identifier, span: Span, closed: bool) -> Diagnostic:
    """A relation without a treatment of the ends, or whose ends are `closed` by nothing."""
    found = "`ends = closed` without `close`" if closed else f"`{relation.name}` with free ends"
    wanted = "`close = segment` or `close = path`" if closed else "`ends = rel` or `close`: free ends slide together"
    return Diagnostic("open-ends", f"found {found}, required {wanted}", span, (), (HINT,))


def of_cell(cell: str, span: Span, source: str, target: str, relation: Span) -> Diagnostic:
    """A cell between runs whose ends differ, by a relation that holds them fixed."""
    message = f"found `{cell}` between runs `{source}` and `{target}`, required runs with both ends in common"
    return Diagnostic("open-ends", message, span, (Label("holds the ends fixed", relation),), (HINT,))

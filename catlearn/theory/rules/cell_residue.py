"""A strict cell that an exact point already breaks.

What it catches: a map of states for which a short sequence of gradients, run exactly on rationals, leads the two rules
to different states. It is a warning: `verify` will refute the cell, and a claim may expect just that.

Why: a strict cell must commute with the rules for all gradient sequences; one that does not suffices to refute it.
Without a warning nothing is said: the points are few, and fewer where a text has very many cells. `verify` decides.

Example:

    cell form : nesterov(lr, m) => nesterov_lookahead(lr, m) strict { theta |-> theta, v |-> lr * v }

Repair: the counterexample shows the state in which the two differ; here the sign is wrong, `v |-> -lr * v`. Where a
hyperparameter must not change from step to step, say so, `assume constant(lr)`.
"""

from catlearn.diagnostics import Diagnostic, Severity
from catlearn.syntax.tree import Identifier


def of(cell: Identifier, counterexample: tuple[str, ...], sought: bool = False) -> Diagnostic:
    """A cell with the lines that describe its counterexample; the last says what differs.

    `sought` where the cell has no map of states, and the two rules were run apart."""
    wanted = "two rules that move `theta` alike" if sought else "a state map that commutes with both rules"
    message = f"found `{cell.name}` broken, {counterexample[-1]}, required {wanted}"
    hints = ("; ".join(counterexample[:-1]),)
    return Diagnostic("cell-residue", message, cell.span, (), hints, Severity.WARNING)

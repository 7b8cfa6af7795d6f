"""A pullback of maps that are not structural, along something that is neither a point nor a map, or of constants that
disagree.

What it catches: a pullback along anything but another map with its ends, or a map at a checkpoint that a run produces;
one of a formal arrow; one of maps that ask for two values of one block, as when two fibres over different checkpoints
are joined. Values at different checkpoints are taken to differ.

Why: pullbacks are taken strictly, on named blocks. A fibre is there where the blocks of the map's target have values
to be held at; those values are the weights at the end of a run.

Example:

    pullback F of enc : A -> E along enc(A@init) { leg inc : F -> A  freeze E { } }

Repair: name a checkpoint that a run produces, `along enc(A@gd)`.
"""

from catlearn.diagnostics import Diagnostic, Label, listed
from catlearn.source import Span


def of(found: str, wanted: str, span: Span) -> Diagnostic:
    """A pullback that cannot be taken, in words."""
    hint = "write the point as `along enc(A@gd)`, where a run ends at `A@gd`"
    return Diagnostic("no-pullback", f"found {found}, required {wanted}", span, (), (hint,))


def disagree(first: str, second: str, blocks: tuple[str, ...], span: Span, first_use: Span) -> Diagnostic:
    """Two maps that hold identified blocks at different values."""
    named = listed(blocks)
    message = f"found `{first}` and {second} with different values of {named}, required one value of each block"
    return Diagnostic("no-pullback", message, span, (Label(f"`{first}` holds another value", first_use),))

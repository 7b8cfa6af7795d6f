"""A law whose sides are different structural maps.

What it catches: a law in which the structural maps of one side, composed, give a block of the common target something
else than those of the other side do.

Why: a structural map only says which block is read where, so that no training can make two of them equal. A law about
runs compares what one map makes of them, `r >> f` with `s >> f`, or with `f`, at whose start the image is to stay.

Example:

    object A = params(f) * copy(params(f), second)
    map first  : A -> F = project
    map second : A -> F = project(second)
    law twins  : r >> first == r >> second     # `f.0` against `second.f.0`

Repair: put the same map on both sides; or claim that a measure agrees on both.
"""

from catlearn.category.blocks import Read, Wire
from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def of(law: Identifier, left: Span, right: Span, block: str, wires: tuple[Wire, Wire]) -> Diagnostic:
    """The first block that the maps of the two sides give different things."""
    first, second = (f"`{wire.block}`" if isinstance(wire, Read) else "a frozen value" for wire in wires)
    message = f"found maps that give `{block}` {first} and {second}, required the same map on both sides"
    label = Label(f"this side gives `{block}` {first}", left)
    hint = f"`{law.name}` compares what one map makes of runs; no training makes two maps equal"
    return Diagnostic("broken-law", message, right, (label,), (hint,))

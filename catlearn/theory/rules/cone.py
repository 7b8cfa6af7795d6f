"""A pair of maps into a pullback that does not commute, or a map into a fibre that leaves it.

What it catches: `pair(h, k)` into a pullback of `f` along `g` where `h >> f` and `k >> g` differ on a block; a map into
a frozen fibre that does not give a frozen block the value at which it is held.

Why: the points of a pullback are the pairs on which both maps agree. Only a cone that commutes has its values there,
and then there is exactly one map into the pullback.

Example:

    pullback P of f : A -> E along g : A -> E { leg p : P -> A  leg q : P -> A }
    map u : A2 -> P = pair(first, second)          # two copies of the encoder, which need not agree

Repair: start from a space on which the two sides read the same blocks.
"""

from catlearn.diagnostics import Diagnostic, Label, listed
from catlearn.source import Span


def apart(
    left: str, right: str, block: str, sides: tuple[str, str], span: Span, cospan: tuple[str, Span]
) -> Diagnostic:
    """Two maps that disagree on a block of the common target; `sides` say what each gives there."""
    gives = f"which give `{block}` {sides[0]} and {sides[1]}"
    message = f"found {left} and {right}, {gives}, required the same on every block"
    return Diagnostic("cone", message, span, (Label(f"`{cospan[0]}` is declared here", cospan[1]),))


def leaves(target: str, blocks: tuple[str, ...], span: Span, fibre: Span) -> Diagnostic:
    """A map into a fibre that moves what the fibre holds."""
    named = listed(blocks)
    message = f"found a map into `{target}` that does not hold {named}, required its values where it is frozen"
    return Diagnostic("cone", message, span, (Label(f"`{target}` is declared here", fibre),))

"""A functor that breaks ends or shapes.

What it catches: an image that does not lie in the target category; activations of another size than the cloud's
`dim`, or read on another probe; a reading that a space or a run does not have; a structural map whose image is not
the identity of the cloud to which its ends go; two readings in one functor.

Why: a functor sends an arrow `A -> E` to an arrow `L(A) -> L(E)`, and a run to the path of its representations. Where
the reading is not defined, or of another size, there is no such path.

Example:

    category Rep { object Z = cloud(on = X, dim = 64) }
    functor L : Param -> Rep { object A, E |-> Z by activations(encoder, on = X) … }     # encoder gives R[32]

Repair: let `dim` be the size of the activations, `cloud(on = X, dim = 32)`.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def of(found: str, wanted: str, span: Span, labels: tuple[Label, ...] = (), hint: str | None = None) -> Diagnostic:
    """An image that does not fit, in words."""
    hints = () if hint is None else (hint,)
    return Diagnostic("functor-boundary", f"found {found}, required {wanted}", span, labels, hints)

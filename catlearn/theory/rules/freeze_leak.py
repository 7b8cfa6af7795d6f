"""A frozen block that the optimiser could still move.

What it catches: a pullback whose `freeze` does not name exactly the blocks that the pullback fixes, one that leaves
buffers live or the frozen part in training mode, and a product in which the frozen blocks of a pullback would train.

Why: the pullback `{ a in A | enc(a) = e }` holds only while the blocks of `E` keep every bit. A block that is fixed but
not frozen would be moved by gradients, weight decay or momentum; statistics that are updated in training mode move
although no gradient reaches them.

Example:

    pullback F of enc : A -> E along enc(A@gd) {
      leg inc : F -> A
    }

Repair: add `freeze E { buffers = fixed, mode = eval }`.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.theory.rules.shape_mismatch import blocks_text


def unfrozen(pullback: str, blocks: tuple[str, ...], target: str, span: Span, fixed_by: Span) -> Diagnostic:
    """Blocks that a pullback fixes and that no `freeze` names."""
    message = f"found `{pullback}` without a freeze of {blocks_text(blocks)}, required one of every block of `{target}`"
    labels = (Label(f"fixes the blocks of `{target}`", fixed_by),)
    hint = f"add `freeze {target} {{ buffers = fixed, mode = eval }}`"
    return Diagnostic("freeze-leak", message, span, labels, (hint,))


def beyond(frozen: str, blocks: tuple[str, ...], target: str, span: Span) -> Diagnostic:
    """Blocks that are frozen although the pullback leaves them free."""
    message = f"found a freeze of `{frozen}` with {blocks_text(blocks)}, required blocks of `{target}` only"
    return Diagnostic("freeze-leak", message, span, (), (f"freeze `{target}`",))


def live(key: str, found: str, wanted: str, span: Span) -> Diagnostic:
    """A setting under which the frozen part could still move."""
    message = f"found `{key} = {found}`, required `{key} = {wanted}`: the frozen part would move otherwise"
    return Diagnostic("freeze-leak", message, span, (), (f"write `{key} = {wanted}`",))


def unsaid(frozen: str, blocks: tuple[str, ...], missing: tuple[str, ...], span: Span) -> Diagnostic:
    """Blocks whose running statistics would move in training, frozen without a word about them."""
    settings = ", ".join(missing)
    found = f"found a freeze of `{frozen}`, whose running statistics in {blocks_text(blocks)} would move"
    return Diagnostic("freeze-leak", f"{found}, required `{settings}`", span, (), (f"write `{{ {settings} }}`",))


def lost(pullback: str, product: str, span: Span) -> Diagnostic:
    """A pullback as a factor of a product, in which nothing would be frozen."""
    message = f"found the pullback `{pullback}` in the product `{product}`, required objects whose blocks may all train"
    return Diagnostic("freeze-leak", message, span, (), ("take the pullback of the product instead",))

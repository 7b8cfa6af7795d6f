"""Layers, maps or spaces whose shapes do not compose.

What it catches: a layer or map that gets another shape than it takes; a map whose layers give another shape than it
declares; a network that does not fit its dataset, or whose blocks are not those of the space it is trained in; a
projection onto blocks that its source does not have.

Why: such a network cannot be evaluated, and such an arrow does not exist.

Example:

    map encoder : R[64] -> R[32] = linear(16) >> relu

Repair: change the layer or the declared shape; the labels show both.
"""

from catlearn.diagnostics import Diagnostic, Label, listed
from catlearn.source import Span


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as it is written, `R[64]`."""
    return f"R[{', '.join(map(str, shape))}]"


def of(found: str, wanted: str, span: Span, labels: tuple[Label, ...] = ()) -> Diagnostic:
    """A shape that another one rules out."""
    return Diagnostic("shape-mismatch", f"found {found}, required {wanted}", span, labels)


def at(message: str, span: Span) -> Diagnostic:
    """Tensors in files that are not those of a network."""
    return Diagnostic("shape-mismatch", message, span)


def between(given: str, giver: Span, taken: str, taker: Span, hint: str | None = None) -> Diagnostic:
    """One end gives a shape that the other does not take; texts say who gives and takes what."""
    hints = () if hint is None else (hint,)
    return Diagnostic("shape-mismatch", f"found {given}, required {taken}", taker, (Label(given, giver),), hints)


def declared(result: tuple[int, ...], last: Span, target: tuple[int, ...], declaration: Span) -> Diagnostic:
    """A map whose layers give another shape than it declares."""
    given, wanted = shape_text(result), shape_text(target)
    message = f"found layers that give `{given}`, required `{wanted}`, the declared target"
    labels = (Label(f"declared `{wanted}`", declaration),)
    return Diagnostic("shape-mismatch", message, last, labels, (f"declare `{given}`, or end in a layer of `{wanted}`",))


def blocks(
    what: str, missing: tuple[str, ...], surplus: tuple[str, ...], space: str, span: Span, label: Label
) -> Diagnostic:
    """A network whose blocks are not exactly those of the space it is trained in.

    `missing` are blocks of the space that the network lacks, `surplus` those that the space lacks."""
    lacks = [f"without {blocks_text(missing)}"] if missing else []
    adds = [f"with {blocks_text(surplus)}"] if surplus else []
    message = f"found {what} {' and '.join([*adds, *lacks])}, required exactly the blocks of `{space}`"
    return Diagnostic("shape-mismatch", message, span, (label,))


def projection(source: str, missing: tuple[str, ...], target: str, span: Span, labels: tuple[Label, ...]) -> Diagnostic:
    """A projection onto blocks that its source does not have."""
    message = (
        f"found `{source}` without {blocks_text(missing)}, required every block of `{target}` for a projection onto it"
    )
    return Diagnostic("shape-mismatch", message, span, labels)


def unlike(read: str, block: str, span: Span, labels: tuple[Label, ...]) -> Diagnostic:
    """A block that reads one of another shape."""
    message = f"found `{block}` of another shape than `{read}`, which it reads, required tensors of the same shapes"
    return Diagnostic("shape-mismatch", message, span, labels)


def factors(found: str, wanted: str, span: Span) -> Diagnostic:
    """A pair of maps that are not the parts of a map into a product."""
    return Diagnostic("shape-mismatch", f"found {found}, required {wanted}", span)


def nothing_to_train(what: str, span: Span) -> Diagnostic:
    """A run that has no block to move."""
    return Diagnostic("shape-mismatch", f"found {what}, required at least one block to train", span)


def blocks_text(paths: tuple[str, ...]) -> str:
    """Blocks by name, with the word for them."""
    return f"the block{'s' * (len(paths) > 1)} {listed(paths)}"

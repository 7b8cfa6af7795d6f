"""The definitions of structural maps: `project`, `project(copy)`, `diagonal` and `pair(h, k)`, each where it fits."""

from catlearn.category import blocks as mathematics
from catlearn.category import pullback as squares
from catlearn.category.blocks import BlockMap, Read, Wire
from catlearn.diagnostics import Label
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.architecture import Architecture, is_joint, moved, paired, point_under, read_blocks
from catlearn.theory.names import ARROWS, Entry, Scope
from catlearn.theory.rules import composition, cone, field_type, shape_mismatch
from catlearn.theory.spaces import kind
from catlearn.theory.theory import Theory
from catlearn.theory.values import identifier, shown

DEFINITIONS = "`project`, `project(copy)`, `diagonal` or `pair(h, k)`"


def is_definition(definition: tree.Expression) -> bool:
    """Whether an expression has the form of a structural map's definition."""
    match definition:
        case tree.Name("project" | "diagonal", False) | tree.Call(tree.Identifier("pair"), (_, *_)):
            return True
        case tree.Call(tree.Identifier("project"), (tree.Argument(None, value),)):
            return identifier(value) is not None
    return False


def fits(scope: Scope, theory: Theory, arch: Architecture, entry: Entry, source: Entry, target: Entry) -> bool:
    """Whether a structural map has a meaning between its ends; reports why not."""
    node = entry.node
    assert isinstance(node, tree.Generator)
    if source.name not in theory.spaces or target.name not in theory.spaces:
        return False
    if entry.name in arch.arrows:
        return True
    if paired(node.definition) is not None:
        _unpaired(scope, arch, entry, node, source, target)
    else:
        _unread(scope, theory, arch, node, source, target)
    return False


def _unread(
    scope: Scope, theory: Theory, arch: Architecture, node: tree.Generator, source: Entry, target: Entry
) -> None:
    """What keeps a map from reading blocks by name: blocks that are not there, of another shape, or held."""
    reads = read_blocks(arch, source.name, target.name, node.definition) or {}
    have = {block.path: block for block in theory.spaces[source.name].blocks}
    want = {block.path: block for block in theory.spaces[target.name].blocks}
    missing = tuple(read for read in reads.values() if read not in have)
    span = node.source.span.until(node.target.span)
    labels = tuple(Label(f"`{end.identifier.name}` is declared here", end.identifier.span) for end in (source, target))
    if missing:
        names = (source.identifier.name, target.identifier.name)
        scope.report(shape_mismatch.projection(names[0], missing, names[1], span, labels))
        return
    unlike = [name for name, read in reads.items() if kind(want[name]) != kind(have[read])]
    if unlike:
        scope.report(shape_mismatch.unlike(reads[unlike[0]], unlike[0], span, labels))
        return
    wires = {block: arch.wire(source.name, read) for block, read in reads.items()}
    left = moved(arch, target.name, wires)
    if left:
        scope.report(cone.leaves(target.identifier.name, left, span, target.identifier.span))


def _unpaired(
    scope: Scope, arch: Architecture, entry: Entry, node: tree.Generator, source: Entry, target: Entry
) -> None:
    """What keeps a pair from being a map into a product or a pullback."""
    arrows: list[BlockMap] = []
    uses = paired(node.definition) or ()
    for use in uses:
        arrow = _part(scope, arch, entry, use, source)
        if arrow is None:
            return
        arrows.append(arrow)
    assert node.definition is not None
    span = node.definition.span
    square = arch.squares.get(target.name)
    if square is None or not isinstance(target.node, tree.Pullback):
        if not isinstance(target.node, tree.Pullback):
            found = f"maps to {_ends(arrows)}"
            wanted = f"maps to the factors of `{target.identifier.name}`, in their order"
            scope.report(shape_mismatch.factors(found, wanted, span))
        return
    corners = (square.left.target, square.right.target)
    if tuple(arrow.target for arrow in arrows) != corners[: 1 + is_joint(target.node)]:
        wanted = "one to each of the two sources" if is_joint(target.node) else "one to the source"
        scope.report(
            composition.ends(f"`{shown(span).strip('`')}`", f"to {_ends(arrows)}", f"{wanted} of the pullback", span)
        )
        return
    _not_commuting(scope, arch, target, arrows, uses, span)


def _ends(arrows: list[BlockMap]) -> str:
    blocks = (", ".join(f"`{name}`" for name in mathematics.names(arrow.target)) or "nothing" for arrow in arrows)
    return " and ".join(f"({named})" for named in blocks)


def _part(scope: Scope, arch: Architecture, entry: Entry, use: tree.Expression, source: Entry) -> BlockMap | None:
    """One of the maps of a pair; it starts where the pair does."""
    name = identifier(use)
    if name is None:
        scope.report(field_type.found(shown(use.span), "the name of a structural map", use.span))
        return None
    found = scope.find(name, ARROWS, entry.category)
    arrow = arch.arrows.get(found.name) if found else None
    if found is None or arrow is None:
        return None
    if arrow.source != arch.free(source.name):
        label = Label(f"`{name.name}` is declared here", found.identifier.span)
        wanted = f"a map that starts at `{source.identifier.name}`"
        scope.report(composition.ends(f"`{name.name}`", "which starts elsewhere", wanted, use.span, label))
        return None
    return arrow


def _not_commuting(
    scope: Scope,
    arch: Architecture,
    target: Entry,
    arrows: list[BlockMap],
    uses: tuple[tree.Expression, ...],
    span: Span,
) -> None:
    sides = _cospan(scope, arch, target)
    if sides is None:
        return
    other = arrows[1] if arrows[1:] else BlockMap(arrows[0].source, mathematics.ONE, ())
    for error in squares.invalid_cone(*sides, arrows[0], other):
        right = shown(uses[1].span) if uses[1:] else "the point"
        gives = (_gives(error.left), _gives(error.right))
        declared = (target.identifier.name, target.identifier.span)
        scope.report(cone.apart(shown(uses[0].span), right, error.block, gives, span, declared))
        return


def _gives(wire: Wire) -> str:
    return f"the value of `{wire.block}`" if isinstance(wire, Read) else "a frozen value"


def _cospan(scope: Scope, arch: Architecture, target: Entry) -> tuple[BlockMap, BlockMap] | None:
    """The two maps whose pullback a space is."""
    node = target.node
    assert isinstance(node, tree.Pullback)
    left = scope.find(node.map, ARROWS, target.category)
    along = identifier(node.along)
    if is_joint(node):
        found = scope.find(along, ARROWS, target.category) if along else None
        right = arch.arrows.get(found.name) if found else None
    else:
        right = point_under(scope, arch, target)
    first = arch.arrows.get(left.name) if left else None
    return None if first is None or right is None else (first, right)

"""Pullbacks: the fibre of a map over the end of a run, with the freezing that keeps it; and the pullback along another
map, whose points are trained jointly."""

from collections.abc import Mapping
from typing import NamedTuple

from catlearn.category import pullback as mathematics
from catlearn.category.blocks import BlockMap, Read
from catlearn.diagnostics import Label
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.architecture import INIT, Architecture, is_joint, leg_side, point_under
from catlearn.theory.arrows import find_parameter_space
from catlearn.theory.fields import Signature, of_block
from catlearn.theory.names import ARROWS, Entry, Scope, bare
from catlearn.theory.points import Ends, checkpoint, find_producer, point_text
from catlearn.theory.rules import composition, cospan, field_type, freeze_leak, no_pullback
from catlearn.theory.spaces import Nature, find_space
from catlearn.theory.theory import JointPullback, Pullback, Side, Space, StructuralMap, Theory, Wires
from catlearn.theory.values import identifier, shown, word

FREEZE = Signature(("buffers", "mode"))
HELD = {"buffers": "fixed", "mode": "eval"}
LOOSE = {"buffers": "live", "mode": "train"}


class Corner(NamedTuple):
    """The map that a pullback is of, with the names of its ends as the text says them."""

    entry: Entry
    node: tree.Pullback
    map: StructuralMap


def _goes(source: str, target: str) -> str:
    return f"`{bare(source)} -> {bare(target)}`"


def _corner(scope: Scope, theory: Theory, entry: Entry, node: tree.Pullback) -> Corner | None:
    """The map of a pullback with the ends that the pullback declares for it."""
    found = scope.find(node.map, ARROWS)
    source = find_parameter_space(scope, node.source, entry.category)
    target = find_parameter_space(scope, node.target, entry.category)
    arrow = theory.structural_maps.get(found.name) if found else None
    if found is None or arrow is None or source is None or target is None or target.name not in theory.spaces:
        return None
    return Corner(entry, node, arrow) if _goes_as_said(scope, arrow, node.map, (source, target), _ends(node)) else None


def _ends(node: tree.Pullback) -> Span:
    return node.source.span.until(node.target.span)


def _goes_as_said(
    scope: Scope, arrow: StructuralMap, use: tree.Identifier, ends: tuple[Entry, Entry], span: Span
) -> bool:
    """Whether a map has the ends that a pullback declares for it."""
    source, target = ends
    if (arrow.source, arrow.target) == (source.name, target.name):
        return True
    label = Label(f"`{use.name}` goes {_goes(arrow.source, arrow.target)}", arrow.span)
    wanted = _goes(arrow.source, arrow.target)
    scope.report(composition.ends(f"`{use.name}` as", _goes(source.name, target.name), wanted, span, label))
    return False


def _apart(arch: Architecture, left: StructuralMap, right: StructuralMap) -> bool:
    """Whether two maps do not end in one space, so that they have no pullback."""
    first, second = arch.arrows.get(left.name), arch.arrows.get(right.name)
    return first is not None and second is not None and first.target != second.target


def _point(scope: Scope, theory: Theory, arch: Architecture, corner: Corner, ends: Mapping[str, Ends]) -> str | None:
    """The run at whose end the frozen values stand."""
    along = corner.node.along
    if not isinstance(along, tree.Call) or len(along.arguments) != 1 or along.arguments[0].name is not None:
        wanted = "a map at a checkpoint, or a map with its ends, `g : B -> E`"
        scope.report(no_pullback.of(shown(along.span), wanted, along.span))
        return None
    over = scope.find(along.function, ARROWS, corner.entry.category)
    arrow = theory.structural_maps.get(over.name) if over else None
    written = along.arguments[0].value
    at = checkpoint(scope, written, corner.entry.category)
    if over is None or arrow is None or at is None or not isinstance(written, tree.Checkpoint):
        return None
    if _apart(arch, corner.map, arrow):
        targets = (bare(corner.map.target), bare(arrow.target))
        use = corner.node.map
        scope.report(
            cospan.apart(use.name, targets[0], use.span, over.identifier.name, targets[1], along.function.span)
        )
        return None
    if arrow.source != at[0]:
        found, wanted = f"at `{point_text(at)}`", f"a point of `{bare(arrow.source)}`, where it starts"
        label = Label(f"`{over.identifier.name}` goes {_goes(arrow.source, arrow.target)}", over.identifier.span)
        scope.report(composition.ends(f"`{over.identifier.name}`", found, wanted, written.span, label))
        return None
    if at[1] == INIT:
        scope.report(no_pullback.of(f"the point `{point_text(at)}`", "the end of a run", written.span))
        return None
    return find_producer(scope, ends, theory.laws, written, corner.entry.category)


def _leg(scope: Scope, arch: Architecture, entry: Entry, node: tree.Pullback, leg: tree.Leg) -> StructuralMap | None:
    """A leg: the projection from the object of its pullback to the source of one of the maps."""
    category = entry.category
    if entry.name not in arch.spaces:
        return None
    ends = find_parameter_space(scope, leg.source, category), find_parameter_space(scope, leg.target, category)
    corners = [node.source] if node.along_source is None else [node.source, node.along_source]
    wholes = [find_parameter_space(scope, corner, category) for corner in corners]
    sources = [whole.name for whole in wholes if whole]
    if ends[0] is None or ends[1] is None or len(sources) < len(wholes) or category is None:
        return None
    if ends[0].name != entry.name or ends[1].name not in sources:
        span = leg.source.span.until(leg.target.span)
        wanted = " or ".join(dict.fromkeys(_goes(entry.name, source) for source in sources))
        scope.report(composition.ends(f"the leg `{leg.name.name}` as", _goes(ends[0].name, ends[1].name), wanted, span))
        return None
    name = f"{category}.{leg.name.name}"
    return StructuralMap(name, category, entry.name, ends[1].name, leg.name.span, arch.reads(name))


def all_legs(scope: Scope, theory: Theory, arch: Architecture) -> Mapping[str, StructuralMap]:
    """The legs of all pullbacks whose spaces are known."""
    found = (_leg(scope, arch, entry, node, leg) for entry, node in scope.of(tree.Pullback) for leg in node.legs)
    return {leg.name: leg for leg in found if leg and leg.source in theory.spaces and leg.target in theory.spaces}


def _held(scope: Scope, freeze: tree.Freeze) -> bool:
    """Whether the fields of a freeze keep the frozen part from moving."""
    owner = freeze.names[0]
    given = of_block(scope, owner, freeze.fields, FREEZE)
    held = True
    for key, expression in given.values.items():
        chosen = word(expression)
        if chosen == HELD[key]:
            continue
        held = False
        if chosen == LOOSE[key]:
            scope.report(freeze_leak.live(key, chosen, HELD[key], expression.span))
        else:
            scope.report(field_type.found(shown(expression.span), f"`{HELD[key]}`", expression.span))
    return held


def _buffers_held(scope: Scope, freeze: tree.Freeze, name: tree.Identifier, space: Space) -> bool:
    """Whether a freeze of blocks with buffers says that these stay fixed, in eval mode."""
    buffered = tuple(block.path for block in space.blocks if block.buffers)
    missing = tuple(f"{key} = {HELD[key]}" for key in HELD if key not in {field.key.name for field in freeze.fields})
    if buffered and missing:
        scope.report(freeze_leak.unsaid(name.name, buffered, missing, name.span))
    return not (buffered and missing)


def _frozen(scope: Scope, theory: Theory, arch: Architecture, corner: Corner) -> tuple[str, ...] | None:
    """The blocks that are frozen: those that the map reads, which the freezes of the pullback name, and those at which
    its source is."""
    fixed = {block for _, block in arch.reads(corner.map.name)}
    inherited = set(arch.frozen.get(corner.map.source, {}))
    target = bare(corner.map.target)
    frozen: set[str] = set()
    whole = True
    for freeze in corner.node.freezes:
        whole = _held(scope, freeze) and whole
        for name in freeze.names:
            entry = find_space(scope, name, corner.entry.category, Nature.PARAMETERS)
            if entry is None or entry.name not in theory.spaces:
                whole = False
                continue
            blocks = {block.path for block in theory.spaces[entry.name].blocks}
            if entry.name == corner.map.target:
                read = dict(arch.reads(corner.map.name))
                blocks = {read.get(block, block) for block in blocks}
            whole = _buffers_held(scope, freeze, name, theory.spaces[entry.name]) and whole
            if beyond := blocks - fixed - inherited:
                scope.report(freeze_leak.beyond(name.name, tuple(sorted(beyond)), target, name.span))
                whole = False
            frozen |= blocks
    if whole and fixed - frozen:
        name_span, map_span = corner.node.name.span, corner.node.map.span
        missing = tuple(sorted(fixed - frozen))
        scope.report(freeze_leak.unfrozen(corner.node.name.name, missing, target, name_span, map_span))
        return None
    order = theory.spaces[corner.map.source].blocks if corner.map.source in theory.spaces else ()
    return tuple(block.path for block in order if block.path in fixed | inherited) if whole else None


def _disagree(scope: Scope, arch: Architecture, corner: Corner) -> bool:
    """Whether a point lies off the image of the map, so that no block can have the values that both ask for."""
    left, right = arch.arrows.get(corner.map.name), point_under(scope, arch, corner.entry)
    return left is not None and right is not None and _report_disagreement(scope, corner.node, left, right)


def _report_disagreement(scope: Scope, node: tree.Pullback, left: BlockMap, right: BlockMap) -> bool:
    errors = [error for error in mathematics.invalid(left, right) if isinstance(error, mathematics.ConstantsDisagree)]
    for error in errors:
        blocks = tuple(dict.fromkeys((*error.left, *error.right))) or tuple(name for name, _ in left.target.blocks)
        scope.report(
            no_pullback.disagree(node.map.name, shown(node.along.span), blocks, node.along.span, node.map.span)
        )
    return bool(errors)


def _pullback(
    scope: Scope, theory: Theory, arch: Architecture, corner: Corner, ends: Mapping[str, Ends]
) -> Pullback | None:
    entry, node = corner.entry, corner.node
    point_run = _point(scope, theory, arch, corner, ends)
    frozen = _frozen(scope, theory, arch, corner)
    if point_run is None or frozen is None or _disagree(scope, arch, corner):
        return None
    legs = tuple(sorted(f"{entry.category}.{leg.name.name}" for leg in node.legs))
    renamed = _renamed(scope, theory, arch, corner)
    return Pullback(node.name.name, entry.name, corner.map.name, point_run, legs, frozen, node.name.span, renamed)


def _renamed(scope: Scope, theory: Theory, arch: Architecture, corner: Corner) -> Wires:
    """The blocks that a fibre freezes by itself, each with its name where its value stands, if that is another."""
    along = corner.node.along
    assert isinstance(along, tree.Call)
    over = scope.find(along.function, ARROWS, corner.entry.category)
    arrow = theory.structural_maps.get(over.name) if over else None
    if arrow is None or arrow.name not in arch.arrows:
        return ()
    there = dict(arch.carried(arrow.source, arrow.target, arch.arrows[arrow.name]))
    return tuple((block, there[name]) for name, block in arch.reads(corner.map.name) if there[name] != block)


def pullbacks(scope: Scope, theory: Theory, arch: Architecture, ends: Mapping[str, Ends]) -> Mapping[str, Pullback]:
    """The fibres of a specification, each with the run at whose end its frozen values stand."""
    fibres = ((entry, node) for entry, node in scope.of(tree.Pullback) if not is_joint(node))
    corners = (_corner(scope, theory, entry, node) for entry, node in fibres)
    found = (_pullback(scope, theory, arch, corner, ends) for corner in corners if corner)
    return {pullback.name: pullback for pullback in found if pullback}


# Pullbacks along a map.


def _along(scope: Scope, theory: Theory, entry: Entry, node: tree.Pullback) -> StructuralMap | None:
    """The second map of a pullback, with the ends that the pullback declares for it."""
    assert node.along_source is not None
    assert node.along_target is not None
    use = identifier(node.along)
    if use is None:
        scope.report(no_pullback.of(shown(node.along.span), "the name of a structural map", node.along.span))
        return None
    found = scope.find(use, ARROWS, entry.category)
    source = find_parameter_space(scope, node.along_source, entry.category)
    target = find_parameter_space(scope, node.along_target, entry.category)
    arrow = theory.structural_maps.get(found.name) if found else None
    if arrow is None or source is None or target is None:
        return None
    span = node.along_source.span.until(node.along_target.span)
    return arrow if _goes_as_said(scope, arrow, use, (source, target), span) else None


def _joint(scope: Scope, theory: Theory, arch: Architecture, entry: Entry, node: tree.Pullback) -> JointPullback | None:
    corner, second = _corner(scope, theory, entry, node), _along(scope, theory, entry, node)
    for freeze in node.freezes:
        hint = "leave the freeze out: both maps move what they share"
        scope.report(field_type.found("a freeze", "none in a pullback along a map", freeze.span, hint))
    if corner is None or second is None:
        return None
    first = corner.map
    if _apart(arch, first, second):
        use, other = node.map, node.along
        name = bare(second.name)
        scope.report(cospan.apart(use.name, bare(first.target), use.span, name, bare(second.target), other.span))
        return None
    sides = arch.arrows.get(first.name), arch.arrows.get(second.name)
    if sides[0] is None or sides[1] is None or _report_disagreement(scope, node, sides[0], sides[1]):
        return None
    return _square(scope, arch, entry, node, (first, second))


def _square(
    scope: Scope, arch: Architecture, entry: Entry, node: tree.Pullback, cospan: tuple[StructuralMap, StructuralMap]
) -> JointPullback | None:
    """A pullback along a map whose square is known, with at most one leg to each side."""
    left, right = cospan
    square = arch.squares.get(entry.name)
    sides = [leg_side(scope, entry, leg) for leg in node.legs]
    for leg, side, earlier in zip(node.legs, sides, (sides[:place] for place in range(len(sides))), strict=True):
        if side in earlier:
            found = f"a second leg `{leg.name.name}` to `{bare(shown(leg.target.span).strip('`'))}`"
            scope.report(field_type.found(found, "one leg to each source", leg.span))
            return None
    if square is None or node.freezes:
        return None
    read = [{wire.block for _, wire in leg.wires if isinstance(wire, Read)} for leg in (square.left, square.right)]
    shared = tuple(name for name, _ in square.space.blocks if name in read[0] & read[1])
    named = sorted(zip(sides, node.legs, strict=True), key=lambda pair: str(pair[0]))
    legs = tuple(f"{entry.category}.{leg.name.name}" for _, leg in named)
    parts = Side(left.source, _read(square.left)), Side(right.source, _read(square.right))
    return JointPullback(node.name.name, entry.name, left.name, right.name, legs, shared, node.name.span, parts)


def _read(leg: BlockMap) -> Wires:
    """The blocks of the target of a leg that are not constant, each with the block that it reads."""
    return tuple((name, wire.block) for name, wire in leg.wires if isinstance(wire, Read))


def joint_pullbacks(scope: Scope, theory: Theory, arch: Architecture) -> Mapping[str, JointPullback]:
    """The pullbacks along maps of a specification."""
    joint = ((entry, node) for entry, node in scope.of(tree.Pullback) if is_joint(node))
    found = (_joint(scope, theory, arch, entry, node) for entry, node in joint)
    return {pullback.name: pullback for pullback in found if pullback}


# What is trained in pullbacks.


def sides_of(theory: Theory, space: str) -> tuple[Side, ...]:
    """The spaces over which a pullback along a map is, of which a point of it has one point each, or those of the
    pullback of which a space is a fibre; none of any other space.

    Where a side is such a pullback itself, its own sides stand in its place."""
    joint = next((found for found in theory.joint_pullbacks.values() if found.space == space), None)
    if joint is not None:
        return tuple(part for side in joint.sides for part in _parts(theory, side))
    fibre = theory.fibre(space)
    return sides_of(theory, theory.structural_maps[fibre.map].source) if fibre else ()


def _parts(theory: Theory, side: Side) -> tuple[Side, ...]:
    onto = dict(side.reads)
    parts = sides_of(theory, side.space)
    carried = (tuple((block, onto[read]) for block, read in part.reads if read in onto) for part in parts)
    return tuple(Side(part.space, reads) for part, reads in zip(parts, carried, strict=True)) or (side,)


class Held(NamedTuple):
    """Where the value of a frozen block stands: at the end of a run, under its name there."""

    run: str
    block: str


def held(theory: Theory, space: str) -> Mapping[str, Held]:
    """The blocks at which a fibre is frozen, by name: those at which the space is that it is a fibre of, then its
    own."""
    fibre = theory.fibre(space)
    if fibre is None:
        return {}
    inherited, names = held(theory, theory.structural_maps[fibre.map].source), dict(fibre.renamed)
    own = {block: Held(fibre.point_run, names.get(block, block)) for block in fibre.frozen if block not in inherited}
    return {**inherited, **own}

"""Pullbacks: the fibre of a projection over the end of a run, its leg, and the freezing that keeps it."""

from collections.abc import Mapping
from typing import NamedTuple

from catlearn.category import pullback as mathematics
from catlearn.category.blocks import BlockMap, compose, names, point
from catlearn.diagnostics import Label
from catlearn.syntax import tree
from catlearn.theory.arrows import find_parameter_space, projection
from catlearn.theory.fields import Signature, of_block
from catlearn.theory.names import ARROWS, Entry, Scope
from catlearn.theory.points import INIT, Ends, checkpoint, find_producer, point_text
from catlearn.theory.rules import composition, cospan, field_type, freeze_leak, no_pullback
from catlearn.theory.spaces import Nature, blocks_in, find_space
from catlearn.theory.theory import Pullback, StructuralMap, Theory
from catlearn.theory.values import shown, word

FREEZE = Signature(("buffers", "mode"))
HELD = {"buffers": "fixed", "mode": "eval"}
LOOSE = {"buffers": "live", "mode": "train"}


class Corner(NamedTuple):
    """The map that a pullback is of, with the names of its ends as the text says them."""

    entry: Entry
    node: tree.Pullback
    map: StructuralMap


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def _goes(source: str, target: str) -> str:
    return f"`{_bare(source)} -> {_bare(target)}`"


def _corner(scope: Scope, theory: Theory, entry: Entry, node: tree.Pullback) -> Corner | None:
    """The map of a pullback with the ends that the pullback declares for it."""
    found = scope.find(node.map, ARROWS)
    source = find_parameter_space(scope, node.source, entry.category)
    target = find_parameter_space(scope, node.target, entry.category)
    arrow = theory.structural_maps.get(found.name) if found else None
    if found is None or arrow is None or source is None or target is None or target.name not in theory.spaces:
        return None
    if isinstance(source.node, tree.Pullback):
        wanted = "an object that is none: pullbacks of pullbacks are not available"
        scope.report(no_pullback.of(f"`{source.identifier.name}`, itself a pullback", wanted, node.source.span))
        return None
    if (arrow.source, arrow.target) != (source.name, target.name):
        label = Label(f"`{node.map.name}` goes {_goes(arrow.source, arrow.target)}", found.identifier.span)
        span = node.source.span.until(node.target.span)
        wanted = _goes(arrow.source, arrow.target)
        scope.report(composition.ends(f"`{node.map.name}` as", _goes(source.name, target.name), wanted, span, label))
        return None
    return Corner(entry, node, arrow)


def _map(theory: Theory, arrow: StructuralMap) -> BlockMap:
    """A structural map as an arrow of Arch."""
    return projection(theory.spaces[arrow.source], theory.spaces[arrow.target])


def _value(theory: Theory, space: str) -> BlockMap:
    """Some point of a space: a value for each of its blocks."""
    inner = blocks_in(theory.spaces[space])
    return point(inner, ((name, name) for name in names(inner)))


def _apart(theory: Theory, left: StructuralMap, right: StructuralMap) -> bool:
    """Whether one map and a point under the other do not come to one space, so that they have no pullback."""
    errors = mathematics.invalid(_map(theory, left), compose(_value(theory, right.source), _map(theory, right)))
    return any(isinstance(error, mathematics.TargetsDiffer) for error in errors)


def _point(scope: Scope, theory: Theory, corner: Corner, ends: Mapping[str, Ends]) -> str | None:
    """The run at whose end the frozen values stand."""
    along = corner.node.along
    if not isinstance(along, tree.Call) or len(along.arguments) != 1 or along.arguments[0].name is not None:
        scope.report(no_pullback.of(shown(along.span), "a map at a checkpoint", along.span))
        return None
    over = scope.find(along.function, ARROWS, corner.entry.category)
    arrow = theory.structural_maps.get(over.name) if over else None
    written = along.arguments[0].value
    at = checkpoint(scope, written, corner.entry.category)
    if over is None or arrow is None or at is None or not isinstance(written, tree.Checkpoint):
        return None
    if _apart(theory, corner.map, arrow):
        targets = (_bare(corner.map.target), _bare(arrow.target))
        use = corner.node.map
        scope.report(
            cospan.apart(use.name, targets[0], use.span, over.identifier.name, targets[1], along.function.span)
        )
        return None
    if arrow.source != at[0]:
        found, wanted = f"at `{point_text(at)}`", f"a point of `{_bare(arrow.source)}`, where it starts"
        label = Label(f"`{over.identifier.name}` goes {_goes(arrow.source, arrow.target)}", over.identifier.span)
        scope.report(composition.ends(f"`{over.identifier.name}`", found, wanted, written.span, label))
        return None
    if at[1] == INIT:
        scope.report(no_pullback.of(f"the point `{point_text(at)}`", "the end of a run", written.span))
        return None
    return find_producer(scope, ends, theory.laws, written, corner.entry.category)


def _leg(scope: Scope, entry: Entry, node: tree.Pullback, leg: tree.Leg) -> StructuralMap | None:
    """A leg: the projection from the object of its pullback to the source of the map."""
    category = entry.category
    ends = find_parameter_space(scope, leg.source, category), find_parameter_space(scope, leg.target, category)
    whole = find_parameter_space(scope, node.source, category)
    if ends[0] is None or ends[1] is None or whole is None or category is None:
        return None
    if (ends[0].name, ends[1].name) != (entry.name, whole.name):
        span = leg.source.span.until(leg.target.span)
        found, wanted = _goes(ends[0].name, ends[1].name), _goes(entry.name, whole.name)
        scope.report(composition.ends(f"the leg `{leg.name.name}` as", found, wanted, span))
        return None
    return StructuralMap(f"{category}.{leg.name.name}", category, entry.name, whole.name, leg.name.span)


def all_legs(scope: Scope, theory: Theory) -> Mapping[str, StructuralMap]:
    """The legs of all pullbacks whose spaces are known."""
    found = (_leg(scope, entry, node, leg) for entry, node in scope.of(tree.Pullback) for leg in node.legs)
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


def _frozen(scope: Scope, theory: Theory, corner: Corner) -> tuple[str, ...] | None:
    """The blocks that the freezes of a pullback name: exactly those of its map's target."""
    fibre = mathematics.pullback(_map(theory, corner.map), _value(theory, corner.map.target))
    fixed = {block for block, _ in fibre.frozen}
    target = _bare(corner.map.target)
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
            if blocks - fixed:
                scope.report(freeze_leak.beyond(name.name, tuple(sorted(blocks - fixed)), target, name.span))
                whole = False
            frozen |= blocks
    if whole and fixed - frozen:
        name_span, map_span = corner.node.name.span, corner.node.map.span
        missing = tuple(sorted(fixed - frozen))
        scope.report(freeze_leak.unfrozen(corner.node.name.name, missing, target, name_span, map_span))
        return None
    order = theory.spaces[corner.map.source].blocks if corner.map.source in theory.spaces else ()
    return tuple(block.path for block in order if block.path in fixed) if whole else None


def _pullback(scope: Scope, theory: Theory, corner: Corner, ends: Mapping[str, Ends]) -> Pullback | None:
    entry, node = corner.entry, corner.node
    point_run = _point(scope, theory, corner, ends)
    frozen = _frozen(scope, theory, corner)
    if point_run is None or frozen is None:
        return None
    legs = tuple(sorted(f"{entry.category}.{leg.name.name}" for leg in node.legs))
    return Pullback(node.name.name, entry.name, corner.map.name, point_run, legs, frozen, node.name.span)


def pullbacks(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> Mapping[str, Pullback]:
    """The pullbacks of a specification, each with the run at whose end its frozen values stand."""
    corners = (_corner(scope, theory, entry, node) for entry, node in scope.of(tree.Pullback))
    found = (_pullback(scope, theory, corner, ends) for corner in corners if corner)
    return {pullback.name: pullback for pullback in found if pullback}

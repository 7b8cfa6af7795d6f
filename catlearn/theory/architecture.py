"""Arch as a specification declares it: the spaces, and every structural map on blocks, each after what it needs.

A map `project` reads each block of its target from the block of the same name. A space may hold named copies of
another, `A * copy(A, second)`, whose blocks are `second.` with their names; `project(second)` reads those, and
`diagonal` gives every block what it is a copy of. `pair(h, k)` is the one map into a product, or into a pullback, whose
parts are `h` and `k`. Every reindexing of factors is a pair of projections.

The blocks at which a fibre is frozen are constant on it: a map that reads one is constant there. Values at different
checkpoints are taken to differ.

Nothing but cycles and faults of single spaces is reported here; `structural` and `pullbacks` say what is wrong
with a map or a pullback that has no meaning.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from catlearn.category import blocks as mathematics
from catlearn.category import pullback as limits
from catlearn.category.blocks import BlockMap, Fixed, Read
from catlearn.syntax import tree
from catlearn.theory.limits import LONGEST_PATH, MOST_BLOCKS, MOST_BLOCKS_TOGETHER
from catlearn.theory.names import ARROWS, OBJECTS, Entry, Kinds, Scope
from catlearn.theory.order import in_order
from catlearn.theory.rules import cycle, field_type
from catlearn.theory.spaces import Nature, kind, meant, nature, needed_objects, product_space, too_many_blocks
from catlearn.theory.theory import Block, Space, Theory
from catlearn.theory.values import identifier


class Value(NamedTuple):
    """The value of a block at a checkpoint; without a space at `@init`, where its name and the seed decide it."""

    space: str
    point: str
    block: str


INIT = "init"


def value_at(space: str, point: str, block: str) -> Value:
    """The value of a block of a space at one of its checkpoints."""
    return Value("" if point == INIT else space, point, block)


@dataclass(frozen=True)
class Architecture:
    """Spaces, the blocks at which fibres are constant, the maps of Arch between what is free, and the squares of
    pullbacks; all by qualified name. `owners` are the pullbacks of legs, by the identity of the leg's node."""

    spaces: dict[str, Space] = field(default_factory=dict)
    frozen: dict[str, Mapping[str, Hashable]] = field(default_factory=dict)
    arrows: dict[str, BlockMap] = field(default_factory=dict)
    squares: dict[str, limits.Pullback] = field(default_factory=dict)
    owners: Mapping[int, Entry] = field(default_factory=dict)

    def free(self, name: str) -> mathematics.Space:
        """A space as an object of Arch: its blocks but for those at which it is constant."""
        held = self.frozen.get(name, {})
        blocks = (block for block in self.spaces[name].blocks if block.path not in held)
        return mathematics.Space(tuple((block.path, kind(block)) for block in blocks))

    def reads(self, arrow: str) -> tuple[tuple[str, str], ...]:
        """The blocks of a map's target that are not constant, each with the block of its source that it reads."""
        wires = self.arrows[arrow].wires if arrow in self.arrows else ()
        return tuple((name, wire.block) for name, wire in wires if isinstance(wire, Read))

    def wire(self, space: str, block: str) -> mathematics.Wire:
        """A block of a space as its maps read it."""
        held = self.frozen.get(space, {})
        return Fixed(held[block]) if block in held else Read(block)

    def point(self, space: str, label: str) -> BlockMap:
        """The point `A@t` of a space that has a meaning, on the blocks that are free in it."""
        free = self.free(space)
        return mathematics.point(free, ((name, value_at(space, label, name)) for name in mathematics.names(free)))

    def carried(self, space: str, onto: str, arrow: BlockMap) -> tuple[tuple[str, str], ...]:
        """For each block of `onto`, the block of `space` that a composite of maps between them gives it, frozen ones
        among both."""
        sources = {value: block for block, value in self.frozen.get(space, {}).items()}
        held = {block: Fixed(value) for block, value in self.frozen.get(onto, {}).items()}
        wires = {**dict(arrow.wires), **held}
        return tuple(
            (block.path, wire.block if isinstance(wire, Read) else sources[wire.value])
            for block in self.spaces[onto].blocks
            if isinstance(wire := wires[block.path], Read) or wire.value in sources
        )


def is_joint(node: object) -> bool:
    """Whether a declaration is a pullback along a map."""
    return isinstance(node, tree.Pullback) and node.along_source is not None


def _named(scope: Scope, entry: Entry, written: tree.Expression | None, kinds: Kinds) -> str | None:
    """The one declaration of some kinds that an expression names where `entry` stands; None where it is not one."""
    use = None if written is None else identifier(written)
    found = meant(scope, entry, use, kinds) if use else []
    return found[0].name if len(found) == 1 else None


def _object(scope: Scope, entry: Entry, written: tree.Expression | None) -> str | None:
    return _named(scope, entry, written, OBJECTS)


def _arrow(scope: Scope, entry: Entry, written: tree.Expression | None) -> str | None:
    return _named(scope, entry, written, ARROWS)


def owners(scope: Scope) -> dict[int, Entry]:
    """The pullback that declares a leg, by the identity of the leg's node."""
    return {id(leg): entry for entry, node in scope.of(tree.Pullback) for leg in node.legs}


def paired(definition: tree.Expression | None) -> tuple[tree.Expression, ...] | None:
    """The arrows of `pair(h, k)`; None for any other definition."""
    if not isinstance(definition, tree.Call) or definition.function.name != "pair":
        return None
    return tuple(argument.value for argument in definition.arguments)


def over(node: tree.Pullback) -> tuple[tree.Expression, tree.Checkpoint] | None:
    """The map and the checkpoint of `along enc(A@gd)`; None where something else is written."""
    along = node.along
    if not isinstance(along, tree.Call) or len(along.arguments) != 1:
        return None
    at = along.arguments[0].value
    function = tree.Name(along.function.name, False, along.function.span)
    return (function, at) if isinstance(at, tree.Checkpoint) else None


def _hard_needs(scope: Scope, entry: Entry) -> set[str]:
    """What the blocks of a space, or the wires of a map, are computed from."""
    node = entry.node
    if isinstance(node, tree.Generator):
        names = {_object(scope, entry, node.source), _object(scope, entry, node.target)}
        names |= {_arrow(scope, entry, part) for part in paired(node.definition) or ()}
    elif isinstance(node, tree.Leg):
        names = {_object(scope, entry, node.source), _object(scope, entry, node.target)}
    elif isinstance(node, tree.Pullback):
        names = {_object(scope, entry, node.source)}
        if is_joint(node):
            names |= {_object(scope, entry, node.along_source), _object(scope, entry, node.target)}
            names |= {_arrow(scope, entry, node.along), _arrow(scope, entry, _use(node.map))}
    else:
        return needed_objects(scope, entry)
    return {name for name in names if name}


def _use(name: tree.Identifier) -> tree.Name:
    return tree.Name(name.name, False, name.span)


def _values_need(scope: Scope, entry: Entry) -> set[str]:
    """What the values of a fibre are computed from."""
    node = entry.node
    if not isinstance(node, tree.Pullback) or is_joint(node):
        return set()
    point = over(node)
    names = {_arrow(scope, entry, _use(node.map)), _object(scope, entry, node.target)}
    if point:
        names |= {_arrow(scope, entry, point[0]), _object(scope, entry, _use(point[1].space))}
    return {name for name in names if name}


def _order(scope: Scope, entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """Spaces and maps, each after what it needs; where the values of a fibre go in a circle, without them."""
    needs = {name: _hard_needs(scope, entry) for name, entry in entries.items()}
    order, cycles = in_order(needs)
    for names in cycles:
        scope.report(cycle.of(tuple(entries[name].identifier for name in names), "is defined by"))
    first, _ = in_order({name: needs[name] | _values_need(scope, entries[name]) for name in order})
    known = set(first)
    return (*first, *(name for name in order if name not in known))


def _declared(scope: Scope) -> dict[str, Entry]:
    spaces = {
        entry.name: entry
        for entry in scope.entries.values()
        if isinstance(entry.node, OBJECTS) and nature(entry) is Nature.PARAMETERS
    }
    arrows = {entry.name: entry for entry in scope.entries.values() if isinstance(entry.node, ARROWS)}
    return {**spaces, **arrows}


def architecture(scope: Scope, theory: Theory) -> Architecture:
    """Every space and every structural map of a specification that has a meaning."""
    entries, found, room = _declared(scope), Architecture(owners=owners(scope)), MOST_BLOCKS_TOGETHER
    for name in _order(scope, entries):
        entry = entries[name]
        room -= _blocks_of(scope, found, entry)
        if room < 0:
            wanted = f"{MOST_BLOCKS_TOGETHER} at most"
            scope.report(field_type.found("more blocks in all spaces and maps together", wanted, entry.identifier.span))
            break
        if isinstance(entry.node, ARROWS):
            arrow = _meaning(scope, found, entry)
            if arrow is not None and not list(mathematics.invalid(arrow)):
                found.arrows[name] = arrow
        elif is_joint(entry.node):
            _joint(scope, found, entry)
        else:
            space = product_space(scope, theory, found.spaces, entry)
            if space and _starts_there(scope, entries, entry):
                found.spaces[name] = space
                _hold(scope, found, entry)
    return found


def _blocks_of(scope: Scope, known: Architecture, entry: Entry) -> int:
    """About how many blocks a space or a map has, by those of which it is made."""
    made = (known.spaces.get(name) for name in _hard_needs(scope, entry))
    return 1 + sum(len(space.blocks) for space in made if space)


def _starts_there(scope: Scope, entries: Mapping[str, Entry], entry: Entry) -> bool:
    """Whether the map that a fibre is of starts where the fibre says it does, as far as that can be told."""
    node = entry.node
    if not isinstance(node, tree.Pullback):
        return True
    of = entries.get(_arrow(scope, entry, _use(node.map)) or "")
    if of is None or not isinstance(of.node, ARROWS):
        return True
    ends = _object(scope, of, of.node.source), _object(scope, entry, node.source)
    return None in ends or ends[0] == ends[1]


# Maps.


def _meaning(scope: Scope, known: Architecture, entry: Entry) -> BlockMap | None:
    """A structural map on blocks; None where its ends or its definition are in error."""
    node = entry.node
    assert isinstance(node, ARROWS)
    source, target = _object(scope, entry, node.source), _object(scope, entry, node.target)
    if source not in known.spaces or target not in known.spaces:
        return None
    if isinstance(node, tree.Leg):
        return _leg(scope, known, node, (source, target))
    parts = paired(node.definition)
    if parts is None:
        reads = read_blocks(known, source, target, node.definition)
        return None if reads is None else named_map(known, source, target, reads)
    arrows = [known.arrows.get(_arrow(scope, entry, part) or "") for part in parts]
    whole = tuple(arrow for arrow in arrows if arrow is not None)
    return pairing(known, source, target, whole) if len(whole) == len(arrows) else None


def _leg(scope: Scope, known: Architecture, node: tree.Leg, ends: tuple[str, str]) -> BlockMap | None:
    owner = known.owners.get(id(node))
    square = known.squares.get(owner.name) if owner else None
    if square is None or owner is None or not isinstance(owner.node, tree.Pullback):
        return named_map(known, *ends, {block.path: block.path for block in known.spaces[ends[1]].blocks})
    return square.right if leg_side(scope, owner, node) == "right" else square.left


def leg_side(scope: Scope, owner: Entry, leg: tree.Leg) -> str | None:
    """Which leg of a pullback along a map a declaration is: by its target; the first is `left` where both fit."""
    assert isinstance(owner.node, tree.Pullback)
    left, right = (_object(scope, owner, end) for end in (owner.node.source, owner.node.along_source))
    target = _object(scope, owner, leg.target)
    if target == left == right:
        return "left" if leg is owner.node.legs[0] else "right"
    return "left" if target == left else "right" if target == right else None


def read_blocks(
    known: Architecture, source: str, target: str, definition: tree.Expression | None
) -> dict[str, str] | None:
    """For each block of the target of `project`, `project(copy)` or `diagonal` the block of the source that it reads,
    whether the source has it or not; None for any other definition."""
    have = {block.path for block in known.spaces[source].blocks}
    want = [block.path for block in known.spaces[target].blocks]
    match definition:
        case tree.Name("project"):
            return {block: block for block in want}
        case tree.Name("diagonal"):
            return {block: _original(block, have) for block in want}
        case tree.Call(tree.Identifier("project"), (tree.Argument(None, value),)) if name := identifier(value):
            return {block: f"{name.name}.{block}" for block in want}
    return None


def _original(block: str, have: Iterable[str]) -> str:
    """The block of which another is a copy: that of the same name, else the longest name that it ends in."""
    fitting = [other for other in have if block == other or block.endswith(f".{other}")]
    return max(fitting, key=len, default=block)


def named_map(known: Architecture, source: str, target: str, reads: Mapping[str, str]) -> BlockMap | None:
    """The map that reads blocks by name; None where it would move what the target holds."""
    wires = {block: known.wire(source, read) for block, read in reads.items()}
    if moved(known, target, wires):
        return None
    free = known.free(target)
    return BlockMap(known.free(source), free, tuple((name, wires[name]) for name in mathematics.names(free)))


def moved(known: Architecture, target: str, wires: Mapping[str, mathematics.Wire]) -> tuple[str, ...]:
    """The blocks that the target holds at a value that these wires do not give them."""
    held = known.frozen.get(target, {})
    return tuple(block for block, value in held.items() if wires.get(block) != Fixed(value))


def pairing(known: Architecture, source: str, target: str, arrows: tuple[BlockMap, ...]) -> BlockMap | None:
    """The one map into a product of the arrows' targets, in their order, or into a pullback along a map."""
    if any(arrow.source != known.free(source) for arrow in arrows):
        return None
    square = known.squares.get(target)
    if square is None:
        return mathematics.into_product(known.free(target), arrows)
    to_left, *others = arrows or (None,)
    if to_left is None or len(others) > 1:
        return None
    to_right = others[0] if others else BlockMap(to_left.source, mathematics.ONE, ())
    if (to_left.target, to_right.target) != (square.left.target, square.right.target):
        return None
    return limits.universal(square, to_left, to_right) if limits.commuting(square, to_left, to_right) else None


# Pullbacks.


def _joint(scope: Scope, known: Architecture, entry: Entry) -> None:
    """A pullback along a map: its square, and its object as a space."""
    node = entry.node
    assert isinstance(node, tree.Pullback)
    left, right = (known.arrows.get(_arrow(scope, entry, use) or "") for use in (_use(node.map), node.along))
    if left is None or right is None or entry.category is None or list(limits.invalid(left, right)):
        return
    sources = (_object(scope, entry, node.source), _object(scope, entry, node.along_source))
    for written, arrow in zip(sources, (left, right), strict=True):
        if written not in known.spaces or known.free(written) != arrow.source:
            return
    if len(left.source.blocks) + len(right.source.blocks) > MOST_BLOCKS:
        scope.report(too_many_blocks(entry.identifier))
        return
    square = limits.pullback(left, right)
    if any(len(name) > LONGEST_PATH for name in mathematics.names(square.space)):
        found, wanted = f"longer paths in `{node.name.name}`", f"paths of {LONGEST_PATH} characters at most"
        scope.report(field_type.found(found, wanted, node.name.span))
        return
    blocks = tuple(_block(name, shape) for name, shape in square.space.blocks)
    known.spaces[entry.name] = Space(entry.name, entry.category, blocks, None, node.name.span)
    known.squares[entry.name] = square


def _block(name: str, shape: Hashable) -> Block:
    """A block of a kind."""
    assert isinstance(shape, tuple)
    return Block(name, *shape)


def _hold(scope: Scope, known: Architecture, entry: Entry) -> None:
    """The values at which a fibre holds blocks, its source's own among them, and its square."""
    node = entry.node
    if not isinstance(node, tree.Pullback):
        return
    fibre = fibre_of(scope, known, entry)
    inherited = known.frozen.get(_object(scope, entry, node.source) or "", {})
    known.frozen[entry.name] = {**inherited, **dict(fibre.frozen if fibre else ())}
    if fibre:
        known.squares[entry.name] = fibre


def point_under(scope: Scope, known: Architecture, entry: Entry) -> BlockMap | None:
    """The point `enc(A@gd)` as a map from the product of no blocks; None where it is in error."""
    node = entry.node
    point = over(node) if isinstance(node, tree.Pullback) else None
    arrow = known.arrows.get(_arrow(scope, entry, point[0]) or "") if point else None
    space = _object(scope, entry, _use(point[1].space)) if point else None
    if point is None or arrow is None or space not in known.spaces or arrow.source != known.free(space):
        return None
    values = ((name, value_at(space, point[1].point.name, name)) for name, _ in arrow.source.blocks)
    return mathematics.compose(mathematics.point(arrow.source, values), arrow)


def fibre_of(scope: Scope, known: Architecture, entry: Entry) -> limits.Pullback | None:
    """The pullback along a point; None where there is none."""
    node = entry.node
    assert isinstance(node, tree.Pullback)
    left, right = known.arrows.get(_arrow(scope, entry, _use(node.map)) or ""), point_under(scope, known, entry)
    if left is None or right is None or list(limits.invalid(left, right)):
        return None
    return limits.pullback(left, right)

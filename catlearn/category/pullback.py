"""Pullbacks in Arch, strictly, on blocks: a pushout of finite sets of names (DESIGN 3).

For f : A -> E and g : B -> E the pullback is P = { (a, b) | f(a) = g(b) }. Each block of E identifies what f and g
wire to it. The blocks of P are the classes of blocks of A and B so identified; a class that holds a value is no block
but frozen at that value; a class with two values has no points, and then there is no pullback.

With a point for g this is the fibre of f over it: the frozen blocks are those that f reads.

>>> from catlearn.category.blocks import Space, point, projection
>>> a = Space((("encoder", 2048), ("head", 320)))
>>> enc = projection(a, ("encoder",))
>>> fibre = pullback(enc, point(enc.target, [("encoder", "enc(A@gd)")]))
>>> fibre.space.blocks, fibre.frozen
((('head', 320),), (('encoder', 'enc(A@gd)'),))
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from catlearn.category.blocks import BlockMap, Fixed, Read, Space, Wire, compose, names


@dataclass(frozen=True, slots=True)
class TargetsDiffer:
    """Two maps that do not end at one space: no cospan."""

    left: Space
    right: Space


@dataclass(frozen=True, slots=True)
class ConstantsDisagree:
    """Values that the two maps force on one class of blocks; `left` and `right` are its blocks in either source."""

    values: tuple[Hashable, ...]
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotCommuting:
    """A block of the common target on which the two ways through a would-be cone differ."""

    block: str
    left: Wire
    right: Wire


@dataclass(frozen=True, slots=True)
class Pullback:
    """The space P with its legs to A (`left`) and B (`right`)."""

    space: Space
    left: BlockMap
    right: BlockMap

    @property
    def frozen(self) -> tuple[tuple[str, Hashable], ...]:
        """The blocks of A at which P is constant, with their values."""
        return tuple((name, wire.value) for name, wire in self.left.wires if isinstance(wire, Fixed))


_Member = tuple[str, Hashable]
"""A block of A (`left`) or B (`right`), or a value (`value`)."""


def _member(side: str, wire: Wire) -> _Member:
    return (side, wire.block) if isinstance(wire, Read) else ("value", wire.value)


def _classes(left: BlockMap, right: BlockMap) -> tuple[tuple[_Member, ...], ...]:
    """The pushout: blocks and values, identified along the common target, in order of first appearance."""
    others = dict(right.wires)
    pairs = [(_member("left", wire), _member("right", others[name])) for name, wire in left.wires]
    blocks = [("left", name) for name in names(left.source)] + [("right", name) for name in names(right.source)]
    members: Iterable[_Member] = dict.fromkeys((*blocks, *(member for pair in pairs for member in pair)))
    classes = {member: [member] for member in members}
    for one, other in pairs:
        if classes[one] is not classes[other]:
            merged = classes[one] + classes[other]
            classes.update(dict.fromkeys(merged, merged))
    unique = {id(group): group for group in classes.values()}
    order = {member: position for position, member in enumerate(classes)}
    return tuple(tuple(sorted(group, key=order.__getitem__)) for group in unique.values())


def _of(side: str, group: tuple[_Member, ...]) -> tuple[str, ...]:
    return tuple(str(name) for kind, name in group if kind == side)


def _values(group: tuple[_Member, ...]) -> tuple[Hashable, ...]:
    return tuple(value for kind, value in group if kind == "value")


def invalid(left: BlockMap, right: BlockMap) -> Iterator[TargetsDiffer | ConstantsDisagree]:
    """Everything that keeps two valid maps from having a pullback."""
    if left.target != right.target:
        yield TargetsDiffer(left.target, right.target)
        return
    for group in _classes(left, right):
        if len(_values(group)) > 1:
            yield ConstantsDisagree(_values(group), _of("left", group), _of("right", group))


def _named(groups: Iterable[tuple[_Member, ...]]) -> dict[tuple[_Member, ...], str]:
    """A name for each class: its first block's, with primes where an earlier class has that name."""
    named: dict[tuple[_Member, ...], str] = {}
    taken: set[str] = set()
    for group in groups:
        name = str(group[0][1])
        while name in taken:
            name += "'"
        taken.add(name)
        named[group] = name
    return named


def _leg(side: str, space: Space, target: Space, wires: dict[_Member, Wire]) -> BlockMap:
    return BlockMap(space, target, tuple((name, wires[side, name]) for name in names(target)))


def pullback(left: BlockMap, right: BlockMap) -> Pullback:
    """The pullback of two valid maps; its blocks have the names they have in A, else in B.

    Raises `ValueError` where there is none; `invalid` says why."""
    for error in invalid(left, right):
        raise ValueError(f"no pullback: {error}")
    groups = [group for group in _classes(left, right) if _of("left", group) or _of("right", group)]
    named = _named(group for group in groups if not _values(group))
    kinds = {"left": dict(left.source.blocks), "right": dict(right.source.blocks)}
    space = Space(tuple((name, kinds[group[0][0]][str(group[0][1])]) for group, name in named.items()))
    wires: dict[_Member, Wire] = {}
    for group in groups:
        wire = Read(named[group]) if group in named else Fixed(_values(group)[0])
        wires.update(dict.fromkeys(group, wire))
    return Pullback(space, _leg("left", space, left.source, wires), _leg("right", space, right.source, wires))


def invalid_cone(left: BlockMap, right: BlockMap, to_left: BlockMap, to_right: BlockMap) -> Iterator[NotCommuting]:
    """The blocks on which two maps out of one space, to A and to B, disagree once they have come to E."""
    others = dict(compose(to_right, right).wires)
    for name, wire in compose(to_left, left).wires:
        if wire != others[name]:
            yield NotCommuting(name, wire, others[name])


def universal(square: Pullback, to_left: BlockMap, to_right: BlockMap) -> BlockMap:
    """The one map into the pullback whose composites with the legs are the two sides of a commuting cone."""
    given: dict[str, Wire] = {}
    for leg, side in ((square.left, dict(to_left.wires)), (square.right, dict(to_right.wires))):
        given.update((wire.block, side[name]) for name, wire in leg.wires if isinstance(wire, Read))
    wires = tuple((name, given[name]) for name in names(square.space))
    return BlockMap(to_left.source, square.space, wires)


def commuting(square: Pullback, to_left: BlockMap, to_right: BlockMap) -> bool:
    """Whether two maps out of one space are the sides of a cone over the cospan of a pullback."""
    through = universal(square, to_left, to_right)
    return (compose(through, square.left).wires, compose(through, square.right).wires) == (
        tuple((name, dict(to_left.wires)[name]) for name in names(square.left.target)),
        tuple((name, dict(to_right.wires)[name]) for name in names(square.right.target)),
    )

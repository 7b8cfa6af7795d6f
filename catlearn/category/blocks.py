"""Arch: parameter spaces as finite products of named blocks, and the structural maps between them (DESIGN 3).

A map gives each block of its target: it reads a block of its source, or it is fixed at a value. Maps that fix nothing
are reindexings (projections, diagonals, permutations); those that read nothing are constants, and those out of the
product of no blocks are points. Composition is substitution; the category is the opposite of finite sets of names
with constants adjoined.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Space:
    """A product of blocks: pairs of a name and a kind. Blocks of one kind hold the same values, as tensors of one
    shape do; a kind has at least two values."""

    blocks: tuple[tuple[str, Hashable], ...]


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a block of the source."""

    block: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value by its label; different labels stand for different values."""

    value: Hashable


Wire = Read | Fixed


@dataclass(frozen=True, slots=True)
class BlockMap:
    """A map of spaces: what each block of the target is, in the target's order."""

    source: Space
    target: Space
    wires: tuple[tuple[str, Wire], ...]


ONE = Space(())
"""The product of no blocks: the terminal object."""


@dataclass(frozen=True, slots=True)
class BlockWithoutWire:
    """A block of the target that the map does not give."""

    block: str


@dataclass(frozen=True, slots=True)
class NoTargetBlock:
    """A wire to what is not a block of the target."""

    block: str


@dataclass(frozen=True, slots=True)
class NoSourceBlock:
    """A wire that reads what is not a block of the source."""

    block: str
    reads: str


@dataclass(frozen=True, slots=True)
class KindsDiffer:
    """A wire between blocks of different kinds."""

    block: str
    reads: str


BlockError = BlockWithoutWire | NoTargetBlock | NoSourceBlock | KindsDiffer


def names(space: Space) -> tuple[str, ...]:
    """The names of a space's blocks."""
    return tuple(name for name, _ in space.blocks)


def invalid(arrow: BlockMap) -> Iterator[BlockError]:
    """Everything that keeps wires from being a map between two spaces."""
    wires, source, target = dict(arrow.wires), dict(arrow.source.blocks), dict(arrow.target.blocks)
    yield from (BlockWithoutWire(name) for name in target if name not in wires)
    for name, wire in arrow.wires:
        if name not in target:
            yield NoTargetBlock(name)
        elif isinstance(wire, Read) and wire.block not in source:
            yield NoSourceBlock(name, wire.block)
        elif isinstance(wire, Read) and source[wire.block] != target[name]:
            yield KindsDiffer(name, wire.block)


def identity(space: Space) -> BlockMap:
    """Every block reads itself."""
    return BlockMap(space, space, tuple((name, Read(name)) for name in names(space)))


def projection(space: Space, onto: Iterable[str]) -> BlockMap:
    """The projection of a space onto some of its blocks.

    Raises `KeyError` for a name that is not a block of it."""
    kinds = dict(space.blocks)
    target = Space(tuple((name, kinds[name]) for name in onto))
    return BlockMap(space, target, tuple((name, Read(name)) for name in names(target)))


def point(space: Space, values: Iterable[tuple[str, Hashable]]) -> BlockMap:
    """A point of a space, as a map from the product of no blocks."""
    return BlockMap(ONE, space, tuple((name, Fixed(value)) for name, value in values))


def compose(first: BlockMap, second: BlockMap) -> BlockMap:
    """`first >> second`, whose wires are those of the second read through the first.

    Raises `ValueError` where the first does not end where the second starts."""
    if first.target != second.source:
        raise ValueError("not composable: the first map's target is not the second's source")
    through = dict(first.wires)
    wires = ((name, through[wire.block] if isinstance(wire, Read) else wire) for name, wire in second.wires)
    return BlockMap(first.source, second.target, tuple(wires))


def into_product(target: Space, arrows: Iterable[BlockMap]) -> BlockMap | None:
    """The one map into a product whose factors are the arrows' targets in their order; None where they are not.

    The blocks of a product may have other names than those of its factors. All arrows start at one space."""
    arrows = tuple(arrows)
    kinds = [kind for arrow in arrows for _, kind in arrow.target.blocks]
    if not arrows or kinds != [kind for _, kind in target.blocks]:
        return None
    given = [dict(arrow.wires)[name] for arrow in arrows for name in names(arrow.target)]
    return BlockMap(arrows[0].source, target, tuple(zip(names(target), given, strict=True)))

"""Spaces and maps of blocks as finite sets and functions: a block of kind n holds the values 0 to n - 1."""

from collections.abc import Iterator
from itertools import product

from hypothesis import strategies as st

from catlearn.category.blocks import BlockMap, Fixed, Read, Space, Wire, names
from catlearn.category.pullback import Pullback

Element = tuple[int, ...]


def elements(space: Space) -> list[Element]:
    """All elements of a space."""
    return list(product(*(range(kind) for _, kind in space.blocks)))


def image(arrow: BlockMap, element: Element) -> Element:
    """What a map makes of an element."""
    values = dict(zip(names(arrow.source), element, strict=True))
    wires = dict(arrow.wires)
    found = (wires[name] for name in names(arrow.target))
    return tuple(values[wire.block] if isinstance(wire, Read) else wire.value for wire in found)


def wires_of_kind(source: Space, kind: int) -> list[Wire]:
    """All ways to give a block of a kind."""
    return [Read(name) for name, other in source.blocks if other == kind] + [Fixed(value) for value in range(kind)]


def all_maps(source: Space, target: Space) -> Iterator[BlockMap]:
    """All maps between two spaces."""
    for wires in product(*(wires_of_kind(source, kind) for _, kind in target.blocks)):
        yield BlockMap(source, target, tuple(zip(names(target), wires, strict=True)))


def is_pullback(left: BlockMap, right: BlockMap, square: Pullback) -> bool:
    """Whether the legs send the elements one to one onto the pairs that agree."""
    found = sorted((image(square.left, element), image(square.right, element)) for element in elements(square.space))
    pairs = product(elements(left.source), elements(right.source))
    return found == sorted((a, b) for a, b in pairs if image(left, a) == image(right, b))


def spaces(prefix: str, fewest: int = 0, most: int = 3) -> st.SearchStrategy[Space]:
    """Products of a few blocks with two or three values each."""
    kinds = st.lists(st.integers(2, 3), min_size=fewest, max_size=most)
    return kinds.map(lambda found: Space(tuple((f"{prefix}{number}", kind) for number, kind in enumerate(found))))


@st.composite
def maps(draw, source: Space, target: Space) -> BlockMap:
    """Maps between two spaces."""
    wires = ((name, draw(st.sampled_from(wires_of_kind(source, kind)))) for name, kind in target.blocks)
    return BlockMap(source, target, tuple(wires))


@st.composite
def cospans(draw) -> tuple[BlockMap, BlockMap]:
    """Two maps into one space, from sources that share names, so that a pullback must keep apart what looks alike."""
    target = draw(spaces("e"))
    return draw(maps(draw(spaces("a")), target)), draw(maps(draw(spaces("a")), target))

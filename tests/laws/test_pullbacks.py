"""Pullbacks on blocks against brute force: each block is a finite set, its kind the number of its values.

The pullback's elements must be exactly the pairs on which the two maps agree, and every cone must factor in exactly
one way. Both are decided by enumeration, and a square with one wire changed must fail.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catlearn.category import blocks
from catlearn.category.blocks import (
    ONE,
    BlockMap,
    BlockWithoutWire,
    Fixed,
    KindsDiffer,
    NoSourceBlock,
    NoTargetBlock,
    Read,
    Space,
    Wire,
    compose,
    identity,
    names,
    point,
    projection,
)
from catlearn.category.pullback import (
    ConstantsDisagree,
    NotCommuting,
    Pullback,
    TargetsDiffer,
    invalid,
    invalid_cone,
    pullback,
    universal,
)

Element = tuple[int, ...]


def elements(space: Space) -> list[Element]:
    return list(product(*(range(kind) for _, kind in space.blocks)))


def image(arrow: BlockMap, element: Element) -> Element:
    values = dict(zip(names(arrow.source), element, strict=True))
    wires = dict(arrow.wires)
    found = (wires[name] for name in names(arrow.target))
    return tuple(values[wire.block] if isinstance(wire, Read) else wire.value for wire in found)


def wires_of_kind(source: Space, kind: int) -> list[Wire]:
    return [Read(name) for name, other in source.blocks if other == kind] + [Fixed(value) for value in range(kind)]


def all_maps(source: Space, target: Space) -> Iterator[BlockMap]:
    for wires in product(*(wires_of_kind(source, kind) for _, kind in target.blocks)):
        yield BlockMap(source, target, tuple(zip(names(target), wires, strict=True)))


def is_pullback(left: BlockMap, right: BlockMap, square: Pullback) -> bool:
    """Whether the legs send the elements one to one onto the pairs that agree."""
    found = sorted((image(square.left, element), image(square.right, element)) for element in elements(square.space))
    pairs = product(elements(left.source), elements(right.source))
    return found == sorted((a, b) for a, b in pairs if image(left, a) == image(right, b))


def spaces(prefix: str, fewest: int = 0, most: int = 3) -> st.SearchStrategy[Space]:
    kinds = st.lists(st.integers(2, 3), min_size=fewest, max_size=most)
    return kinds.map(lambda found: Space(tuple((f"{prefix}{number}", kind) for number, kind in enumerate(found))))


@st.composite
def maps(draw, source: Space, target: Space) -> BlockMap:
    wires = ((name, draw(st.sampled_from(wires_of_kind(source, kind)))) for name, kind in target.blocks)
    return BlockMap(source, target, tuple(wires))


@st.composite
def cospans(draw) -> tuple[BlockMap, BlockMap]:
    target = draw(spaces("e"))
    # The two sources share names, so that the pullback must keep apart what only looks alike.
    return draw(maps(draw(spaces("a")), target)), draw(maps(draw(spaces("a")), target))


@given(cospans())
def test_the_elements_of_a_pullback_are_the_pairs_that_agree(cospan):
    left, right = cospan
    agreeing = [
        (a, b) for a in elements(left.source) for b in elements(right.source) if image(left, a) == image(right, b)
    ]
    errors = list(invalid(left, right))
    assert bool(errors) == (not agreeing)
    assert all(isinstance(error, ConstantsDisagree) for error in errors)
    if not errors:
        square = pullback(left, right)
        assert not list(blocks.invalid(square.left))
        assert not list(blocks.invalid(square.right))
        assert is_pullback(left, right, square)
        assert compose(square.left, left).wires == compose(square.right, right).wires


@given(cospans(), st.data())
def test_every_cone_factors_in_exactly_one_way(cospan, data):
    left, right = cospan
    assume(not list(invalid(left, right)))
    square = pullback(left, right)
    vertex = data.draw(spaces("x", most=2))
    if data.draw(st.booleans()):
        through = data.draw(maps(vertex, square.space))
        cone = compose(through, square.left), compose(through, square.right)
    else:
        cone = data.draw(maps(vertex, left.source)), data.draw(maps(vertex, right.source))
    factors = [
        arrow
        for arrow in all_maps(vertex, square.space)
        if compose(arrow, square.left) == cone[0] and compose(arrow, square.right) == cone[1]
    ]
    commuting = not list(invalid_cone(left, right, *cone))
    assert factors == ([universal(square, *cone)] if commuting else [])


@given(cospans(), st.data())
def test_a_square_with_one_wire_changed_is_no_pullback(cospan, data):
    left, right = cospan
    assume(left.source.blocks and not list(invalid(left, right)))
    square = pullback(left, right)
    position = data.draw(st.integers(0, len(left.source.blocks) - 1))
    name, wire = square.left.wires[position]
    other = data.draw(st.sampled_from(wires_of_kind(square.space, dict(left.source.blocks)[name])))
    assume(other != wire)
    wires = (*square.left.wires[:position], (name, other), *square.left.wires[position + 1 :])
    assert not is_pullback(left, right, replace(square, left=replace(square.left, wires=wires)))


@given(cospans(), st.data())
def test_a_cone_with_one_wire_changed_is_named_where_it_no_longer_commutes(cospan, data):
    left, right = cospan
    assume(left.source.blocks and not list(invalid(left, right)))
    square = pullback(left, right)
    position = data.draw(st.integers(0, len(left.source.blocks) - 1))
    name, wire = square.left.wires[position]
    assume(wire != Fixed("elsewhere"))
    wires = (*square.left.wires[:position], (name, Fixed("elsewhere")), *square.left.wires[position + 1 :])
    changed = replace(square.left, wires=wires)
    readers = [(block, through) for block, through in left.wires if through == Read(name)]
    right_wires = dict(compose(square.right, right).wires)
    assert list(invalid_cone(left, right, changed, square.right)) == [
        NotCommuting(block, Fixed("elsewhere"), right_wires[block]) for block, _ in readers
    ]


@given(spaces("a", fewest=1), spaces("b"), spaces("c"), st.data())
def test_maps_compose_as_functions(first, second, third, data):
    f, g = data.draw(maps(first, second)), data.draw(maps(second, third))
    assert compose(identity(first), f) == f == compose(f, identity(second))
    for element in elements(first):
        assert image(compose(f, g), element) == image(g, image(f, element))


def test_the_fibre_of_a_projection_freezes_what_it_reads():
    whole = Space((("encoder.0", (32, 64)), ("head.0", (10, 32))))
    encoder = projection(whole, ("encoder.0",))
    fibre = pullback(encoder, point(encoder.target, [("encoder.0", "enc(A@gd)")]))
    assert fibre.space == Space((("head.0", (10, 32)),))
    assert fibre.frozen == (("encoder.0", "enc(A@gd)"),)
    assert fibre.right == BlockMap(fibre.space, ONE, ())


def test_joint_training_shares_one_block_and_keeps_the_others_apart():
    one = Space((("encoder.0", 1), ("head.0", 2)))
    other = Space((("encoder.0", 1), ("head.0", 3)))
    square = pullback(projection(one, ("encoder.0",)), projection(other, ("encoder.0",)))
    assert square.space == Space((("encoder.0", 1), ("head.0", 2), ("head.0'", 3)))
    assert square.right.wires == (("encoder.0", Read("encoder.0")), ("head.0", Read("head.0'")))


def test_a_diagonal_over_two_different_values_has_no_pullback():
    single, double = Space((("a", 2),)), Space((("e", 2), ("f", 2)))
    diagonal = BlockMap(single, double, (("e", Read("a")), ("f", Read("a"))))
    assert list(invalid(diagonal, point(double, [("e", "x"), ("f", "y")]))) == [
        ConstantsDisagree(("x", "y"), ("a",), ())
    ]
    assert pullback(diagonal, point(double, [("e", "x"), ("f", "x")])).frozen == (("a", "x"),)
    assert list(invalid(diagonal, point(single, [("a", "x")]))) == [TargetsDiffer(double, single)]
    with pytest.raises(ValueError, match="no pullback"):
        pullback(diagonal, point(double, [("e", "x"), ("f", "y")]))


@pytest.mark.parametrize(
    ("wires", "error"),
    [
        ((("e", Read("a")),), None),
        ((), BlockWithoutWire("e")),
        ((("e", Read("a")), ("f", Read("a"))), NoTargetBlock("f")),
        ((("e", Read("c")),), NoSourceBlock("e", "c")),
        ((("e", Read("b")),), KindsDiffer("e", "b")),
    ],
)
def test_each_fault_of_a_block_map_is_named_alone(wires, error):
    arrow = BlockMap(Space((("a", 2), ("b", 3))), Space((("e", 2),)), wires)
    assert list(blocks.invalid(arrow)) == ([error] if error else [])

"""Pullbacks on blocks against brute force: each block is a finite set, its kind the number of its values.

The pullback's elements must be exactly the pairs on which the two maps agree, and every cone must factor in exactly
one way. Both are decided by enumeration, and a square with one wire changed must fail.
"""

from dataclasses import replace

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
    compose,
    identity,
    point,
    projection,
)
from catlearn.category.pullback import (
    ConstantsDisagree,
    NotCommuting,
    TargetsDiffer,
    invalid,
    invalid_cone,
    pullback,
    universal,
)
from tests.laws.finite_sets import all_maps, cospans, elements, image, is_pullback, maps, spaces, wires_of_kind


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

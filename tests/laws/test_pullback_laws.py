"""Laws of pullbacks on blocks: identities, diagonals, products, symmetry, and the pasting of squares.

Each is checked against finite sets by enumeration. Each has a saboteur, one wire changed, that the law catches.
"""

from dataclasses import replace
from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from catlearn.category.blocks import (
    BlockMap,
    Fixed,
    KindsDiffer,
    Read,
    Space,
    compose,
    identity,
    into_product,
    invalid,
    names,
    projection,
)
from catlearn.category.pullback import Pullback, commuting, pullback, universal
from catlearn.category.pullback import invalid as without_pullback
from tests.laws.finite_sets import all_maps, cospans, elements, image, is_pullback, maps, spaces, wires_of_kind


def one_changed(data: st.DataObject, arrow: BlockMap) -> BlockMap:
    """The map with one wire changed to another of the same kind."""
    assume(arrow.wires)
    position = data.draw(st.integers(0, len(arrow.wires) - 1))
    name, wire = arrow.wires[position]
    others = [other for other in wires_of_kind(arrow.source, dict(arrow.target.blocks)[name]) if other != wire]
    assume(others)
    changed = (name, data.draw(st.sampled_from(others)))
    return replace(arrow, wires=(*arrow.wires[:position], changed, *arrow.wires[position + 1 :]))


def is_isomorphism(arrow: BlockMap) -> bool:
    """Whether a map is one to one onto its target."""
    return sorted(image(arrow, element) for element in elements(arrow.source)) == elements(arrow.target)


def doubled(space: Space) -> Space:
    """Two copies of a space."""
    return Space((*space.blocks, *((f"second.{name}", kind) for name, kind in space.blocks)))


def diagonal(space: Space) -> BlockMap:
    """Every block of two copies reads the one of which it is a copy."""
    wires = ((name, Read(name.removeprefix("second."))) for name in names(doubled(space)))
    return BlockMap(space, doubled(space), tuple(wires))


@given(spaces("a"), spaces("e"), st.data())
def test_the_pullback_of_an_identity_is_the_other_map(source, target, data):
    arrow = data.draw(maps(source, target))
    square = pullback(identity(target), arrow)
    assert is_isomorphism(square.right)
    assert compose(square.right, arrow).wires == square.left.wires


@given(spaces("e", fewest=1), st.data())
def test_saboteur_an_identity_with_one_wire_changed(target, data):
    square = pullback(identity(target), identity(target))
    assert is_pullback(identity(target), identity(target), square)
    assert not is_pullback(one_changed(data, identity(target)), identity(target), square)


@given(spaces("a", most=2))
def test_the_pullback_of_a_diagonal_along_itself_is_the_space(space):
    square = pullback(diagonal(space), diagonal(space))
    assert is_isomorphism(square.left)
    assert is_isomorphism(square.right)
    assert square.left.wires == square.right.wires


@given(spaces("a", most=2), spaces("x", most=2), st.data())
def test_the_pullback_of_a_pair_along_a_diagonal_is_where_both_are_equal(space, vertex, data):
    first, second = data.draw(maps(vertex, space)), data.draw(maps(vertex, space))
    pair = into_product(doubled(space), (first, second))
    equal = [element for element in elements(vertex) if image(first, element) == image(second, element)]
    assert bool(list(without_pullback(pair, diagonal(space)))) == (not equal)
    if equal:
        square = pullback(pair, diagonal(space))
        assert sorted(image(square.left, element) for element in elements(square.space)) == equal


@given(spaces("a", fewest=1, most=2), st.data())
def test_saboteur_a_diagonal_with_one_wire_changed_is_no_pullback_of_itself(space, data):
    square = pullback(diagonal(space), diagonal(space))
    assert not is_pullback(diagonal(space), one_changed(data, diagonal(space)), square)


@given(cospans())
def test_a_pullback_may_be_taken_from_either_side(cospan):
    left, right = cospan
    assume(not list(without_pullback(left, right)))
    turned = pullback(right, left)
    assert is_pullback(left, right, Pullback(turned.space, turned.right, turned.left))


@given(cospans(), spaces("k", most=2))
def test_a_product_with_a_space_is_pulled_back_with_it(cospan, factor):
    """A x K over E, along B over E, is the pullback times K."""
    left, right = cospan
    assume(not list(without_pullback(left, right)))
    whole = Space((*left.source.blocks, *factor.blocks))
    wider = compose(projection(whole, names(left.source)), left)
    square, product_square = pullback(left, right), pullback(wider, right)
    assert is_pullback(wider, right, product_square)
    assert len(elements(product_square.space)) == len(elements(square.space)) * len(elements(factor))


@given(st.data())
def test_pasted_squares_are_a_square(data):
    """The pullback along f of the pullback along g is the pullback along f >> g, by the universal map."""
    base, middle = data.draw(spaces("e", most=2)), data.draw(spaces("m", most=2))
    down = data.draw(maps(data.draw(spaces("a", most=2)), base))
    along, before = data.draw(maps(middle, base)), data.draw(maps(data.draw(spaces("b", most=2)), middle))
    assume(not list(without_pullback(down, along)))
    right = pullback(down, along)
    if list(without_pullback(right.right, before)):
        assert list(without_pullback(down, compose(before, along)))
        return
    left, whole = pullback(right.right, before), pullback(down, compose(before, along))
    pasted = Pullback(left.space, compose(left.left, right.left), left.right)
    assert is_pullback(down, compose(before, along), pasted)
    assert is_isomorphism(universal(whole, pasted.left, pasted.right))


@given(st.data())
def test_saboteur_pasted_squares_with_one_wire_changed(data):
    base = data.draw(spaces("e", fewest=1, most=2))
    down, along = data.draw(maps(data.draw(spaces("a", fewest=1, most=2)), base)), identity(base)
    right = pullback(down, along) if not list(without_pullback(down, along)) else None
    assume(right is not None)
    left = pullback(right.right, identity(base))
    pasted = Pullback(left.space, one_changed(data, compose(left.left, right.left)), left.right)
    assert not is_pullback(down, identity(base), pasted)


@given(cospans(), st.data())
def test_a_cone_commutes_exactly_where_it_factors(cospan, data):
    left, right = cospan
    assume(not list(without_pullback(left, right)))
    square, vertex = pullback(left, right), data.draw(spaces("x", most=2))
    cone = data.draw(maps(vertex, left.source)), data.draw(maps(vertex, right.source))
    equal = all(image(left, image(cone[0], x)) == image(right, image(cone[1], x)) for x in elements(vertex))
    assert commuting(square, *cone) == equal


@given(spaces("x", most=2), spaces("a", most=2), spaces("b", most=2), st.data())
def test_there_is_one_map_into_a_product_with_given_parts(vertex, first, second, data):
    parts = data.draw(maps(vertex, first)), data.draw(maps(vertex, second))
    whole = Space((*first.blocks, *second.blocks))
    onto = projection(whole, names(first)), projection(whole, names(second))
    found = [
        arrow
        for arrow in all_maps(vertex, whole)
        if tuple(compose(arrow, one).wires for one in onto) == tuple(part.wires for part in parts)
    ]
    assert found == [into_product(whole, parts)]


def test_parts_in_another_order_are_no_map_into_a_product():
    first, second, vertex = Space((("a", 2),)), Space((("b", 3),)), Space((("x", 2), ("y", 3)))
    parts = BlockMap(vertex, first, (("a", Read("x")),)), BlockMap(vertex, second, (("b", Read("y")),))
    whole = Space((*first.blocks, *second.blocks))
    assert into_product(whole, parts) is not None
    assert into_product(whole, parts[::-1]) is None
    turned = BlockMap(vertex, whole, (("a", Read("y")), ("b", Fixed(0))))
    assert list(invalid(turned)) == [KindsDiffer("a", "y")]


@given(cospans(), cospans())
def test_the_pullback_of_two_products_side_by_side_is_the_product_of_pullbacks(one, other):
    assume(not list(without_pullback(*one)) and not list(without_pullback(*other)))
    left, right = (_beside(first, second) for first, second in zip(one, other, strict=True))
    sizes = [len(elements(pullback(*cospan).space)) for cospan in (one, other)]
    assert not list(without_pullback(left, right))
    assert len(elements(pullback(left, right).space)) == sizes[0] * sizes[1]


def _beside(first: BlockMap, second: BlockMap) -> BlockMap:
    """Two maps side by side, the names of the second marked."""
    ends = [
        Space((*one.blocks, *((f"second.{name}", kind) for name, kind in two.blocks)))
        for one, two in ((first.source, second.source), (first.target, second.target))
    ]
    moved = (
        (f"second.{name}", Read(f"second.{wire.block}") if isinstance(wire, Read) else wire)
        for name, wire in second.wires
    )
    return BlockMap(*ends, (*first.wires, *moved))


def test_pairs_that_agree_are_counted_by_hand_once():
    """Two copies of an encoder of two values with heads of three and two: the pullback has 2 * 3 * 2 elements."""
    one, other = Space((("f", 2), ("h", 3))), Space((("f", 2), ("k", 2)))
    square = pullback(projection(one, ("f",)), projection(other, ("f",)))
    agreeing = [(a, b) for a, b in product(elements(one), elements(other)) if a[0] == b[0]]
    assert len(elements(square.space)) == len(agreeing) == 12

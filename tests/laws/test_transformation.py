"""Functors that meet laws, and natural transformations, in categories where both are known.

The cylinder over a category C has a copy of C for each of its floors, an arrow from each object to the one above it,
and the laws that make these arrows natural. So the inclusions of the floors are functors with natural transformations
between them, no square of which commutes without its law.
"""

from dataclasses import replace

import pytest
from hypothesis import given

from catlearn.category import functor as functors
from catlearn.category import transformation as transformations
from catlearn.category.completion import Completed, Different, Equal, Equality, Undecided, complete, decide
from catlearn.category.functor import FunctorData, extension
from catlearn.category.path import Arrow, Path, identity, path
from catlearn.category.presentation import Presentation, Relation, invalid
from catlearn.category.transformation import (
    ComponentEnds,
    ComponentNotInTarget,
    ComponentNowhere,
    ComponentTwice,
    Transformation,
    WithoutComponent,
    horizontal,
    squares,
    vertical,
    whisker_after,
    whisker_before,
)
from tests.laws.presented import BRAID_GROUP, COMPANY, category, monoid, replays, route, with_laws
from tests.laws.test_paths_and_functors import functor_data, presented

# Cylinders.


def lifted(name: str, floor: int) -> str:
    return f"{name}.{floor}"


def on_floor(way: Path, floor: int) -> Path:
    arrows = (Arrow(lifted(a.name, floor), lifted(a.source, floor), lifted(a.target, floor)) for a in way.arrows)
    return Path(lifted(way.source, floor), lifted(way.target, floor), tuple(arrows))


def stair(place: str, floor: int) -> Path:
    below, above = lifted(place, floor), lifted(place, floor + 1)
    return path(below, (Arrow(f"stair.{place}.{floor}", below, above),))


def square_law(arrow: Arrow, floor: int) -> Relation:
    across = path(arrow.source, (arrow,))
    left = stair(arrow.source, floor).arrows + on_floor(across, floor + 1).arrows
    right = on_floor(across, floor).arrows + stair(arrow.target, floor).arrows
    start = lifted(arrow.source, floor)
    return Relation(f"square.{arrow.name}.{floor}", path(start, left), path(start, right))


def cylinder(base: Presentation, floors: int) -> Presentation:
    levels, steps = range(floors), range(floors - 1)
    generators = [path(arrow.source, (arrow,)) for arrow in base.arrows]
    laws = [
        Relation(lifted(law.name, n), on_floor(law.left, n), on_floor(law.right, n))
        for law in base.relations
        for n in levels
    ]
    return Presentation(
        tuple(lifted(place, n) for n in levels for place in base.objects),
        tuple(on_floor(each, n).arrows[0] for n in levels for each in generators)
        + tuple(stair(place, n).arrows[0] for n in steps for place in base.objects),
        (*laws, *(square_law(arrow, n) for n in steps for arrow in base.arrows)),
    )


def floor(base: Presentation, number: int) -> FunctorData:
    """The inclusion of a category as one floor of a cylinder over it."""
    return FunctorData(
        tuple((place, lifted(place, number)) for place in base.objects),
        tuple((arrow.name, on_floor(path(arrow.source, (arrow,)), number)) for arrow in base.arrows),
    )


def stairs(base: Presentation, number: int) -> Transformation:
    """The transformation from one floor to the next."""
    components = tuple((place, stair(place, number)) for place in base.objects)
    return Transformation(floor(base, number), floor(base, number + 1), components)


def raised(functor: FunctorData, source: Presentation) -> FunctorData:
    """What a functor does between cylinders of two floors."""
    images, objects = dict(functor.arrows), dict(functor.objects)
    return FunctorData(
        tuple((lifted(place, n), lifted(objects[place], n)) for n in range(2) for place in source.objects),
        tuple((lifted(arrow.name, n), on_floor(images[arrow.name], n)) for n in range(2) for arrow in source.arrows)
        + tuple((f"stair.{place}.0", stair(objects[place], 0)) for place in source.objects),
    )


def open_squares(transformation: Transformation, source: Presentation, target: Presentation) -> list[str]:
    """The names of the arrows whose squares are not shown to commute."""
    found = squares(transformation, source, complete(target))
    return [square.arrow.name for square in found if not isinstance(square.equality, Equal)]


def natural(transformation: Transformation, source: Presentation, target: Presentation) -> bool:
    faultless = not list(transformations.invalid(transformation, source, target))
    return faultless and not open_squares(transformation, source, target)


# Functors and laws.


def law_images(data: FunctorData, source: Presentation, target: Completed) -> list[tuple[Path, Path, Equality]]:
    """The images of both sides of each law of a source, and whether they are equal in the target."""
    image = extension(data)
    sides = [(image(law.left), image(law.right)) for law in source.relations]
    return [(left, right, decide(target, left, right)) for left, right in sides]


def test_a_functor_preserves_breaks_or_leaves_open_each_law() -> None:
    commuting = monoid("x y", "x y = y x", "x x = x x")
    images = {"x": "a", "y": "b"}

    def into(target: Presentation) -> list[type]:
        data = FunctorData((("*", "*"),), tuple((name, route(target, image)) for name, image in images.items()))
        assert not list(functors.invalid(data, commuting, target))
        return [type(equality) for _, _, equality in law_images(data, commuting, complete(target))]

    assert into(monoid("a b", "a b = b a")) == [Equal, Equal]
    assert into(monoid("a b", "a b a = a")) == [Different, Equal]
    assert into(BRAID_GROUP) == [Undecided, Equal]


def test_a_broken_law_is_shown_with_both_normal_forms_and_a_kept_one_with_its_proof() -> None:
    roles = category("boss: Person -> Person, place: Person -> Room", "boss place = place", "boss boss = boss")
    target = complete(COMPANY)

    def images(boss: str) -> list[tuple[Path, Path, Equality]]:
        data = FunctorData(
            (("Person", "Employee"), ("Room", "Department")),
            (("boss", route(COMPANY, boss)), ("place", route(COMPANY, "worksIn"))),
        )
        return law_images(data, roles, target)

    assert [type(equality) for _, _, equality in images("manager")] == [Equal, Equal]
    for left, right, equality in images("worksIn secretary"):
        assert isinstance(equality, Equal)
        assert replays(COMPANY, target, left, right, equality)
    unlawful = complete(replace(COMPANY, relations=COMPANY.relations[:1]))
    data = FunctorData(
        (("Person", "Employee"), ("Room", "Department")),
        (("boss", route(COMPANY, "manager")), ("place", route(COMPANY, "worksIn"))),
    )
    (_, _, first), (_, _, second) = law_images(data, roles, unlawful)
    assert isinstance(first, Equal)
    assert second == Different(route(COMPANY, "manager manager"), route(COMPANY, "manager"))


@given(functor_data())
def test_functors_compose_with_units_and_associatively(generated):
    first, source, middle = generated
    second = raised(first, source)
    up = floor(middle, 0)
    assert functors.compose(functors.identity(source), first) == first
    assert functors.compose(first, functors.identity(middle)) == first
    third = floor(cylinder(middle, 2), 1)
    whole = functors.compose(functors.compose(first, up), third)
    assert whole == functors.compose(first, functors.compose(up, third))
    assert functors.compose(floor(source, 0), second) == functors.compose(first, up)
    for arrow in source.arrows:
        across = path(arrow.source, (arrow,))
        assert extension(whole)(across) == extension(third)(extension(functors.compose(first, up))(across))


@given(functor_data())
def test_functors_between_cylinders_preserve_their_laws(generated):
    functor, source, target = generated
    below, above = cylinder(source, 2), cylinder(target, 2)
    data = raised(functor, source)
    assert not list(functors.invalid(data, below, above))
    assert all(isinstance(equality, Equal) for _, _, equality in law_images(data, below, complete(above)))
    without = replace(above, relations=())
    kept = [isinstance(equality, Equal) for _, _, equality in law_images(data, below, complete(without))]
    assert kept == [not extension(functor)(path(arrow.source, (arrow,))).arrows for arrow in source.arrows]


# Transformations.


@given(presented("A"))
def test_stairs_are_natural_and_one_law_less_leaves_that_one_square_open(base):
    whole = cylinder(base, 2)
    assert not list(invalid(whole))
    assert natural(stairs(base, 0), base, whole)
    for arrow in base.arrows:
        without = replace(whole, relations=tuple(law for law in whole.relations if law != square_law(arrow, 0)))
        assert open_squares(stairs(base, 0), base, without) == [arrow.name]


def test_a_square_that_does_not_commute_is_shown_with_both_normal_forms() -> None:
    base = category("f: A -> B")
    (square,) = squares(stairs(base, 0), base, complete(replace(cylinder(base, 2), relations=())))
    assert square.arrow == base.arrows[0]
    assert square.equality == Different(square.left, square.right)
    assert str(square.left) == "stair.A.0 >> f.1"
    assert str(square.right) == "f.0 >> stair.B.0"


def test_a_square_in_a_category_that_is_not_decided_is_left_open() -> None:
    loop = monoid("x")
    name = FunctorData((("*", "*"),), (("x", route(BRAID_GROUP, "a")),))
    by_b = Transformation(name, name, (("*", route(BRAID_GROUP, "b")),))
    (square,) = squares(by_b, loop, complete(BRAID_GROUP))
    assert isinstance(square.equality, Undecided)
    central = replace(by_b, components=(("*", route(BRAID_GROUP, "a b a a b a")),))
    assert open_squares(central, loop, BRAID_GROUP) == []


def test_laws_of_the_source_need_no_squares_of_their_own() -> None:
    """A triangle h = f >> g: its square commutes because the squares of f and g do."""
    base = category("f: A -> B, g: B -> C, h: A -> C", "f g = h")
    whole = cylinder(base, 2)
    without = replace(whole, relations=tuple(law for law in whole.relations if law.name != "square.h.0"))
    assert natural(stairs(base, 0), base, without)


@given(presented("A"))
def test_vertical_composites_are_natural_and_form_a_category(base):
    tower = cylinder(base, 4)
    first, second, third = (stairs(base, number) for number in range(3))
    two = vertical(first, second)
    assert natural(two, base, tower)
    assert (two.source, two.target) == (floor(base, 0), floor(base, 2))
    assert vertical(two, third) == vertical(first, vertical(second, third))
    assert vertical(transformations.identity(first.source), first) == first
    assert vertical(first, transformations.identity(first.target)) == first
    assert natural(transformations.identity(first.source), base, tower)
    with pytest.raises(ValueError, match="not composable"):
        vertical(second, first)


@given(functor_data())
def test_whiskering_before_and_after_agree_on_cylinders(generated):
    functor, source, target = generated
    before, after = (
        whisker_before(functor, stairs(target, 0)),
        whisker_after(stairs(source, 0), raised(functor, source)),
    )
    assert before == after
    assert natural(before, source, cylinder(target, 2))


@given(presented("A"))
def test_interchange_holds_and_needs_naturality(base):
    first, middle = stairs(base, 0), cylinder(base, 2)
    second, whole = stairs(middle, 0), cylinder(middle, 2)
    one = horizontal(first, second)
    other = vertical(whisker_before(first.source, second), whisker_after(first, second.target))
    assert natural(one, base, whole)
    assert (one.source, one.target) == (other.source, other.target)
    assert agree(one, other, whole)
    assert not agree(one, other, replace(whole, relations=()))


def agree(one: Transformation, other: Transformation, target: Presentation) -> bool:
    """Whether two transformations have equal components."""
    completed, components = complete(target), dict(other.components)
    return all(isinstance(decide(completed, path, components[place]), Equal) for place, path in one.components)


@given(presented("A"))
def test_each_fault_of_a_transformation_is_named_alone(base):
    whole, sound = cylinder(base, 2), stairs(base, 0)
    (place, component), *others = sound.components
    ends = (component.source, component.target)

    def faults(*changed: tuple[str, Path]) -> list[transformations.TransformationError]:
        return list(transformations.invalid(replace(sound, components=(*changed, *others)), base, whole))

    assert faults((place, component)) == []
    assert faults() == [WithoutComponent(place)]
    assert faults((place, component), ("nowhere", component)) == [ComponentNowhere("nowhere")]
    assert faults((place, component), (place, component)) == [ComponentTwice(place)]
    assert faults((place, identity(ends[0]))) == [ComponentEnds(place, (ends[0], ends[0]), ends)]
    strange = path(ends[0], (Arrow("strange", *ends),))
    assert faults((place, strange)) == [ComponentNotInTarget(place, "strange")]


def test_components_may_be_composites() -> None:
    """Because e >> e = e, the arrow e is natural from the identity functor to itself."""
    idempotent = monoid("e", "e e = e")
    here = functors.identity(idempotent)
    by_e = Transformation(here, here, (("*", route(idempotent, "e e")),))
    assert natural(by_e, idempotent, idempotent)
    assert vertical(by_e, by_e).components == (("*", route(idempotent, "e e e e")),)
    assert agree(by_e, vertical(by_e, by_e), idempotent)


def test_saboteur_a_component_that_is_not_natural_is_named_at_each_arrow_that_it_does_not_meet() -> None:
    base = category("x: A -> A, y: A -> A", "x x = x", "y x = x")
    here = functors.identity(base)
    by_x = Transformation(here, here, (("A", route(base, "x")),))
    assert open_squares(by_x, base, base) == ["y"]
    assert open_squares(by_x, base, replace(base, relations=base.relations[:1])) == ["y"]
    assert open_squares(by_x, base, with_laws(base, "x y = y x")) == []

"""Composites of runs and structural maps: their normal forms against what they do to values, and their equality.

The oracle runs a composite on points of finite sets, one run after the other, and carries along what a run has done."""

from hypothesis import given
from hypothesis import strategies as st

from catlearn.category import integral
from catlearn.category.blocks import BlockMap, Space, compose, identity, point, projection
from catlearn.category.completion import Different, Equal, complete, decide
from catlearn.category.integral import Image, Law, Run, normal
from tests.laws.finite_sets import Element, image, maps, spaces

Trace = tuple[Element, ...]
Traces = dict[str, Trace]


def along(parts: list[BlockMap | str], traces: Traces) -> Trace:
    """What a composite passes through: a run appends its points, a map carries all points so far to its target."""
    passed: Trace = ()
    for part in parts:
        passed = (*passed, *traces[part]) if isinstance(part, str) else tuple(image(part, at) for at in passed)
    return passed


def of_normal_form(form: integral.Normal, traces: Traces) -> Trace:
    """What the images of a normal form pass through."""
    return tuple(image(one.map, at) for one in form.images for at in traces[one.run])


@st.composite
def composites(draw) -> tuple[list[BlockMap | str], Traces, Space]:
    """Up to six structural maps and runs that compose, with the points that each run passes through."""
    at = draw(spaces("a", fewest=1, most=2))
    parts: list[BlockMap | str] = []
    traces: Traces = {}
    for number in range(draw(st.integers(1, 6))):
        if draw(st.booleans()):
            onto = draw(spaces(f"s{number}", fewest=1, most=2))
            parts.append(draw(maps(at, onto)))
            at = onto
        else:
            values = st.tuples(*(st.integers(0, kind - 1) for _, kind in at.blocks))
            traces[f"r{number}"] = tuple(draw(st.lists(values, min_size=1, max_size=3)))
            parts.append(f"r{number}")
    return parts, traces, at


@given(composites())
def test_a_normal_form_does_what_the_composite_does(found):
    parts, traces, end = found
    assert of_normal_form(normal(end, parts), traces) == along(parts, traces)


@given(composites())
def test_the_oracle_catches_runs_that_are_not_carried(found):
    parts, traces, end = found
    form = normal(end, parts)
    uncarried = tuple(Image(identity(one.map.source), one.run) for one in form.images)
    moved = [one for one in form.images if one.map != identity(one.map.source)]
    same = of_normal_form(integral.Normal(form.map, uncarried), traces) == along(parts, traces)
    assert same or moved


@given(composites(), st.data())
def test_normal_forms_compose(found, data):
    parts, _, end = found
    cut = data.draw(st.integers(0, len(parts)))
    whole, after = normal(end, parts), normal(end, parts[cut:])
    before = normal(after.map.source, parts[:cut])
    assert whole.map == compose(before.map, after.map)
    assert whole.images == (*(Image(compose(one.map, after.map), one.run) for one in before.images), *after.images)


A = Space((("encoder", 3), ("head", 2)))
ENC = projection(A, ("encoder",))
E = ENC.target


def at(space: Space, label: str) -> BlockMap:
    return point(space, [(name, (label, name)) for name, _ in space.blocks])


def run(name: str, start: str, end: str, space: Space = A) -> Run:
    return Run(name, at(space, start), at(space, end))


RUNS = (run("gd", "init", "gd"), run("half", "init", "mid"), run("rest", "mid", "gd"), run("ball", "init", "gd"))
RESUME = Law("resume", normal(A, ["half", "rest"]), normal(A, ["gd"]))


def equality(left: list[BlockMap | str], right: list[BlockMap | str], *laws: Law) -> type:
    """The kind of answer for two composites that end in E."""
    maps_there = integral.maps_onto(E, {"enc": ENC}, 10)
    assert maps_there is not None
    known = integral.images(maps_there, RUNS, laws)
    sides = [known.path(normal(E, side).moving, "") for side in (left, right)]
    return type(decide(complete(known.presentation), *sides))


def test_a_law_of_runs_holds_of_their_images():
    assert equality(["half", "rest", ENC], ["gd", ENC], RESUME) is Equal
    assert equality(["half", "rest", ENC], ["gd", ENC]) is Different
    assert equality(["ball", ENC], ["gd", ENC], RESUME) is Different


def test_a_law_about_an_image_is_no_law_of_runs():
    frozen = Law("frozen", normal(E, ["ball", ENC]), normal(E, ["gd", ENC]))
    assert equality(["ball", ENC], ["gd", ENC], frozen) is Equal
    known = integral.images({identity(A): ()}, RUNS, (frozen,))
    assert not known.presentation.relations


def test_a_map_that_reads_nothing_makes_runs_stay():
    constant = BlockMap(A, E, (("encoder", point(E, [("encoder", 1)]).wires[0][1]),))
    assert normal(E, ["gd", constant]).moving == ()
    assert normal(E, ["gd", ENC]).moving == (Image(ENC, "gd"),)


def test_no_more_maps_than_allowed():
    assert integral.maps_onto(E, {"enc": ENC}, 1) is None

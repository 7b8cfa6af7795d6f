"""Free categories and functors, interpreted in finite sets: a model sends objects to sets and arrows to functions.

Every law stands beside a saboteur that changes one component and must be told apart by exactly one kind of error.
"""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from catlearn.category import functor as functors
from catlearn.category import presentation as presentations
from catlearn.category.functor import EndsBroken, FunctorData, NotInSource, NotInTarget, WithoutImage
from catlearn.category.path import Arrow, NotComposable, Path, compose, gaps, identity, parallel, path
from catlearn.category.presentation import (
    BrokenPath,
    DeclaredTwice,
    NotParallel,
    Presentation,
    Relation,
    UnknownArrow,
    UnknownEnd,
)

Function = tuple[int, ...]
Model = tuple[dict[str, int], dict[str, Function]]


@st.composite
def presented(draw, prefix: str) -> Presentation:
    objects = tuple(f"{prefix}{number}" for number in range(draw(st.integers(1, 3))))
    ends = draw(st.lists(st.tuples(st.sampled_from(objects), st.sampled_from(objects)), min_size=1, max_size=5))
    arrows = tuple(Arrow(f"{prefix.lower()}{number}", *pair) for number, pair in enumerate(ends))
    return Presentation(objects, arrows, ())


def walk(draw, presentation: Presentation, start: str, longest: int = 4) -> Path:
    arrows: list[Arrow] = []
    place = start
    for _ in range(draw(st.integers(0, longest))):
        onward = [arrow for arrow in presentation.arrows if arrow.source == place]
        if not onward:
            break
        arrows.append(draw(st.sampled_from(onward)))
        place = arrows[-1].target
    return path(start, tuple(arrows))


def any_path(draw, presentation: Presentation) -> Path:
    return walk(draw, presentation, draw(st.sampled_from(presentation.objects)))


def any_model(draw, presentation: Presentation) -> Model:
    sizes = {name: draw(st.integers(1, 3)) for name in presentation.objects}
    functions = {
        arrow.name: tuple(draw(st.integers(0, sizes[arrow.target] - 1)) for _ in range(sizes[arrow.source]))
        for arrow in presentation.arrows
    }
    return sizes, functions


def meaning(model: Model, route: Path) -> Function:
    sizes, functions = model
    result = tuple(range(sizes[route.source]))
    for arrow in route.arrows:
        result = tuple(functions[arrow.name][element] for element in result)
    return result


def then(first: Function, second: Function) -> Function:
    return tuple(second[element] for element in first)


@given(st.data())
def test_composition_is_associative_and_unital_and_means_composition(data):
    category = data.draw(presented("A"))
    model = any_model(data.draw, category)
    p = any_path(data.draw, category)
    q = walk(data.draw, category, p.target)
    r = walk(data.draw, category, q.target)
    whole = compose(p.source, (p, q, r))
    assert compose(p.source, (compose(p.source, (p, q)), r)) == whole
    assert compose(p.source, (p, compose(q.source, (q, r)))) == whole
    assert compose(p.source, (identity(p.source), p, identity(p.target))) == p
    assert compose(p.source, ()) == identity(p.source)
    assert meaning(model, whole) == then(then(meaning(model, p), meaning(model, q)), meaning(model, r))
    assert meaning(model, identity(p.source)) == tuple(range(model[0][p.source]))
    assert not list(gaps(whole.arrows))


@given(st.data())
def test_a_moved_end_is_the_one_gap(data):
    category = data.draw(presented("A"))
    arrows = any_path(data.draw, category).arrows
    assume(len(arrows) >= 2)
    position = data.draw(st.integers(1, len(arrows) - 1))
    moved = replace(arrows[position], source="elsewhere")
    broken = (*arrows[:position], moved, *arrows[position + 1 :])
    assert list(gaps(broken)) == [NotComposable(arrows[position - 1], moved)]


@st.composite
def functor_data(draw) -> tuple[FunctorData, Presentation, Presentation]:
    source, target = draw(presented("A")), draw(presented("B"))
    objects = {name: draw(st.sampled_from(target.objects)) for name in source.objects}
    images, kept = [], []
    for arrow in source.arrows:
        image = walk(draw, target, objects[arrow.source], longest=3)
        if image.target == objects[arrow.target]:
            kept.append(arrow)
            images.append((arrow.name, image))
    return FunctorData(tuple(objects.items()), tuple(images)), replace(source, arrows=tuple(kept)), target


@given(functor_data(), st.data())
def test_functors_preserve_composition_and_pull_models_back(generated, data):
    functor, source, target = generated
    assert not list(functors.invalid(functor, source, target))
    model = any_model(data.draw, target)
    objects, arrows = dict(functor.objects), dict(functor.arrows)
    pulled_back: Model = (
        {name: model[0][image] for name, image in objects.items()},
        {name: meaning(model, image) for name, image in arrows.items()},
    )
    p = any_path(data.draw, source)
    q = walk(data.draw, source, p.target)
    image = functors.extension(functor)
    images = (image(p), image(q))
    assert image(compose(p.source, (p, q))) == compose(objects[p.source], images)
    assert image(identity(p.source)) == identity(objects[p.source])
    assert meaning(model, images[0]) == meaning(pulled_back, p)


@given(functor_data(), st.data())
def test_each_fault_of_a_functor_is_named_alone(generated, data):
    functor, source, target = generated
    extra = replace(functor, arrows=(*functor.arrows, ("stranger", identity(target.objects[0]))))
    assert list(functors.invalid(extra, source, target)) == [NotInSource("arrow", "stranger")]
    assume(source.arrows)
    position = data.draw(st.integers(0, len(source.arrows) - 1))
    name, image = functor.arrows[position]

    def with_image(*changed: tuple[str, Path]) -> list[object]:
        images = (*functor.arrows[:position], *changed, *functor.arrows[position + 1 :])
        return list(functors.invalid(replace(functor, arrows=images), source, target))

    assert with_image() == [WithoutImage("arrow", name)]
    ends = (image.source, image.target)
    assert with_image((name, replace(image, target="elsewhere"))) == [EndsBroken(name, (ends[0], "elsewhere"), ends)]
    stranger = Arrow("stranger", image.target, image.target)
    longer = compose(image.source, (image, path(image.target, (stranger,))))
    assert with_image((name, longer)) == [NotInTarget("arrow", name, "stranger")]


@given(st.data())
def test_each_fault_of_a_presentation_is_named_alone(data):
    category = data.draw(presented("A"))
    p = any_path(data.draw, category)
    law = Relation("law", p, p)
    assert parallel(p, p)
    assert not list(presentations.invalid(replace(category, relations=(law,))))
    first = category.arrows[0]
    assert list(presentations.invalid(replace(category, arrows=(*category.arrows, first)))) == [
        DeclaredTwice("arrow", first.name)
    ]
    lost = Arrow("lost", first.source, "nowhere")
    assert list(presentations.invalid(replace(category, arrows=(*category.arrows, lost)))) == [
        UnknownEnd(lost, "target", "nowhere")
    ]
    stranger = Arrow("stranger", p.target, p.target)
    strange = replace(law, right=compose(p.source, (p, path(p.target, (stranger,)))))
    assert list(presentations.invalid(replace(category, relations=(strange,)))) == [UnknownArrow("law", stranger)]
    skew = replace(law, right=replace(p, target="elsewhere"))
    assert list(presentations.invalid(replace(category, relations=(skew,)))) == [
        NotParallel("law", (p.source, p.target), (p.source, "elsewhere"))
    ]


def test_a_relation_between_what_does_not_compose_is_named_with_its_gap():
    f, g = Arrow("f", "A", "B"), Arrow("g", "C", "A")
    sides = Path("A", "A", (f, g))
    category = Presentation(("A", "B", "C"), (f, g), (Relation("law", sides, identity("A")),))
    assert list(presentations.invalid(category)) == [BrokenPath("law", NotComposable(f, g))]

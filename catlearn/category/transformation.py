"""Natural transformations between functors of presented categories, given on objects.

A transformation F => G has for each object X of the source category a component, an arrow F(X) -> G(X) of the target.
It is natural when for each arrow f : X -> Y the square commutes,

    component(X) >> G(f) == F(f) >> component(Y),

and it is enough that the squares of the generating arrows do, because squares paste. Whether one commutes is a word
problem in the target, with three answers.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from catlearn.category import functor as functors
from catlearn.category import path as paths
from catlearn.category.completion import Completed, Equality, decide
from catlearn.category.functor import FunctorData, extension
from catlearn.category.path import Arrow, Path
from catlearn.category.presentation import Presentation


@dataclass(frozen=True, slots=True)
class Transformation:
    """The two functors, between the same categories, and the components by object, as they are written."""

    source: FunctorData
    target: FunctorData
    components: tuple[tuple[str, Path], ...]


@dataclass(frozen=True, slots=True)
class WithoutComponent:
    """An object of the source category at which there is no component."""

    place: str


@dataclass(frozen=True, slots=True)
class ComponentNowhere:
    """A component at what is not an object of the source category."""

    place: str


@dataclass(frozen=True, slots=True)
class ComponentTwice:
    """An object at which there are two components."""

    place: str


@dataclass(frozen=True, slots=True)
class ComponentNotInTarget:
    """The component at `place` has the arrow `arrow`, which the target category does not have."""

    place: str
    arrow: str


@dataclass(frozen=True, slots=True)
class ComponentEnds:
    """The component at `place` runs between `found` where the two images of the object are `required`."""

    place: str
    found: tuple[str, str]
    required: tuple[str, str]


TransformationError = WithoutComponent | ComponentNowhere | ComponentTwice | ComponentNotInTarget | ComponentEnds


def _invalid_ends(transformation: Transformation, known: frozenset[str]) -> Iterator[ComponentEnds]:
    start, end = dict(transformation.source.objects), dict(transformation.target.objects)
    for place, path in transformation.components:
        if place in known and (path.source, path.target) != (start[place], end[place]):
            yield ComponentEnds(place, (path.source, path.target), (start[place], end[place]))


def invalid(
    transformation: Transformation, source: Presentation, target: Presentation
) -> Iterator[TransformationError]:
    """Everything that keeps components from being a transformation between valid functors, naturality left aside."""
    given, known = Counter(place for place, _ in transformation.components), frozenset(source.objects)
    yield from (WithoutComponent(place) for place in source.objects if place not in given)
    yield from (ComponentNowhere(place) for place in given if place not in known)
    yield from (ComponentTwice(place) for place, count in given.items() if count > 1)
    arrows = frozenset(target.arrows)
    for place, path in transformation.components:
        yield from (ComponentNotInTarget(place, arrow.name) for arrow in path.arrows if arrow not in arrows)
    yield from _invalid_ends(transformation, known)


@dataclass(frozen=True, slots=True)
class Square:
    """The naturality square of an arrow f : X -> Y: `left` is component(X) >> G(f), `right` is F(f) >> component(Y).

    It commutes when they are `Equal` in the target category."""

    arrow: Arrow
    left: Path
    right: Path
    equality: Equality


def squares(transformation: Transformation, source: Presentation, target: Completed) -> Iterator[Square]:
    """The squares of the generating arrows; a valid transformation is natural when all of them commute."""
    components = dict(transformation.components)
    first, second = extension(transformation.source), extension(transformation.target)
    for arrow in source.arrows:
        across = paths.path(arrow.source, (arrow,))
        start, end = components[arrow.source], components[arrow.target]
        left = paths.compose(start.source, (start, second(across)))
        right = paths.compose(start.source, (first(across), end))
        yield Square(arrow, left, right, decide(target, left, right))


# Compositions. What is composed is valid; that the composite of natural ones is natural is a theorem.


def identity(functor: FunctorData) -> Transformation:
    """The transformation of a functor to itself that has identities as components."""
    return Transformation(functor, functor, tuple((place, paths.identity(image)) for place, image in functor.objects))


def vertical(first: Transformation, second: Transformation) -> Transformation:
    """`first` F => G and then `second` G => H.

    Raises `ValueError` where the second does not start at the functor at which the first ends."""
    if first.target != second.source:
        raise ValueError("not composable: the second transformation does not start where the first ends")
    onward = dict(second.components)
    composites = ((place, paths.compose(path.source, (path, onward[place]))) for place, path in first.components)
    return Transformation(first.source, second.target, tuple(composites))


def whisker_before(functor: FunctorData, transformation: Transformation) -> Transformation:
    """A functor H and then a transformation F => G: the components at the images under H."""
    components = dict(transformation.components)
    return Transformation(
        functors.compose(functor, transformation.source),
        functors.compose(functor, transformation.target),
        tuple((place, components[image]) for place, image in functor.objects),
    )


def whisker_after(transformation: Transformation, functor: FunctorData) -> Transformation:
    """A transformation F => G and then a functor K: the images of the components under K."""
    image = extension(functor)
    return Transformation(
        functors.compose(transformation.source, functor),
        functors.compose(transformation.target, functor),
        tuple((place, image(path)) for place, path in transformation.components),
    )


def horizontal(first: Transformation, second: Transformation) -> Transformation:
    """`first` F => G beside `second` H => K, from F then H to G then K: first the one and then the other.

    The other order is equal to it where `second` is natural (interchange)."""
    return vertical(whisker_after(first, second.source), whisker_before(first.target, second))

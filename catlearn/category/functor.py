"""Functors out of a presented category, given on generators.

The data send each object to an object and each generating arrow to a path. They extend in one way to all paths; they
are a functor when they are total, have nothing too many, keep ends, and send the two sides of each relation to equal
arrows. The first three are always decided; the last is a word problem in the target, with three answers.

Functors compose on generators. Images of the same arrow as different paths that are equal in the target are different
data of one functor.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from catlearn.category import path as paths
from catlearn.category.path import Path
from catlearn.category.presentation import Presentation


@dataclass(frozen=True, slots=True)
class FunctorData:
    """The images of objects and of generating arrows, by name, as they are written."""

    objects: tuple[tuple[str, str], ...]
    arrows: tuple[tuple[str, Path], ...]


@dataclass(frozen=True, slots=True)
class WithoutImage:
    """An object or arrow of the source category without an image; `kind` says which."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class NotInSource:
    """An image for what the source category does not have."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class MappedTwice:
    """Two images for one object or arrow."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class NotInTarget:
    """The image of `name` has the object or arrow `image`, which the target category does not have."""

    kind: str
    name: str
    image: str


@dataclass(frozen=True, slots=True)
class EndsBroken:
    """The image of an arrow runs between `found` where the images of its ends are `required`."""

    arrow: str
    found: tuple[str, str]
    required: tuple[str, str]


FunctorError = WithoutImage | NotInSource | MappedTwice | NotInTarget | EndsBroken


def _invalid_domain(kind: str, given: tuple[str, ...], declared: tuple[str, ...]) -> Iterator[FunctorError]:
    counts, known = Counter(given), frozenset(declared)
    yield from (WithoutImage(kind, name) for name in declared if name not in counts)
    yield from (NotInSource(kind, name) for name in counts if name not in known)
    yield from (MappedTwice(kind, name) for name, count in counts.items() if count > 1)


def _invalid_images(data: FunctorData, target: Presentation) -> Iterator[FunctorError]:
    objects, arrows = frozenset(target.objects), frozenset(target.arrows)
    for name, image in data.objects:
        if image not in objects:
            yield NotInTarget("object", name, image)
    for name, path in data.arrows:
        yield from (NotInTarget("arrow", name, arrow.name) for arrow in path.arrows if arrow not in arrows)


def _invalid_ends(data: FunctorData, source: Presentation) -> Iterator[FunctorError]:
    objects, arrows = dict(data.objects), dict(data.arrows)
    for arrow in source.arrows:
        if arrow.name in arrows and arrow.source in objects and arrow.target in objects:
            path, required = arrows[arrow.name], (objects[arrow.source], objects[arrow.target])
            if (path.source, path.target) != required:
                yield EndsBroken(arrow.name, (path.source, path.target), required)


def invalid(data: FunctorData, source: Presentation, target: Presentation) -> Iterator[FunctorError]:
    """Everything that keeps data from being a functor between valid presentations, relations left aside."""
    yield from _invalid_domain("object", tuple(name for name, _ in data.objects), source.objects)
    arrows = tuple(arrow.name for arrow in source.arrows)
    yield from _invalid_domain("arrow", tuple(name for name, _ in data.arrows), arrows)
    yield from _invalid_images(data, target)
    yield from _invalid_ends(data, source)


def extension(data: FunctorData) -> Callable[[Path], Path]:
    """What valid data do to paths: they send one to the composite of the images of its arrows."""
    objects, arrows = dict(data.objects), dict(data.arrows)
    return lambda path: paths.compose(objects[path.source], (arrows[arrow.name] for arrow in path.arrows))


def identity(category: Presentation) -> FunctorData:
    """The functor that changes nothing."""
    objects = tuple((name, name) for name in category.objects)
    return FunctorData(objects, tuple((arrow.name, paths.path(arrow.source, (arrow,))) for arrow in category.arrows))


def compose(first: FunctorData, second: FunctorData) -> FunctorData:
    """The functor that applies the first and then the second; both are valid, and the second starts where the first
    ends."""
    objects, image = dict(second.objects), extension(second)
    return FunctorData(
        tuple((name, objects[place]) for name, place in first.objects),
        tuple((name, image(path)) for name, path in first.arrows),
    )

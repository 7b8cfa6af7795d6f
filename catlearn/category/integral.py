"""The integral of Path over Arch: composites of runs and structural maps (DESIGN 3).

An arrow from a point a of A to a point e of E is a structural map f : A -> E with a path in E from f(a) to e. The
composite of (f, p) and (g, q) is (f >> g, g(p) and then q). So a run and then a map is the map and then the image of
the run, `r >> f = f >> f(r)`, and every composite of runs and maps has one normal form: a map, and then a path of
images. A map that reads nothing of a space carries every path in it to one that stays where it is; such paths are left
out of normal forms.

>>> from catlearn.category.blocks import Space, projection
>>> a = Space((("encoder", 2048), ("head", 320)))
>>> enc = projection(a, ("encoder",))
>>> normal(enc.target, ["gd", enc]) == Normal(enc, (Image(enc, "gd"),))
True
>>> normal(enc.target, [enc, "pretrain"]) == Normal(enc, (Image(identity(enc.target), "pretrain"),))
True
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catlearn.category.blocks import BlockMap, Read, Space, compose, identity
from catlearn.category.path import Arrow, Path, gaps, path
from catlearn.category.presentation import Presentation, Relation


@dataclass(frozen=True, slots=True)
class Image:
    """The image f(r) of a run, by name, under a structural map."""

    map: BlockMap
    run: str

    @property
    def still(self) -> bool:
        """Whether it stays where it is whatever the run does, because the map reads nothing."""
        return not any(isinstance(wire, Read) for _, wire in self.map.wires)


@dataclass(frozen=True, slots=True)
class Normal:
    """A composite as a structural map and then a path of images, all in the target of the map."""

    map: BlockMap
    images: tuple[Image, ...]

    @property
    def moving(self) -> tuple[Image, ...]:
        """The images that do not stay where they are."""
        return tuple(image for image in self.images if not image.still)


def normal(end: Space, parts: Sequence[BlockMap | str]) -> Normal:
    """The normal form of structural maps and runs in order of composition; `end` is where the last of them ends.

    Raises `ValueError` where two maps do not compose."""
    onward, images = identity(end), list[Image]()
    for part in reversed(parts):
        if isinstance(part, str):
            images.append(Image(onward, part))
        else:
            onward = compose(part, onward)
    return Normal(onward, tuple(reversed(images)))


def carried(composite: Normal, onward: BlockMap) -> tuple[Image, ...]:
    """The images of a composite under one more map, those that stay where they are left out."""
    images = (Image(compose(image.map, onward), image.run) for image in composite.images)
    return tuple(image for image in images if not image.still)


@dataclass(frozen=True, slots=True)
class Run:
    """A run by name, with the points at which it starts and ends, as maps from the product of no blocks."""

    name: str
    source: BlockMap
    target: BlockMap


@dataclass(frozen=True, slots=True)
class Law:
    """Two composites with the same map whose paths are to be equal; the name is the author's."""

    name: str
    left: Normal
    right: Normal


@dataclass(frozen=True)
class Images:
    """The paths in one space, presented: what images of runs there are, by arrow, and the laws between them."""

    presentation: Presentation
    arrows: Mapping[Image, Arrow]
    joined: Mapping[str, str]

    def path(self, images: Sequence[Image], start: str) -> Path | None:
        """Images in order of composition as a path; of none, the one that stays at `start`. None where they do not
        compose.

        Raises `KeyError` for what is no image of a run of the category."""
        arrows = tuple(self.arrows[image] for image in images)
        first = arrows[0].source if arrows else start
        return None if any(gaps(arrows)) else path(first, arrows)

    def place(self, point: BlockMap) -> str:
        """A point as an object: those that laws take to be one are one."""
        return self.joined.get(_place(point), _place(point))


def maps_onto(space: Space, maps: Mapping[str, BlockMap], most: int) -> Mapping[BlockMap, tuple[str, ...]] | None:
    """All composites of some maps that end in a space, each with the first word for it; None if more than `most`."""
    found: dict[BlockMap, tuple[str, ...]] = {identity(space): ()}
    fresh = dict(found)
    while fresh:
        longer = {
            compose(first, onward): (name, *word)
            for onward, word in fresh.items()
            for name, first in maps.items()
            if first.target == onward.source
        }
        fresh = {composite: word for composite, word in longer.items() if composite not in found}
        found |= fresh
        if len(found) > most:
            return None
    return found


def images(maps: Mapping[BlockMap, tuple[str, ...]], runs: Iterable[Run], laws: Iterable[Law]) -> Images:
    """The paths in a space: the images of runs under the maps onto it, and those of laws between composites.

    A law holds of the images of its sides under any further map; the ends of its sides are one point."""
    runs, laws = tuple(runs), tuple(laws)
    names = {
        Image(onward, run.name): (f"{' >> '.join(word)}({run.name})" if word else run.name, run)
        for onward, word in maps.items()
        for run in runs
        if run.source.target == onward.source
    }
    moving = {image: found for image, found in names.items() if not image.still}
    ends = {
        image: (_place(compose(run.source, image.map)), _place(compose(run.target, image.map)))
        for image, (_, run) in moving.items()
    }
    sides = tuple(_carried_laws(maps, laws, moving))
    joined = _joined(ends, sides)
    arrows = {image: Arrow(name, *(joined.get(end, end) for end in ends[image])) for image, (name, _) in moving.items()}
    relations = tuple(_relation(name, side, arrows) for name, side in sides if side[0] or side[1])
    objects = dict.fromkeys(end for arrow in arrows.values() for end in (arrow.source, arrow.target))
    return Images(Presentation(tuple(objects), tuple(arrows.values()), relations), arrows, joined)


_Sides = tuple[tuple[Image, ...], tuple[Image, ...]]


def _carried_laws(
    maps: Iterable[BlockMap], laws: Iterable[Law], known: Mapping[Image, object]
) -> Iterator[tuple[str, _Sides]]:
    for onward in maps:
        for law in laws:
            if law.left.map.target == onward.source:
                sides = carried(law.left, onward), carried(law.right, onward)
                if sides[0] != sides[1] and all(image in known for side in sides for image in side):
                    yield law.name, sides


def _place(point: BlockMap) -> str:
    """A point by its values."""
    return repr(point.wires)


def _joined(ends: Mapping[Image, tuple[str, str]], sides: Iterable[tuple[str, _Sides]]) -> Mapping[str, str]:
    """Points that laws take to be one, each with the one that stands for all of them."""
    classes: dict[str, list[str]] = {}
    for _, (left, right) in sides:
        first, last = left or right, right or left
        pairs = ((ends[first[0]][0], ends[last[0]][0]), (ends[first[-1]][1], ends[last[-1]][1]))
        loop = () if left and right else ((ends[first[0]][0], ends[first[-1]][1]),)
        for one, other in (*pairs, *loop):
            merged = list(dict.fromkeys((*classes.get(one, [one]), *classes.get(other, [other]))))
            classes.update(dict.fromkeys(merged, merged))
    return {end: group[0] for end, group in classes.items()}


def _relation(name: str, sides: _Sides, arrows: Mapping[Image, Arrow]) -> Relation:
    left, right = (tuple(arrows[image] for image in side) for side in sides)
    start = (left or right)[0].source
    return Relation(name, path(start, left), path(start, right))

"""Presentations of categories: objects, generating arrows, and relations between parallel paths.

The category presented has the objects, and as arrows the paths, two of them equal when the relations force it.
Whether they do is a word problem, which `completion` decides where it can.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from catlearn.category.path import Arrow, NotComposable, Path, gaps, parallel


@dataclass(frozen=True, slots=True)
class Relation:
    """Two paths that are to be equal; the name is the author's."""

    name: str
    left: Path
    right: Path


@dataclass(frozen=True, slots=True)
class Presentation:
    """Generators and relations, as they are written; `invalid` says whether they present a category."""

    objects: tuple[str, ...]
    arrows: tuple[Arrow, ...]
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class DeclaredTwice:
    """An object, an arrow or a relation declared twice; `kind` says which."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class UnknownEnd:
    """An arrow whose `end`, its source or target, is `place`, which is no object."""

    arrow: Arrow
    end: str
    place: str


@dataclass(frozen=True, slots=True)
class UnknownArrow:
    """A relation with an arrow that the presentation does not declare."""

    relation: str
    arrow: Arrow


@dataclass(frozen=True, slots=True)
class BrokenPath:
    """A relation one of whose sides is not a path."""

    relation: str
    gap: NotComposable


@dataclass(frozen=True, slots=True)
class NotParallel:
    """A relation whose sides have different ends."""

    relation: str
    left: tuple[str, str]
    right: tuple[str, str]


PresentationError = DeclaredTwice | UnknownEnd | UnknownArrow | BrokenPath | NotParallel


def _repeated(kind: str, names: Iterator[str]) -> Iterator[DeclaredTwice]:
    return (DeclaredTwice(kind, name) for name, count in Counter(names).items() if count > 1)


def _invalid_relation(known: frozenset[Arrow], relation: Relation) -> Iterator[PresentationError]:
    for side in (relation.left, relation.right):
        yield from (UnknownArrow(relation.name, arrow) for arrow in side.arrows if arrow not in known)
        yield from (BrokenPath(relation.name, gap) for gap in gaps(side.arrows))
    if not parallel(relation.left, relation.right):
        left, right = relation.left, relation.right
        yield NotParallel(relation.name, (left.source, left.target), (right.source, right.target))


def invalid(presentation: Presentation) -> Iterator[PresentationError]:
    """Everything that keeps generators and relations from presenting a category."""
    yield from _repeated("object", iter(presentation.objects))
    yield from _repeated("arrow", (arrow.name for arrow in presentation.arrows))
    yield from _repeated("relation", (relation.name for relation in presentation.relations))
    objects, arrows = frozenset(presentation.objects), frozenset(presentation.arrows)
    for arrow in presentation.arrows:
        for end, place in (("source", arrow.source), ("target", arrow.target)):
            if place not in objects:
                yield UnknownEnd(arrow, end, place)
    for relation in presentation.relations:
        yield from _invalid_relation(arrows, relation)

"""Paths of generating arrows: the arrows of a free category.

Composition is unbiased: it takes any number of paths at once, and the composite of none is the identity, the empty
path. So associativity and the unit laws hold on the nose.

>>> half, rest = Arrow("half", "A@init", "A@mid"), Arrow("rest", "A@mid", "A@gd")
>>> whole = path("A@init", (half, rest))
>>> whole.target, str(whole), str(identity("A@gd"))
('A@gd', 'half >> rest', 'id(A@gd)')
>>> compose("A@init", (whole, identity("A@gd"))) == whole
True
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise


@dataclass(frozen=True, slots=True)
class Arrow:
    """A generating arrow with its ends."""

    name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Path:
    """Arrows in order of composition, each starting where the one before ends; none for an identity."""

    source: str
    target: str
    arrows: tuple[Arrow, ...]

    def __str__(self) -> str:
        return " >> ".join(arrow.name for arrow in self.arrows) or f"id({self.source})"


@dataclass(frozen=True, slots=True)
class NotComposable:
    """Neighbours in a sequence of arrows of which the second does not start where the first ends."""

    first: Arrow
    second: Arrow


def gaps(arrows: Iterable[Arrow]) -> Iterator[NotComposable]:
    """The neighbours that do not compose; none for a sequence that is a path."""
    for first, second in pairwise(arrows):
        if first.target != second.source:
            yield NotComposable(first, second)


def identity(place: str) -> Path:
    """The empty path at an object."""
    return Path(place, place, ())


def path(source: str, arrows: tuple[Arrow, ...]) -> Path:
    """The path of some arrows that start at `source`; the identity of `source` for none.

    Raises `ValueError` where they do not compose; `gaps` says where that is."""
    for gap in gaps((Arrow("", source, source), *arrows)):
        raise ValueError(f"not composable: {gap}")
    return Path(source, arrows[-1].target if arrows else source, arrows)


def compose(source: str, paths: Iterable[Path]) -> Path:
    """The composite of any number of paths, the first of which starts at `source`.

    Raises `ValueError` where they do not compose."""
    end = source
    parts = tuple(paths)
    for part in parts:
        if part.source != end:
            raise ValueError(f"not composable: {part} starts at {part.source}, not at {end}")
        end = part.target
    return Path(source, end, tuple(chain.from_iterable(part.arrows for part in parts)))


def parallel(left: Path, right: Path) -> bool:
    """Whether two paths have the same ends."""
    return (left.source, left.target) == (right.source, right.target)

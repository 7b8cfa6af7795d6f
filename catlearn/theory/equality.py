"""Equality of arrows in the categories of a specification.

In a formal category arrows are equal when its laws say so. In a category of parameter spaces, paths of runs are equal
when the laws about runs say so, and structural maps are equal when they read the same blocks; a run of a space may
start and end at points `A@t` of it, which are objects beside the spaces. Composites of both are equal when their normal
forms are, a map and then a path of images of runs (`catlearn.category.integral`): the maps on blocks, and the paths
by the laws about runs and their images.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from itertools import pairwise

from catlearn.category import blocks, completion, integral
from catlearn.category.completion import Completed
from catlearn.category.path import Arrow, Path, gaps, identity, parallel, path
from catlearn.category.presentation import Presentation, Relation
from catlearn.category.rewriting import Budget, Exhausted
from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.architecture import Architecture
from catlearn.theory.fields import of_call
from catlearn.theory.names import ARROWS, OBJECTS, Scope, bare
from catlearn.theory.points import ID, Ends, Point
from catlearn.theory.rules import collapse, composition, equality_budget, field_type
from catlearn.theory.theory import Category, Law, Theory
from catlearn.theory.values import identifier, parts, shown

# Answers.


@dataclass(frozen=True, slots=True)
class Same:
    """Two paths that are equal."""


@dataclass(frozen=True, slots=True)
class Unlike:
    """Two paths that are not equal, with their normal forms in words."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Open:
    """Two paths of which neither is known; `limit` says what was tried, `200 rules`."""

    limit: str


Answer = Same | Unlike | Open


def in_words(route: Path) -> str:
    """A path as its author would write it."""
    if not route.arrows:
        return STAYING if route.source.startswith("(") else f"id({bare(route.source)})"
    return " >> ".join(map(_shown, route.arrows))


STAYING = "a constant path"


def _shown(arrow: Arrow) -> str:
    """An arrow, or the image of one, without the categories of names."""
    return _QUALIFIER.sub("", arrow.name)


_QUALIFIER = re.compile(r"[^\W\d]\w*\.")
"""The category before a name."""


def limit_in_words(stopped: Exhausted) -> str:
    """The part of the budget that was used up, `200 rules`."""
    if stopped.limit == "length":
        return f"composites of {stopped.allowed} arrows"
    return f"{stopped.allowed} {stopped.limit}"


# Categories.


@dataclass(frozen=True, eq=False)
class Presented:
    """A category as generators and laws; `structural` are its structural maps as maps of blocks, `trained` its runs
    between points on blocks, and `carrying` the laws in which both stand. `first` is what completion makes of its laws
    within a small budget, and `budget` what it may use where that is not enough, as may what is asked of it."""

    name: str
    presentation: Presentation
    structural: Mapping[str, blocks.BlockMap]
    laws: Mapping[str, Law]
    trained: Mapping[str, integral.Run]
    carrying: tuple[Law, ...]
    first: Completed
    budget: Budget = completion.DEFAULT_BUDGET
    _paths: dict[blocks.Space, tuple[integral.Images, Completed] | None] = field(default_factory=dict, repr=False)

    @cached_property
    def objects(self) -> frozenset[str]:
        """Its objects, points among them."""
        return frozenset(self.presentation.objects)

    @cached_property
    def arrows(self) -> Mapping[str, Arrow]:
        """Its generating arrows by name."""
        return {arrow.name: arrow for arrow in self.presentation.arrows}

    @cached_property
    def completed(self) -> Completed:
        """The consequences of its laws, as far as the budget goes."""
        if self.first.finished:
            return replace(self.first, budget=self.budget)
        return completion.complete(self.presentation, self.budget)

    def equality(self, left: Path, right: Path) -> Answer:
        """Whether two parallel paths of the category are equal."""
        if left == right:
            return Same()
        names = {arrow.name for arrow in (*left.arrows, *right.arrows)}
        if self.structural and names <= self.structural.keys():
            return self._equality_of_blocks(left, right)
        if names <= self.structural.keys() | self.trained.keys() and self._carries(names):
            return self._equality_of_images(left, right)
        if not self.presentation.relations:
            return Unlike(in_words(left), in_words(right))
        match completion.decide(self.completed, left, right):
            case completion.Equal():
                return Same()
            case completion.Different(first, second):
                return Unlike(in_words(first), in_words(second))
            case completion.Undecided(why):
                return Open(limit_in_words(why))

    def leads(self, start: str, along: Path, end: str) -> bool:
        """Whether structural maps carry one point to another, as far as both are known on blocks."""
        points = self._points
        if start not in points or end not in points or not self.structural.keys() >= {one.name for one in along.arrows}:
            return True
        arrived = reduce(blocks.compose, (self.structural[arrow.name] for arrow in along.arrows), points[start])
        known = self._paths_in(arrived.target)
        return known is None or known[0].place(arrived) == known[0].place(points[end])

    @cached_property
    def _points(self) -> Mapping[str, blocks.BlockMap]:
        runs = [(self.arrows[name], run) for name, run in self.trained.items()]
        starts = {arrow.source: run.source for arrow, run in runs}
        return {**starts, **{arrow.target: run.target for arrow, run in runs}}

    def _carries(self, names: AbstractSet[str]) -> bool:
        """Whether the equality of paths of some arrows rests on images of runs."""
        return bool(self.carrying) or not names.isdisjoint(self.structural)

    def _normal(self, names: Iterable[str]) -> integral.Normal:
        """The normal form of at least one structural map or run, by name."""
        parts = [self.structural.get(name, name) for name in names]
        last = parts[-1]
        return integral.normal(self.trained[last].target.target if isinstance(last, str) else last.target, parts)

    def _equality_of_images(self, left: Path, right: Path) -> Answer:
        """Of two composites, one of which may be an identity: of their maps on blocks, then of their paths."""
        sides = [tuple(arrow.name for arrow in side.arrows) for side in (left, right)]
        still = integral.Normal(blocks.identity(self._normal(sides[0] or sides[1]).map.target), ())
        first, second = (self._normal(side) if side else still for side in sides)
        if first.map != second.map:
            return self._unlike(first.map, second.map)
        return self._equality_of_paths(first.map.target, first.moving, second.moving)

    def _equality_of_paths(
        self, space: blocks.Space, left: tuple[integral.Image, ...], right: tuple[integral.Image, ...]
    ) -> Answer:
        if left == right:
            return Same()
        known = self._paths_in(space)
        if known is None:
            return Open(f"{MOST_MAPS} structural maps")
        images, completed = known
        start = images.arrows[(left or right)[0]].source
        first, second = (images.path(side, start) for side in (left, right))
        if first is None or second is None or not parallel(first, second):
            words = [" >> ".join(_shown(images.arrows[image]) for image in side) or STAYING for side in (left, right)]
            return Unlike(words[0], words[1])
        match completion.decide(completed, first, second):
            case completion.Equal():
                return Same()
            case completion.Different(one, other):
                return Unlike(in_words(one), in_words(other))
            case completion.Undecided(why):
                return Open(limit_in_words(why))

    def _paths_in(self, space: blocks.Space) -> tuple[integral.Images, Completed] | None:
        """The paths in a space with the consequences of laws for them; None where too many maps lead there."""
        if space not in self._paths:
            maps = integral.maps_onto(space, self.structural, MOST_MAPS)
            laws = [*self._laws_of_runs(), *map(self._law, self.carrying)]
            found = None if maps is None else integral.images(maps, self.trained.values(), laws)
            completed = None if found is None else completion.complete(found.presentation, self.budget)
            self._paths[space] = (found, completed) if found and completed else None
        return self._paths[space]

    def _laws_of_runs(self) -> Iterator[integral.Law]:
        names = [name for name, law in self.laws.items() if law.left and {*law.left, *law.right} <= self.trained.keys()]
        return (self._law(self.laws[name]) for name in names)

    def _law(self, law: Law) -> integral.Law:
        """A law of composites that are not both identities; its maps are known to agree."""
        end = self._normal(law.left or law.right).map.target
        sides = (self._normal(side) if side else integral.normal(end, ()) for side in (law.left, law.right))
        return integral.Law(law.name, *sides)

    def _unlike(self, left: blocks.BlockMap, right: blocks.BlockMap) -> Unlike:
        first, second = dict(left.wires), dict(right.wires)
        apart = sorted(block for block in first if first[block] != second.get(block))
        return Unlike(_wires(first, apart), _wires(second, apart))

    def _equality_of_blocks(self, left: Path, right: Path) -> Answer:
        first, second = (dict(self._composite(route).wires) for route in (left, right))
        apart = sorted(block for block in first if first[block] != second[block])
        return Unlike(_wires(first, apart), _wires(second, apart)) if apart else Same()

    def _composite(self, route: Path) -> blocks.BlockMap:
        maps = [self.structural[arrow.name] for arrow in route.arrows]
        if maps:
            return reduce(blocks.compose, maps)
        start = next(
            found.source for name, found in self.structural.items() if self.arrows[name].source == route.source
        )
        return blocks.identity(start)


MOST_MAPS = 300
"""Composites of structural maps into one space under which images of runs are compared."""


def _wires(wires: Mapping[str, blocks.Wire], apart: list[str]) -> str:
    """What a structural map gives some blocks: the normal form of it, as far as they go."""
    read = {name: wire.block if isinstance(wire, blocks.Read) else "constant" for name, wire in wires.items()}
    return ", ".join(f"{name} = {read[name]}" for name in apart)


def point_name(point: Point) -> str:
    """A point as an object, `Param.A@init`; an object by its name."""
    space, label = point
    return f"{space}@{label}" if label else space


def _relations(arrows: Mapping[str, Arrow], laws: Mapping[str, Law]) -> Iterator[Relation]:
    """The laws all of whose arrows are in order, but for those about images of runs."""
    for law in laws.values():
        names = (*law.left, *law.right)
        if law.images is None and names and all(name in arrows for name in names):
            first, *_ = law.left or law.right
            start = arrows[first].source
            sides = (path(start, tuple(arrows[name] for name in side)) for side in (law.left, law.right))
            yield Relation(law.name, *sides)


def _presented(
    category: Category,
    maps: Mapping[str, Arrow],
    runs: Mapping[str, Arrow],
    laws: Mapping[str, Law],
    arch: Architecture,
    ends: Mapping[str, Ends],
) -> Presented:
    arrows = {**maps, **runs}
    points = {end for arrow in runs.values() for end in (arrow.source, arrow.target)}
    places = dict.fromkeys(
        (*category.objects, *(end for arrow in maps.values() for end in (arrow.source, arrow.target)))
    )
    objects = (*places, *sorted(points))
    structural = {name: arch.arrows[name] for name in maps if name in arch.arrows}
    trained = {
        name: integral.Run(name, arch.point(*ends[name].source), arch.point(*ends[name].target))
        for name in runs
        if ends[name].source[0] in arch.spaces
    }
    known = structural.keys() | trained.keys()
    carrying = tuple(law for law in laws.values() if law.images is not None and {*law.left, *law.right} <= known)
    presentation = Presentation(objects, tuple(arrows.values()), tuple(_relations(arrows, laws)))
    first = completion.complete(presentation, completion.FIRST_BUDGET)
    return Presented(category.name, presentation, structural, laws, trained, carrying, first)


def presented(theory: Theory, ends: Mapping[str, Ends], arch: Architecture) -> Mapping[str, Presented]:
    """The categories of a specification, as far as they are in order; those hard to complete share a budget."""
    maps: dict[str, dict[str, Arrow]] = {name: {} for name in theory.categories}
    runs: dict[str, dict[str, Arrow]] = {name: {} for name in theory.categories}
    laws: dict[str, dict[str, Law]] = {name: {} for name in theory.categories}
    for found in theory.structural_maps.values():
        maps.setdefault(found.category, {})[found.name] = Arrow(found.name, found.source, found.target)
    for name, run in ends.items():
        category = run.source[0].rpartition(".")[0]
        runs.setdefault(category, {})[name] = Arrow(name, point_name(run.source), point_name(run.target))
    for law in theory.laws.values():
        laws.setdefault(law.category, {})[law.name] = law
    drafts = {
        name: _presented(category, maps[name], runs[name], laws[name], arch, ends)
        for name, category in theory.categories.items()
    }
    budget = completion.budget_of_one(sum(1 for category in drafts.values() if not category.first.finished))
    return {name: replace(category, budget=budget) for name, category in drafts.items()}


# What laws have as consequences.


def consequences(scope: Scope, categories: Mapping[str, Presented]) -> Iterator[Diagnostic]:
    """Categories whose laws are not settled within the budget, and generators that laws force to be identities."""
    for category in categories.values():
        if category.presentation.relations and category.name in scope.entries:
            yield from _unsettled(scope, category)
            yield from _collapsed(scope, category)


def _unsettled(scope: Scope, category: Presented) -> Iterator[Diagnostic]:
    stopped = category.completed.stopped
    if stopped is None:
        return
    affected = frozenset(completion.unsettled(category.completed))
    relations = category.presentation.relations
    names = [law.name for law in relations if not affected.isdisjoint((*law.left.arrows, *law.right.arrows))]
    laws = tuple((bare(name), category.laws[name].span) for name in names)
    identifier = scope.entries[category.name].identifier
    yield equality_budget.of_category(identifier, limit_in_words(stopped), laws)


def _collapsed(scope: Scope, category: Presented) -> Iterator[Diagnostic]:
    for found in completion.collapses(category.completed):
        if found.onto.arrows:
            continue
        proof = completion.proof(category.completed, found.equal)
        used = dict.fromkeys(step.law.name for step in proof or ())
        laws = tuple((bare(name), category.laws[name].span) for name in used)
        steps = " = ".join(in_words(step) for step in (found.equal.left.start, *(step.result for step in proof or ())))
        arrow = scope.entries[found.arrow.name].identifier
        yield collapse.of(arrow, in_words(found.onto), steps if proof and len(steps) <= LONGEST_STEPS else None, laws)


LONGEST_STEPS = 2000
"""How many characters of a chain of steps are shown."""


# Composites as they are written.


def place(scope: Scope, category: Presented, written: tree.Expression) -> str | None:
    """The object of a category, or the point of one of its spaces, that is named; None, reported, where none is."""
    point = written if isinstance(written, tree.Checkpoint) else None
    name = point.space if point else identifier(written)
    if name is None:
        scope.report(field_type.found(shown(written.span), f"an object of `{category.name}`", written.span))
        return None
    entry = scope.find(name, OBJECTS, category.name)
    if entry is None:
        return None
    if entry.category != category.name:
        wanted = f"an object of `{category.name}`"
        scope.report(composition.ends(f"`{name.name}`", f"of `{entry.category}`", wanted, written.span))
        return None
    place = point_name((entry.name, point.point.name)) if point else entry.name
    if place not in category.objects and point:
        scope.report(
            field_type.found(shown(written.span), "a checkpoint that some run starts from or ends at", written.span)
        )
    return place if place in category.objects else None


def _arrow(scope: Scope, category: Presented, name: tree.Identifier) -> Path | None:
    entry = scope.find(name, (*ARROWS, tree.Run), category.name)
    if entry is None:
        return None
    arrow = category.arrows.get(entry.name)
    if arrow is None and entry.category not in (None, category.name):
        wanted = f"an arrow of `{category.name}`"
        scope.report(composition.ends(f"`{name.name}`", f"of `{entry.category}`", wanted, name.span))
    return path(arrow.source, (arrow,)) if arrow else None


def _part(scope: Scope, category: Presented, written: tree.Expression) -> Path | None:
    if isinstance(written, tree.Call) and written.function.name == "id":
        given = of_call(scope, written, ID)
        found = place(scope, category, given.values["object"]) if given.complete else None
        return identity(found) if found else None
    name = identifier(written)
    if name is None:
        wanted = f"arrows of `{category.name}`, composed, or `id(X)`"
        scope.report(field_type.found(shown(written.span), wanted, written.span))
        return None
    return _arrow(scope, category, name)


def composite(scope: Scope, category: Presented, written: tree.Expression) -> Path | None:
    """The path of a category that `f >> g` or `id(X)` names; None, reported, where it names none."""
    spans: list[tuple[Path, Span]] = []
    for part in parts(written):
        found = _part(scope, category, part)
        if found is None:
            return None
        spans.append((found, part.span))
    for (first, there), (second, here) in pairwise(spans):
        ends = Arrow("", first.source, first.target), Arrow("", second.source, second.target)
        for gap in gaps(ends):
            texts = (bare(gap.first.target), bare(gap.second.source))
            scope.report(composition.apart(there.text, texts[0], there, here.text, texts[1], here))
            return None
    return Path(spans[0][0].source, spans[-1][0].target, tuple(arrow for part, _ in spans for arrow in part.arrows))


def declared(scope: Scope, name: str) -> Label:
    """The place where something is declared."""
    identifier = scope.entries[name].identifier
    return Label(f"`{identifier.name}` is declared here", identifier.span)

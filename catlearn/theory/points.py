"""The ends of runs: checkpoints `A@point`, and which run produces each."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from catlearn.diagnostics import Diagnostic, Label
from catlearn.syntax import tree
from catlearn.theory.architecture import INIT
from catlearn.theory.fields import Signature, key_of, nearest_key
from catlearn.theory.names import Entry, Scope, bare
from catlearn.theory.order import in_order
from catlearn.theory.rules import (
    composition,
    cycle,
    field_type,
    mixed_category,
    two_producers,
    unknown_name,
)
from catlearn.theory.settings import RUN
from catlearn.theory.spaces import Nature, category_nature, find_space
from catlearn.theory.theory import Law
from catlearn.theory.values import shown

Point = tuple[str, str]
"""A space by qualified name and the label of a point in it."""

ID = Signature(("object",), ("object",))
DESCENT = Signature(("optimiser", "steps", "seeds", "start", "path", "checkpoints", "like", "resume"))
"""The fields of a run on a landscape."""


class Ends(NamedTuple):
    """The two ends of an arrow, with the nodes that say so."""

    source: Point
    target: Point
    entry: Entry
    written: tuple[tree.Expression, tree.Expression]


class RunEnds(dict[str, Ends]):
    """The ends of runs by name; it is filled once and then only read."""

    @cached_property
    def by_target(self) -> Mapping[Point, tuple[str, ...]]:
        """The runs that end at each point, sorted."""
        found: dict[Point, list[str]] = {}
        for name in sorted(self):
            found.setdefault(self[name].target, []).append(name)
        return {point: tuple(names) for point, names in found.items()}

    @cached_property
    def loose(self) -> Mapping[str, tuple[Entry, ...]]:
        """The runs at top level, by the space in which they are."""
        found: dict[str, list[Entry]] = {}
        for run in self.values():
            if run.entry.category is None:
                found.setdefault(run.source[0], []).append(run.entry)
        return {space: tuple(entries) for space, entries in found.items()}


def indexed(ends: Mapping[str, Ends]) -> RunEnds:
    """The ends of runs with what is known of them at a glance."""
    return ends if isinstance(ends, RunEnds) else RunEnds(ends)


class Laws(dict[str, Law]):
    """Laws by name; it is filled once and then only read."""

    @cached_property
    def alone(self) -> frozenset[str]:
        """The arrows that are one side of a law by themselves."""
        laws = (law for law in self.values() if law.images is None)
        return frozenset(side[0] for law in laws for side in (law.left, law.right) if len(side) == 1)

    @cached_property
    def classes(self) -> Mapping[str, frozenset[str]]:
        """For each arrow at the end of a side of a law, those whose end is, by laws, the end of it."""
        classes: dict[str, set[str]] = {}
        for law in (law for law in self.values() if law.images is None):
            last = [side[-1] for side in (law.left, law.right) if side]
            joined = set(last).union(*(classes.get(name, ()) for name in last))
            classes |= dict.fromkeys(joined, joined)
        return {name: frozenset(joined) for name, joined in classes.items()}


def point_text(point: Point) -> str:
    """A point as it is written, `A@init`."""
    space, label = point
    return f"{bare(space)}@{label}" if label else bare(space)


def checkpoint(scope: Scope, written: tree.Expression, inside: str | None) -> Point | None:
    """The point that an expression names; None, reported, where it names none."""
    if not isinstance(written, tree.Checkpoint):
        wanted = "a checkpoint such as `A@init`"
        scope.report(field_type.found(shown(written.span), wanted, written.span))
        return None
    entry = find_space(scope, written.space, inside, Nature.PARAMETERS)
    return (entry.name, written.point.name) if entry else None


def _formal_run(scope: Scope, entry: Entry) -> bool:
    """Whether a run stands in a category that has no parameter spaces, which is reported."""
    category = entry.category
    formal = category is not None and category_nature(scope, category) is Nature.FORMAL
    if formal and category is not None and not scope.may_be_lost(category):
        scope.report(mixed_category.defined(entry.identifier.name, entry.identifier.span, category))
    return formal


def _ends(scope: Scope, entry: Entry, node: tree.Run) -> Ends | None:
    if _formal_run(scope, entry):
        return None
    source = checkpoint(scope, node.source, entry.category)
    target = checkpoint(scope, node.target, entry.category)
    if source is None or target is None:
        return None
    if source[0] != target[0]:
        label = Label(f"starts in `{point_text((source[0], ''))}`", node.source.span)
        found, wanted = f"from `{point_text(source)}` to `{point_text(target)}`", "both ends in one space"
        scope.report(composition.ends("a run", found, wanted, node.target.span, label))
        return None
    return Ends(source, target, entry, (node.source, node.target))


def run_ends(scope: Scope) -> Mapping[str, Ends]:
    """The ends of every run whose checkpoints are in order, whatever else may be wrong with it."""
    found = ((entry, _ends(scope, entry, node)) for entry, node in scope.of(tree.Run))
    return RunEnds((entry.name, ends) for entry, ends in found if ends)


def producers(ends: Mapping[str, Ends], point: Point) -> tuple[str, ...]:
    """The runs that end at a point, sorted."""
    return indexed(ends).by_target.get(point, ())


def producer(ends: Mapping[str, Ends], laws: Mapping[str, Law], point: Point) -> str | None:
    """The run that produces a point; where laws identify several, the one that is a side of a law by itself."""
    found = producers(ends, point)
    if len(found) < 2:
        return next(iter(found), None)
    sides = (laws if isinstance(laws, Laws) else Laws(laws)).alone
    alone = [name for name in found if name in sides]
    return next(iter(alone or found), None)


def find_producer(
    scope: Scope, ends: Mapping[str, Ends], laws: Mapping[str, Law], written: tree.Checkpoint, inside: str | None
) -> str | None:
    """The run that produces a checkpoint; None, reported, where none does."""
    point = checkpoint(scope, written, inside)
    if point is None:
        return None
    run = producer(ends, laws, point)
    if run is None and _certain(scope, ends):
        known = {point_text(other.target) for other in ends.values()}
        scope.report(unknown_name.unproduced(point_text(point), written.span, known))
    return run


def _certain(scope: Scope, ends: Mapping[str, Ends]) -> bool:
    """Whether all runs are known, so that a point without a producer truly has none."""
    return not scope.incomplete and all(entry.name in ends for entry, _ in scope.of(tree.Run))


def has_field(run: Entry, key: str) -> bool:
    """Whether a run writes a field itself."""
    return isinstance(run.node, tree.Run) and any(key_of(field) == key for field in run.node.fields)


def may_have(run: Entry, key: str) -> bool:
    """Whether a run writes a field itself, or an unknown one that was probably meant for it."""
    keys = dict.fromkeys((*DESCENT.known, *RUN.known))
    written = [key_of(field) for field in run.node.fields] if isinstance(run.node, tree.Run) else []
    return key in written or any(key in nearest_key(name, keys) for name in written if name not in keys)


def _resumes(run: Ends) -> bool:
    return has_field(run.entry, "resume")


def _placed(ends: Mapping[str, Ends]) -> frozenset[Point]:
    """The points that a run on a landscape places by coordinates."""
    starts = {run.source for run in ends.values() if may_have(run.entry, "start") or may_have(run.entry, "path")}
    return frozenset(starts | {run.target for run in ends.values() if may_have(run.entry, "path")})


def unproduced(scope: Scope, ends: Mapping[str, Ends]) -> Iterator[Diagnostic]:
    """Runs that start at a point that is neither `init` nor the end of a run nor placed by coordinates; one that
    resumes is checked there."""
    known, placed = {point_text(other.target) for other in ends.values()}, _placed(ends)
    for run in ends.values() if _certain(scope, ends) else ():
        if run.source in placed:
            continue
        if not _resumes(run) and run.source[1] != INIT and not producers(ends, run.source):
            yield unknown_name.unproduced(point_text(run.source), run.written[0].span, known)


def conflicts(scope: Scope, ends: Mapping[str, Ends], laws: Mapping[str, Law]) -> Iterator[Diagnostic]:
    """Points that several runs produce with no law that identifies them, and runs that produce `init`.

    Paths given as data may share their end: its coordinates are in each of them."""
    for run in ends.values():
        if run.target[1] == INIT:
            yield two_producers.of_init(run.entry.identifier, point_text(run.target), run.written[1].span)
    lawless = {entry.name for entry, _ in scope.of(tree.Law)} - set(laws)
    if scope.incomplete or lawless:
        return
    runs: dict[Point, list[str]] = {}
    for name, run in sorted(ends.items(), key=lambda item: item[1].entry.identifier.span.start):
        if run.target[1] != INIT and "#" not in name:
            runs.setdefault(run.target, []).append(name)
    classes = (laws if isinstance(laws, Laws) else Laws(laws)).classes
    for point, (first, *others) in runs.items():
        joined = classes.get(first, {first})
        for other in others:
            drawn = all(may_have(ends[name].entry, "path") for name in (first, other))
            if other not in joined and not drawn:
                pair = (ends[first], ends[other])
                names = (pair[0].entry.identifier, pair[1].entry.identifier)
                yield two_producers.of(names, point_text(point), (pair[0].written[1].span, pair[1].written[1].span))


def circular(needs: Mapping[str, set[str]], ends: Mapping[str, Ends]) -> Iterator[Diagnostic]:
    """Runs that start, by way of other runs and of frozen blocks, from their own end."""
    for names in in_order(needs)[1]:
        yield cycle.of(tuple(ends[name].entry.identifier for name in names), "starts from the end of")

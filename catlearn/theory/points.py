"""The ends of runs: checkpoints `A@point`, which run produces each, and laws as paths between them."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from catlearn.category.path import Arrow, Path, gaps, parallel
from catlearn.diagnostics import Diagnostic, Label
from catlearn.syntax import tree
from catlearn.theory.names import ARROWS, Entry, Scope, in_words
from catlearn.theory.order import in_order
from catlearn.theory.rules import (
    composition,
    cycle,
    field_type,
    mixed_category,
    not_parallel,
    two_producers,
    unknown_name,
)
from catlearn.theory.spaces import Nature, category_nature, find_space
from catlearn.theory.theory import Law, StructuralMap
from catlearn.theory.values import path, shown

Point = tuple[str, str]
"""A space by qualified name and the label of a point in it."""

INIT = "init"


class Ends(NamedTuple):
    """The two ends of an arrow, with the nodes that say so."""

    source: Point
    target: Point
    entry: Entry
    written: tuple[tree.Expression, tree.Expression]


def point_text(point: Point) -> str:
    """A point as it is written, `A@init`."""
    space, label = point
    return f"{space.rpartition('.')[2]}@{label}" if label else space.rpartition(".")[2]


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
    return {entry.name: ends for entry, ends in found if ends}


def producers(ends: Mapping[str, Ends], point: Point) -> tuple[str, ...]:
    """The runs that end at a point, sorted."""
    return tuple(sorted(name for name, run in ends.items() if run.target == point))


def producer(ends: Mapping[str, Ends], laws: Mapping[str, Law], point: Point) -> str | None:
    """The run that produces a point; where laws identify several, the one that is a side of a law by itself."""
    found = producers(ends, point)
    sides = {side for law in laws.values() for side in (law.left, law.right)}
    alone = [name for name in found if (name,) in sides]
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


def _resumes(run: Ends) -> bool:
    return isinstance(run.entry.node, tree.Run) and any(field.key.name == "resume" for field in run.entry.node.fields)


def unproduced(scope: Scope, ends: Mapping[str, Ends]) -> Iterator[Diagnostic]:
    """Runs that start at a point that is neither `init` nor the end of a run; one that resumes is checked there."""
    known = {point_text(other.target) for other in ends.values()}
    for run in ends.values() if _certain(scope, ends) else ():
        if not _resumes(run) and run.source[1] != INIT and not producers(ends, run.source):
            yield unknown_name.unproduced(point_text(run.source), run.written[0].span, known)


def conflicts(scope: Scope, ends: Mapping[str, Ends], laws: Mapping[str, Law]) -> Iterator[Diagnostic]:
    """Points that several runs produce with no law that identifies them, and runs that produce `init`."""
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
    for point, (first, *others) in runs.items():
        joined = _joined(first, laws) if others else {first}
        for other in others:
            if other not in joined:
                pair = (ends[first], ends[other])
                names = (pair[0].entry.identifier, pair[1].entry.identifier)
                yield two_producers.of(names, point_text(point), (pair[0].written[1].span, pair[1].written[1].span))


def _joined(run: str, laws: Mapping[str, Law]) -> set[str]:
    """The runs whose end is, by laws, the end of a run."""
    joined = {run}
    pairs = [{law.left[-1], law.right[-1]} for law in laws.values()]
    while more := [pair for pair in pairs if pair & joined and not pair <= joined]:
        joined = joined.union(*more)
    return joined


def circular(needs: Mapping[str, set[str]], ends: Mapping[str, Ends]) -> Iterator[Diagnostic]:
    """Runs that start, by way of other runs and of frozen blocks, from their own end."""
    for names in in_order(needs)[1]:
        yield cycle.of(tuple(ends[name].entry.identifier for name in names), "starts from the end of")


# Laws.


def formal_ends(scope: Scope, maps: Mapping[str, StructuralMap]) -> Mapping[str, Ends]:
    """The ends of the arrows of formal categories."""
    found: dict[str, Ends] = {}
    for entry, node in scope.of(tree.Generator):
        arrow = maps.get(entry.name)
        if arrow and node.definition is None:
            found[entry.name] = Ends((arrow.source, ""), (arrow.target, ""), entry, (node.source, node.target))
    return found


def _arrow(ends: Ends) -> Arrow:
    """A run between points, or a formal generator between objects, as an arrow of the free category."""
    return Arrow(ends.entry.name, point_text(ends.source), point_text(ends.target))


def _side(scope: Scope, entry: Entry, written: tree.Expression, ends: Mapping[str, Ends]) -> tuple[str, ...] | None:
    """The arrows of one side of a law, each starting where the one before it ends."""
    formal = entry.category is not None and category_nature(scope, entry.category) is Nature.FORMAL
    kinds = ARROWS if formal else (tree.Run,)
    names = path(written)
    if names is None:
        scope.report(field_type.found(shown(written.span), f"{in_words(kinds)} or several, composed", written.span))
        return None
    found = [scope.find(name, kinds, entry.category) for name in names]
    known = [(name, ends[other.name]) for name, other in zip(names, found, strict=True) if other and other.name in ends]
    if len(known) < len(found):
        return None
    meeting = True
    for (use, first), (next_use, second) in pairwise(known):
        for gap in gaps((_arrow(first), _arrow(second))):
            texts = (gap.first.target, gap.second.source)
            scope.report(composition.apart(use.name, texts[0], use.span, next_use.name, texts[1], next_use.span))
            meeting = False
    return tuple(arrow.entry.name for _, arrow in known) if meeting else None


def _law(scope: Scope, entry: Entry, node: tree.Law, ends: Mapping[str, Ends]) -> Law | None:
    left, right = _side(scope, entry, node.left, ends), _side(scope, entry, node.right, ends)
    if left is None or right is None or entry.category is None:
        return None
    paths = [Path(_arrow(ends[side[0]]).source, _arrow(ends[side[-1]]).target, ()) for side in (left, right)]
    if not parallel(*paths):
        texts = [f"`{path.source} → {path.target}`" for path in paths]
        scope.report(not_parallel.of(texts[0], node.left.span, texts[1], node.right.span))
        return None
    return Law(entry.name, entry.category, left, right, node.name.span)


def laws(scope: Scope, ends: Mapping[str, Ends]) -> Mapping[str, Law]:
    """The laws of a specification: parallel paths of arrows that compose."""
    found = ((entry, _law(scope, entry, node, ends)) for entry, node in scope.of(tree.Law))
    return {entry.name: law for entry, law in found if law}

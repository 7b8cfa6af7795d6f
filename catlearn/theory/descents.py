"""Runs on landscapes: descents by an update rule along exact gradients, and polylines given as data.

A point of a landscape is `init`, drawn uniformly in the box by seed; or it is placed by coordinates, by the `start` of
a run that starts there or by the first or last vertex of a `path`; or it is where a descent ends.
"""

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from catlearn.category.update_rule import BoundRule
from catlearn.diagnostics import Label
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.architecture import INIT
from catlearn.theory.fields import Given, of_block, required
from catlearn.theory.names import Entry, Scope
from catlearn.theory.optimisers import bound_to_numbers
from catlearn.theory.order import in_order
from catlearn.theory.points import DESCENT, Ends, Point, has_field, may_have, point_text, producer
from catlearn.theory.rules import cycle, field_type, missing_field
from catlearn.theory.settings import named_run
from catlearn.theory.spaces import landscape_of, meant
from catlearn.theory.theory import Descent, Landscape, Run, Theory
from catlearn.theory.values import identifier, number, positive_whole, seeds, shown, spacing

OWN_FIELDS = ("steps", "start", "path")
"""The fields that only runs on landscapes have."""

MOST_STEPS = 100_000
MOST_VERTICES = 10_000
CHECKPOINTS = 100
"""The checkpoints of a run that says nothing of their spacing, or one fewer for each step that it lacks."""

Place = tuple[Fraction, ...]
"""The coordinates of a point, one for each variable."""


class Settings(NamedTuple):
    """The fields that a run may copy from the one it is like; None where none is written."""

    optimiser: BoundRule | None = None
    steps: int | None = None
    seeds: tuple[int, ...] | None = None
    checkpoints: int | None = None

    def like(self, other: "Settings") -> "Settings":
        """These fields, and those of another run where this one writes none."""
        return Settings._make(own or copied for own, copied in zip(self, other, strict=True))


class Draft(NamedTuple):
    """A run on a landscape as it is written; `whole` where each of its fields is in order."""

    entry: Entry
    ends: Ends
    landscape: Landscape
    given: Given
    settings: Settings
    start: Place | None
    path: tuple[Place, ...]
    like: str | None
    resume: str | None
    whole: bool


def on_landscapes(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> frozenset[str]:
    """The runs on landscapes: by their space; where that is in error by their fields, or by the run they are like."""
    found = {entry.name: _on_landscape(scope, theory, entry, ends.get(entry.name)) for entry, _ in scope.of(tree.Run)}
    copied = {name: _copied(scope, scope.entries[name]) for name, known in found.items() if known is None}
    for name in in_order(copied)[0]:
        found[name] = found[name] or any(found.get(other) for other in copied.get(name, ()))
    return frozenset(name for name, known in found.items() if known)


def _on_landscape(scope: Scope, theory: Theory, entry: Entry, ends: Ends | None) -> bool | None:
    """Whether a run is on a landscape; None where neither its space nor a field of it says so."""
    if ends is None or ends.source[0] not in theory.spaces:
        told = any(has_field(entry, key) for key in OWN_FIELDS) or (ends and _names_landscape(scope, ends.source[0]))
        return bool(told) or None
    return landscape_of(theory, ends.source[0]) is not None


def _names_landscape(scope: Scope, space: str) -> bool:
    """Whether a space, which is in error, is written as that of a landscape."""
    entry = scope.entries.get(space)
    definition = entry.node.definition if entry and isinstance(entry.node, tree.Object) else None
    names = (
        [identifier(argument.value) for argument in definition.arguments] if isinstance(definition, tree.Call) else []
    )
    found = [other for name in names if name for other in scope.candidates(name.name)]
    return bool(found) and all(isinstance(other.node, tree.Landscape) for other in found)


def _copied(scope: Scope, entry: Entry) -> set[str]:
    """The run that a run is like, by its name alone."""
    fields = entry.node.fields if isinstance(entry.node, tree.Run) else ()
    names = (identifier(field.value) for field in fields if field.key.name == "like")
    return {found.name for name in names if name for found in meant(scope, entry, name, (tree.Run,))}


def descents(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> Mapping[str, Run]:
    """The runs on landscapes, with every field filled in."""
    drafts = {
        entry.name: _draft(scope, theory, entry, node, ends[entry.name], landscape)
        for entry, node in scope.of(tree.Run)
        if entry.name in ends and (landscape := landscape_of(theory, ends[entry.name].source[0]))
    }
    places = _places(scope, drafts)
    runs: dict[str, Run] = {}
    networks = {name for name, run in ends.items() if run.source[0] in theory.spaces and name not in drafts}
    for name, settings in _completed(scope, drafts, places, networks).items():
        run = _run(scope, theory, drafts[name], settings, places, ends, _like_a_whole_one(drafts, drafts[name]))
        if run is not None:
            runs[name] = run
    return runs


# Fields.


def _draft(scope: Scope, theory: Theory, entry: Entry, node: tree.Run, ends: Ends, landscape: Landscape) -> Draft:
    given = of_block(scope, node.name, node.fields, DESCENT)
    settings = _settings(scope, theory, given)
    start = _place(scope, landscape, given.values["start"]) if "start" in given.values else None
    path = _path(scope, landscape, given.values["path"]) if "path" in given.values else ()
    like, resume = named_run(scope, entry, given, "like"), named_run(scope, entry, given, "resume")
    read = {**settings._asdict(), "start": start, "path": path or None, "like": like, "resume": resume}
    whole = not given.meant and all(read[key] is not None for key in given.values)
    if _at_odds(scope, given):
        whole = False
    return Draft(entry, ends, landscape, given, settings, start, path or (), like, resume, whole)


def _settings(scope: Scope, theory: Theory, given: Given) -> Settings:
    optimiser = given.values.get("optimiser")
    every = given.take("checkpoints", _steps_apart, "a spacing such as `5 steps`")
    return Settings(
        None if optimiser is None else bound_to_numbers(scope, theory.rules, optimiser),
        given.take("steps", _step_count, f"a whole number from 1 to {MOST_STEPS}"),
        given.take("seeds", seeds, "a range of whole numbers such as `0..15`"),
        every,
    )


def _steps_apart(expression: tree.Expression) -> int | None:
    apart = spacing(expression)
    return apart[0] if apart and apart[1] == "step" else None


def _step_count(expression: tree.Expression) -> int | None:
    steps = positive_whole(expression)
    return steps if steps is not None and steps <= MOST_STEPS else None


def _at_odds(scope: Scope, given: Given) -> bool:
    """Reports a path that is to be descended as well: its vertices say all of it."""
    other = next((key for key in ("optimiser", "steps", "start", "checkpoints", "resume") if key in given.values), None)
    if "path" not in given.values or other is None:
        return False
    span = given.values[other].span
    label = Label("its vertices are given here", given.values["path"].span)
    scope.report(field_type.found(f"`{other}` beside `path`", "one of them", span, None, (label,)))
    return True


def _place(scope: Scope, landscape: Landscape, written: tree.Expression) -> Place | None:
    """`[1, -1]` in the box of a landscape; None, reported, for anything else."""
    count = len(landscape.variables)
    wanted = f"a point of `{landscape.name}` such as `[{', '.join('0' * count)}]`: {_numbers(count)} inside its box"
    return required(scope, written, lambda expression: _inside(landscape, expression), wanted)


def _numbers(count: int) -> str:
    return "one number" if count == 1 else f"{count} numbers"


def _inside(landscape: Landscape, written: tree.Expression) -> Place | None:
    numbers = [number(item) for item in written.items] if isinstance(written, tree.Sequence) else []
    place = tuple(value for value in numbers if value is not None)
    if len(place) != len(numbers) or len(place) != len(landscape.variables):
        return None
    inside = all(low <= value <= high for value, (low, high) in zip(place, landscape.box, strict=True))
    return place if inside else None


def _path(scope: Scope, landscape: Landscape, written: tree.Expression) -> tuple[Place, ...] | None:
    """`[[0, 0], [1, 1]]`: two vertices or more; None, reported, for anything else."""
    items = written.items if isinstance(written, tree.Sequence) else ()
    if not 2 <= len(items) <= MOST_VERTICES:
        wanted = f"a path such as `[[0, 0], [1, 1]]`, of 2 to {MOST_VERTICES} points"
        scope.report(field_type.found(shown(written.span), wanted, written.span))
        return None
    places = [_place(scope, landscape, item) for item in items]
    found = tuple(place for place in places if place is not None)
    return found if len(found) == len(places) else None


def _completed(
    scope: Scope, drafts: Mapping[str, Draft], places: Mapping[Point, Place], networks: Collection[str]
) -> Mapping[str, Settings]:
    """The settings of every run after `like`; a run that starts at coordinates has seed 0 by default.

    Reports circles, and runs that are like one of the runs of `networks`."""
    order, cycles = in_order({name: {draft.like} if draft.like else set() for name, draft in drafts.items()})
    for names in cycles:
        scope.report(cycle.of(tuple(drafts[name].entry.identifier for name in names), "is like"))
    whole: dict[str, Settings] = {}
    for name in order:
        draft = drafts[name]
        if draft.like is not None and draft.like not in drafts:
            span = draft.given.values["like"].span
            if draft.like in networks:
                scope.report(field_type.found(f"{shown(span)}, a run of a network", "a run on a landscape", span))
            continue
        base = Settings() if draft.like is None else whole.get(draft.like, Settings())
        settings = draft.settings.like(Settings(seeds=base.seeds) if draft.path else base)
        placed = draft.path or draft.given.meant & {"path", "start"} or draft.ends.source in places
        whole[name] = settings.like(Settings(seeds=(0,))) if placed and "seeds" not in draft.given.values else settings
    return whole


# Points.


class _Placed(NamedTuple):
    """The coordinates of a point, and where they are written."""

    place: Place
    span: Span


def _ends_placed(draft: Draft) -> Iterator[tuple[Point, _Placed]]:
    if draft.start is not None:
        yield draft.ends.source, _Placed(draft.start, draft.given.values["start"].span)
    if draft.path:
        span = draft.given.values["path"].span
        yield draft.ends.source, _Placed(draft.path[0], span)
        yield draft.ends.target, _Placed(draft.path[-1], span)


def _places(scope: Scope, drafts: Mapping[str, Draft]) -> Mapping[Point, Place]:
    """The points that have coordinates; reports points that have two, and `init`, which is drawn."""
    found: dict[Point, _Placed] = {}
    for draft in drafts.values():
        for point, placed in _ends_placed(draft):
            first = found.setdefault(point, placed)
            text = point_text(point)
            if point[1] == INIT:
                wanted = f"a point of another name, such as `{text.partition('@')[0]}@a`: `{text}` is drawn by seed"
                scope.report(field_type.found(f"coordinates of `{text}`", wanted, placed.span))
            elif first.place != placed.place:
                label = Label(f"`{text}` has other coordinates here", first.span)
                found_twice = f"second coordinates of `{text}`, {_text(placed.place)}"
                wanted = f"{_text(first.place)} or a point of another name"
                scope.report(field_type.found(found_twice, wanted, placed.span, None, (label,)))
    _report_overwritten(scope, drafts, found)
    return {point: placed.place for point, placed in found.items()}


def _report_overwritten(scope: Scope, drafts: Mapping[str, Draft], placed: Mapping[Point, _Placed]) -> None:
    for draft in drafts.values():
        point = draft.ends.target
        if point in placed and not may_have(draft.entry, "path"):
            text, name = point_text(point), draft.entry.identifier.name
            label = Label(f"`{name}` ends where it ends", draft.ends.written[1].span)
            found = f"coordinates of `{text}`, the end of `{name}`"
            scope.report(field_type.found(found, "a point that no run descends to", placed[point].span, None, (label,)))


def _text(place: Place) -> str:
    return f"`[{', '.join(f'{float(value):g}' for value in place)}]`"


# From drafts to runs.


def _like_a_whole_one(drafts: Mapping[str, Draft], draft: Draft) -> bool:
    """Whether all the runs from which a run copies are in order."""
    seen: set[str] = set()
    while (other := draft.like) is not None and other in drafts and other not in seen:
        seen.add(other)
        draft = drafts[other]
        if not draft.whole:
            return False
    return draft.like is None


def _missing(draft: Draft, settings: Settings) -> tuple[str, ...]:
    needed = ("seeds",) if draft.path else ("optimiser", "steps", "seeds")
    return tuple(key for key in needed if getattr(settings, key) is None and key not in draft.given.values)


def _run(
    scope: Scope,
    theory: Theory,
    draft: Draft,
    settings: Settings,
    places: Mapping[Point, Place],
    ends: Mapping[str, Ends],
    whole_base: bool,
) -> Run | None:
    """A run with every field; what it lacks because the run that it is like is in error is not reported here."""
    source = draft.ends.source
    start = places.get(source)
    missing = _missing(draft, settings)
    if missing and draft.whole and whole_base:
        scope.report(missing_field.of_run(draft.entry.identifier, missing))
    if (
        missing
        or not settings.seeds
        or not draft.whole
        or (draft.resume and not _resumable(scope, draft, settings, ends))
    ):
        return None
    steps = settings.steps or len(draft.path) - 1
    from_run = None if source[1] == INIT or start else draft.resume or producer(ends, theory.laws, source)
    return Run(
        name=draft.entry.name,
        category=draft.entry.category,
        space=source[0],
        source_point=source[1],
        target_point=draft.ends.target[1],
        network=(),
        dataset="",
        loss="",
        optimiser=settings.optimiser,
        batch=0,
        epochs=0,
        keep_last=False,
        checkpoint=(1 if draft.path else settings.checkpoints or -(-steps // CHECKPOINTS), "step"),
        seeds=settings.seeds,
        resume=draft.resume,
        start_run=from_run,
        span=draft.entry.identifier.span,
        descent=Descent(draft.landscape.name, steps, start, draft.path),
    )


def _resumable(scope: Scope, draft: Draft, settings: Settings, ends: Mapping[str, Ends]) -> bool:
    """Whether the run that this one resumes ends where this one starts, and takes the same kind of steps."""
    resumed = ends.get(draft.resume or "")
    if resumed is None or settings.optimiser is None:
        return False
    span = draft.given.values["resume"].span
    if resumed.target == draft.ends.source and not has_field(resumed.entry, "path"):
        return True
    wanted = f"a descent that ends in `{point_text(draft.ends.source)}`"
    scope.report(field_type.found(f"`{resumed.entry.identifier.name}`", wanted, span))
    return False

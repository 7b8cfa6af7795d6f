"""Functors given on generators, and functors composed of others."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from catlearn.category import functor as mathematics
from catlearn.category.path import Path
from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.equality import (
    Open,
    Presented,
    Unlike,
    composite,
    declared,
    in_words,
    place,
)
from catlearn.theory.limits import MOST_ARROWS_TOGETHER, MOST_PARTS
from catlearn.theory.names import ARROWS, FUNCTORS, OBJECTS, Entry, Kinds, Scope, bare
from catlearn.theory.names import in_words as kinds_in_words
from catlearn.theory.order import in_order
from catlearn.theory.rules import (
    composition,
    cycle,
    duplicate_name,
    equality_budget,
    field_type,
    functor_boundary,
    functor_extra,
    functor_law,
    functor_partial,
)
from catlearn.theory.spaces import Nature, category_nature
from catlearn.theory.theory import Functor, Law, PresentedFunctor
from catlearn.theory.values import identifier, parts, shown

KINDS: Mapping[str, Kinds] = {"object": OBJECTS, "map": ARROWS, "run": (tree.Run,)}
HINTS = {
    "object": "write `object {} |-> X`",
    "map": "write `map {} |-> f`, or `id(X)`",
    "run": "write `run {} |-> r`, or `id(X)`",
}


class Image(NamedTuple):
    """The image of one generator, where both are written: an object or a path; None where it is in error."""

    generator: Entry
    use: Span
    written: Span
    value: str | Path | None


class Draft(NamedTuple):
    """A functor with its data, and whether all of them are in order, so that laws can be looked at.

    `reading` is the functor that reads activations with which a composite ends, `parts` are all that it is made of."""

    name: tree.Identifier
    source: Presented
    target: Presented | None
    data: mathematics.FunctorData
    whole: bool
    parts: tuple[str, ...] = ()
    reading: str | None = None


def is_reading(scope: Scope, node: tree.Functor) -> bool:
    """Whether a functor is one that reads activations: it says so, or its target is a category of clouds."""
    target = scope.candidates(node.target.name, node.target.span.source)
    clouds = any(category_nature(scope, entry.name) is Nature.CLOUDS for entry in target)
    return clouds or any(image.reading is not None for image in node.images)


# Images.


def unmeant(node: tree.Functor, kind: str, meant: Collection[Span]) -> int:
    """How many names in the images of one kind mean no generator: each may be a misspelt one of those without image."""
    written = [image.names for image in node.images if image.kind == kind and not isinstance(image.names, tree.Star)]
    starts = {span.start for span in meant}
    return sum(name.span.start not in starts for names in written for name in names)


def _generator(scope: Scope, node: tree.Functor, source: Presented, kind: str, name: tree.Identifier) -> Entry | None:
    found = [entry for entry in _named(scope, source, name) if isinstance(entry.node, KINDS[kind])]
    if found:
        return scope.used(name, found[0])
    if not scope.may_be_lost(name.name):
        known = {entry.identifier.name for entry in scope.within(source.name, KINDS[kind])}
        there = scope.entries[source.name].identifier
        word = kinds_in_words(KINDS[kind])
        scope.report(functor_extra.of(name, word, node.name.name, there.name, there.span, known))
    return None


def _named(scope: Scope, source: Presented, name: tree.Identifier) -> Iterator[Entry]:
    """What a name may mean in the source category of a functor."""
    own = scope.entries.get(f"{source.name}.{name.name}")
    if own:
        yield own
    for entry in scope.candidates(name.name, name.span.source):
        if entry.category == source.name or entry.name in source.arrows:
            yield entry


def _value(scope: Scope, target: Presented, image: tree.Image) -> str | Path | None:
    if image.reading is not None:
        scope.report(field_type.found("a reading", "none: the target has no clouds", image.reading.span))
    if image.kind == "object":
        return place(scope, target, image.value)
    return composite(scope, target, image.value)


def _all(scope: Scope, source: Presented, kind: str) -> Iterator[Entry]:
    """The generators of one kind, runs at top level among them."""
    if kind == "object":
        return scope.within(source.name, OBJECTS)
    found = (scope.entries[name] for name in source.arrows)
    return (entry for entry in found if isinstance(entry.node, KINDS[kind]))


def _images(scope: Scope, node: tree.Functor, source: Presented, target: Presented) -> Iterator[Image]:
    for image in node.images:
        value = _value(scope, target, image)
        if isinstance(image.names, tree.Star):
            for entry in _all(scope, source, image.kind):
                yield Image(entry, image.names.span, image.value.span, value)
            continue
        for name in image.names:
            named = _generator(scope, node, source, image.kind, name)
            if named:
                yield Image(named, name.span, image.value.span, value)


# Data, points among the objects.


def _points(scope: Scope, source: Presented, target: Presented, images: list[Image]) -> Iterator[tuple[str, str]]:
    """The images of the points of the source: where the images of runs start and end."""
    onto = {image.generator.name: image.value for image in images if isinstance(image.value, str)}
    routes = {image.generator.name: image for image in images if isinstance(image.value, Path)}
    known: dict[str, tuple[str, Span]] = {}
    for arrow in source.presentation.arrows:
        image = routes.get(arrow.name)
        for end, point in enumerate((arrow.source, arrow.target) if "@" in arrow.source else ()):
            value = onto.get(point.partition("@")[0])
            if image and isinstance(image.value, Path) and any("@" in found for found in target.objects):
                value = (image.value.source, image.value.target)[end]
            span = image.written if image else None
            first = known.setdefault(point, (value, span)) if value and span else None
            if first and value and span and first[0] != value:
                label = Label(f"sends it to `{bare(first[0])}`", first[1])
                found, wanted = f"`{bare(point)}` sent to `{bare(value)}`", f"`{bare(first[0])}`, as by another image"
                scope.report(functor_boundary.of(found, wanted, span, (label,)))
    yield from ((point, value) for point, (value, _) in known.items())


def _data(scope: Scope, source: Presented, target: Presented, images: list[Image]) -> mathematics.FunctorData:
    objects = [(image.generator.name, image.value) for image in images if isinstance(image.value, str)]
    arrows = [(image.generator.name, image.value) for image in images if isinstance(image.value, Path)]
    return mathematics.FunctorData((*objects, *_points(scope, source, target, images)), tuple(arrows))


def _drafted(scope: Scope, categories: Mapping[str, Presented], node: tree.Functor) -> tuple[Draft, list[Image]] | None:
    ends = [scope.find(use, (tree.Category,)) for use in (node.source, node.target)]
    source, target = (categories.get(entry.name) if entry else None for entry in ends)
    if source is None or target is None:
        return None
    images = list(_images(scope, node, source, target))
    whole = all(image.value is not None for image in images)
    return Draft(node.name, source, target, _data(scope, source, target, images), whole), images


# What is wrong.


def _invalid(
    scope: Scope, node: tree.Functor, draft: Draft, target: Presented, images: list[Image]
) -> Iterator[Diagnostic]:
    """Totality and ends, as the mathematics finds them, in the words of the text."""
    by_name: dict[str, list[Image]] = {}
    for image in images:
        by_name.setdefault(image.generator.name, []).append(image)
    missing: list[Entry] = []
    for error in mathematics.invalid(draft.data, draft.source.presentation, target.presentation):
        match error:
            case mathematics.WithoutImage(_, name) if name not in by_name and name in scope.entries:
                missing.append(scope.entries[name])
            case mathematics.MappedTwice(_, name) if name in by_name:
                what = f"an image for `{bare(name)}`"
                yield duplicate_name.repeated(what, f"`{draft.name.name}`", by_name[name][1].use)
            case mathematics.EndsBroken(name, found, required):
                yield _broken(scope, name, found, required, by_name[name][0].written)
    for kind in KINDS:
        names = tuple(entry.identifier for entry in missing if isinstance(entry.node, KINDS[kind]))
        if len(names) > unmeant(node, kind, [image.use for image in images]):
            hint = HINTS[kind].format(", ".join(name.name for name in names))
            yield functor_partial.of(draft.name, names, kind, hint)


def _broken(scope: Scope, name: str, found: tuple[str, str], required: tuple[str, str], span: Span) -> Diagnostic:
    words = [" -> ".join(f"`{bare(end)}`" for end in ends) for ends in (found, required)]
    what = f"`{bare(name)}` sent to an arrow {words[0]}"
    return functor_boundary.of(what, f"one {words[1]}, the images of its ends", span, (declared(scope, name),))


LONGEST = 100_000
"""How many arrows the image of a composite may have."""


def _length(lengths: Mapping[str, int], route: Path) -> int:
    """The number of arrows in the image of a path."""
    return sum(lengths[arrow.name] for arrow in route.arrows)


def _laws(draft: Draft, target: Presented) -> Iterator[Diagnostic]:
    """Laws of the source whose sides go to composites that are different, or may be."""
    image = mathematics.extension(draft.data)
    lengths = {name: len(route.arrows) for name, route in draft.data.arrows}
    for law in draft.source.presentation.relations:
        there = draft.source.laws[law.name].span
        if max(_length(lengths, side) for side in (law.left, law.right)) > LONGEST:
            what = f"the images of `{bare(law.name)}` under `{draft.name.name}`"
            texts, limit = (in_words(law.left), in_words(law.right)), f"composites of {LONGEST} arrows"
            label = Label("the law", there)
            yield equality_budget.of_square(what, *texts, target.name, limit, draft.name.span, label)
            continue
        yield from _preserved(draft, target, draft.source.laws[law.name], (image(law.left), image(law.right)))
    for carrying in draft.source.carrying:
        sides = _carried(draft, carrying.left), _carried(draft, carrying.right)
        yield from _preserved(draft, target, carrying, sides)


def _carried(draft: Draft, side: tuple[str, ...]) -> Path:
    """The image of a composite in which structural maps carry points, one after the other."""
    images = dict(draft.data.arrows)
    found = [images[name] for name in side]
    return Path(found[0].source, found[-1].target, tuple(arrow for part in found for arrow in part.arrows))


def _preserved(draft: Draft, target: Presented, law: Law, sides: tuple[Path, Path]) -> Iterator[Diagnostic]:
    """A law whose sides go to composites that are different in the target, or may be."""
    match target.equality(*sides):
        case Unlike(left, right):
            names = (draft.name.name, bare(law.name))
            yield functor_law.of(*names, law.span, (left, right), target.name, draft.name.span)
        case Open(limit):
            what = f"the images of `{bare(law.name)}` under `{draft.name.name}`"
            texts = (in_words(sides[0]), in_words(sides[1]))
            label = Label("the law", law.span)
            yield equality_budget.of_square(what, *texts, target.name, limit, draft.name.span, label)


def _written_out(scope: Scope, categories: Mapping[str, Presented], node: tree.Functor) -> Draft | None:
    found = _drafted(scope, categories, node)
    if found is None or found[0].target is None:
        return None
    draft, images = found
    wrong = list(_invalid(scope, node, draft, found[0].target, images))
    for diagnostic in wrong:
        scope.report(diagnostic)
    draft = draft._replace(whole=draft.whole and not wrong and _total(draft))
    for diagnostic in _laws(draft, found[0].target) if draft.whole else ():
        scope.report(diagnostic)
    return draft


def _total(draft: Draft) -> bool:
    """Whether all generators have an image, those in error among them."""
    objects, arrows = dict(draft.data.objects), dict(draft.data.arrows)
    presentation = draft.source.presentation
    return all(name in objects for name in presentation.objects) and all(
        arrow.name in arrows for arrow in presentation.arrows
    )


# Composites.


def _composed(
    scope: Scope,
    categories: Mapping[str, Presented],
    drafts: Mapping[str, Draft],
    readings: Mapping[str, Functor],
    name: tree.Identifier,
    value: tree.Expression,
) -> Draft | None:
    """A composite of functors, from left to right; a reading can only stand at its end."""
    first, *others = parts(value)
    draft, last = _functor(scope, categories, drafts, readings, first), first
    for part in others:
        found = _functor(scope, categories, drafts, readings, part)
        draft = _joined(scope, draft, found, last, part) if draft and found else None
        last = part
    return draft._replace(name=name) if draft else None


def _functor(
    scope: Scope,
    categories: Mapping[str, Presented],
    drafts: Mapping[str, Draft],
    readings: Mapping[str, Functor],
    written: tree.Expression,
) -> Draft | None:
    use = identifier(written)
    if use is None:
        scope.report(field_type.found(shown(written.span), "the name of a functor", written.span))
        return None
    entry = scope.find(use, FUNCTORS)
    if entry is None:
        return None
    if entry.name in readings:
        reading = readings[entry.name]
        source = categories.get(reading.source)
        if reading.over is not None:
            found, wanted = f"which is restricted to `{bare(reading.over)}`", "one given on a whole category"
            scope.report(composition.ends(f"`{use.name}`", found, wanted, written.span))
        if source is None or reading.over is not None:
            return None
        same = mathematics.identity(source.presentation)
        return Draft(entry.identifier, source, None, same, True, (entry.name,), entry.name)
    draft = drafts.get(entry.name)
    return draft._replace(parts=draft.parts or (entry.name,)) if draft and draft.whole else None


def _joined(
    scope: Scope, first: Draft, second: Draft, first_use: tree.Expression, second_use: tree.Expression
) -> Draft | None:
    if first.target is None:
        wanted = "one that reads at the end only"
        label = Label("it is followed by this one", second_use.span)
        found = f"`{first_use.span.text}`, which reads activations, before `{second_use.span.text}`"
        scope.report(functor_boundary.of(found, wanted, first_use.span, (label,)))
        return None
    if first.target is not second.source:
        texts = (first.target.name, second.source.name)
        uses = (first_use.span, second_use.span)
        scope.report(composition.apart(uses[0].text, texts[0], uses[0], uses[1].text, texts[1], uses[1]))
        return None
    lengths = {name: len(route.arrows) for name, route in second.data.arrows}
    if sum(_length(lengths, route) for _, route in first.data.arrows) > LONGEST:
        found = f"`{first_use.span.text} >> {second_use.span.text}`"
        wanted = f"one whose images have at most {LONGEST} arrows together"
        scope.report(field_type.found(f"{found} with longer images", wanted, second_use.span))
        return None
    names = (*first.parts, *second.parts)
    if len(names) > MOST_PARTS:
        found = f"`{first_use.span.text} >> {second_use.span.text}`, of more functors"
        scope.report(field_type.found(found, f"one of {MOST_PARTS} at most", second_use.span))
        return None
    data = mathematics.compose(first.data, second.data)
    return Draft(first.name, first.source, second.target, data, first.whole and second.whole, names, second.reading)


def _needs(scope: Scope, node: tree.CompositeFunctor) -> set[str]:
    names = (identifier(part) for part in parts(node.value))
    found = (entry for name in names if name for entry in scope.candidates(name.name, name.span.source))
    return {entry.name for entry in found if isinstance(entry.node, tree.CompositeFunctor)}


def functor_drafts(
    scope: Scope, categories: Mapping[str, Presented], readings: Mapping[str, Functor]
) -> Mapping[str, Draft]:
    """All functors but those that read activations: given on generators, or composed of others."""
    drafts: dict[str, Draft] = {}
    for entry, node in scope.of(tree.Functor):
        found = None if is_reading(scope, node) else _written_out(scope, categories, node)
        if found:
            drafts[entry.name] = found
    composites = {entry.name: node for entry, node in scope.of(tree.CompositeFunctor)}
    order, cycles = in_order({name: _needs(scope, node) for name, node in composites.items()})
    for names in cycles:
        scope.report(cycle.of(tuple(scope.entries[name].identifier for name in names), "is composed of"))
    room = MOST_ARROWS_TOGETHER
    for name in order:
        written = composites[name]
        found = _composed(scope, categories, drafts, readings, written.name, written.value)
        room -= sum(len(route.arrows) for _, route in found.data.arrows) if found else 0
        if room < 0:
            wanted = f"{MOST_ARROWS_TOGETHER} arrows at most"
            scope.report(field_type.found("longer images of all composites together", wanted, written.name.span))
            break
        if found:
            drafts[name] = found
    return drafts


def presented_functors(drafts: Mapping[str, Draft], readings: Mapping[str, Functor]) -> Mapping[str, PresentedFunctor]:
    """The functors of some drafts that are in order."""
    return {name: _finished(name, draft, readings) for name, draft in drafts.items() if draft.whole}


def _finished(name: str, draft: Draft, readings: Mapping[str, Functor]) -> PresentedFunctor:
    target = draft.target.name if draft.target else readings[draft.reading or ""].target
    arrows = tuple((arrow, tuple(part.name for part in route.arrows)) for arrow, route in draft.data.arrows)
    return PresentedFunctor(
        name, draft.source.name, target, draft.data.objects, arrows, draft.parts, draft.reading, draft.name.span
    )

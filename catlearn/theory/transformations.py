"""Natural transformations between functors: a component for each object, and squares that commute."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from catlearn.category import transformation as mathematics
from catlearn.category.functor import extension
from catlearn.category.path import Arrow, Path, identity, path
from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.architecture import Architecture
from catlearn.theory.equality import Open, Presented, Same, Unlike, composite, declared, in_words
from catlearn.theory.names import FUNCTORS, OBJECTS, Entry, Scope, bare
from catlearn.theory.names import in_words as kinds_in_words
from catlearn.theory.presented import Draft
from catlearn.theory.readings import between
from catlearn.theory.rules import (
    duplicate_name,
    equality_budget,
    field_type,
    functor_boundary,
    functor_extra,
    functor_partial,
    naturality,
    not_parallel,
)
from catlearn.theory.theory import Functor, ReadingTransformation, Theory, Transformation
from catlearn.theory.values import identifier, shown


class Component(NamedTuple):
    """The component at an object, where it is written; None where it is in error."""

    use: Span
    written: Span
    value: Path | None


def _use(scope: Scope, written: tree.Expression) -> Entry | None:
    name = identifier(written)
    if name is None:
        scope.report(field_type.found(shown(written.span), "the name of a functor", written.span))
        return None
    return scope.find(name, FUNCTORS)


def _components(
    scope: Scope, node: tree.Transformation, source: Presented, target: Presented
) -> Mapping[str, Component]:
    found: dict[str, Component] = {}
    for component in node.components:
        value = composite(scope, target, component.value)
        name = component.name
        entry = scope.entries.get(f"{source.name}.{name.name}") or scope.entries.get(name.name)
        if entry is None or entry.category != source.name or not isinstance(entry.node, OBJECTS):
            there = scope.entries[source.name].identifier
            known = {other.identifier.name for other in scope.within(source.name, OBJECTS)}
            scope.report(
                functor_extra.of(name, kinds_in_words(OBJECTS[:1]), node.name.name, there.name, there.span, known)
            )
        elif entry.name in found:
            what = f"a component at `{name.name}`"
            scope.report(duplicate_name.repeated(what, f"`{node.name.name}`", name.span))
        else:
            found[scope.used(name, entry).name] = Component(name.span, component.value.span, value)
    return found


def _data(first: Draft, second: Draft, components: Mapping[str, Component]) -> mathematics.Transformation:
    """The components as data; an identity at a space is one at its points."""
    values = {name: component.value for name, component in components.items() if component.value}
    images = dict(first.data.objects)
    for point in first.source.presentation.objects:
        space, at, _ = point.partition("@")
        if at and space in values and point in images and (not values[space].arrows or "@" not in images[point]):
            values[point] = values[space] if values[space].arrows else identity(images[point])
    return mathematics.Transformation(first.data, second.data, tuple(values.items()))


def _invalid(
    scope: Scope,
    node: tree.Transformation,
    data: mathematics.Transformation,
    ends: tuple[Presented, Presented],
    components: Mapping[str, Component],
) -> Iterator[Diagnostic]:
    missing: list[tree.Identifier] = []
    known = {component.use for component in components.values()}
    for error in mathematics.invalid(data, ends[0].presentation, ends[1].presentation):
        match error:
            case mathematics.WithoutComponent(name) if name not in components and name in scope.entries:
                missing.append(scope.entries[name].identifier)
            case mathematics.ComponentEnds(name, found, required) if name in components:
                words = [" -> ".join(f"`{bare(end)}`" for end in pair) for pair in (found, required)]
                what = f"the component at `{bare(name)}` {words[0]}"
                wanted = f"one {words[1]}, between the images of `{bare(name)}`"
                yield functor_boundary.of(what, wanted, components[name].written, (declared(scope, name),))
    if len(missing) > sum(component.name.span not in known for component in node.components):
        hint = f"write `{missing[0].name} |-> f`, where f is an arrow of `{ends[1].name}`"
        yield functor_partial.of(node.name, tuple(missing), "object", hint)


def _squares(
    scope: Scope, node: tree.Transformation, data: mathematics.Transformation, source: Presented, target: Presented
) -> Iterator[Diagnostic | str]:
    """For each generating arrow its name, where its square commutes, and else what is to be said."""
    components = dict(data.components)
    first, second = extension(data.source), extension(data.target)
    images = dict(data.source.objects), dict(data.target.objects)
    for arrow in source.presentation.arrows:
        across = path(arrow.source, (arrow,))
        start, end = (components.get(place) or components[place.partition("@")[0]] for place in _ends(arrow))
        astray = [
            place
            for place, component in zip(_ends(arrow), (start, end), strict=True)
            if place not in components and not target.leads(images[0][place], component, images[1][place])
        ]
        if arrow.source in astray:
            yield _led_astray(scope, node, arrow.source, images[1][arrow.source], arrow.name)
            continue
        left, right = _joined(first(across), end), _joined(start, second(across))
        texts = (in_words(left), in_words(right))
        match target.equality(left, right):
            case Same() if astray:
                yield _led_astray(scope, node, arrow.target, images[1][arrow.target], arrow.name)
            case Same():
                yield arrow.name
            case Unlike(first_form, second_form):
                identifier = scope.entries[arrow.name].identifier
                span = node.name.span
                yield naturality.of(
                    identifier.name, identifier.span, texts, (first_form, second_form), target.name, span
                )
            case Open(limit):
                yield _open(scope, node, arrow.name, texts, target.name, limit)


def _led_astray(scope: Scope, node: tree.Transformation, place: str, image: str, arrow: str) -> Diagnostic:
    """A component that does not carry the image of a point under one functor to that under the other."""
    found = f"a component that leads the image of `{bare(place)}` elsewhere"
    wanted = f"one that leads it to `{bare(image)}`, its image under `{node.target.span.text}`"
    return functor_boundary.of(found, wanted, node.name.span, (declared(scope, arrow),))


def _ends(arrow: Arrow) -> tuple[str, str]:
    return arrow.source, arrow.target


def _joined(first: Path, second: Path) -> Path:
    """One path and then another; a component at a space is one at each of its points."""
    return Path(first.source, second.target, (*first.arrows, *second.arrows))


def _open(
    scope: Scope, node: tree.Transformation, arrow: str, texts: tuple[str, str], category: str, limit: str
) -> Diagnostic:
    what = f"the square of `{node.name.name}` at `{bare(arrow)}`"
    return equality_budget.of_square(what, *texts, category, limit, node.name.span, declared(scope, arrow))


def _transformation(
    scope: Scope,
    theory: Theory,
    arch: Architecture,
    node: tree.Transformation,
    entry: Entry,
    drafts: Mapping[str, Draft],
) -> Transformation | ReadingTransformation | None:
    uses = (_use(scope, node.source), _use(scope, node.target))
    if uses[0] is None or uses[1] is None:
        return None
    if uses[0].name in theory.functors and uses[1].name in theory.functors:
        return between(scope, theory, arch, entry, node, (uses[0].name, uses[1].name))
    if all(_reads(use, drafts, theory.functors) for use in uses if use):
        names = (uses[0].identifier.name, uses[1].identifier.name)
        span = node.source.span.until(node.target.span)
        scope.report(naturality.of_composites(node.name.name, names, span))
        return None
    first, second = drafts.get(uses[0].name), drafts.get(uses[1].name)
    if first is None or second is None or not first.whole or not second.whole:
        return None
    source, target = first.source, first.target
    if target is None or source is not second.source or target is not second.target:
        texts = [f"`{draft.source.name} → {draft.target.name if draft.target else 'Rep'}`" for draft in (first, second)]
        scope.report(not_parallel.of(texts[0], node.source.span, texts[1], node.target.span))
        return None
    return _between(scope, node, entry, (uses[0].name, uses[1].name), (first, second), (source, target))


def _reads(use: Entry, drafts: Mapping[str, Draft], readings: Mapping[str, Functor]) -> bool:
    draft = drafts.get(use.name)
    return use.name in readings or (draft is not None and draft.reading is not None)


def _between(
    scope: Scope,
    node: tree.Transformation,
    entry: Entry,
    names: tuple[str, str],
    functors: tuple[Draft, Draft],
    ends: tuple[Presented, Presented],
) -> Transformation | None:
    """A transformation between parallel functors that are in order."""
    components = _components(scope, node, ends[0], ends[1])
    data = _data(*functors, components)
    wrong = list(_invalid(scope, node, data, ends, components))
    for diagnostic in wrong:
        scope.report(diagnostic)
    if wrong or any(component.value is None for component in components.values()):
        return None
    squares = list(_squares(scope, node, data, *ends))
    for found in squares:
        if isinstance(found, Diagnostic):
            scope.report(found)
    shown_components = tuple((name, tuple(part.name for part in route.arrows)) for name, route in data.components)
    commuting = tuple(found for found in squares if isinstance(found, str))
    return Transformation(entry.name, *names, shown_components, commuting, node.name.span)


class Transformations(NamedTuple):
    """The natural transformations of a specification, by the kind of functors that they are between."""

    presented: Mapping[str, Transformation]
    readings: Mapping[str, ReadingTransformation]


def transformations(scope: Scope, theory: Theory, arch: Architecture, drafts: Mapping[str, Draft]) -> Transformations:
    """The natural transformations of a specification."""
    found = {
        entry.name: _transformation(scope, theory, arch, node, entry, drafts)
        for entry, node in scope.of(tree.Transformation)
    }
    return Transformations(
        {name: one for name, one in found.items() if isinstance(one, Transformation)},
        {name: one for name, one in found.items() if isinstance(one, ReadingTransformation)},
    )

"""Natural transformations between two readings: the layers between them (DESIGN 3).

Let L read the activations after some layers, and M those after more. At each point `X@t` the layers between make what M
reads of what L reads. Along a run this is one arrow of clouds, and the square commutes, exactly where the run moves
none of the layers between: where their blocks are frozen. So a transformation between readings is one of their
restrictions to the objects that it names, in which every run keeps the layers between, and every structural map too.

Clouds that are normalised have forgotten what the layers between need: both readings must keep activations as they are.
"""

from collections.abc import Iterator, Mapping

from catlearn.diagnostics import Diagnostic, Label
from catlearn.syntax import tree
from catlearn.theory.architecture import Architecture
from catlearn.theory.fields import Signature, of_call
from catlearn.theory.layers.table import blocks_of
from catlearn.theory.names import OBJECTS, Entry, Scope, bare, in_words
from catlearn.theory.rules import duplicate_name, field_type, functor_boundary, functor_extra, naturality, not_parallel
from catlearn.theory.settings import network, network_layers
from catlearn.theory.theory import Functor, ReadingTransformation, Run, Theory
from catlearn.theory.values import shown

LAYERS = Signature(("net",), ("net",))


def between(
    scope: Scope, theory: Theory, arch: Architecture, entry: Entry, node: tree.Transformation, ends: tuple[str, str]
) -> ReadingTransformation | None:
    """A transformation between two readings, by their names; None, reported, where it is none."""
    first, second = (theory.functors[name] for name in ends)
    if not _parallel(scope, node, first, second):
        return None
    components = _components(scope, theory, node, (first, second))
    if components is None or not all(_fits(scope, theory, first, second, *found) for found in components.values()):
        return None
    objects = tuple(components)
    beyond = network_layers(theory, second.reading)[len(network_layers(theory, first.reading)) :]
    blocks = tuple(block.path for block in blocks_of(beyond))
    runs = tuple(run.name for run in theory.runs.values() if run.space in components)
    errors = (
        *_normalised(theory, node, (first, second), objects),
        *_trained(theory, node, runs, blocks),
        *_rewired(theory, arch, node, objects, blocks),
    )
    for error in errors:
        scope.report(error)
    layers = next(iter(components.values()))[1] if components else ()
    span = node.name.span
    return None if errors else ReadingTransformation(entry.name, *ends, objects, layers, blocks, runs, span)


def _parallel(scope: Scope, node: tree.Transformation, first: Functor, second: Functor) -> bool:
    """Whether two readings are of one category, into one category, on one probe."""
    texts = [f"`{found.source} → {found.target}` on `{found.probe}`" for found in (first, second)]
    if texts[0] != texts[1]:
        scope.report(not_parallel.of(texts[0], node.source.span, texts[1], node.target.span))
    return texts[0] == texts[1]


Components = Mapping[str, tuple[tree.Component, tuple[str, ...]]]
"""For each object that is named its component, as it is written, and the maps of which it is composed."""


def _components(
    scope: Scope, theory: Theory, node: tree.Transformation, readings: tuple[Functor, Functor]
) -> Components | None:
    found: dict[str, tuple[tree.Component, tuple[str, ...]]] = {}
    whole = True
    for component in node.components:
        place, layers = _place(scope, node, component, readings), _layers(scope, theory, component)
        if place is None or layers is None:
            whole = False
        elif place.name in found:
            what = f"a component at `{component.name.name}`"
            scope.report(duplicate_name.repeated(what, f"`{node.name.name}`", component.name.span))
            whole = False
        else:
            found[place.name] = (component, layers)
    return found if whole else None


def _place(
    scope: Scope, node: tree.Transformation, component: tree.Component, readings: tuple[Functor, Functor]
) -> Entry | None:
    """The object of the source category at which a component stands; both readings must be given on it."""
    name, first = component.name, readings[0]
    entry = scope.entries.get(f"{first.source}.{name.name}") or scope.entries.get(name.name)
    if entry is not None and entry.category == first.source and isinstance(entry.node, OBJECTS):
        over = next((found for found in readings if found.over not in (None, entry.name)), None)
        if over is None:
            return scope.used(name, entry)
        scope.report(functor_extra.beyond(name, over.name, bare(over.over or ""), over.span))
        return None
    there = scope.entries[first.source].identifier
    known = {other.identifier.name for other in scope.within(first.source, OBJECTS)}
    scope.report(functor_extra.of(name, in_words(OBJECTS[:1]), node.name.name, there.name, there.span, known))
    return None


def _layers(scope: Scope, theory: Theory, component: tree.Component) -> tuple[str, ...] | None:
    """The maps that `layers(h)` names."""
    value = component.value
    if not isinstance(value, tree.Call) or value.function.name != "layers":
        wanted = "`layers(h)`, the layers between the two readings"
        scope.report(field_type.found(shown(value.span), wanted, value.span))
        return None
    given = of_call(scope, value, LAYERS)
    return network(scope, theory, given.values["net"]) if given.complete else None


def _fits(
    scope: Scope,
    theory: Theory,
    first: Functor,
    second: Functor,
    component: tree.Component,
    layers: tuple[str, ...],
) -> bool:
    """Whether the layers of a component lead from what the first reads to what the second does."""
    composed = (*network_layers(theory, first.reading), *network_layers(theory, layers))
    if composed == network_layers(theory, second.reading):
        return True
    words = [f"`{' >> '.join(found.reading)}`, which `{found.name}` reads" for found in (first, second)]
    labels = tuple(Label(f"`{found.name}` is declared here", found.span) for found in (first, second))
    found, wanted = shown(component.value.span), f"the layers from {words[0]}, to {words[1]}"
    scope.report(functor_boundary.of(found, wanted, component.value.span, labels))
    return False


# What keeps the squares from commuting.


def _normalised(
    theory: Theory, node: tree.Transformation, readings: tuple[Functor, Functor], objects: tuple[str, ...]
) -> Iterator[Diagnostic]:
    names = dict.fromkeys(dict(reading.object_images).get(place) for reading in readings for place in objects)
    for cloud in (theory.clouds[name] for name in names if name is not None and name in theory.clouds):
        if cloud.normalise != "none":
            yield naturality.normalised(node.name, bare(cloud.name), cloud.normalise, cloud.span)


def _trained(
    theory: Theory, node: tree.Transformation, runs: tuple[str, ...], blocks: tuple[str, ...]
) -> Iterator[Diagnostic]:
    """Runs that train the layers between."""
    for run in (theory.runs[name] for name in runs):
        loose = tuple(block for block in blocks if block not in _frozen(theory, run))
        if loose:
            yield naturality.trained(node.name, bare(run.name), run.span, bare(run.space), loose)


def _frozen(theory: Theory, run: Run) -> tuple[str, ...]:
    fibre = theory.fibre(run.space)
    return fibre.frozen if fibre else ()


def _rewired(
    theory: Theory, arch: Architecture, node: tree.Transformation, objects: tuple[str, ...], blocks: tuple[str, ...]
) -> Iterator[Diagnostic]:
    """Structural maps between the objects that give a layer between other blocks than its own."""
    for found in theory.structural_maps.values():
        if {found.source, found.target} <= set(objects) and found.name in arch.arrows:
            reads = dict(arch.carried(found.source, found.target, arch.arrows[found.name]))
            moved = tuple(block for block in blocks if reads.get(block) != block)
            if moved:
                yield naturality.rewired(node.name, bare(found.name), found.span, moved)

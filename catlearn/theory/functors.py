"""Reading functors: images of all generators, ends, shapes, and traces that compose."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import NamedTuple

from catlearn.category import functor as mathematics
from catlearn.category.path import Arrow, Path, identity
from catlearn.category.presentation import Presentation
from catlearn.diagnostics import Diagnostic, Label, listed
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.fields import Signature, of_call, required
from catlearn.theory.layers.table import blocks_of
from catlearn.theory.names import ARROWS, OBJECTS, Entry, Scope, bare, in_words
from catlearn.theory.points import Ends, indexed
from catlearn.theory.presented import KINDS, is_reading, unmeant
from catlearn.theory.rules import (
    duplicate_name,
    field_type,
    functor_boundary,
    functor_extra,
    functor_partial,
    shape_mismatch,
    trace_misaligned,
)
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.settings import network, network_layers, networks_of
from catlearn.theory.spaces import Nature, category_nature, find_probe, meant
from catlearn.theory.theory import CloudSpace, Functor, Run, Theory
from catlearn.theory.values import identifier, shown, spacing

ACTIVATIONS = Signature(("net", "on"), ("net", "on"))
TRACE = Signature(("every",), ("every",))
ID = Signature(("object",), ("object",))
HINTS = {
    "object": "write `object {} |-> Z by activations(encoder, on = X)`",
    "map": "write `map {} |-> id(Z)`",
    "run": "write `run * |-> trace(every = 1 epoch)`",
}


class Reading(NamedTuple):
    """The activations that a functor reads: those after some maps, on a probe."""

    net: tuple[str, ...]
    probe: str
    span: Span


class Image(NamedTuple):
    """The image of one generator: where it is named, where its image is written, and the object it lands in or on."""

    generator: Entry
    use: Span
    written: Span
    value: str | None


class Draft(NamedTuple):
    """A functor's images by kind; None for a kind whose images cannot all be known. `over` is the object to which it is
    restricted, None where it is given on a whole category."""

    node: tree.Functor
    source: Entry
    target: Entry
    generators: Mapping[str, tuple[Entry, ...]]
    images: Mapping[str, tuple[Image, ...]]
    over: str | None


def generators(scope: Scope, category: str, kind: str, ends: Mapping[str, Ends]) -> tuple[Entry, ...]:
    """The generators of one kind; runs at top level belong to the category of their space."""
    own = tuple(scope.within(category, KINDS[kind]))
    if kind != "run":
        return own
    loose = indexed(ends).loose
    spaces = scope.within(category, OBJECTS) if loose else ()
    return own + tuple(run for space in spaces for run in loose.get(space.name, ()))


def _generator(scope: Scope, draft: Draft, kind: str, name: tree.Identifier, ends: Mapping[str, Ends]) -> Entry | None:
    """The generator of the source category that a name in an image means."""
    known = draft.generators[kind]
    own = scope.entries.get(f"{draft.source.name}.{name.name}")
    if own and isinstance(own.node, KINDS[kind]) and (draft.over is None or own in known):
        return scope.used(name, own)
    found = [entry for entry in known if name.name in (entry.name, entry.identifier.name)]
    if found:
        return scope.used(name, found[0])
    placeless = [entry for entry in scope.candidates(name.name) if entry.category is None and entry.name not in ends]
    unsettled = any(isinstance(entry.node, tree.Pullback | tree.Leg | tree.Run) for entry in placeless)
    if not unsettled and not scope.may_be_lost(name.name):
        names = {entry.identifier.name for entry in known}
        source = draft.source.identifier
        scope.report(
            functor_extra.of(name, in_words(KINDS[kind]), draft.node.name.name, source.name, source.span, names)
        )
    return None


def _target_object(scope: Scope, draft: Draft, name: tree.Identifier) -> str | None:
    """The cloud of the target category that a name means."""
    entry = scope.find(name, OBJECTS, draft.target.name)
    if entry is None:
        return None
    if entry.category != draft.target.name:
        target = draft.target.identifier
        label = Label(f"`{target.name}` is the target", target.span)
        wanted = f"an object of `{target.name}`"
        scope.report(functor_boundary.of(f"the image `{name.name}`", wanted, name.span, (label,)))
        return None
    return entry.name


def _value(scope: Scope, draft: Draft, image: tree.Image) -> str | None:
    """The cloud that an object goes to, or on whose identity a structural map lands."""
    value = image.value
    if image.kind == "run":
        return None
    if image.kind == "object":
        name = required(scope, value, identifier, "an object of the target category")
        return _target_object(scope, draft, name) if name else None
    if not isinstance(value, tree.Call) or value.function.name != "id":
        scope.report(field_type.found(shown(value.span), "an identity such as `id(Z)`", value.span))
        return None
    given = of_call(scope, value, ID)
    name = given.take("object", identifier, "an object of the target category")
    return _target_object(scope, draft, name) if name else None


def _images_of(scope: Scope, draft: Draft, image: tree.Image, ends: Mapping[str, Ends]) -> tuple[Image, ...]:
    """The images that one line of a functor gives, one for each generator it names; `*` names all of its kind."""
    value = _value(scope, draft, image)
    if isinstance(image.names, tree.Star):
        span = image.names.span
        return tuple(Image(entry, span, image.value.span, value) for entry in draft.generators[image.kind])
    found = ((name, _generator(scope, draft, image.kind, name, ends)) for name in image.names)
    return tuple(Image(entry, name.span, image.value.span, value) for name, entry in found if entry)


def _draft(scope: Scope, node: tree.Functor, ends: Mapping[str, Ends]) -> Draft | None:
    written = scope.find(node.source, (tree.Category, *OBJECTS))
    source, over = _source(scope, written)
    target = scope.find(node.target, (tree.Category,))
    fitting = True
    for entry, use, wanted in ((source, node.source, Nature.PARAMETERS), (target, node.target, Nature.CLOUDS)):
        nature = category_nature(scope, entry.name) if entry else wanted
        if nature is not wanted and entry and not scope.incomplete:
            found = f"`{use.name}`, a category of {nature.value}s"
            label = Label(f"`{use.name}` is declared here", entry.identifier.span)
            scope.report(functor_boundary.of(found, f"one of {wanted.value}s", use.span, (label,)))
        fitting = fitting and nature is wanted
    if source is None or target is None or not fitting:
        return None
    known = {kind: _within(scope, generators(scope, source.name, kind, ends), over, ends) for kind in KINDS}
    empty = Draft(node, source, target, known, {}, over)
    images = {
        kind: tuple(
            found for image in node.images if image.kind == kind for found in _images_of(scope, empty, image, ends)
        )
        for kind in KINDS
    }
    return Draft(node, source, target, known, images, over)


def _source(scope: Scope, written: Entry | None) -> tuple[Entry | None, str | None]:
    """The category that a functor is given on, and the object of it to which it is restricted."""
    if written is None or isinstance(written.node, tree.Category):
        return written, None
    return scope.entries.get(written.category or ""), written.name


def _within(scope: Scope, known: tuple[Entry, ...], over: str | None, ends: Mapping[str, Ends]) -> tuple[Entry, ...]:
    """The generators that stay in one object, where a functor is restricted to it."""
    return known if over is None else tuple(entry for entry in known if _places(scope, entry, ends) == {over})


def _places(scope: Scope, entry: Entry, ends: Mapping[str, Ends]) -> set[str | None]:
    """The spaces at the ends of a generator; an object is its own."""
    node = entry.node
    if isinstance(node, tree.Run):
        return {ends[entry.name].source[0]} if entry.name in ends else {None}
    if not isinstance(node, ARROWS):
        return {entry.name}
    named = (identifier(written) for written in (node.source, node.target))
    found = ([other.name for other in meant(scope, entry, name, OBJECTS)] if name else [] for name in named)
    return {names[0] if len(names) == 1 else None for names in found}


# The mathematics: totality and ends.


def _presentations(theory: Theory, draft: Draft, ends: Mapping[str, Ends]) -> tuple[Presentation, Presentation]:
    """The source with its runs as arrows on their spaces, and the target with its identities only."""
    objects = tuple(entry.name for entry in draft.generators["object"])
    maps = [theory.structural_maps.get(entry.name) for entry in draft.generators["map"]]
    arrows = [Arrow(found.name, found.source, found.target) for found in maps if found]
    runs = [entry.name for entry in draft.generators["run"] if entry.name in ends]
    arrows += [Arrow(name, ends[name].source[0], ends[name].target[0]) for name in runs]
    target = theory.categories.get(draft.target.name)
    clouds = tuple(name for name in target.objects if name in theory.clouds) if target else ()
    return Presentation(objects, tuple(arrows), ()), Presentation(clouds, (), ())


def _data(draft: Draft, ends: Mapping[str, Ends]) -> mathematics.FunctorData:
    """The images as data on generators; a run goes to a path on the image of its space, whatever that is."""
    objects = tuple((image.generator.name, image.value or "") for image in draft.images["object"])
    onto = dict(objects)
    maps = [(image.generator.name, identity(image.value or "")) for image in draft.images["map"]]
    runs: list[tuple[str, Path]] = []
    for image in draft.images["run"]:
        name = image.generator.name
        if name in ends:
            cloud = onto.get(ends[name].source[0], "")
            runs.append((name, identity(cloud)))
    return mathematics.FunctorData(objects, (*maps, *runs))


def _image(draft: Draft, name: str) -> tuple[Image, ...]:
    return tuple(image for images in draft.images.values() for image in images if image.generator.name == name)


def _broken_end(theory: Theory, draft: Draft, error: mathematics.EndsBroken) -> Iterator[Diagnostic]:
    if "" in (*error.found, *error.required):
        return
    images = _image(draft, error.arrow)
    arrow = theory.structural_maps[error.arrow]
    span = images[0].written if images else draft.node.name.span
    name = bare(error.arrow)
    wanted = " -> ".join(f"`{bare(cloud)}`" for cloud in error.required)
    goes = f"`{name}` goes `{bare(arrow.source)} -> {bare(arrow.target)}`"
    labels = (Label(goes, arrow.span),)
    found = f"`{name}` sent to `id({bare(error.found[0])})`"
    yield functor_boundary.of(found, f"an arrow {wanted}, the images of its ends", span, labels)


def _mathematics(theory: Theory, draft: Draft, ends: Mapping[str, Ends]) -> Iterator[Diagnostic]:
    """Totality and ends, as the mathematics finds them, in the words of the text."""
    source, target = _presentations(theory, draft, ends)
    missing: set[str] = set()
    for error in mathematics.invalid(_data(draft, ends), source, target):
        match error:
            case mathematics.WithoutImage(_, name):
                missing.add(name)
            case mathematics.MappedTwice(_, name):
                what = f"an image for `{bare(name)}`"
                yield duplicate_name.repeated(what, f"`{draft.node.name.name}`", _image(draft, name)[1].use)
            case mathematics.EndsBroken():
                yield from _broken_end(theory, draft, error)
    for kind, known in draft.generators.items():
        names = tuple(entry.identifier for entry in known if entry.name in missing)
        if len(names) > unmeant(draft.node, kind, [image.use for image in draft.images[kind]]):
            hint = HINTS[kind].format(", ".join(name.name for name in names))
            yield functor_partial.of(draft.node.name, names, kind, hint)


# Shapes: the reading against clouds, spaces and runs.


def _reading(scope: Scope, theory: Theory, image: tree.Image) -> Reading | None:
    """The reading of one image; None, reported, where it is none."""
    written = image.reading
    if written is None:
        hint = "write `by activations(encoder, on = X)`"
        scope.report(functor_boundary.of("an object without a reading", "one", image.value.span, (), hint))
        return None
    if not isinstance(written, tree.Call) or written.function.name != "activations":
        wanted = "activations such as `activations(encoder, on = X)`"
        scope.report(field_type.found(shown(written.span), wanted, written.span))
        return None
    given = of_call(scope, written, ACTIVATIONS)
    net = network(scope, theory, given.values["net"]) if "net" in given.values else None
    probe = find_probe(scope, given) if "on" in given.values else None
    return Reading(net, probe, written.span) if net and probe else None


def _one_reading(scope: Scope, theory: Theory, node: tree.Functor) -> Reading | None:
    """The reading that all images of objects share."""
    found: list[Reading] = []
    whole = True
    for image in node.images:
        if image.kind == "object":
            reading = _reading(scope, theory, image)
            whole = whole and reading is not None
            found += [reading] if reading else []
        elif image.reading is not None:
            scope.report(field_type.found("a reading", f"none for a {image.kind}", image.reading.span))
    for other in found[1:]:
        if (other.net, other.probe) != (found[0].net, found[0].probe):
            label = Label("the first reading", found[0].span)
            wanted = "one reading for all objects of a functor"
            scope.report(functor_boundary.of("a second reading", wanted, other.span, (label,)))
            whole = False
    return found[0] if whole and found else None


def _against_probe(theory: Theory, reading: Reading) -> Iterator[Diagnostic]:
    """Examples of the probe that the maps of the reading do not take."""
    probe = theory.probes.get(reading.probe)
    if probe is None:
        return
    given, taken = theory.datasets[probe.dataset].input_shape, theory.maps[reading.net[0]].input_shape
    if given != taken:
        found = f"`{shape_text(given)}` from `{probe.name}`"
        wanted = f"`{shape_text(taken)}`, which `{reading.net[0]}` takes"
        yield shape_mismatch.between(found, probe.span, wanted, reading.span)


def _against_cloud(theory: Theory, reading: Reading, cloud: CloudSpace) -> Iterator[Diagnostic]:
    """A cloud of another size or on another probe than the reading."""
    size = prod(theory.maps[reading.net[-1]].output_shape)
    name = bare(cloud.name)
    label = Label(f"`{name}` has dim {cloud.dimension}", cloud.span)
    if size != cloud.dimension:
        found = f"activations of `{reading.net[-1]}` in {size} numbers"
        hint = f"write `dim = {size}` in `{name}`"
        yield functor_boundary.of(found, f"{cloud.dimension}, the dim of `{name}`", reading.span, (label,), hint)
    if cloud.probe != reading.probe:
        label = Label(f"`{name}` is on `{cloud.probe}`", cloud.span)
        wanted = f"`{cloud.probe}`, the probe of `{name}`"
        yield functor_boundary.of(f"activations on `{reading.probe}`", wanted, reading.span, (label,))


def _against_space(theory: Theory, reading: Reading, image: Image) -> Iterator[Diagnostic]:
    """A space that lacks a block of the reading."""
    space = theory.spaces.get(image.generator.name)
    if space is None:
        return
    have = {block.path for block in space.blocks}
    read = [block.path for block in blocks_of(network_layers(theory, reading.net))]
    missing = [path for path in read if path not in have]
    if missing:
        named = listed(missing)
        name = image.generator.identifier
        labels = (Label(f"`{name.name}` is declared here", name.span),)
        found = f"`{name.name}` without {named}"
        yield functor_boundary.of(found, f"every block of `{' >> '.join(reading.net)}`", image.use, labels)


def _runs(theory: Theory, draft: Draft) -> tuple[Run, ...]:
    return tuple(theory.runs[entry.name] for entry in draft.generators["run"] if entry.name in theory.runs)


def _against_run(theory: Theory, reading: Reading, run: Run) -> Iterator[Diagnostic]:
    """A run whose network does not begin with the reading."""
    read = network_layers(theory, reading.net)
    if networks_of(theory, run)[0][: len(read)] != read:
        first = "first network" if run.tasks else "network"
        found = f"`{bare(run.name)}` with the {first} `{' >> '.join(run.networks[0])}`"
        label = Label(f"`{bare(run.name)}` is declared here", run.span)
        wanted = f"one that begins with `{' >> '.join(reading.net)}`"
        yield functor_boundary.of(found, wanted, reading.span, (label,))


def _shapes(theory: Theory, draft: Draft, reading: Reading) -> Iterator[Diagnostic]:
    yield from _against_probe(theory, reading)
    clouds = dict.fromkeys(image.value for image in draft.images["object"])
    for name in clouds:
        if name is not None and name in theory.clouds:
            yield from _against_cloud(theory, reading, theory.clouds[name])
    for image in draft.images["object"]:
        yield from _against_space(theory, reading, image)
    runs = _runs(theory, draft)
    unlike = [found for run in runs for found in _against_run(theory, reading, run)]
    yield from unlike if len(unlike) < len(runs) else unlike[:1]


# Traces.


def _trace(scope: Scope, image: tree.Image) -> tuple[int, str] | None:
    value = image.value
    if not isinstance(value, tree.Call) or value.function.name != "trace":
        scope.report(field_type.found(shown(value.span), "a trace such as `trace(every = 1 epoch)`", value.span))
        return None
    return of_call(scope, value, TRACE).take("every", spacing, "a spacing such as `1 epoch` or `50 steps`")


def _one_trace(scope: Scope, node: tree.Functor) -> tuple[tuple[int, str], Span] | None:
    """The spacing at which all runs are sampled, and where it is written."""
    images = [image for image in node.images if image.kind == "run"]
    traces = [(trace, image.value.span) for image in images if (trace := _trace(scope, image))]
    if len(traces) < len(images) or not traces:
        return None
    first, there = traces[0]
    for trace, span in traces[1:]:
        if trace != first:
            label = Label("the first spacing", there)
            scope.report(functor_boundary.of("a second spacing", "one spacing for all runs", span, (label,)))
            return None
    return first, there


def epoch_steps(theory: Theory, run: Run) -> int:
    """The optimiser steps of one epoch of a run of a network: of the longest, where it learns from several datasets."""
    sizes = [theory.datasets[name].train_size for name in run.data]
    return max(-(-size // run.batch) if run.keep_last else size // run.batch for size in sizes)


def trace_clouds(theory: Theory, functor: Functor, name: str) -> int | None:
    """The number of clouds that a functor reads along a run; None where only the run's files tell."""
    run = theory.runs[name]
    if run.source is not None or run.descent is not None or not epoch_steps(theory, run):
        return None
    length = run.epochs * epoch_steps(theory, run)
    return 1 + -(-length // trace_steps(theory, functor, name))


def checkpoints(theory: Theory, run: Run) -> int | None:
    """The number of checkpoints of a run of a network; None where only the run's files tell."""
    if run.source is not None or not epoch_steps(theory, run):
        return None
    return 1 + -(-run.epochs * epoch_steps(theory, run) // _steps(theory, run, run.checkpoint))


def trace_steps(theory: Theory, functor: Functor, name: str) -> int:
    """The optimiser steps between two clouds that a functor reads along a run; of a run that was trained elsewhere it
    reads every checkpoint."""
    run = theory.runs[name]
    return 1 if run.source is not None else _steps(theory, run, functor.trace)


def _steps(theory: Theory, run: Run, quantity: tuple[int, str]) -> int:
    return quantity[0] * (epoch_steps(theory, run) if quantity[1] == "epoch" else 1)


def quantity_text(quantity: tuple[int, str]) -> str:
    """A spacing as it is written, `1 epoch`, `50 steps`."""
    return f"{quantity[0]} {quantity[1]}{'s' * (quantity[0] > 1)}"


def _misaligned(theory: Theory, draft: Draft, trace: tuple[int, str], span: Span) -> Iterator[Diagnostic]:
    """Runs whose checkpoints are not where the trace reads, or that it does not divide although others follow."""
    trained = (run for run in _runs(theory, draft) if run.source is None and run.descent is None)
    runs = [run for run in trained if epoch_steps(theory, run)]
    for run in runs:
        every = _steps(theory, run, trace)
        if every % _steps(theory, run, run.checkpoint):
            spacing_text = quantity_text(run.checkpoint)
            yield trace_misaligned.of_checkpoints(bare(run.name), spacing_text, run.span, quantity_text(trace), span)
        length = run.epochs * epoch_steps(theory, run)
        later = sorted(bare(other.name) for other in runs if other.start_run == run.name)
        if later and length % every:
            name = bare(run.name)
            yield trace_misaligned.of_composite(name, length, run.span, later[0], quantity_text(trace), span)


# The whole.


def _functor(scope: Scope, theory: Theory, name: str, node: tree.Functor, ends: Mapping[str, Ends]) -> Functor | None:
    draft = _draft(scope, node, ends)
    reading = _one_reading(scope, theory, node)
    trace = _one_trace(scope, node)
    if draft is None:
        return None
    if not draft.generators["run"] and not draft.images["run"]:
        trace = trace or ((1, "epoch"), node.name.span)
    found = [*_mathematics(theory, draft, ends)]
    found += _shapes(theory, draft, reading) if reading else []
    found += _misaligned(theory, draft, *trace) if trace else []
    for diagnostic in found:
        scope.report(diagnostic)
    if reading is None or trace is None:
        return None
    object_images = sorted((image.generator.name, image.value) for image in draft.images["object"] if image.value)
    map_images = sorted((image.generator.name, image.value) for image in draft.images["map"] if image.value)
    return Functor(
        name,
        draft.source.name,
        draft.target.name,
        tuple(object_images),
        tuple(map_images),
        reading.net,
        reading.probe,
        trace[0],
        node.name.span,
        draft.over,
        tuple(image.generator.name for image in draft.images["object"] if not image.value),
    )


def functors(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> Mapping[str, Functor]:
    """The functors that read activations; one that is in error is still there for claims to name."""
    readings = ((entry, node) for entry, node in scope.of(tree.Functor) if is_reading(scope, node))
    found = ((entry.name, _functor(scope, theory, entry.name, node, ends)) for entry, node in readings)
    return {name: functor for name, functor in found if functor}

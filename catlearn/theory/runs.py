"""Runs: what must fit together in one, and what it starts from."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import NamedTuple, TypeVar

from catlearn.category.update_rule import BoundRule, UpdateRule
from catlearn.diagnostics import Diagnostic, Label, listed
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.architecture import INIT
from catlearn.theory.descents import on_landscapes
from catlearn.theory.layers.table import blocks_of
from catlearn.theory.names import Scope
from catlearn.theory.points import Ends, Point, point_text, producer
from catlearn.theory.pullbacks import held, sides_of
from catlearn.theory.rules import field_type, missing_field, resume_mismatch, shape_mismatch
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.settings import (
    MADE_HERE,
    REQUIRED,
    Draft,
    Settings,
    Written,
    completed,
    drafts,
    network_layers,
)
from catlearn.theory.theory import Dataset, Run, Space, Task, Theory
from catlearn.theory.values import shown

T = TypeVar("T")


def _missing(draft: Draft, settings: Settings) -> Diagnostic | None:
    """What a run that is like no other lacks; one that is like another lacks only what that one does."""
    written = draft.given.meant.union(draft.given.values)
    required = (key for key in REQUIRED if "source" not in written or key not in MADE_HERE)
    missing = tuple(key for key in required if getattr(settings, key) is None and key not in draft.given.meant)
    alone = "like" not in written
    return missing_field.of_run(draft.entry.identifier, missing) if missing and alone else None


# What must fit together. A misfit of fields that are all copied was reported where they were written.


class Whole(NamedTuple):
    """A run's fields after `like`, beside those of the run it is like, if any."""

    draft: Draft
    settings: Settings
    base: Settings | None
    base_space: str | None

    def new(self, *keys: str) -> bool:
        """Whether one of some fields is not copied from the run it is like."""
        return self.base is None or any(getattr(self.settings, key) is not getattr(self.base, key) for key in keys)


def _place(whole: Whole, first: Written[T], second: Span) -> tuple[Span, Span]:
    """The primary and the secondary place of a misfit: a field that the run writes itself, then the other."""
    own = [expression.span for expression in whole.draft.given.values.values()]
    return (first.span, second) if first.span in own else (second, first.span)


def _pairs(settings: Settings) -> Iterator[tuple[Written[tuple[str, ...]], Written[str]]]:
    """Each network of a run with the dataset that it learns from; none where there are not as many of both."""
    nets, data = settings.net and settings.net.value, settings.data and settings.data.value
    if nets and data and len(nets) == len(data):
        yield from zip(nets, data, strict=True)


def _unfit_data(theory: Theory, whole: Whole) -> Iterator[Diagnostic]:
    """Networks and datasets that are not as many, or do not go together."""
    nets, data = whole.settings.net, whole.settings.data
    if not whole.new("net", "data"):
        return
    if nets and data and nets.value and data.value and len(nets.value) != len(data.value):
        span, other = _place(whole, data, nets.span)
        found, wanted = f"{_counted(data.value, 'dataset')}", f"{len(nets.value)}, one for each network"
        label = Label("together with this", other)
        yield field_type.found(found, wanted, span, "write both as lists, in one order", (label,))
    for net, source in _pairs(whole.settings):
        yield from _unfit_pair(theory, net, source)


def _counted(items: tuple[object, ...], what: str) -> str:
    return f"{len(items)} {what}{'s' * (len(items) > 1)}"


def _unfit_pair(theory: Theory, net: Written[tuple[str, ...]], data: Written[str]) -> Iterator[Diagnostic]:
    """A network whose input is not an example, or whose output is not a score for each class."""
    dataset = theory.datasets.get(data.value or "")
    if dataset is None or not net.value:
        return
    taken, given = theory.maps[net.value[0]].input_shape, theory.maps[net.value[-1]].output_shape
    if taken != dataset.input_shape:
        found = f"`{shape_text(dataset.input_shape)}` from `{dataset.name}`"
        wanted = f"`{shape_text(taken)}`, which `{net.value[0]}` takes"
        sizes = ", ".join(map(str, taken))
        same = prod(taken) == prod(dataset.input_shape)
        hint = f"write `reshape = [{sizes}]` in the dataset `{dataset.name}`" if same else None
        yield shape_mismatch.between(found, data.span, wanted, net.span, hint)
    first = theory.maps[net.value[0]].layers[:1]
    if first and first[0].operation == "embedding" and not dataset.words:
        found, label = f"`{dataset.name}`, whose examples are no words", Label("embeds words", net.span)
        hint = "name data of whole numbers; of bytes, write `transform = none` in the dataset"
        yield field_type.found(found, "whole numbers from 0, each a word", data.span, hint, (label,))
    if given != (dataset.classes,):
        found = f"`{shape_text(given)}` from `{net.value[-1]}`"
        wanted = f"`{shape_text((dataset.classes,))}`, one score for each class of `{dataset.name}`"
        label = Label(f"`{dataset.name}` has {dataset.classes} classes", data.span)
        yield Diagnostic("shape-mismatch", f"found {found}, required {wanted}", net.span, (label,))


def _unfit_batch(theory: Theory, whole: Whole) -> Iterator[Diagnostic]:
    """A batch that the training split never fills."""
    batch, data, last = whole.settings.batch, whole.settings.data, whole.settings.last
    if not batch or not data or not batch.value or not data.value or not whole.new("batch", "data", "last"):
        return
    if "source" in whole.draft.given.values:
        return
    for source in data.value:
        dataset = theory.datasets.get(source.value or "")
        if dataset and batch.value > dataset.train_size and (last is None or last.value == "drop"):
            wanted = f"at most {dataset.train_size}, the training examples of `{dataset.name}`"
            span, other = _place(whole, batch, source.span if len(data.value) > 1 else data.span)
            label = Label("together with this", other)
            yield field_type.found(f"a batch of {batch.value}", wanted, span, None, (label,))


def _unfit_space(theory: Theory, whole: Whole, ends: Ends) -> Iterator[Diagnostic]:
    """A network whose blocks are not exactly those of the space, or that has none to train."""
    net, space = whole.settings.net, theory.spaces.get(ends.source[0])
    known = whole.base_space == ends.source[0] and not whole.new("net")
    if (
        not net
        or not net.value
        or space is None
        or known
        or (space.pullback and space.pullback not in theory.pullbacks)
    ):
        return
    spaces = tuple(side.space for side in sides_of(theory, space.name)) or (space.name,)
    if len(net.value) != len(spaces):
        yield _unfit_number(whole, net.span, space, spaces, ends)
        return
    trained = zip(net.value, spaces, strict=True)
    unfit = [found for one, name in trained for found in _unfit_blocks(theory, whole, one, theory.spaces[name], ends)]
    yield from unfit or _nothing_to_train(theory, space, ends)


def _space_span(ends: Ends) -> Span:
    use = ends.written[0]
    return use.space.span if isinstance(use, tree.Checkpoint) else use.span


def _unfit_number(whole: Whole, net: Span, space: Space, spaces: tuple[str, ...], ends: Ends) -> Diagnostic:
    """Not one network for each space that a point of the run's space has a point in."""
    nets = whole.settings.net.value if whole.settings.net else None
    names = [f"`{point_text((name, ''))}`" for name in spaces]
    wanted = f"one, for {names[0]}" if len(names) == 1 else f"{len(names)}, one for each of {', '.join(names)}"
    own = "net" in whole.draft.given.values
    label = (
        Label(f"trained in `{point_text((space.name, ''))}`", _space_span(ends)) if own else Label("written here", net)
    )
    return field_type.found(_counted(nets or (), "network"), wanted, net if own else _space_span(ends), None, (label,))


def _unfit_blocks(
    theory: Theory, whole: Whole, net: Written[tuple[str, ...]], space: Space, ends: Ends
) -> Iterator[Diagnostic]:
    """A network whose blocks are not exactly those of a space."""
    assert net.value
    have = {block.path for block in blocks_of(network_layers(theory, net.value))}
    want = {block.path for block in space.blocks}
    if have != want:
        what, name, space_span = (
            f"the network `{' >> '.join(net.value)}`",
            point_text((space.name, "")),
            _space_span(ends),
        )
        own = "net" in whole.draft.given.values
        trained = point_text((ends.source[0], ""))
        label = Label(f"trained in `{trained}`", space_span) if own else Label("the network", net.span)
        span = net.span if own else space_span
        yield shape_mismatch.blocks(what, tuple(sorted(want - have)), tuple(sorted(have - want)), name, span, label)


def _nothing_to_train(theory: Theory, space: Space, ends: Ends) -> Iterator[Diagnostic]:
    """A space that has no block to move."""
    name, use, blocks = point_text((space.name, "")), ends.written[0], {block.path for block in space.blocks}
    if not blocks:
        yield shape_mismatch.nothing_to_train(f"`{name}` without blocks", use.span)
    elif blocks == set(held(theory, space.name)):
        yield shape_mismatch.nothing_to_train(f"`{name}`, all of whose blocks are frozen", use.span)


def _unfit_resume(draft: Draft, settings: Settings, base: Settings, ends: Mapping[str, Ends]) -> Iterator[Diagnostic]:
    """A run that goes on from elsewhere, or with another rule or another order of the data."""
    name, resumed = draft.entry.name, draft.resume
    span = draft.given.values["resume"].span
    if resumed is None or name not in ends or resumed not in ends:
        return
    entry = ends[resumed].entry
    target, source = ends[resumed].target, ends[name].source
    if target != source:
        spans = (ends[resumed].written[1].span, ends[name].written[0].span)
        yield resume_mismatch.elsewhere(
            entry.identifier.name, point_text(target), spans[0], point_text(source), spans[1], span
        )
        return
    rules = (settings.optimiser, base.optimiser)
    for what, mine, other in (
        ("update rule", _rule_name(rules[0]), _rule_name(rules[1])),
        ("dataset", _names(settings.data), _names(base.data)),
        ("batch", _plain(settings.batch), _plain(base.batch)),
        ("treatment of the last batch", _plain(settings.last, "drop"), _plain(base.last, "drop")),
        ("loss", _plain(settings.loss), _plain(base.loss)),
        ("largest norm of a gradient", _plain(settings.clip, "none"), _plain(base.clip, "none")),
    ):
        if mine and other and mine[0] != other[0]:
            yield resume_mismatch.otherwise(
                what, mine[0], entry.identifier.name, other[0], mine[1] or span, other[1] or entry.identifier.span
            )


def _rule_name(written: Written[BoundRule] | None) -> tuple[str, Span | None] | None:
    return (f"`{written.value.rule.name}`", written.span) if written and written.value else None


def _names(written: Written[tuple[Written[str], ...]] | None) -> tuple[str, Span | None] | None:
    if written is None or written.value is None:
        return None
    return listed(str(name.value) for name in written.value), written.span


def _plain(written: Written[T] | None, default: str | None = None) -> tuple[str, Span | None] | None:
    if written is None:
        return (f"`{default}`", None) if default else None
    return (f"`{written.value}`", written.span) if written.value is not None else None


# From drafts to runs.


def _elsewhere(settings: Settings, dataset: Dataset | None, span: Span) -> Settings:
    """The fields of a run that was trained elsewhere: with no rule that anybody knows, and none that is copied."""
    unknown = Written(BoundRule(UpdateRule("elsewhere", (), (), ()), ()), span)
    whole = Written(dataset.train_size if dataset else 1, span)
    once = settings._replace(optimiser=unknown, batch=whole, epochs=Written(1, span))
    return once._replace(checkpoints=None, last=None, clip=None)


def _run(theory: Theory, draft: Draft, settings: Settings, ends: Ends, start: str | None) -> Run | None:
    if "source" in draft.given.values:
        named = settings.data.value[0].value if settings.data and settings.data.value else None
        dataset = theory.datasets.get(named or "")
        settings = _elsewhere(settings, dataset, draft.entry.identifier.span)
    net, data, loss, optimiser = settings.net, settings.data, settings.loss, settings.optimiser
    batch, epochs, chosen = settings.batch, settings.epochs, settings.seeds
    checkpoints, last = settings.checkpoints or Written((1, "epoch"), draft.entry.identifier.span), settings.last
    clip = settings.clip
    if not (net and data and loss and optimiser and batch and epochs and chosen):
        return None
    if not (net.value and data.value and loss.value and optimiser.value and batch.value and epochs.value):
        return None
    if not chosen.value or not checkpoints.value or (last and not last.value) or (clip and not clip.value):
        return None
    if ends.source[0] not in theory.spaces or draft.incomplete:
        return None
    tasks = _tasks(theory, settings, ends.source[0])
    if not tasks:
        return None
    joint = bool(sides_of(theory, ends.source[0]))
    if "source" in draft.given.values and draft.source is None:
        return None
    keep = last is not None and last.value == "keep"
    return Run(
        draft.entry.name,
        draft.entry.category,
        ends.source[0],
        ends.source[1],
        ends.target[1],
        () if joint else tasks[0].network,
        "" if joint else tasks[0].dataset,
        loss.value,
        optimiser.value,
        batch.value,
        epochs.value,
        keep,
        checkpoints.value,
        chosen.value,
        draft.resume,
        start,
        draft.entry.identifier.span,
        draft.source,
        clip=clip.value if clip else None,
        tasks=tasks if joint else (),
    )


def _tasks(theory: Theory, settings: Settings, space: str) -> tuple[Task, ...]:
    """What is learnt in each space that a point of a run's space has a point in; none where something is in error."""
    pairs = [(net.value, data.value) for net, data in _pairs(settings)]
    reads = [side.reads for side in sides_of(theory, space)] or [()]
    if len(pairs) != len(reads):
        return ()
    found = zip(pairs, reads, strict=True)
    tasks = tuple(Task(net, data, onto) for (net, data), onto in found if net and data and data in theory.datasets)
    return tasks if len(tasks) == len(reads) else ()


def start_run(theory: Theory, resume: str | None, ends: Mapping[str, Ends], source: Point) -> str | None:
    """The run whose end a run starts from; None at `init`."""
    if source[1] == INIT:
        return None
    return resume or producer(ends, theory.laws, source)


def _misfits(scope: Scope, theory: Theory, whole: Whole, ends: Ends | None) -> tuple[Diagnostic, ...]:
    misfits = [*_unfit_data(theory, whole), *_unfit_batch(theory, whole)]
    missing = _missing(whole.draft, whole.settings)
    if missing:
        misfits.append(missing)
    if ends:
        misfits.extend(_unfit_space(theory, whole, ends))
    for misfit in misfits:
        scope.report(misfit)
    return tuple(misfits)


def with_more_seeds(found: Mapping[str, Run], added: tuple[int, ...]) -> Mapping[str, Run]:
    """Runs with some seeds more than they say. Those trained elsewhere have the seeds that there are, and a run on a
    landscape with one seed is one curve, which others would only repeat."""
    return {
        name: run
        if run.source or (run.descent is not None and len(run.seeds) == 1)
        else replace(run, seeds=tuple(sorted({*run.seeds, *added})))
        for name, run in found.items()
    }


def runs(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> Mapping[str, Run]:
    """The runs of networks of a specification, with every field filled in."""
    landscapes = on_landscapes(scope, theory, ends)
    written = drafts(scope, theory, landscapes)
    for draft in written.values():
        if draft.like in landscapes:
            span = draft.given.values["like"].span
            scope.report(field_type.found(f"{shown(span)}, a run on a landscape", "a run of a network", span))
    settings = completed(scope, written)
    found: dict[str, Run] = {}
    for name, draft in written.items():
        if name not in settings:
            continue
        base = settings.get(draft.like) if draft.like else None
        base_space = ends[draft.like].source[0] if draft.like and draft.like in ends else None
        misfits = _misfits(scope, theory, Whole(draft, settings[name], base, base_space), ends.get(name))
        if draft.resume and draft.resume in settings:
            for misfit in _unfit_resume(draft, settings[name], settings[draft.resume], ends):
                scope.report(misfit)
        if name in ends and not misfits:
            start = start_run(theory, draft.resume, ends, ends[name].source)
            run = _run(theory, draft, settings[name], ends[name], start)
            if run:
                found[name] = run
    return found

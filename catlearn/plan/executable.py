"""What a checked theory asks for and this version cannot train or decide: refused by name, before any work."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from math import prod

from catlearn.diagnostics import Diagnostic, Label
from catlearn.theory.layers.table import EXTERN, blocks_of, every_layer
from catlearn.theory.measures import measures_by_relation, parts_of, uncomputed
from catlearn.theory.names import bare
from catlearn.theory.rules import not_executable
from catlearn.theory.settings import networks_of
from catlearn.theory.theory import (
    Claim,
    ClassesProposition,
    ClassMeasure,
    ClassMeasureProposition,
    Proposition,
    Relation,
    RelationCellProposition,
    Run,
    Theory,
)


def unavailable(theory: Theory, allow_extern: bool = False) -> Iterator[Diagnostic]:
    """Everything that cannot be trained or decided, each at its place: a user's own modules too, unless allowed."""
    if not allow_extern:
        yield from _foreign(theory)
    yield from _misplaced_words(theory)
    yield from _trained_elsewhere(theory)
    yield from _without_spread(theory)
    yield from _too_large(theory)
    yield from _joint_runs(theory)
    for claim in theory.claims.values():
        for part in parts_of(claim.proposition):
            yield from _related(theory, claim, part)
            for measure in measures_by_relation(part):
                runs = [theory.runs[name] for name in (measure.run, measure.other) if name]
                relation = theory.relations[measure.relation or ""]
                for what, wanted in (*_undecidable(relation, runs), *_unused(relation)):
                    yield not_executable.of(what, wanted, claim.span)
    for found in uncomputed(theory):
        yield not_executable.of(f"`{found.name}`", "a measure or a distance that can be computed already", found.span)


def _foreign(theory: Theory) -> Iterator[Diagnostic]:
    """Modules of a user's own, in the networks of runs."""
    for run in theory.runs.values():
        for layer in every_layer(chain.from_iterable(networks_of(theory, run))):
            if layer.operation == EXTERN:
                label = Label(f"`{bare(run.name)}` would import and train it", run.span)
                hint = "pass `--allow-extern` to `compile`, `run`, `verify` and `recheck`"
                yield not_executable.of(
                    "`extern`", "the permission to import it", layer.span or run.span, (label,), hint
                )


def _misplaced_words(theory: Theory) -> Iterator[Diagnostic]:
    """Embeddings of what other layers give: those are no words, and no gradient passes."""
    for run in theory.runs.values():
        for layer in chain.from_iterable(tuple(every_layer(layers))[1:] for layers in networks_of(theory, run)):
            if layer.operation == "embedding":
                label = Label(f"`{bare(run.name)}` would train it", run.span)
                found = "an `embedding` of what other layers give"
                yield not_executable.of(
                    found, "it as the first layer of a network, on words", layer.span or run.span, (label,)
                )


def _trained_elsewhere(theory: Theory) -> Iterator[Diagnostic]:
    """What cannot be made of runs whose files were made by another program: nothing can be trained twice, or go on."""
    imported = {name for name, run in theory.runs.items() if run.source is not None}
    for name in sorted(imported):
        run = theory.runs[name]
        found = f"the run `{bare(name)}` in files"
        if run.start_run is not None:
            yield not_executable.of(f"{found}, from another run's end", "one that begins at `@init`", run.span)
    for run in theory.runs.values():
        if run.resume in imported:
            found = f"the run `{bare(run.resume or '')}` in files, without optimiser state"
            yield not_executable.of(found, "a run that was trained here, to resume it", run.span)
    for law in theory.laws.values():
        for name in sorted(imported & {*law.left, *law.right}):
            found = f"a law about the run `{bare(name)}` in files, which cannot be made twice"
            yield not_executable.of(found, "one about runs that are trained here", law.span)


def _without_spread(theory: Theory) -> Iterator[Diagnostic]:
    """Layers that would see one number a channel in some batch, whose variance is not defined."""
    for run in theory.runs.values():
        sizes = [theory.datasets[name].train_size for name in run.data]
        remainders = [size % run.batch for size in sizes if run.keep_last]
        for layer in every_layer(chain.from_iterable(networks_of(theory, run))):
            if 1 in (run.batch, *remainders) and layer.operation == "batchnorm" and prod(layer.input_shape[1:]) == 1:
                label = Label(f"`{bare(run.name)}` would train it", run.span)
                found = "`batchnorm` on a batch of one example"
                yield not_executable.of(found, "batches of at least two", layer.span or run.span, (label,))


LARGEST_PARAMETERS = 100_000_000
"""Parameters of the largest network that is trained: sixteen lanes of it, with gradients and state, fill 24 GB."""


def _too_large(theory: Theory) -> Iterator[Diagnostic]:
    """Runs whose networks are larger than any machine that this version is meant for."""
    for run in theory.runs.values():
        blocks = theory.spaces[run.space].blocks
        count = sum(prod(shape) for block in blocks for _, shape in block.tensors)
        if count > LARGEST_PARAMETERS:
            found = f"{count:,} parameters in the network of `{bare(run.name)}`"
            yield not_executable.of(found, f"at most {LARGEST_PARAMETERS:,}", run.span)


def _joint_runs(theory: Theory) -> Iterator[Diagnostic]:
    """What cannot be trained jointly: in a pullback of fibres, with modules of a user's own, or from files."""
    for run in (run for run in theory.runs.values() if run.tasks):
        name = bare(run.space)
        networks = networks_of(theory, run)
        reads = [{block for block, _ in task.reads} for task in run.tasks]
        blocks = [{block.path for block in blocks_of(layers)} for layers in networks]
        if any(not own <= known for own, known in zip(blocks, reads, strict=True)):
            hint = "take the pullback of the spaces first, then its fibre"
            wanted = "a run in a fibre of a pullback"
            yield not_executable.of(f"a run in `{name}`, a pullback of fibres", wanted, run.span, (), hint)
        if any(layer.operation == EXTERN for layer in every_layer(chain.from_iterable(networks))):
            found = f"a joint run in `{name}` with `extern`"
            yield not_executable.of(found, "networks of the layers of the language", run.span)
        if run.source is not None:
            found = f"the run `{bare(run.name)}` in files, in `{name}`"
            yield not_executable.of(found, "a joint run that is trained here", run.span)


def _related(theory: Theory, claim: Claim, part: Proposition) -> Iterator[Diagnostic]:
    """Claims by a relation that cannot be decided."""
    match part:
        case RelationCellProposition(cell=cell, pairs="disjoint") if cell in theory.composite_cells:
            found = f"`{bare(cell)}`, a composite, over disjoint pairs"
            yield not_executable.of(found, "a cell by itself, or `pairs = same`", claim.span)
            return
        case RelationCellProposition(cell=cell) if cell in theory.composite_cells:
            for single in theory.composite_cells[cell].parts:
                yield from _uncomposed(theory, claim, single)
                yield from _related(theory, claim, replace(part, cell=single))
            return
        case RelationCellProposition(cell=cell, pairs=pairs):
            named = theory.relation_cells[cell]
            relation, names = theory.relations[named.relation], (named.source, named.target)
            if pairs == "disjoint" and relation.kind != "dihomotopy":
                found = f"`{bare(cell)}`, by the `{relation.kind}` `{relation.name}`, over disjoint pairs"
                yield not_executable.of(found, "a cell by a `dihomotopy`, or `pairs = same`", claim.span)
        case (
            ClassesProposition(runs=names, relation=name)
            | ClassMeasureProposition(quantity=ClassMeasure(runs=names, relation=name))
        ):
            relation = theory.relations[name]
            if relation.kind != "dihomotopy":
                found = f"classes by `{name}`, a `{relation.kind}`"
                yield not_executable.of(found, "classes by a `dihomotopy`", claim.span)
        case _:
            return
    runs = [theory.runs[name] for name in names if name in theory.runs]
    joint = _joint(relation) if any(run.tasks for run in runs) else ()
    for found, wanted in (*joint, *_undecidable(relation, runs)):
        yield not_executable.of(found, wanted, claim.span, (Label("the relation", relation.span),))


def _uncomposed(theory: Theory, claim: Claim, cell: str) -> Iterator[Diagnostic]:
    """A part of a composite cell by a relation whose cells do not compose yet."""
    named = theory.relation_cells.get(cell)
    relation = theory.relations[named.relation] if named else None
    if named and relation and relation.kind != "dihomotopy":
        found = f"a composite of `{named.name}`, a cell by the `{relation.kind}` `{relation.name}`"
        yield not_executable.of(found, "a composite of cells by a `dihomotopy`", claim.span)


def _undecidable(relation: Relation, runs: Iterable[Run]) -> Iterator[tuple[str, str]]:
    """What is found in a relation that cannot be decided, and what can be."""
    name = f"`{relation.name}`"
    if relation.kind != "dihomotopy":
        yield from _unlike_a_dihomotopy(relation, runs)
        return
    if relation.on is not None and any(run.descent is not None for run in runs):
        found = f"a claim by {name} on `{'.'.join(relation.on)}` about runs on a landscape"
        yield found, "the landscape's own loss: leave `on` out"
    if relation.obstruction and any(run.descent is None for run in runs):
        yield f"a claim by {name}, which declares an obstruction, about networks", "one about runs on a landscape"
    if relation.modulo != "none" and any(run.descent is not None for run in runs):
        yield f"a claim by {name} modulo `{relation.modulo}` about runs on a landscape", "`modulo = none`"


def _unused(relation: Relation) -> Iterator[tuple[str, str]]:
    """What a measure of runs makes no use of."""
    if relation.obstruction:
        found = f"a measure by `{relation.name}`, which declares an obstruction"
        yield found, "a cell by it, or a measure without: widths of sheets alone are measured"


def _joint(relation: Relation) -> Iterator[tuple[str, str]]:
    """What a relation between joint runs cannot have: their networks learn from several splits, and share units."""
    found = f"a claim by `{relation.name}`"
    if relation.on is not None:
        yield f"{found} on `{'.'.join(relation.on)}` about joint runs", "one on their own splits: leave `on` out"
    if relation.modulo != "none":
        yield f"{found} modulo `{relation.modulo}` about networks that share blocks", "`modulo = none`"


def _unlike_a_dihomotopy(relation: Relation, runs: Iterable[Run]) -> Iterator[tuple[str, str]]:
    """What a relation between ends, or one in a static region, cannot have yet."""
    name = f"a claim by `{relation.name}`"
    if relation.on is not None and (relation.kind == "homotopy" or any(run.descent is not None for run in runs)):
        yield f"{name} on `{'.'.join(relation.on)}`", "one on the runs' own training split: leave `on` out"
    if relation.modulo != "none":
        yield f"{name} modulo `{relation.modulo}`", f"`modulo = none` in a `{relation.kind}`"
    if relation.obstruction and any(run.descent is None for run in runs):
        yield f"{name}, which declares an obstruction, about networks", "one about runs on a landscape"
    if relation.effort != "normal" and relation.kind == "homotopy":
        yield f"{name} with `effort = {relation.effort}`", f"`effort = normal` in a `{relation.kind}`"
    if relation.close == "path" and any(run.descent is None for run in runs):
        yield f"{name}, closed by a path, about networks", "`close = segment`: no paths of networks are looked for"

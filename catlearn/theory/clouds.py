"""What functors read of runs, clouds and paths of clouds, and the measures of them."""

from dataclasses import fields, replace
from typing import Any

from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.arguments import Reading, Setting, call_of, degrees, run_of, value_of
from catlearn.theory.fields import Given
from catlearn.theory.functors import checkpoints, trace_clouds
from catlearn.theory.measures import MEASURES, Argument, Gives, Takes
from catlearn.theory.names import FUNCTORS, Entry, Scope, bare
from catlearn.theory.points import find_producer
from catlearn.theory.rules import composition, field_type, missing_field, seed_mismatch, shape_mismatch
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.theory import CloudMeasure, CloudRead, CloudTerms, LayerwiseMeasure, Run
from catlearn.theory.through import through
from catlearn.theory.values import number_range, shown, word


def reads(scope: Scope, call: tree.Call) -> bool:
    """Whether a call is a functor at a checkpoint, or along a run."""
    argument = call.arguments[0].value if len(call.arguments) == 1 else None
    functor = any(isinstance(entry.node, FUNCTORS) for entry in scope.candidates(call.function.name))
    return isinstance(argument, tree.Checkpoint) or (functor and isinstance(argument, tree.Name))


def read_at(setting: Setting, written: tree.Expression) -> CloudRead | None:
    """What `L(A@gd)` or `L(gd)` reads; None, reported, where it reads nothing."""
    call = call_of(written)
    point = call.arguments[0].value if call and len(call.arguments) == 1 else None
    if call is None or not isinstance(point, tree.Checkpoint | tree.Name):
        setting.scope.report(field_type.found(shown(written.span), Takes.CLOUD.value, written.span))
        return None
    functor = setting.scope.find(call.function, FUNCTORS)
    composite = setting.theory.presented_functors.get(functor.name) if functor else None
    if composite:
        return through(setting, composite, point, call)
    run = _read_run(setting, point)
    return None if functor is None or run is None else _read_by(setting, functor, run, point)


def _read_by(setting: Setting, functor: Entry, run: str, point: tree.Checkpoint | tree.Name) -> CloudRead | None:
    """What a functor that reads by itself reads of a run; None, reported, where the run is not in its source."""
    whole = setting.theory.functors.get(functor.name)
    space = setting.theory.spaces.get(setting.ends[run].source[0])
    if whole and whole.over is not None and space and space.name != whole.over:
        found = f"at a point of `{bare(space.name)}`"
        wanted = f"a point of `{bare(whole.over)}`, to which it is restricted"
        setting.scope.report(composition.ends(f"`{functor.name}`", found, wanted, point.span))
        return None
    if whole and space and space.category != whole.source:
        found, wanted = f"at a point of `{space.category}`", f"a point of `{whole.source}`, its source"
        setting.scope.report(composition.ends(f"`{functor.name}`", found, wanted, point.span))
        return None
    return CloudRead(functor.name, run, isinstance(point, tree.Name))


def _read_run(setting: Setting, point: tree.Checkpoint | tree.Name) -> str | None:
    """The run whose end a checkpoint is, or the run of a name."""
    if isinstance(point, tree.Checkpoint):
        return find_producer(setting.scope, setting.ends, setting.theory.laws, point, None)
    run = run_of(setting, point)
    return run.name if run else None


def of_clouds(setting: Setting, call: tree.Call, given: Given, readings: list[object | None]) -> Reading | None:
    """A measure of one cloud or of two."""
    name = call.function.name
    row, clouds = MEASURES[name], tuple(found for found in readings if isinstance(found, CloudRead))
    spans = tuple(given.values[argument.name].span for argument in row.arguments if argument.takes is Takes.CLOUD)
    if not given.complete or None in readings or not _corresponding(setting, clouds, spans):
        return None
    terms = cloud_terms(setting, given, row.arguments, clouds, call.span)
    run = setting.theory.runs.get(clouds[0].run)
    if terms is None or run is None:
        return None
    degree = given.take("degree", degrees, Takes.DEGREE.value, NO_DEGREES)
    scale = given.take("scale", number_range, Takes.SCALES.value)
    value = CloudMeasure(name, clouds, degree or (), scale, terms)
    return Reading(value, call.span, row.gives, run, row.unit or None, row.exact and terms.along != "mean")


def of_layers(setting: Setting, call: tree.Call, given: Given, readings: list[object | None]) -> Reading | None:
    """The measure of every layer of what a cell joins."""
    cell, probe = (found.name if isinstance(found, Entry) else "" for found in (*readings, None, None)[:2])
    named, read = setting.theory.relation_cells.get(cell), setting.theory.probes.get(probe)
    if not given.complete or named is None or read is None:
        return None
    left, right = (setting.theory.runs[run] for run in (named.source, named.target))
    if left.network != right.network or left.descent is not None or left.tasks or right.tasks:
        found = f"`{bare(cell)}`, whose runs have no one network in common"
        setting.scope.report(field_type.found(found, "a cell between runs of one network", given.values["cell"].span))
        return None
    seen, taken = (setting.theory.datasets[name].input_shape for name in (read.dataset, left.dataset))
    if seen != taken:
        found, wanted = f"`{shape_text(seen)}` from `{probe}`", f"`{shape_text(taken)}`, which the runs take"
        setting.scope.report(shape_mismatch.between(found, read.span, wanted, given.values["on"].span))
        return None
    along = given.take("along", word, Takes.ALONG.value)
    if along is not None and not _as_many(setting, given, left, right):
        return None
    value = LayerwiseMeasure(cell, left.name, right.name, probe, along)
    return Reading(value, call.span, Gives.SEED, left)


def _as_many(setting: Setting, given: Given, left: Run, right: Run) -> bool:
    """Whether two runs have as many checkpoints, as far as can be told; reports where they have not."""
    first, second = checkpoints(setting.theory, left), checkpoints(setting.theory, right)
    if first is None or second is None or first == second:
        return True
    found = f"`{bare(left.name)}` and `{bare(right.name)}`, of {first} and {second} checkpoints"
    hint = "leave `along` out to compare their ends"
    setting.scope.report(field_type.found(found, "runs with as many checkpoints", given.values["along"].span, hint))
    return False


NO_DEGREES: tuple[int, ...] = ()


def _corresponding(setting: Setting, clouds: tuple[CloudRead, ...], spans: tuple[Span, ...]) -> bool:
    """Whether the points of two clouds correspond, of the same seeds, and of paths cloud by cloud; reports why not."""
    theory = setting.theory
    known = all(cloud.functor in theory.functors and cloud.run in theory.runs for cloud in clouds)
    if not known or len(clouds) == 1:
        return known
    probes = [theory.functors[cloud.functor].probe for cloud in clouds]
    first, second = (theory.runs[cloud.run] for cloud in clouds)
    if probes[0] != probes[1]:
        found = f"{shown(spans[1])} on the probe `{probes[1]}`"
        setting.scope.report(field_type.found(found, f"one on `{probes[0]}`, as {shown(spans[0])}", spans[1]))
        return False
    if first.seeds != second.seeds:
        names = bare(first.name), bare(second.name)
        setting.scope.report(seed_mismatch.unequal(names[0], first.seeds, spans[0], names[1], second.seeds, spans[1]))
        return False
    return as_long(setting, clouds, spans)


def as_long(setting: Setting, clouds: tuple[CloudRead, ...], spans: tuple[Span, ...]) -> bool:
    """Whether two paths have as many clouds, as far as can be told; reports where they have not."""
    functors = [setting.theory.functors.get(cloud.functor) for cloud in clouds]
    pairs = zip(functors, clouds, strict=True)
    found = [trace_clouds(setting.theory, functor, cloud.run) for functor, cloud in pairs if functor and cloud.path]
    if len(found) < 2 or None in found or found[0] == found[1]:
        return True
    there = f"{shown(spans[1])}, a path of {found[1]} clouds"
    setting.scope.report(field_type.found(there, f"one of {found[0]}, as {shown(spans[0])}", spans[1]))
    return False


def cloud_terms(
    setting: Setting, given: Given, known: tuple[Argument, ...], clouds: tuple[CloudRead, ...], span: Span
) -> CloudTerms | None:
    """The terms on which clouds are measured; None, reported, where they are not in order."""
    terms_given = [argument for argument in known if argument.name in TERMS and argument.name in given.values]
    found: dict[str, Any] = {argument.name: value_of(setting, given, argument) for argument in terms_given}
    if None in found.values():
        return None
    terms = replace(CloudTerms(), **found)
    paths = any(cloud.path for cloud in clouds)
    if paths and terms.along is None:
        hint = "write `along = max`; or `min`, `mean`, `first`, `last`"
        setting.scope.report(missing_field.something("a path of clouds, with a number each", "`along`", span, hint))
        return None
    if terms.along is not None and not paths:
        wanted = "none: it belongs to paths, such as `L(gd)`"
        setting.scope.report(field_type.found(f"`along = {terms.along}`", wanted, given.values["along"].span))
        return None
    return terms if _drawn(setting, given, terms, clouds) else None


TERMS = tuple(field.name for field in fields(CloudTerms))


def _drawn(setting: Setting, given: Given, terms: CloudTerms, clouds: tuple[CloudRead, ...]) -> bool:
    """Whether the probe has the points that are to be drawn of it."""
    functor = setting.theory.functors.get(clouds[0].functor)
    probe = setting.theory.probes.get(functor.probe) if functor else None
    if probe is None or terms.points is None or terms.points <= probe.size:
        return True
    wanted = f"at most {probe.size}, the size of `{probe.name}`"
    setting.scope.report(field_type.found(f"{terms.points} points", wanted, given.values["points"].span))
    return False

"""Quantities: measures of runs and arithmetic on them, read with what they give, of which seeds, in which unit."""

from fractions import Fraction

from catlearn.diagnostics import Diagnostic, listed
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.arguments import Reading, Setting, call_of, declared, family_of, named, run_of, value_of
from catlearn.theory.cells import incomparable
from catlearn.theory.clouds import of_clouds, of_layers, read_at
from catlearn.theory.data import of_another_form, split_of
from catlearn.theory.fields import Given, of_call, required
from catlearn.theory.layers.table import every_layer
from catlearn.theory.measures import CONSTANCY, DISTANCES, MEASURES, NUMBERS, Argument, Gives, Takes
from catlearn.theory.names import FUNCTORS, Entry, Scope, bare
from catlearn.theory.rules import field_type, seed_mismatch, unknown_name
from catlearn.theory.settings import networks_of
from catlearn.theory.theory import (
    ClassMeasure,
    CloudMeasure,
    Combination,
    Correlation,
    Measure,
    Quantity,
    Run,
    Theory,
    Uncomputed,
)
from catlearn.theory.values import number, shown

OPERATORS = ("+", "-", "*", "/")
ZERO = Fraction(0)

UNCOUNTED = frozenset({"attention", "extern"})
"""Layers whose products `flops` does not count: some are of activations with each other, and some are not known."""

OF_ONE_NETWORK = frozenset({"gap", "sharpness", "length", "fisher_length"})
"""Computed measures of a network with its data, that no argument says which."""


def has_measure(written: tree.Expression | None) -> bool:
    """Whether there is a call anywhere in an arithmetic expression."""
    match written:
        case tree.Call():
            return True
        case tree.Negation(operand):
            return has_measure(operand)
        case tree.Binary(_, left, right):
            return has_measure(left) or has_measure(right)
    return False


# Arithmetic.


def quantity(setting: Setting, written: tree.Expression) -> Reading | None:
    """A measure, a number or arithmetic on them; None, reported, where it is none of these."""
    if not has_measure(written):
        value = required(setting.scope, written, number, "a number or a measure of a run")
        return None if value is None else Reading(value, written.span, exact=True)
    match written:
        case tree.Call():
            return _measure(setting, written)
        case tree.Negation(operand):
            inner = quantity(setting, operand)
            return inner and inner._replace(quantity=Combination("-", ZERO, inner.quantity), span=written.span)
        case tree.Binary(operator, left, right) if operator in OPERATORS:
            first, second = quantity(setting, left), quantity(setting, right)
            return _combined(setting, written, first, second) if first and second else None
    wanted = "one of `+`, `-`, `*`, `/` between measures"
    setting.scope.report(field_type.found(shown(written.span), wanted, written.span))
    return None


def _combined(setting: Setting, written: tree.Binary, left: Reading, right: Reading) -> Reading | None:
    if written.operator == "/" and right.constant == 0:
        setting.scope.report(field_type.found("a division by 0", "a divisor other than 0", right.span))
        return None
    additive = written.operator in ("+", "-")
    if not together(setting, left, right, additive):
        return None
    typed = left if left.gives else right
    unit = left.unit or right.unit
    if not additive and left.gives and right.gives:
        unit = None
    if not additive and right.gives and written.operator == "/":
        unit = None
    value = Combination(written.operator, left.quantity, right.quantity)
    return Reading(value, written.span, typed.gives, left.run or right.run, unit, left.exact and right.exact)


def together(setting: Setting, left: Reading, right: Reading, alike: bool) -> bool:
    """Whether two quantities may stand in one expression, and in one unit where that must be `alike`; reports why not.

    Numbers go with everything."""
    for reading in (left, right):
        if reading.gives and reading.gives not in NUMBERS:
            setting.scope.report(
                field_type.found(f"{reading.gives.value}, {shown(reading.span)}", "numbers", reading.span)
            )
            return False
    if left.gives and right.gives and left.gives is not right.gives:
        found = f"{shown(right.span)}, {right.gives.value}, with {shown(left.span)}, {left.gives.value}"
        setting.scope.report(field_type.found(found, "both of one kind", right.span))
        return False
    if alike and not _one_unit(setting, left, right):
        return False
    if left.run and right.run and left.run.seeds != right.run.seeds:
        first, second = bare(left.run.name), bare(right.run.name)
        setting.scope.report(
            seed_mismatch.unequal(first, left.run.seeds, left.span, second, right.run.seeds, right.span)
        )
        return False
    return True


def comparable(setting: Setting, left: Reading, right: Reading) -> bool:
    """Whether two quantities may be compared: as if in one expression, but that their seeds may differ."""
    return together(setting, left._replace(run=None), right._replace(run=None), alike=True)


def _one_unit(setting: Setting, left: Reading, right: Reading) -> bool:
    if not left.unit or not right.unit or left.unit == right.unit:
        return True
    found = f"{shown(right.span)} in the unit {right.unit}"
    setting.scope.report(field_type.found(found, f"{left.unit}, the unit of {shown(left.span)}", right.span))
    return False


# Measures.


def _measure(setting: Setting, call: tree.Call) -> Reading | None:
    name = call.function.name
    row = MEASURES.get(name)
    if row is None:
        _no_measure(setting.scope, call)
        return None
    if name == "classes":
        wanted = "it by itself: a count of classes is compared with a whole number"
        setting.scope.report(field_type.found(f"{shown(call.span)} in an expression", wanted, call.span))
        return None
    given = of_call(setting.scope, call, row.signature)
    readings = [_argument(setting, given, argument) for argument in row.arguments if argument.name in given.values]
    if name == "layerwise_affine":
        return of_layers(setting, call, given, readings)
    if row.family == "representations":
        return of_clouds(setting, call, given, readings)
    run = next((found for found in readings if isinstance(found, Run)), None)
    whole = given.complete and None not in readings and _of_one_family(setting, readings)
    value: Quantity | None = Uncomputed(name, call.span) if whole else None
    if whole and row.computed and run:
        value = _along(setting, call, given, readings) if "by" in given.values else _computed(setting, name, run, given)
    elif whole and name in OVER_CLASSES:
        value = _over_classes(name, call, readings)
    elif whole and row.computed:
        inner = [found.quantity for found in readings if isinstance(found, Reading)]
        value = value if any(map(known_between, inner)) else Correlation(name, *inner)
    family = run if row.gives is Gives.SEED else None
    return None if value is None else Reading(value, call.span, row.gives, family, row.unit or None, row.exact)


OVER_CLASSES = ("spread", "separation")


def _over_classes(name: str, call: tree.Call, readings: list[object | None]) -> Quantity:
    """A measure over classes; of arithmetic on measures none is computed."""
    match readings:
        case [Reading(quantity=Measure() as measure), (tuple() as runs, str() as relation)] if not known_between(
            measure
        ):
            return ClassMeasure(name, measure, runs, relation, call.span)
        case [Reading(quantity=CloudMeasure(clouds=(_,)) as measure), (tuple() as runs, str() as relation)]:
            return ClassMeasure(name, measure, runs, relation, call.span)
    return Uncomputed(name, call.span)


def _of_one_family(setting: Setting, readings: list[object | None]) -> bool:
    """Whether the measures among some arguments have the same seeds."""
    inner = [reading for reading in readings if isinstance(reading, Reading)]
    return all(together(setting, inner[0], other, alike=False) for other in inner[1:])


def _no_measure(scope: Scope, call: tree.Call) -> None:
    name = call.function.name
    if name in DISTANCES:
        wanted = f"a measure: write `… ~ … by {name}(…) within …`"
        scope.report(field_type.found(f"the distance `{name}`", wanted, call.function.span))
    elif name in CONSTANCY:
        scope.report(field_type.found(f"a comparison of {shown(call.span)}", "the call by itself", call.span))
    elif not scope.may_be_lost(name):
        functors = tuple(entry.name for kind in FUNCTORS for entry, _ in scope.of(kind))
        known = (*MEASURES, *functors)
        kinds = frozenset({"a measure", "a functor"})
        scope.report(unknown_name.undeclared(name, call.function.span, " or ".join(sorted(kinds)), known, kinds))


def known_between(found: Quantity) -> bool:
    """Whether a measure stands in a quantity that is only known to lie between two numbers."""
    match found:
        case Measure(name):
            return MEASURES[name].between
        case Combination(_, left, right):
            return known_between(left) or known_between(right)
    return False


def _computed(setting: Setting, name: str, run: Run, given: Given) -> Measure | None:
    """A computed measure with its data; the split must have the form that the run's network takes."""
    written = given.values.get("on")
    found = _unmeasurable(name, run, written is not None)
    if found is not None:
        setting.scope.report(field_type.found(*found, (written or given.values["run"]).span))
        return None
    lacking = _lacking(setting.theory, name, run)
    if lacking:
        setting.scope.report(field_type.found(f"`{name}` of `{bare(run.name)}`", lacking, given.span("run", run.span)))
        return None
    if run.tasks and name in OF_ONE_NETWORK:
        setting.scope.report(_of_a_joint_run(name, run, given.span("run", run.span)))
        return None
    if written is None:
        return Measure(name, run.name, *_own_data(name, run))
    split = split_of(setting.scope, written)
    dataset = setting.theory.datasets.get(split[0].name) if split else None
    if split is None or dataset is None:
        return None
    if run.tasks:
        learnt = _learnt(setting, run, dataset.name, given.values["on"])
        return Measure(name, run.name, dataset.name, split[1]) if learnt else None
    unfit = of_another_form(dataset, setting.theory.datasets[run.dataset], run.name, written.span)
    if unfit is not None:
        setting.scope.report(unfit)
        return None
    return Measure(name, run.name, dataset.name, split[1])


def _lacking(theory: Theory, name: str, run: Run) -> str | None:
    """What a run must be for a measure of its training, where it is not."""
    if name == "train_time" and run.source is not None:
        return "a run that is trained here"
    layers = [layer.operation for layers in networks_of(theory, run) for layer in every_layer(layers)]
    if name == "flops" and (run.descent is not None or not UNCOUNTED.isdisjoint(layers)):
        return f"a network whose products are counted, without {' or '.join(f'`{name}`' for name in sorted(UNCOUNTED))}"
    return None


def _learnt(setting: Setting, run: Run, dataset: str, written: tree.Expression) -> bool:
    """Whether just one network of a joint run learns a dataset, so that a measure on it is of this network; reports why
    not."""
    count = run.data.count(dataset)
    if count == 1:
        return True
    which = "several networks" if count else "no network"
    found = f"`{dataset}`, from which {which} of `{bare(run.name)}` learn{'s' * (not count)}"
    wanted = "the dataset of one of its networks: " + listed(dict.fromkeys(run.data))
    hint = "declare the dataset under a name of its own for each network" if count else None
    setting.scope.report(field_type.found(found, wanted, written.span, hint))
    return False


def _of_a_joint_run(name: str, run: Run, span: Span) -> Diagnostic:
    """A measure that is taken of one network, of a run that trains several."""
    found = f"`{name}` of `{bare(run.name)}`, a joint run"
    return field_type.found(found, "a measure of all its networks, or one on the data of one", span)


def _own_data(name: str, run: Run) -> tuple[str | None, str | None]:
    """The data that a measure is taken on where none are named."""
    if run.descent is not None or not (name == "gap" or any(a.default for a in MEASURES[name].arguments)):
        return None, None
    return run.dataset, None if name == "gap" else "train"


def _unmeasurable(name: str, run: Run, on_data: bool) -> tuple[str, str] | None:
    """What is found in a run of which a measure cannot be taken, and what is required; None where it can."""
    if run.descent is not None and (on_data or name in ("gap", "fisher_length")):
        return f"`{name}` of `{bare(run.name)}`, a run on a landscape", "a measure that needs no data"
    if name == "fisher_length" and run.loss != "cross_entropy":
        found = f"`{name}` of `{bare(run.name)}`, whose loss is `{run.loss}`"
        return found, "`cross_entropy`: only its predictions are distributions"
    return None


def _along(setting: Setting, call: tree.Call, given: Given, readings: list[object | None]) -> Measure | None:
    """A width or a height, by a dihomotopy; of two runs that have a common space and the same seeds."""
    name, runs = call.function.name, [found for found in readings if isinstance(found, Run)]
    entry = next(found for found in readings if isinstance(found, Entry))
    relation = setting.theory.relations.get(entry.name)
    if relation is None:
        return None
    if relation.kind != "dihomotopy":
        found = f"`{name}` by `{relation.name}`, a `{relation.kind}`"
        setting.scope.report(field_type.found(found, "a `dihomotopy`", given.values["by"].span))
        return None
    joint = next((run for run in runs if run.tasks), None)
    if joint is not None:
        setting.scope.report(_of_a_joint_run(name, joint, call.span))
        return None
    if len(runs) == 1:
        return Measure(name, runs[0].name, relation=relation.name)
    spans = given.values["left"].span, given.values["right"].span
    errors = list(incomparable(setting.theory, runs[0], spans[0], runs[1], spans[1]))
    if runs[0].seeds != runs[1].seeds:
        sides = [(bare(run.name), run.seeds, span) for run, span in zip(runs, spans, strict=True)]
        errors.append(seed_mismatch.unequal(*sides[0], *sides[1]))
    for error in errors:
        setting.scope.report(error)
    return None if errors else Measure(name, runs[0].name, relation=relation.name, other=runs[1].name)


def _argument(setting: Setting, given: Given, argument: Argument) -> object | None:
    """What an argument means; None, reported, where it is not what it should be."""
    written = given.values[argument.name]
    match argument.takes:
        case Takes.RUN:
            return run_of(setting, written)
        case Takes.RUNS:
            return family_of(setting, written, "a family of runs")
        case Takes.SPLIT:
            return named(setting, written, Takes.SPLIT) and written
        case Takes.RELATION:
            return declared(setting, written, tree.Relation, argument.takes)
        case Takes.MAP:
            return declared(setting, written, tree.Map, argument.takes)
        case Takes.CELL:
            return declared(setting, written, tree.RelationCell, argument.takes)
        case Takes.PROBE:
            return declared(setting, written, tree.Probe, argument.takes)
        case Takes.CLOUD:
            return read_at(setting, written)
        case Takes.SEED_MEASURE:
            return _seed_measure(setting, written)
        case Takes.CLASSES:
            return _classes(setting, written)
    return value_of(setting, given, argument)


def _seed_measure(setting: Setting, written: tree.Expression) -> Reading | None:
    found = quantity(setting, written)
    if found and found.gives is not Gives.SEED:
        setting.scope.report(field_type.found(shown(written.span), Takes.SEED_MEASURE.value, written.span))
        return None
    return found


def _classes(setting: Setting, written: tree.Expression) -> object | None:
    call = call_of(written)
    if call is None or call.function.name != "classes":
        setting.scope.report(field_type.found(shown(written.span), Takes.CLASSES.value, written.span))
        return None
    given = of_call(setting.scope, call, MEASURES["classes"].signature)
    runs = family_of(setting, given.values.get("runs"), "a count of classes")
    relation = declared(setting, given.values["by"], tree.Relation, Takes.RELATION) if "by" in given.values else None
    if not runs or not isinstance(relation, Entry) or relation.name not in setting.theory.relations:
        return None
    return tuple(run.name for run in runs), relation.name

"""Propositions: what a claim says, by the form in which it is written."""

from collections.abc import Mapping
from fractions import Fraction

from catlearn.diagnostics import Label
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.cells import incomparable
from catlearn.theory.data import split_of
from catlearn.theory.fields import of_call, required
from catlearn.theory.measures import CONSTANCY, COUNTS, DISTANCES, MEASURES, SEED_MEASURES
from catlearn.theory.names import ARROWS, Scope
from catlearn.theory.points import Ends, find_producer
from catlearn.theory.rules import (
    composition,
    duplicate_name,
    field_type,
    missing_field,
    shape_mismatch,
    similarity_needs_equivalence,
    unknown_name,
    unreachable_verdict,
)
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.theory import (
    ClassesProposition,
    ConstantProposition,
    LawProposition,
    Measure,
    MeasureProposition,
    Proposition,
    RelationCellProposition,
    Run,
    ShapeProposition,
    StrictCellProposition,
    Theory,
)
from catlearn.theory.values import identifier, natural, number, positive, shown, whole_range

Kind = type[Proposition]
Read = tuple[Kind | None, Proposition | None]
"""The kind of a proposition where it can be told, and the proposition where it is in order."""

STATISTICAL = (RelationCellProposition, MeasureProposition, ShapeProposition)
MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "~": "~"}
UNSET = Fraction(0)
"""Stands for the confidence until the claim's terms are read."""

CLAIMABLE = (tree.Law, tree.StrictCell, tree.RelationCell)
HIGHEST_DIMENSION = 2
FORMS = "a law, a cell, `constant(map, along = run)` or a comparison of measures"


def proposition(scope: Scope, theory: Theory, ends: Mapping[str, Ends], written: tree.Proposition) -> Read:
    """A proposition by its form; reports what keeps it from being one."""
    if written.operator is None:
        return _plain(scope, theory, written)
    if _measured(written.left) is None and _measured(written.right) is not None and written.right is not None:
        flipped = tree.Proposition(
            written.right, MIRRORED[written.operator], written.left, written.distance, written.margin, written.span
        )
        return _comparison(scope, theory, ends, flipped)
    return _comparison(scope, theory, ends, written)


def _measured(written: tree.Expression | None) -> tree.Call | None:
    return written if isinstance(written, tree.Call) else None


def _misplaced(scope: Scope, what: str, expression: tree.Expression | None, belongs: str) -> bool:
    """Reports a `by` or a `within` where it does not belong."""
    if expression is None:
        return False
    found, wanted = f"`{what} {shown(expression.span).strip('`')}`", f"none: it belongs to {belongs}"
    scope.report(field_type.found(found, wanted, expression.span))
    return True


# Without a comparison: laws, cells, constancy.


def _plain(scope: Scope, theory: Theory, written: tree.Proposition) -> Read:
    name = identifier(written.left)
    _misplaced(scope, "by", written.distance, "`~`")
    _misplaced(scope, "within", written.margin, "`~`")
    if name is not None:
        return _named(scope, theory, name)
    call = _measured(written.left)
    if call and call.function.name in CONSTANCY:
        return ConstantProposition, _constant(scope, theory, call)
    if call and call.function.name in MEASURES:
        wanted = "a comparison, such as `>= 0.9` or `~ … within 1%`"
        scope.report(field_type.found(f"{shown(call.span)} by itself", wanted, call.span))
    elif call:
        scope.report(unknown_name.not_among(call.function.name, call.function.span, "measure", tuple(MEASURES)))
    else:
        scope.report(field_type.found(shown(written.left.span), FORMS, written.left.span))
    return None, None


def _named(scope: Scope, theory: Theory, name: tree.Identifier) -> Read:
    entry = scope.find(name, CLAIMABLE)
    if entry is None:
        return None, None
    if isinstance(entry.node, tree.StrictCell):
        return StrictCellProposition, StrictCellProposition(entry.name)
    if isinstance(entry.node, tree.RelationCell):
        return RelationCellProposition, RelationCellProposition(entry.name, None, UNSET)
    category = theory.categories.get(entry.category or "")
    if category and not category.interpreted:
        scope.report(unreachable_verdict.untestable(name.name, category.name, name.span))
        return None, None
    return LawProposition, LawProposition(entry.name)


def _run(scope: Scope, theory: Theory, expression: tree.Expression | None) -> Run | None:
    if expression is None:
        return None
    name = required(scope, expression, identifier, "the name of a run")
    entry = scope.find(name, (tree.Run,)) if name else None
    return theory.runs.get(entry.name) if entry else None


def _reached(scope: Scope, theory: Theory, space: str) -> set[str]:
    """A space and those that the legs of pullbacks lead to from it."""
    reached = {space}
    names = [entry.name for entry, _ in scope.of(tree.Leg)]
    legs = [theory.structural_maps[name] for name in names if name in theory.structural_maps]
    while more := {leg.target for leg in legs if leg.source in reached} - reached:
        reached |= more
    return reached


def _unknown_fibre(theory: Theory, space: str) -> bool:
    """Whether a space is a pullback that is in error itself."""
    pullback = theory.spaces[space].pullback
    return pullback is not None and pullback not in theory.pullbacks


def _constant(scope: Scope, theory: Theory, call: tree.Call) -> ConstantProposition | None:
    given = of_call(scope, call, CONSTANCY["constant"])
    name = given.take("map", identifier, "the name of a structural map")
    entry = scope.find(name, ARROWS) if name else None
    run = _run(scope, theory, given.values.get("along"))
    arrow = theory.structural_maps.get(entry.name) if entry else None
    if run is None or arrow is None or not given.complete or _unknown_fibre(theory, run.space):
        return None
    if arrow.source not in _reached(scope, theory, run.space):
        goes = f"`{_bare(arrow.name)}` starts at `{_bare(arrow.source)}`"
        wanted = f"a run in `{_bare(arrow.source)}`, where `{_bare(arrow.name)}` starts, or in a pullback over it"
        found = f"in `{_bare(run.space)}`"
        span = given.values["along"].span
        scope.report(composition.ends(f"`{_bare(run.name)}`", found, wanted, span, Label(goes, arrow.span)))
        return None
    return ConstantProposition(arrow.name, run.name)


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


# Comparisons.


def _comparison(scope: Scope, theory: Theory, ends: Mapping[str, Ends], written: tree.Proposition) -> Read:
    call = _measured(written.left)
    if call is None:
        scope.report(field_type.found(shown(written.left.span), "a measure of a run", written.left.span))
        return None, None
    if call.function.name in COUNTS:
        return ClassesProposition, _classes(scope, theory, written, call)
    if call.function.name in SEED_MEASURES:
        return MeasureProposition, _measures(scope, theory, written, call)
    if call.function.name in CONSTANCY:
        scope.report(field_type.found(f"a comparison of {shown(call.span)}", "the call by itself", written.span))
        return None, None
    if len(call.arguments) == 1 and isinstance(call.arguments[0].value, tree.Checkpoint):
        return ShapeProposition, _shape(scope, theory, ends, written, call)
    if not scope.may_be_lost(call.function.name):
        functors = tuple(entry.name for entry, _ in scope.of(tree.Functor))
        known = (*MEASURES, *functors)
        scope.report(unknown_name.undeclared(call.function.name, call.function.span, "a measure or a functor", known))
    return None, None


def _bound(scope: Scope, written: tree.Proposition) -> int | None:
    right = written.right
    if written.operator == "~" or right is None:
        wanted = "one of `==`, `<=`, `>=`, `<`, `>`: counts are compared exactly"
        scope.report(field_type.found("`~` on a count of classes", wanted, written.span))
        return None
    return required(scope, right, natural, "a whole number of classes")


def _joined(expression: tree.Expression) -> tuple[tree.Expression, ...]:
    """The terms of a sum, from left to right."""
    terms: list[tree.Expression] = []
    while isinstance(expression, tree.Binary) and expression.operator == "+":
        terms.append(expression.right)
        expression = expression.left
    return (expression, *reversed(terms))


def _classes(scope: Scope, theory: Theory, written: tree.Proposition, call: tree.Call) -> ClassesProposition | None:
    given = of_call(scope, call, COUNTS["classes"])
    bound = _bound(scope, written)
    misplaced = [
        _misplaced(scope, "by", written.distance, "comparisons of shapes"),
        written.operator != "~" and _misplaced(scope, "within", written.margin, "`~`"),
    ]
    uses = _joined(given.values["runs"]) if "runs" in given.values else ()
    found = [(_run(scope, theory, use), use.span) for use in uses]
    runs = [(run, span) for run, span in found if run]
    name = given.take("by", identifier, "the name of a relation")
    relation = scope.find(name, (tree.Relation,)) if name else None
    fitting = _one_loss(scope, theory, runs)
    if bound is None or any(misplaced) or len(runs) < len(found) or not fitting or not given.complete:
        return None
    if relation is None or relation.name not in theory.relations or written.operator is None:
        return None
    return ClassesProposition(tuple(run.name for run, _ in runs), relation.name, written.operator, bound)


def _one_loss(scope: Scope, theory: Theory, runs: list[tuple[Run, Span]]) -> bool:
    """Whether all runs descend one loss on one space, each named once."""
    fitting = True
    for position, (run, span) in enumerate(runs):
        if any(run.name == other.name for other, _ in runs[:position]):
            scope.report(duplicate_name.repeated(f"the run `{_bare(run.name)}`", "a count of classes", span))
            fitting = False
        for error in incomparable(theory, *runs[0], run, span):
            scope.report(error)
            fitting = False
    return fitting


def _measure(scope: Scope, theory: Theory, call: tree.Call) -> Measure | None:
    name = call.function.name
    given = of_call(scope, call, SEED_MEASURES[name])
    run = _run(scope, theory, given.values.get("run"))
    split = split_of(scope, given.values["on"]) if "on" in given.values else None
    dataset = theory.datasets.get(split[0].name) if split else None
    if run is None or split is None or dataset is None or not given.complete:
        return None
    own = theory.datasets[run.dataset]
    if (dataset.input_shape, dataset.classes) != (own.input_shape, own.classes):
        shapes = [f"`{shape_text(data.input_shape)}` in {data.classes} classes" for data in (dataset, own)]
        found, wanted = f"{shapes[0]} from `{dataset.name}`", f"{shapes[1]}, as `{_bare(run.name)}` takes"
        scope.report(shape_mismatch.between(found, dataset.span, wanted, given.values["on"].span))
        return None
    return Measure(name, run.name, dataset.name, split[1])


def _right(scope: Scope, theory: Theory, written: tree.Expression, left: str) -> Measure | Fraction | None:
    """The right side of a comparison: the same measure, or a number."""
    call = _measured(written)
    if call is None:
        return required(scope, written, number, f"a number, or `{left}` of a run")
    if call.function.name in SEED_MEASURES and call.function.name != left:
        wanted = f"`{left}`, which it is compared with"
        scope.report(field_type.found(f"`{call.function.name}`", wanted, call.function.span))
        return None
    if call.function.name not in SEED_MEASURES:
        known = tuple(SEED_MEASURES)
        scope.report(unknown_name.not_among(call.function.name, call.function.span, "measure", known))
        return None
    return _measure(scope, theory, call)


def _margin(scope: Scope, written: tree.Proposition, example: str) -> Fraction | None:
    """The margin of a similarity; None, reported, where there is none or it is no margin."""
    if written.margin is None:
        scope.report(similarity_needs_equivalence.without_margin(written.span, example))
        return None
    return required(scope, written.margin, positive, "a number above 0")


def _measures(scope: Scope, theory: Theory, written: tree.Proposition, call: tree.Call) -> MeasureProposition | None:
    name = call.function.name
    left = _measure(scope, theory, call)
    right = _right(scope, theory, written.right, name) if written.right else None
    misplaced = _misplaced(scope, "by", written.distance, "comparisons of shapes")
    if written.operator == "==":
        scope.report(similarity_needs_equivalence.equality(written.span))
        return None
    margin = None
    if written.operator == "~":
        margin = _margin(scope, written, "1%" if name == "accuracy" else "0.05")
        misplaced = misplaced or margin is None
    else:
        misplaced = _misplaced(scope, "within", written.margin, "`~`") or misplaced
    if left is None or right is None or misplaced or written.operator is None:
        return None
    return MeasureProposition(left, written.operator, right, margin, UNSET)


# Shapes of representations.


def _read_at(
    scope: Scope, theory: Theory, ends: Mapping[str, Ends], written: tree.Expression
) -> tuple[str, str] | None:
    """The functor and the run whose end `L(A@gd)` reads; None, reported, where it reads none."""
    call = _measured(written)
    point = call.arguments[0].value if call and len(call.arguments) == 1 else None
    if call is None or not isinstance(point, tree.Checkpoint):
        scope.report(field_type.found(shown(written.span), "a functor at a checkpoint, `L(A@gd)`", written.span))
        return None
    functor = scope.find(call.function, (tree.Functor,))
    run = find_producer(scope, ends, theory.laws, point, None)
    if functor is None or run is None:
        return None
    source = theory.functors[functor.name].source if functor.name in theory.functors else None
    space = theory.spaces.get(ends[run].source[0])
    if source and space and space.category != source:
        found, wanted = f"at a point of `{space.category}`", f"a point of `{source}`, its source"
        scope.report(composition.ends(f"`{functor.name}`", found, wanted, point.span))
        return None
    return functor.name, run


def _distance(scope: Scope, written: tree.Proposition) -> tuple[str, tuple[int, ...]] | None:
    """The distance of `by` and the degrees of homology it compares."""
    if written.distance is None:
        hint = "write `by bottleneck(dims = 0..1)`"
        scope.report(missing_field.something("shapes compared without a distance", "one", written.span, hint))
        return None
    call = _measured(written.distance)
    name = call.function if call else identifier(written.distance)
    if name is None or name.name not in DISTANCES:
        found = name.name if name else shown(written.distance.span).strip("`")
        scope.report(unknown_name.not_among(found, written.distance.span, "distance", tuple(DISTANCES)))
        return None
    bare = tree.Call(name, (), name.span)
    given = of_call(scope, call or bare, DISTANCES[name.name])
    dimensions = given.take("dims", _dimensions, "degrees such as `0..1`, 2 at most")
    return (name.name, dimensions) if dimensions is not None else None


def _dimensions(expression: tree.Expression) -> tuple[int, ...] | None:
    single = natural(expression)
    ends = (single, single) if single is not None else whole_range(expression)
    return tuple(range(ends[0], ends[1] + 1)) if ends and ends[1] <= HIGHEST_DIMENSION else None


def _shape(
    scope: Scope, theory: Theory, ends: Mapping[str, Ends], written: tree.Proposition, call: tree.Call
) -> ShapeProposition | None:
    if written.operator != "~" or written.right is None:
        wanted = "`~ … by bottleneck(dims = 0..1) within 0.1`"
        scope.report(field_type.found(f"`{written.operator}` between shapes", wanted, written.span))
        return None
    left = _read_at(scope, theory, ends, call)
    right = _read_at(scope, theory, ends, written.right)
    distance = _distance(scope, written)
    margin = _margin(scope, written, "0.1")
    if left is None or right is None or distance is None or margin is None:
        return None
    if left[0] != right[0]:
        wanted = f"`{left[0]}` on both sides: clouds of one functor"
        scope.report(field_type.found(f"`{right[0]}` against `{left[0]}`", wanted, written.right.span))
        return None
    return ShapeProposition(left[0], left[1], right[1], distance[0], distance[1], margin, UNSET)

"""Relations: what "the same" is to mean for runs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from catlearn.category.expression import Expression, symbols
from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.data import of_another_form, split_of
from catlearn.theory.expressions import FUNCTIONS, SMOOTH, expression
from catlearn.theory.fields import Given, Signature, of_block, of_call
from catlearn.theory.names import Entry, Scope
from catlearn.theory.points import point_text
from catlearn.theory.rules import field_type, open_ends, unknown_name, vacuous_region
from catlearn.theory.spaces import landscape_of
from catlearn.theory.theory import ClassesProposition, ClassMeasureProposition, Landscape, Relation, Run, Theory
from catlearn.theory.values import natural, number, number_range, positive, shown, word

COMMON = ("modulo", "on", "effort")
SIGNATURES = {
    "dihomotopy": Signature(("slack", "levels", "obstruct", *COMMON)),
    "connected": Signature(("level", "slack", "obstruct", *COMMON)),
    "homotopy": Signature(("region", "ends", "close", "obstruct", *COMMON)),
}
KINDS = tuple(SIGNATURES)
SYMMETRIES = ("permutations", "permutations + scale", "none")
EFFORTS = {"low": 0, "normal": 200, "high": 1000}
"""The steps for which a sheet is relaxed or a segment bent, by the words for them."""
REGIONS = ("sublevel", "entry")
ENDS = ("rel", "closed")
CLOSINGS = ("segment", "path")


def _chosen(given: Given, key: str, what: str, known: tuple[str, ...], default: str | None = None) -> str | None:
    """One of a few words; None, reported, where another one is written."""
    chosen = given.take(key, _words, " or ".join(f"`{name}`" for name in known), default)
    if chosen is not None and chosen not in known and key in given.values:
        given.scope.report(unknown_name.not_among(chosen, given.values[key].span, what, known))
        return None
    return chosen


def _words(expression: tree.Expression) -> str | None:
    """A word, or a sum of words."""
    if isinstance(expression, tree.Binary) and expression.operator == "+":
        left, right = _words(expression.left), word(expression.right)
        return f"{left} + {right}" if left and right else None
    return word(expression)


def _effort(given: Given) -> str | None:
    """How much is done for a decision: a word, or a number of steps, as written."""
    steps = natural(given.values["effort"]) if "effort" in given.values else None
    return str(steps) if steps is not None else _chosen(given, "effort", "effort", tuple(EFFORTS), "normal")


def _not_negative(expression: tree.Expression) -> Fraction | None:
    value = number(expression)
    return value if value is not None and value >= 0 else None


def _common(given: Given, kind: str, slack: Fraction, entry: Entry) -> Relation | None:
    """What all kinds of relations have; None where a field of it is in error."""
    modulo = _chosen(given, "modulo", "symmetry", SYMMETRIES, "none")
    effort = _effort(given)
    split = split_of(given.scope, given.values["on"]) if "on" in given.values else None
    if modulo is None or effort is None or ("on" in given.values and split is None):
        return None
    on = (split[0].name, split[1]) if split else None
    return Relation(entry.name, kind, slack, None, modulo, entry.identifier.span, effort=effort, on=on)


def _dihomotopy(scope: Scope, entry: Entry, given: Given) -> Relation | None:
    slack = given.take("slack", positive, "a number above 0, in units of the loss")
    levels = given.take("levels", number_range, "two levels such as `0.2..2.0`, in units of the loss")
    relation = _common(given, "dihomotopy", slack or Fraction(0), entry)
    if "slack" not in given.values and "slack" not in given.meant:
        scope.report(vacuous_region.without_slack(entry.identifier))
    written, declared = given.values.get("levels"), _declared(scope, given, (1, 2))
    if levels and isinstance(written, tree.Range) and not _levels_apart(given, levels, slack, written):
        return None
    if relation is None or slack is None or ("levels" in given.values and levels is None):
        return None
    if declared is None:
        return None
    return replace(relation, levels=(levels[1], levels[0]) if levels else None, obstruction=declared)


OBSTRUCTIONS = {
    (1,): "one function, such as `a + b`: ends are no loop, about which a pair could wind",
    (2,): "a pair of functions, such as `[x, y]`: one function cannot tell loops apart",
    (1, 2): "a function, such as `a + b`, or a pair of them, such as `[x, y]`",
}
"""What `obstruct` may be, by the numbers of functions that are allowed."""


def _declared(scope: Scope, given: Given, counts: tuple[int, ...]) -> tuple[Expression, ...] | None:
    """The functions of `obstruct`, so many; none where it is not written, None, reported, where they are in error."""
    written = given.values.get("obstruct")
    if written is None:
        return ()
    items = written.items if isinstance(written, tree.Sequence) else (written,)
    if len(items) not in counts or (isinstance(written, tree.Sequence) and len(items) == 1):
        given.scope.report(field_type.found(shown(written.span), OBSTRUCTIONS[counts], written.span))
        return None
    found = [expression(scope, item, {**FUNCTIONS, **SMOOTH}) for item in items]
    known = tuple(item for item in found if item is not None)
    return known if len(known) == len(found) else None


def _levels_apart(given: Given, levels: tuple[Fraction, Fraction], slack: Fraction | None, written: tree.Range) -> bool:
    """Whether the levels are in order and further apart than the slack covers."""
    low, high = shown(written.first.span).strip("`"), shown(written.last.span).strip("`")
    if levels[0] >= levels[1]:
        given.scope.report(vacuous_region.inverted(low, high, written.span))
        return False
    if slack is not None and levels[1] - levels[0] <= 2 * slack:
        span = given.values["slack"].span
        given.scope.report(vacuous_region.covered(shown(span).strip("`"), span, low, high, written.span))
        return False
    return True


def _connected(scope: Scope, entry: Entry, given: Given) -> Relation | None:
    level = given.take("level", positive, "a number above 0, in units of the loss")
    slack = given.take("slack", _not_negative, "a number, 0 or more, in units of the loss", Fraction(0))
    relation = _common(given, "connected", slack or Fraction(0), entry)
    if "level" not in given.meant.union(given.values):
        scope.report(vacuous_region.without_region(entry.identifier, "level", "level = 0.2"))
    declared = _declared(scope, given, (1,))
    if relation is None or level is None or slack is None or declared is None:
        return None
    return replace(relation, level=level, obstruction=declared)


def _region(given: Given) -> tuple[str, Fraction] | None:
    """`sublevel(0.5)` or `entry(0.5)`; None, reported, where it is neither."""
    written = given.values["region"]
    if not isinstance(written, tree.Call):
        wanted = "a region such as `sublevel(0.5)`"
        given.scope.report(field_type.found(shown(written.span), wanted, written.span))
        return None
    name = written.function
    if name.name not in REGIONS:
        given.scope.report(unknown_name.not_among(name.name, name.span, "region", REGIONS))
        return None
    level = of_call(given.scope, written, Signature(("level",), ("level",)))
    value = level.take("level", positive, "a level above 0, in units of the loss")
    return None if value is None else (name.name, value)


def _homotopy(scope: Scope, entry: Entry, given: Given) -> Relation | None:
    region = _region(given) if "region" in given.values else None
    ends = _chosen(given, "ends", "treatment of the ends", ENDS)
    close = _chosen(given, "close", "closing", CLOSINGS)
    relation = _common(given, "homotopy", Fraction(0), entry)
    if "region" not in given.meant.union(given.values):
        scope.report(vacuous_region.without_region(entry.identifier, "region", "region = sublevel(0.5)"))
    if "close" not in given.values and ("ends" not in given.values or ends == "closed"):
        if given.meant & {"close", "ends"}:
            return None
        scope.report(open_ends.of(entry.identifier, given.span("ends", entry.identifier.span), ends is not None))
        return None
    declared = _declared(scope, given, (2,))
    unread = any(key in given.values and value is None for key, value in (("ends", ends), ("close", close)))
    if relation is None or region is None or declared is None or unread:
        return None
    return replace(relation, region=region, ends=ends or "closed", close=close, obstruction=declared)


READERS = {"dihomotopy": _dihomotopy, "connected": _connected, "homotopy": _homotopy}


def _relation(scope: Scope, entry: Entry, node: tree.Relation) -> Relation | None:
    kind = node.kind.name
    if kind not in KINDS:
        scope.report(unknown_name.not_among(kind, node.kind.span, "relation", KINDS))
        return None
    return READERS[kind](scope, entry, of_block(scope, node.name, node.fields, SIGNATURES[kind]))


def relations(scope: Scope) -> Mapping[str, Relation]:
    """The relations of a specification."""
    found = ((entry.name, _relation(scope, entry, node)) for entry, node in scope.of(tree.Relation))
    return {name: relation for name, relation in found if relation}


def _ends(run: Run) -> tuple[str, str, str]:
    return run.space, run.source_point, run.target_point


def open_cells(theory: Theory) -> Iterator[Diagnostic]:
    """Cells by a homotopy that holds the ends of two runs fixed, although these differ and nothing closes the loop."""
    for cell in theory.relation_cells.values():
        relation = theory.relations[cell.relation]
        if relation.kind != "homotopy" or relation.close is not None:
            continue
        runs = [theory.runs[name] for name in (cell.source, cell.target) if name in theory.runs]
        if len(runs) == 2 and _ends(runs[0]) != _ends(runs[1]):
            yield open_ends.of_cell(cell.name, cell.span, _written(runs[0]), _written(runs[1]), relation.span)


def unread_splits(theory: Theory) -> Iterator[Diagnostic]:
    """Relations on a split whose examples are not of the form that the networks of the runs compared take."""
    cells = ((cell.relation, (cell.source, cell.target)) for cell in theory.relation_cells.values())
    told = set()
    for name, runs in (*cells, *_of_classes(theory)):
        relation = theory.relations[name]
        unfit = next((found for run in runs if (found := _unfit(theory, relation, run))), None)
        if unfit and name not in told:
            told.add(name)
            yield unfit


def _of_classes(theory: Theory) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The relation and the runs of each claim about classes."""
    for claim in theory.claims.values():
        match claim.proposition:
            case ClassesProposition(runs=runs, relation=relation):
                yield relation, runs
            case ClassMeasureProposition(quantity=quantity):
                yield quantity.relation, quantity.runs


def foreign_obstructions(theory: Theory) -> Iterator[Diagnostic]:
    """Symbols of the declared obstructions of classes that are no variables of the runs' landscape."""
    for name, runs in _of_classes(theory):
        run = next((theory.runs[run] for run in runs if run in theory.runs), None)
        if run is not None:
            relation = theory.relations[name]
            yield from foreign_to(landscape_of(theory, run.space), relation, relation.span)


def foreign_to(landscape: Landscape | None, relation: Relation, use: Span) -> Iterator[Diagnostic]:
    """Symbols of a declared obstruction that are no variables of the landscape on which it is used."""
    if landscape is not None:
        for symbol in dict.fromkeys(symbol for function in relation.obstruction for symbol in symbols(function)):
            if symbol not in landscape.variables:
                wanted = f"a variable of `{landscape.name}`, for the obstruction of `{relation.name}`"
                yield unknown_name.undeclared(symbol, use, wanted, landscape.variables)


def _unfit(theory: Theory, relation: Relation, name: str) -> Diagnostic | None:
    run = theory.runs.get(name)
    dataset = theory.datasets.get(relation.on[0]) if relation.on else None
    own = theory.datasets.get(run.dataset) if run else None
    if run is None or dataset is None or own is None:
        return None
    return of_another_form(dataset, own, run.name, relation.span)


def _written(run: Run) -> str:
    return f"{point_text((run.space, run.source_point))} -> {point_text((run.space, run.target_point))}"

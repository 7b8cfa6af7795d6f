"""Cells: strict ones between update rules, and cells by relation between runs."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from catlearn.category import cell as mathematics
from catlearn.category.expression import Expression
from catlearn.category.identity_testing import commutes_identically
from catlearn.category.update_rule import BoundRule, StrictCell
from catlearn.diagnostics import Diagnostic, listed
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.expressions import expression
from catlearn.theory.fields import nearest_key
from catlearn.theory.names import Entry, Scope, bare
from catlearn.theory.optimisers import bound_to_symbols, first_use
from catlearn.theory.relations import foreign_to
from catlearn.theory.rules import cell_residue, cell_types, duplicate_name, field_type, seed_mismatch, unknown_name
from catlearn.theory.settings import networks_of
from catlearn.theory.spaces import landscape_of
from catlearn.theory.theory import NamedStrictCell, RelationCell, Run, Theory
from catlearn.theory.values import identifier, shown


def _rule(scope: Scope, theory: Theory, written: tree.Expression) -> BoundRule | None:
    """A side of a strict cell."""
    name = identifier(written)
    found = scope.candidates(name.name) if name else ()
    runs = [entry for entry in found if isinstance(entry.node, tree.Run)]
    if isinstance(written, tree.Composite) or (runs and len(runs) == len(found)):
        hint = "a cell between runs is `by` a relation, not `strict`"
        what = f"the run {shown(written.span)}" if runs else shown(written.span)
        scope.report(cell_types.side(what, "an update rule", written.span, hint))
        return None
    if not isinstance(written, tree.Call | tree.Name):
        wanted = "an update rule such as `heavy_ball(lr, m)`"
        scope.report(field_type.found(shown(written.span), wanted, written.span))
        return None
    return bound_to_symbols(scope, theory.rules, written)


ASSUMPTIONS = ("constant", "zero", "nonzero", "positive")


class Assumed(NamedTuple):
    """One assumption about one hyperparameter, or about `g`."""

    kind: str
    name: tree.Identifier


def _assumed(scope: Scope, assumption: tree.Assumption) -> tuple[Assumed, ...] | None:
    """What `assume constant(lr, m)` says of each."""
    condition = assumption.condition
    if not isinstance(condition, tree.Call) or condition.function.name not in ASSUMPTIONS:
        wanted = "`constant(lr)`, `zero(eps)`, `nonzero(g)` or `positive(lr)`"
        scope.report(field_type.found(f"the assumption {shown(condition.span)}", wanted, condition.span))
        return None
    kind = condition.function.name
    names = tuple(None if argument.name else identifier(argument.value) for argument in condition.arguments)
    found = tuple(name for name in names if name is not None)
    if len(found) < len(names) or not found:
        wanted = f"`{kind}` of names of hyperparameters"
        scope.report(field_type.found(shown(condition.span), wanted, condition.span))
        return None
    return tuple(Assumed(kind, name) for name in found)


def _state_map(scope: Scope, node: tree.StrictCell) -> tuple[tuple[str, Expression], ...] | None:
    images = [(item.name.name, expression(scope, item.value)) for item in node.assignments]
    whole = tuple((name, value) for name, value in images if value is not None)
    return whole if len(whole) == len(images) else None


def _assigned(node: tree.StrictCell, name: str) -> tree.Assignment:
    return next(item for item in node.assignments if item.name.name == name)


def _in_words(
    node: tree.StrictCell, cell: StrictCell, assumed: tuple[Assumed, ...], error: mathematics.CellError
) -> Diagnostic | None:
    """An error of a cell at its place in the text; states without an image are reported together."""
    source, target = cell.source.rule.name, cell.target.rule.name
    match error:
        case mathematics.MapsNoState(name):
            missing = tuple(state for state in mathematics.states(cell.target) if state not in dict(cell.state_map))
            return cell_types.no_state(_assigned(node, name).name, target, mathematics.states(cell.target), missing)
        case mathematics.StateMappedTwice(name):
            first, again = [item.name for item in node.assignments if item.name.name == name][:2]
            return duplicate_name.given_twice("image of", name, again.span, first.span)
        case mathematics.ThetaMoved():
            value = _assigned(node, "theta").value
            return cell_types.theta_moved(" ".join(value.span.text.split()), value.span)
        case mathematics.SymbolInMap(state, symbol, known):
            value = _assigned(node, state).value
            span = first_use((value,), symbol) or value.span
            if known:
                return cell_types.unreadable(symbol, source, span)
            readable = ("theta", *mathematics.states(cell.source), *mathematics.hyperparameters(cell))
            wanted = f"`theta`, a state of `{source}` or a hyperparameter"
            return unknown_name.undeclared(symbol, span, wanted, readable)
        case mathematics.AmbiguousSymbol(symbol):
            span = first_use((node.source, node.target), symbol) or node.source.span
            return cell_types.ambiguous(symbol, source, span)
        case mathematics.ConstantUnknown(name):
            use = next(assumption.name for assumption in assumed if assumption.name.name == name)
            return unknown_name.undeclared(
                name, use.span, "a hyperparameter of the cell", mathematics.hyperparameters(cell)
            )
        case mathematics.MapTooDeep(state):
            span = _assigned(node, state).value.span
            return field_type.found("an expression nested too deeply", "less nesting", span)
    return None


def _meant(name: str, unmapped: tuple[str, ...], strangers: list[str]) -> tuple[str, ...]:
    """The state without an image for which another name was probably meant: the one that is near, or the only one."""
    return unmapped if len(unmapped) == len(strangers) == 1 else nearest_key(name, unmapped)


def _invalid(node: tree.StrictCell, cell: StrictCell, assumed: tuple[Assumed, ...]) -> Iterator[Diagnostic]:
    errors = tuple(mathematics.invalid(cell))
    unmapped = tuple(error.state for error in errors if isinstance(error, mathematics.StateNotMapped))
    strangers = [error.name for error in errors if isinstance(error, mathematics.MapsNoState)]
    meant = {state for name in strangers for state in _meant(name, unmapped, strangers)}
    if set(unmapped) - meant:
        told = tuple(state for state in unmapped if state not in meant)
        yield cell_types.unmapped(node.name, told, cell.target.rule.name, node.target.span)
    stray = any(isinstance(error, mathematics.SymbolInMap) and error.state == "theta" for error in errors)
    for error in errors:
        if stray and isinstance(error, mathematics.ThetaMoved):
            continue
        found = _in_words(node, cell, assumed, error)
        if found:
            yield found


def _strict(scope: Scope, theory: Theory, entry: Entry, node: tree.StrictCell, effort: int) -> NamedStrictCell | None:
    source, target = _rule(scope, theory, node.source), _rule(scope, theory, node.target)
    state_map = _state_map(scope, node)
    read = [_assumed(scope, assumption) for assumption in node.assumptions]
    if source is None or target is None or state_map is None or None in read:
        return None
    assumed = tuple(assumption for group in read if group for assumption in group)
    named = (frozenset(item.name.name for item in assumed if item.kind == kind) for kind in ASSUMPTIONS)
    cell = StrictCell(source, target, state_map, *named)
    errors = (*_invalid(node, cell, assumed), *_contradictory(assumed))
    for error in errors:
        scope.report(error)
    if errors:
        return None
    warn(scope, node.name, cell, effort)
    return NamedStrictCell(entry.name, cell, node.name.span)


def _contradictory(assumed: tuple[Assumed, ...]) -> Iterator[Diagnostic]:
    """Hyperparameters assumed to be 0 and not to be."""
    zero = {item.name.name for item in assumed if item.kind == "zero"}
    for item in assumed:
        if item.kind in ("nonzero", "positive") and item.name.name in zero:
            found = f"`{item.kind}({item.name.name})`"
            yield field_type.found(found, f"nothing else of `{item.name.name}`, assumed to be zero", item.name.span)


def effort_of_one(scope: Scope) -> int:
    """How much the search for points that break a cell may cost, so that all of a specification stay affordable."""
    return mathematics.effort_of_one(sum(1 for kind in (tree.StrictCell, tree.CompositeCell) for _ in scope.of(kind)))


def warn(scope: Scope, name: tree.Identifier, cell: StrictCell, effort: int) -> None:
    """Warns of a cell that an exact point breaks; one that commutes identically is broken by none."""
    counterexample = None if commutes_identically(cell) else mathematics.cell_residue(cell, effort)
    if counterexample:
        lines = mathematics.describe(counterexample, mapped=not mathematics.is_sought(cell))
        scope.report(cell_residue.of(name, lines, mathematics.is_sought(cell)))


def ambiguous_composite(name: tree.Identifier, cell: StrictCell) -> Iterator[Diagnostic]:
    """What keeps the composite of two cells from being one: a name that each uses in a way of its own."""
    for error in mathematics.invalid(cell):
        if isinstance(error, mathematics.AmbiguousSymbol):
            yield cell_types.ambiguous(error.symbol, cell.source.rule.name, name.span)
        elif isinstance(error, mathematics.MapTooDeep):
            yield field_type.found("a composite map nested too deeply", "less nesting", name.span)


def strict_cells(scope: Scope, theory: Theory) -> Mapping[str, NamedStrictCell]:
    """The strict cells of a specification; warns of those that an exact point breaks."""
    effort = effort_of_one(scope)
    found = ((entry.name, _strict(scope, theory, entry, node, effort)) for entry, node in scope.of(tree.StrictCell))
    return {name: cell for name, cell in found if cell}


# Cells by relation.


def _run(scope: Scope, theory: Theory, written: tree.Expression) -> Run | None:
    """A side of a cell by relation: one run."""
    name = identifier(written)
    function = written.function if isinstance(written, tree.Call) else name
    if function and (isinstance(written, tree.Call) or _is_rule(scope, function)):
        hint = "a cell between update rules is `strict`, not `by` a relation"
        scope.report(cell_types.side(f"the update rule {shown(written.span)}", "a run", written.span, hint))
        return None
    if name is None:
        scope.report(field_type.found(shown(written.span), "the name of one run", written.span))
        return None
    entry = scope.find(name, (tree.Run,))
    return theory.runs.get(entry.name) if entry else None


def _is_rule(scope: Scope, name: tree.Identifier) -> bool:
    found = scope.candidates(name.name)
    return bool(found) and all(isinstance(entry.node, tree.Optimiser) for entry in found)


def incomparable(theory: Theory, first: Run, first_use: Span, second: Run, use: Span) -> Iterator[Diagnostic]:
    """What keeps a relation from comparing two runs: their spaces, their data, their networks."""
    names = (bare(first.name), bare(second.name))
    if first.space != second.space:
        spaces = (f"`{bare(first.space)}`", f"`{bare(second.space)}`")
        yield cell_types.different("space", names[0], spaces[0], first_use, names[1], spaces[1], use)
        return
    if first.data != second.data:
        data = (listed(first.data), listed(second.data))
        yield cell_types.different("dataset", names[0], data[0], first_use, names[1], data[1], use)
    if networks_of(theory, first) != networks_of(theory, second):
        nets = (listed(map(" >> ".join, first.networks)), listed(map(" >> ".join, second.networks)))
        yield cell_types.different("network", names[0], nets[0], first_use, names[1], nets[1], use)


def _relation_cell(scope: Scope, theory: Theory, entry: Entry, node: tree.RelationCell) -> RelationCell | None:
    source, target = _run(scope, theory, node.source), _run(scope, theory, node.target)
    relation = scope.find(node.relation, (tree.Relation,))
    if source is None or target is None or relation is None:
        return None
    uses = (node.source.span, node.target.span)
    for error in incomparable(theory, source, uses[0], target, uses[1]):
        scope.report(error)
    if source.seeds != target.seeds:
        names = (bare(source.name), bare(target.name))
        scope.report(seed_mismatch.unequal(names[0], source.seeds, uses[0], names[1], target.seeds, uses[1]))
    if relation.name not in theory.relations:
        return None
    for error in foreign_to(landscape_of(theory, source.space), theory.relations[relation.name], node.relation.span):
        scope.report(error)
    return RelationCell(entry.name, source.name, target.name, relation.name, node.name.span)


def relation_cells(scope: Scope, theory: Theory) -> Mapping[str, RelationCell]:
    """The cells by relation of a specification: between runs of one loss on one space, seed by seed."""
    found = ((entry.name, _relation_cell(scope, theory, entry, node)) for entry, node in scope.of(tree.RelationCell))
    return {name: cell for name, cell in found if cell}

"""Composite cells: vertical ones, `c1 >> c2`, horizontal ones, `c1 * c2`, and cells beside a run, `r * c` and `c * r`,
where they are sound (DESIGN 3).

A vertical composite of strict cells is a strict cell by itself, whose map is composed; its claim is decided by proving
that map. Of a vertical composite of cells by relation, of a cell by relation beside a run, and of strict cells side by
side, what holds follows from the parts.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from catlearn.category import cell as mathematics
from catlearn.category.expression import show
from catlearn.category.update_rule import BoundRule, StrictCell
from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.cells import ambiguous_composite, effort_of_one, warn
from catlearn.theory.limits import LARGEST_STATE_MAP, MOST_PARTS
from catlearn.theory.names import Entry, Scope, bare
from catlearn.theory.order import in_order
from catlearn.theory.rules import cell_types, cycle, field_type, interchange
from catlearn.theory.theory import CompositeCell, NamedStrictCell, RelationCell, Run, Theory
from catlearn.theory.values import identifier, shown
from catlearn.theory.whiskers import unsound

CELLS = (tree.StrictCell, tree.RelationCell, tree.CompositeCell)


class Composites(NamedTuple):
    """The composites of a specification: those that are strict cells, and those that follow from their parts."""

    strict: Mapping[str, NamedStrictCell]
    derived: Mapping[str, CompositeCell]


class Part(NamedTuple):
    """A cell as it is composed: what it is by itself, or the names of the parts that it follows from; `run` is the run
    of a whiskered one, and `side` where it stands."""

    names: tuple[str, ...]
    direction: str
    cell: StrictCell | None
    runs: tuple[str, str] | None
    relation: str | None
    span: Span
    run: str | None = None
    side: str = "before"

    @property
    def is_strict(self) -> bool:
        """Whether it is between update rules."""
        return self.runs is None


def _operands(value: tree.Expression) -> tuple[str, tuple[tree.Expression, ...]]:
    """The direction in which an expression composes, and what."""
    match value:
        case tree.Composite(parts):
            return "vertical", parts
        case tree.Binary("*", left, right):
            direction, inner = _operands(left) if isinstance(left, tree.Binary) else ("", ())
            return "horizontal", (*(inner if direction == "horizontal" else (left,)), right)
    return "", (value,)


def _uses(value: tree.Expression) -> Iterator[tree.Identifier]:
    direction, parts = _operands(value)
    for part in parts:
        name = identifier(part)
        if name is not None:
            yield name
        elif direction:
            yield from _uses(part)


def _needs(scope: Scope, node: tree.CompositeCell) -> set[str]:
    found = (entry for use in _uses(node.value) for entry in scope.candidates(use.name, use.span.source))
    return {entry.name for entry in found if isinstance(entry.node, tree.CompositeCell)}


def composites(scope: Scope, theory: Theory) -> Composites:
    """All composite cells, each after those that it is composed of."""
    entries = {entry.name: (entry, node) for entry, node in scope.of(tree.CompositeCell)}
    order, cycles = in_order({name: _needs(scope, node) for name, (_, node) in entries.items()})
    for names in cycles:
        scope.report(cycle.of(tuple(entries[name][0].identifier for name in names), "is composed of"))
    known: dict[str, Part] = {}
    effort = effort_of_one(scope)
    for name in order:
        entry, node = entries[name]
        part = _composite(scope, theory, known, node.value)
        if part is not None and _sound(scope, entry, part, effort):
            known[name] = part
    return Composites(dict(_strict(entries, known)), dict(_derived(entries, known)))


def _sound(scope: Scope, entry: Entry, part: Part, effort: int) -> bool:
    """Whether a composite map has a meaning; warns of one that an exact point breaks."""
    if part.cell is None:
        return True
    errors = tuple(ambiguous_composite(entry.identifier, part.cell))
    for error in errors:
        scope.report(error)
    if not errors:
        warn(scope, entry.identifier, part.cell, effort)
    return not errors


_Entries = Mapping[str, tuple[Entry, tree.CompositeCell]]


def _strict(entries: _Entries, known: Mapping[str, Part]) -> Iterator[tuple[str, NamedStrictCell]]:
    for name, part in known.items():
        if part.cell is not None:
            yield name, NamedStrictCell(name, part.cell, entries[name][0].identifier.span, part.names)


def _derived(entries: _Entries, known: Mapping[str, Part]) -> Iterator[tuple[str, CompositeCell]]:
    for name, part in known.items():
        if part.cell is None:
            span = entries[name][0].identifier.span
            yield name, CompositeCell(name, part.direction, part.names, part.is_strict, span, part.run, part.side)


def _composite(scope: Scope, theory: Theory, known: Mapping[str, Part], value: tree.Expression) -> Part | None:
    direction, operands = _operands(value)
    if not direction:
        return _atom(scope, theory, known, value)
    for side, operand, other in (("before", operands[0], operands[-1]), ("after", operands[-1], operands[0])):
        name = identifier(operand)
        if direction == "horizontal" and len(operands) == 2 and name is not None and _is_run(scope, name):
            return _whiskered(scope, theory, known, name, other, side)
    parts = [_composite(scope, theory, known, operand) for operand in operands]
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    if sum(len(part.names) for part in whole) > MOST_PARTS:
        wanted = f"one of {MOST_PARTS} at most"
        scope.report(field_type.found(f"{shown(value.span)}, of more cells", wanted, value.span))
        return None
    return _vertical(scope, whole, value) if direction == "vertical" else _horizontal(scope, theory, whole, value)


def _atom(scope: Scope, theory: Theory, known: Mapping[str, Part], value: tree.Expression) -> Part | None:
    """A cell by its name."""
    name = identifier(value)
    if name is None:
        wanted = "the name of a cell, or cells composed with `>>` or `*`"
        scope.report(field_type.found(shown(value.span), wanted, value.span))
        return None
    if _misplaced(scope, name):
        return None
    entry = scope.find(name, CELLS)
    if entry is None:
        return None
    if entry.name in known:
        part = known[entry.name]
        names = part.names if part.cell is None else (entry.name,)
        return part._replace(span=value.span, names=names)
    strict, related = theory.strict_cells.get(entry.name), theory.relation_cells.get(entry.name)
    if strict:
        return Part((entry.name,), "", strict.cell, None, None, value.span)
    return _related(related, value.span) if related else None


def _related(cell: RelationCell, span: Span) -> Part:
    return Part((cell.name,), "", None, (cell.source, cell.target), cell.relation, span)


def _is_run(scope: Scope, name: tree.Identifier) -> bool:
    found = scope.candidates(name.name, name.span.source)
    return bool(found) and all(isinstance(entry.node, tree.Run) for entry in found)


def _misplaced(scope: Scope, name: tree.Identifier) -> bool:
    """Whether a name means a run, which has no place in a composite but beside one cell."""
    if not _is_run(scope, name):
        return False
    hint = "a run stands beside one cell, `r * c` or `c * r`, at whose runs' common start or end it ends or starts"
    scope.report(interchange.whiskered(f"the run `{name.name}` in a composite", "cells", name.span, hint))
    return True


def _whiskered(
    scope: Scope, theory: Theory, known: Mapping[str, Part], name: tree.Identifier, value: tree.Expression, side: str
) -> Part | None:
    """A cell by relation with a run before or after it."""
    entry, part = scope.find(name, (tree.Run,)), _composite(scope, theory, known, value)
    run: Run | None = theory.runs.get(entry.name) if entry else None
    if run is None or part is None:
        return None
    if part.is_strict or part.direction:
        kind = "a composite" if part.direction else "a strict cell"
        found = f"the run `{name.name}` {side} {shown(part.span)}, {kind}"
        hint = "whisker the cells by relation themselves" if part.direction else "a run follows no update rule's map"
        scope.report(interchange.whiskered(found, "a single cell by relation", part.span, hint))
        return None
    errors = tuple(unsound(theory, run, name.span, theory.relation_cells[part.names[0]], part.span, side))
    for error in errors:
        scope.report(error)
    span = name.span.until(part.span) if side == "before" else part.span.until(name.span)
    return None if errors else part._replace(direction="whiskered", span=span, run=run.name, side=side)


def _vertical(scope: Scope, parts: tuple[Part, ...], value: tree.Expression) -> Part | None:
    whole = parts[0]
    for part in parts[1:]:
        if part.is_strict != whole.is_strict:
            kinds = ("strict", "by relation")
            found = f"{shown(part.span)}, a cell {kinds[not part.is_strict]}"
            scope.report(cell_types.side(found, f"one {kinds[not whole.is_strict]}, as the others", part.span))
            return None
        if {part.direction, whole.direction} & {"horizontal", "whiskered"}:
            scope.report(_beside(whole if whole.direction in ("horizontal", "whiskered") else part))
            return None
        joined = _after(scope, whole, part, value.span)
        if joined is None:
            return None
        whole = joined
    return whole


def _beside(part: Part) -> Diagnostic:
    """A part of a vertical composite that stands beside something."""
    if part.direction == "whiskered":
        found, hint = "a cell beside a run in a vertical composite", "claim each cell beside the run by itself"
    else:
        found, hint = "cells side by side in a vertical composite", "compose vertically first: (c1 >> c2) * (d1 >> d2)"
    return interchange.whiskered(found, "composites of single cells", part.span, hint)


def _after(scope: Scope, first: Part, second: Part, span: Span) -> Part | None:
    """One cell after another."""
    names = first.names + second.names
    if first.cell is not None and second.cell is not None:
        if not mathematics.composable(first.cell, second.cell):
            ends = _rule(first.cell.target), _rule(second.cell.source)
            scope.report(cell_types.unjoined(first.span, ends[0], second.span, ends[1]))
            return None
        if mathematics.composed_size(first.cell, second.cell) > LARGEST_STATE_MAP:
            found, wanted = f"{shown(span)}, with a larger map of states", f"one of {LARGEST_STATE_MAP} symbols at most"
            scope.report(field_type.found(found, wanted, span))
            return None
        return Part(names, "vertical", mathematics.composed(first.cell, second.cell), None, None, span)
    if first.runs is None or second.runs is None:
        return None
    if first.runs[1] != second.runs[0]:
        ends = (f"`{bare(first.runs[1])}`", f"`{bare(second.runs[0])}`")
        scope.report(cell_types.unjoined(first.span, ends[0], second.span, ends[1]))
        return None
    if first.relation != second.relation:
        found = f"{shown(second.span)} by `{second.relation}`"
        wanted = f"one by `{first.relation}`, as {shown(first.span)} is"
        scope.report(cell_types.side(found, wanted, second.span))
        return None
    return Part(names, "vertical", None, (first.runs[0], second.runs[1]), first.relation, span)


def _rule(bound: BoundRule) -> str:
    arguments = (f"{name} = {show(value)}" for name, value in bound.arguments)
    return f"`{bound.rule.name}({', '.join(arguments)})`"


def _horizontal(scope: Scope, theory: Theory, parts: tuple[Part, ...], value: tree.Expression) -> Part | None:
    """Strict cells side by side, none of whose maps reads `theta`."""
    sound = True
    for part in parts:
        if part.direction == "vertical" and len(part.names) > 1:
            scope.report(field_type.found(f"{shown(part.span)} side by side", "the name of that cell", part.span))
            sound = False
            continue
        if not part.is_strict and not sound:
            continue
        if not part.is_strict:
            wanted = "strict cells: sheets between descents do not hold the end still at which they would be joined"
            hint = "compose cells by relation vertically, `c1 >> c2`"
            scope.report(interchange.whiskered(f"{shown(part.span)}, a cell by relation", wanted, part.span, hint))
            sound = False
            continue
        state = mathematics.reads_theta(part.cell) if part.cell else None
        if state is not None:
            scope.report(interchange.reads_theta(shown(part.span), state, part.span, _declared(theory, part)))
            sound = False
        elif part.cell and mathematics.is_sought(part.cell):
            found, wanted = f"{shown(part.span)}, whose map is sought", "cells whose map of states is given"
            scope.report(interchange.whiskered(found, wanted, part.span, "give the map in the cell"))
            sound = False
    names = tuple(name for part in parts for name in part.names)
    return Part(names, "horizontal", None, None, None, value.span) if sound else None


def _declared(theory: Theory, part: Part) -> Span:
    cell = theory.strict_cells.get(part.names[0])
    return cell.span if cell else part.span

"""From the syntax tree to the checked theory: names, shapes, ends, totality, and what claims can deliver.

The order of declarations has no effect. All errors are found in one pass; what rests on something in error is left
out of the theory silently, so that one mistake is reported once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from catlearn.diagnostics import Diagnostic, errors, in_order
from catlearn.syntax import tree
from catlearn.syntax.parse import Parsed, parse
from catlearn.syntax.read import read
from catlearn.theory import optimisers
from catlearn.theory.arrows import structural_maps
from catlearn.theory.cells import relation_cells, strict_cells
from catlearn.theory.claims import claims
from catlearn.theory.data import datasets, probes
from catlearn.theory.families import unequal
from catlearn.theory.functors import functors, generators
from catlearn.theory.maps import network_maps
from catlearn.theory.names import Scope, scope_of
from catlearn.theory.points import INIT, Ends, circular, conflicts, formal_ends, laws, producer, run_ends, unproduced
from catlearn.theory.pullbacks import all_legs, pullbacks
from catlearn.theory.relations import relations
from catlearn.theory.runs import runs
from catlearn.theory.spaces import Nature, category_nature, cloud_spaces, mixed_objects, parameter_spaces
from catlearn.theory.theory import Category, Theory
from catlearn.theory.usage import unused_declarations


@dataclass(frozen=True, slots=True)
class Checked:
    """A theory with its warnings, or no theory and what is wrong."""

    theory: Theory | None
    diagnostics: tuple[Diagnostic, ...]


def _empty(specification: tree.Specification) -> Theory:
    return Theory(specification.span.source, *({} for _ in fields(Theory)[1:]))


def _rules_used(scope: Scope) -> frozenset[str]:
    """The names that stand where an update rule does."""
    settings = (field for _, node in scope.of(tree.Run) for field in node.fields)
    written = [field.value for field in settings if field.key.name in ("optimiser", "optimizer")]
    for _, node in scope.of(tree.StrictCell):
        written += [node.source, node.target]
    uses = (optimisers.rule_use(expression) for expression in written)
    return frozenset(use.name for use in uses if use)


def _architecture(scope: Scope, empty: Theory) -> Theory:
    """Data, maps, rules, objects and structural maps: all that can be said before any run."""
    theory = replace(empty, datasets=datasets(scope), maps=network_maps(scope))
    theory = replace(theory, probes=probes(scope, theory))
    shipped = optimisers.shipped_rules(scope, _rules_used(scope))
    theory = replace(theory, rules={**optimisers.rules(scope), **shipped}, relations=relations(scope))
    theory = replace(theory, spaces=parameter_spaces(scope, theory), clouds=cloud_spaces(scope, theory))
    return replace(theory, structural_maps={**structural_maps(scope, theory), **all_legs(scope, theory)})


def _category(scope: Scope, name: str, node: tree.Category, ends: Mapping[str, Ends]) -> Category:
    named = {kind: tuple(sorted(entry.name for entry in generators(scope, name, kind, ends))) for kind in _GENERATORS}
    own_laws = tuple(sorted(entry.name for entry in scope.within(name, (tree.Law,))))
    interpreted = category_nature(scope, name) is not Nature.FORMAL
    return Category(name, interpreted, named["object"], named["map"], named["run"], own_laws, node.name.span)


_GENERATORS = ("object", "map", "run")


def _categories(scope: Scope, ends: Mapping[str, Ends]) -> Mapping[str, Category]:
    return {entry.name: _category(scope, entry.name, node, ends) for entry, node in scope.of(tree.Category)}


def _needs(theory: Theory, ends: Mapping[str, Ends]) -> dict[str, set[str]]:
    """For each run, those whose ends it starts from or its frozen blocks come from."""
    points = {pullback.space: pullback.point_run for pullback in theory.pullbacks.values()}
    needs: dict[str, set[str]] = {}
    for name, run in ends.items():
        start = None if run.source[1] == INIT else producer(ends, theory.laws, run.source)
        needs[name] = {other for other in (start, points.get(run.source[0])) if other}
    return needs


def _whole(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> Iterator[Diagnostic]:
    """What can be wrong between declarations each of which is in order."""
    for entry, _ in scope.of(tree.Category):
        yield from mixed_objects(scope, entry.name)
    yield from unproduced(scope, ends)
    yield from conflicts(scope, ends, theory.laws)
    yield from circular(_needs(theory, ends), ends)
    yield from unequal(scope, theory)


def _theory(scope: Scope, specification: tree.Specification) -> Theory:
    """The theory of what is in order; all else is reported and left out."""
    theory = _architecture(scope, _empty(specification))
    ends = run_ends(scope)
    theory = replace(theory, laws=laws(scope, {**ends, **formal_ends(scope, theory.structural_maps)}))
    theory = replace(theory, pullbacks=pullbacks(scope, theory, ends), categories=_categories(scope, ends))
    theory = replace(theory, runs=runs(scope, theory, ends))
    theory = replace(theory, functors=functors(scope, theory, ends), strict_cells=strict_cells(scope, theory))
    theory = replace(theory, relation_cells=relation_cells(scope, theory))
    theory = replace(theory, claims=claims(scope, theory, ends))
    for diagnostic in _whole(scope, theory, ends):
        scope.report(diagnostic)
    return theory


def check(parsed: Parsed) -> Checked:
    """The theory of a parsed specification; None where anything is in error. Diagnostics are in order of place."""
    found = list(parsed.diagnostics)
    scope = scope_of(parsed, found.append)
    theory = _theory(scope, parsed.tree)
    if errors(found):
        return Checked(None, in_order(found))
    return Checked(theory, in_order([*found, *unused_declarations(scope, parsed.tree)]))


def check_file(path: str | Path) -> Checked:
    """Read, parse and check a file."""
    source, diagnostics = read(path)
    return Checked(None, diagnostics) if source is None else check(parse(source))

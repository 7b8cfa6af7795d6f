"""From the syntax tree to the checked theory: names, shapes, ends, totality, and what claims can deliver.

The order of declarations has no effect. All errors are found in one pass; what rests on something in error is left
out of the theory silently, so that one mistake is reported once.
"""

import gc
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

from catlearn.diagnostics import Diagnostic, errors, in_order
from catlearn.source import Source
from catlearn.syntax import tree
from catlearn.syntax.parse import Parsed, parse
from catlearn.syntax.read import read
from catlearn.theory import optimisers
from catlearn.theory.architecture import INIT, Architecture, architecture
from catlearn.theory.arrows import structural_maps
from catlearn.theory.cells import relation_cells, strict_cells
from catlearn.theory.claims import claims
from catlearn.theory.composites import composites
from catlearn.theory.data import datasets, probes
from catlearn.theory.descents import descents
from catlearn.theory.equality import consequences, presented
from catlearn.theory.families import unequal
from catlearn.theory.fields import key_of
from catlearn.theory.functors import functors, generators
from catlearn.theory.imports import Gathered, gather, in_texts, nowhere, on_disk
from catlearn.theory.landscapes import landscapes
from catlearn.theory.laws import laws
from catlearn.theory.maps import network_maps
from catlearn.theory.materials import NOWHERE, Materials, OnDisk, Recorded
from catlearn.theory.names import Entry, Scope, Use, scope_of
from catlearn.theory.points import Ends, circular, conflicts, producer, run_ends, unproduced
from catlearn.theory.presented import functor_drafts, presented_functors
from catlearn.theory.pullbacks import all_legs, held, joint_pullbacks, pullbacks
from catlearn.theory.relations import foreign_obstructions, open_cells, relations, unread_splits
from catlearn.theory.runs import runs, with_more_seeds
from catlearn.theory.sources import Material
from catlearn.theory.spaces import Nature, category_nature, cloud_spaces, mixed_objects
from catlearn.theory.theory import Category, Theory
from catlearn.theory.transformations import transformations
from catlearn.theory.usage import unused_declarations


@dataclass(frozen=True, slots=True)
class Checked:
    """A theory with its warnings, or no theory and what is wrong.

    `sources` are the texts that were read, the first being the one that imports the others; `entries` are all names
    that they declare, and `uses` those of their words that were found to mean one. `partial` is the theory of what is
    in order, whether or not all is."""

    theory: Theory | None
    diagnostics: tuple[Diagnostic, ...]
    sources: tuple[Source, ...] = ()
    entries: tuple[Entry, ...] = ()
    uses: tuple[Use, ...] = ()
    partial: Theory | None = None


def _empty(specification: tree.Specification) -> Theory:
    return Theory(specification.span.source, **{field.name: {} for field in fields(Theory)[1:]})


def _rules_used(scope: Scope) -> frozenset[str]:
    """The names that stand where an update rule does."""
    settings = (field for _, node in scope.of(tree.Run) for field in node.fields)
    written = [field.value for field in settings if key_of(field) == "optimiser"]
    for _, node in scope.of(tree.StrictCell):
        written += [node.source, node.target]
    uses = (optimisers.rule_use(expression) for expression in written)
    return frozenset(use.name for use in uses if use)


def _architecture(scope: Scope, empty: Theory) -> tuple[Theory, Architecture]:
    """Data, maps, rules, objects and structural maps: all that can be said before any run."""
    theory = replace(empty, datasets=datasets(scope), maps=network_maps(scope))
    theory = replace(theory, probes=probes(scope, theory))
    shipped = optimisers.shipped_rules(scope, _rules_used(scope))
    theory = replace(theory, rules={**optimisers.rules(scope), **shipped}, relations=relations(scope))
    theory = replace(theory, landscapes=landscapes(scope))
    arch = architecture(scope, theory)
    theory = replace(theory, spaces=arch.spaces, clouds=cloud_spaces(scope, theory))
    arrows = {**structural_maps(scope, theory, arch), **all_legs(scope, theory, arch)}
    return replace(theory, structural_maps=arrows), arch


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
    needs: dict[str, set[str]] = {}
    for name, run in ends.items():
        start = None if run.source[1] == INIT else producer(ends, theory.laws, run.source)
        frozen = held(theory, run.source[0]).values() if run.source[0] in theory.spaces else ()
        needs[name] = {*({start} if start else ()), *(value.run for value in frozen)}
    return needs


def _whole(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> Iterator[Diagnostic]:
    """What can be wrong between declarations each of which is in order."""
    for entry, _ in scope.of(tree.Category):
        yield from mixed_objects(scope, entry.name)
    yield from unproduced(scope, ends)
    yield from conflicts(scope, ends, theory.laws)
    yield from circular(_needs(theory, ends), ends)
    yield from unequal(scope, theory)
    yield from open_cells(theory)
    yield from unread_splits(theory)
    yield from foreign_obstructions(theory)


def _arrows_of_categories(scope: Scope, theory: Theory, arch: Architecture, ends: Mapping[str, Ends]) -> Theory:
    """What rests on equality of arrows: consequences of laws, functors given on generators, transformations."""
    categories = presented(theory, ends, arch)
    for diagnostic in consequences(scope, categories):
        scope.report(diagnostic)
    drafts = functor_drafts(scope, categories, theory.functors)
    found = presented_functors(drafts, theory.functors)
    natural = transformations(scope, theory, arch, drafts)
    return replace(
        theory,
        presented_functors=found,
        transformations=natural.presented,
        reading_transformations=natural.readings,
    )


def _theory(scope: Scope, specification: tree.Specification, added_seeds: tuple[int, ...]) -> Theory:
    """The theory of what is in order; all else is reported and left out."""
    theory, arch = _architecture(scope, _empty(specification))
    ends = run_ends(scope)
    theory = replace(theory, laws=laws(scope, theory, arch, ends))
    theory = replace(
        theory, pullbacks=pullbacks(scope, theory, arch, ends), joint_pullbacks=joint_pullbacks(scope, theory, arch)
    )
    theory = replace(theory, categories=_categories(scope, ends))
    networks = with_more_seeds(runs(scope, theory, ends), added_seeds)
    theory = replace(theory, runs={**networks, **with_more_seeds(descents(scope, theory, ends), added_seeds)})
    theory = _arrows_of_categories(scope, replace(theory, functors=functors(scope, theory, ends)), arch, ends)
    theory = replace(theory, strict_cells=strict_cells(scope, theory))
    theory = replace(theory, relation_cells=relation_cells(scope, theory))
    composed = composites(scope, theory)
    theory = replace(theory, strict_cells={**theory.strict_cells, **composed.strict}, composite_cells=composed.derived)
    theory = replace(theory, claims=claims(scope, theory, ends))
    for diagnostic in _whole(scope, theory, ends):
        scope.report(diagnostic)
    return theory


def _checked(gathered: Gathered, materials: Materials = NOWHERE, added_seeds: tuple[int, ...] = ()) -> Checked:
    found = [*gathered.diagnostics, *(mistake for file in gathered.files for mistake in file.parsed.diagnostics)]
    unread = any(mistake.code in UNREAD for mistake in gathered.diagnostics)
    scope = scope_of(gathered.files, found.append, unread, materials)
    theory = replace(_theory(scope, gathered.files[0].parsed.tree, added_seeds), imports=gathered.imported)
    found = list(_without_echoes(found))
    failed = bool(errors(found))
    if not failed:
        found += unused_declarations(scope, gathered)
    sources = tuple(file.source for file in gathered.files)
    entries, uses = tuple(scope.entries.values()), tuple(scope.uses)
    return Checked(None if failed else theory, in_order(found), sources, entries, uses, theory)


def _without_echoes(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Diagnostics but for those about what stands where something did not parse: it was put right as well as may be."""
    told = tuple(found)
    places: dict[str, list[int]] = {}
    for each in told:
        if each.code == "syntax":
            places.setdefault(each.span.source.path, []).append(each.span.start)
    ordered = {path: sorted(starts) for path, starts in places.items()}
    for each in told:
        starts = ordered.get(each.span.source.path, [])
        first = bisect_left(starts, each.span.start)
        if each.code == "syntax" or first == len(starts) or starts[first] >= each.span.end:
            yield each


UNREAD = frozenset({"unreadable", "import-outside"})
"""The codes of imports whose text is not there."""


@contextmanager
def _collection_deferred() -> Iterator[None]:
    """Without the collector of cycles, which would walk a growing theory again and again: it takes half of the time of
    10,000 declarations, and more of longer ones. Texts are bounded, and so is what is left uncollected."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def check(parsed: Parsed) -> Checked:
    """The theory of a parsed specification that imports nothing; None where anything is in error.

    Diagnostics are in order of place."""
    with _collection_deferred():
        return _checked(gather(parsed, nowhere))


def check_file(path: str | Path, data: str | Path | None = None, added_seeds: tuple[int, ...] = ()) -> Checked:
    """Read, parse and check a file with all that it imports, as if every run had some seeds more than it says. Datasets
    are looked for in the directory `data`."""
    source, diagnostics = read(path)
    if source is None:
        return Checked(None, diagnostics)
    with _collection_deferred():
        materials = OnDisk(Path(path).parent, None if data is None else Path(data))
        return _checked(gather(parse(source), on_disk(path)), materials, added_seeds)


def check_texts(
    path: str,
    text: str,
    imports: Mapping[str, str],
    materials: Mapping[str, Material] | None = None,
    added_seeds: tuple[int, ...] = (),
) -> Checked:
    """Check a text that imports others, which are given by their paths from the folder of the first, on data of which
    it was recorded what they are, and as if every run had some seeds more than it says."""
    with _collection_deferred():
        gathered = gather(parse(Source(path, text)), in_texts(path, imports))
        return _checked(gathered, Recorded(materials or {}), added_seeds)

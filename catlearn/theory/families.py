"""Families of runs: what is composed or compared seed by seed has the same seeds."""

from collections.abc import Iterator

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.names import Scope, bare
from catlearn.theory.pullbacks import held
from catlearn.theory.rules import seed_mismatch
from catlearn.theory.theory import Run, Theory
from catlearn.theory.values import path


def _sources(theory: Theory, run: Run) -> Iterator[Run]:
    """The runs whose ends a run needs, seed by seed: the one it starts from, those that froze its blocks."""
    frozen = held(theory, run.space) if run.space in theory.spaces else {}
    for name in dict.fromkeys((run.start_run, *(value.run for value in frozen.values()))):
        if name is not None and name in theory.runs:
            yield theory.runs[name]


def without_source(theory: Theory) -> Iterator[tuple[str, Diagnostic]]:
    """Runs with seeds for which a run they need was not made, by name."""
    for run in theory.runs.values():
        for source in _sources(theory, run):
            if not set(run.seeds) <= set(source.seeds):
                names = (bare(run.name), bare(source.name))
                yield (
                    run.name,
                    seed_mismatch.without_source(names[0], run.seeds, run.span, names[1], source.seeds, source.span),
                )


def _uses(theory: Theory, node: tree.Law, name: str) -> list[tuple[Run, Span]]:
    """The runs of a law in the order of the text, each where it is named."""
    law = theory.laws[name]
    sides = (path(node.left), path(node.right))
    if sides[0] is None or sides[1] is None:
        return []
    identifiers = (*sides[0], *sides[1])
    pairs = zip((*law.left, *law.right), identifiers, strict=True)
    return [(theory.runs[run], use.span) for run, use in pairs if run in theory.runs]


def unequal_in_laws(scope: Scope, theory: Theory, known: frozenset[str]) -> Iterator[Diagnostic]:
    """Runs of a law with other seeds than its first run; `known` are runs whose seeds are reported already."""
    for entry, node in scope.of(tree.Law):
        uses = _uses(theory, node, entry.name) if entry.name in theory.laws else []
        for run, span in uses[1:]:
            first, first_span = uses[0]
            if run.seeds != first.seeds and run.name not in known:
                names = (bare(first.name), bare(run.name))
                yield seed_mismatch.unequal(names[0], first.seeds, first_span, names[1], run.seeds, span)


def unequal(scope: Scope, theory: Theory) -> Iterator[Diagnostic]:
    """All runs that lack a partner for some seed."""
    found = tuple(without_source(theory))
    yield from (diagnostic for _, diagnostic in found)
    yield from unequal_in_laws(scope, theory, frozenset(name for name, _ in found))

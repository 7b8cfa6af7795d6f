"""What nothing uses."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from catlearn.diagnostics import Diagnostic
from catlearn.source import Source, Span
from catlearn.syntax import tree
from catlearn.theory.imports import Gathered
from catlearn.theory.names import File, Node, Scope
from catlearn.theory.rules import unused

USES: Mapping[type[Node], str] = {
    tree.Dataset: "a run or a probe on it",
    tree.Probe: "a cloud on it",
    tree.Map: "a network or an object with it",
    tree.Optimiser: "a run or a cell with it",
    tree.Relation: "a cell or a claim by it",
    tree.StrictCell: "a claim on it: it is not decided otherwise",
    tree.RelationCell: "a claim on it: it is not decided otherwise",
}


def _words(source: Source) -> Counter[str]:
    lines = (line.partition("#")[0] for line in source.text.splitlines())
    return Counter(word for line in lines for word in re.findall(r"\w+", line))


def unused_declarations(scope: Scope, gathered: Gathered) -> Iterator[Diagnostic]:
    """Declarations of the first file whose name stands nowhere else in it, and its imports of nothing that it names.

    What an imported file declares may be of use to other files."""
    first = gathered.files[0]
    words = _words(first.source)
    for entry in scope.entries.values():
        use = USES.get(type(entry.node))
        if use and entry.identifier.span.source is first.source and words[entry.identifier.name] < 2:
            yield unused.of(entry.identifier, entry.word, use)
    files = {file.source: file for file in gathered.files}
    for edge in gathered.edges:
        if edge.span.source is first.source:
            yield from _unused_import(scope, files[gathered.imported[edge.target]], edge.span, words)


def _unused_import(scope: Scope, file: File, span: Span, words: Counter[str]) -> Iterator[Diagnostic]:
    declared = (entry for entry in scope.entries.values() if entry.identifier.span.source in file.sees)
    if not any(isinstance(entry.node, tree.Claim) or words[entry.identifier.name] for entry in declared):
        yield unused.of_import(span)

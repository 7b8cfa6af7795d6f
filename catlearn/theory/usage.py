"""What nothing uses."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from catlearn.diagnostics import Diagnostic
from catlearn.syntax import tree
from catlearn.theory.names import Node, Scope
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


def unused_declarations(scope: Scope, specification: tree.Specification) -> Iterator[Diagnostic]:
    """Declarations whose name stands nowhere else in the text, comments left out."""
    lines = (line.partition("#")[0] for line in specification.span.source.text.splitlines())
    words = Counter(word for line in lines for word in re.findall(r"\w+", line))
    for entry in scope.entries.values():
        use = USES.get(type(entry.node))
        if use and words[entry.identifier.name] < 2:
            yield unused.of(entry.identifier, entry.word, use)

"""A declaration that nothing uses.

What it catches: datasets, probes, maps, optimisers, relations and cells that nothing else in the file names, and
imports of files of which nothing is named. What an imported file declares may be of use elsewhere. It is a warning,
given only when the file has no errors: a name that is misspelt elsewhere would look unused.

Why: a cell without a claim is never decided, and a map that no network contains is often one that was forgotten.

Example:

    cell slide : gd => ball by basin          # and no claim on it

Repair: use it, `claim slides : slide`, or remove it.
"""

from catlearn.diagnostics import Diagnostic, Severity
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def of(name: Identifier, word: str, use: str) -> Diagnostic:
    """A declaration that nothing names; `use` says what would."""
    message = f"found the {word} `{name.name}`, which nothing uses, required {use}"
    return Diagnostic("unused", message, name.span, (), ("use it or remove it",), Severity.WARNING)


def of_import(span: Span) -> Diagnostic:
    """An import of a file none of whose declarations is named."""
    message = f"found {span.text} unused, required a use of something that it declares"
    return Diagnostic("unused", message, span, hints=("leave the import out",), severity=Severity.WARNING)

"""Files that import each other.

What it catches: a file that imports itself, or imports a file by way of which it is imported.

Why: neither of the two could be understood without the other; they are one file in two parts.

Example:

    import "b.cat"      # in a.cat, while b.cat says: import "a.cat"

Repair: put what both need into a third file, which imports neither.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.theory.rules.cycle import LONGEST, way


def of(paths: tuple[str, ...], spans: tuple[Span, ...]) -> Diagnostic:
    """Files each of which imports the next, and the last the first, with the places where they do."""
    labels = tuple(Label("and this import", span) for span in spans[1:LONGEST])
    message = f"found {way(paths)}, each of which imports the next, required imports that come to an end"
    return Diagnostic("import-cycle", message, spans[0], labels)

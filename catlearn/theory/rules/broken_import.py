"""An import of a file that does not parse.

What it catches: an imported file with syntax errors. They are reported too, each at its place in that file.

Why: what the file declares is not known, so nothing that rests on it can be checked.

Example:

    import "parts.cat"      # while parts.cat says: dataset digits { source = }

Repair: mend the imported file.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def of(path: str, first: Span, count: int, span: Span) -> Diagnostic:
    """An import of a file with some syntax errors, the first of them at a place."""
    errors = f"{count} syntax error{'s' * (count > 1)}"
    message = f"found {errors} in `{path}`, required none"
    return Diagnostic("broken-import", message, span, (Label("the first one" if count > 1 else "this one", first),))

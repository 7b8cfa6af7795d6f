"""An import, or data, from outside the project.

What it catches: an absolute path, a path whose `..` leave the folder of the file that is checked, and a symbolic link;
in imports and in the `source` of a dataset.

Why: a specification may come from someone else; checking it reads no file beside its own.

Example:

    import "/home/someone/notes.cat"

Repair: put the file into the folder of the specification and name it by its path from there.
"""

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span


def of(path: str, span: Span) -> Diagnostic:
    """A path that leads out of the folder of the specification."""
    return at(f"found `{path}`, required a path inside the folder of the specification", span)


def at(message: str, span: Span) -> Diagnostic:
    """What was found at the place of an import or of data."""
    hints = ("put the file into the folder of the specification",)
    return Diagnostic("import-outside", message, span, hints=hints)

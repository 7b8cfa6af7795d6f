"""A file that cannot be read as UTF-8 text.

What it catches: a path at which there is no file, a directory, a binary file, a file that is too large; on the command
line and in an import.

Why: a specification is text; nothing else is guessed at.

Example:

    catlearn check model.pt

Repair: name a `.cat` file, saved as UTF-8.
"""

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span


def at(message: str, span: Span) -> Diagnostic:
    """What was found where an import says to look."""
    return Diagnostic("unreadable", message, span)

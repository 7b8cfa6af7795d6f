"""A dataset that is not there, or that cannot be read.

What it catches: a `source` that names no dataset of the table, a path at which there is nothing, and data that are
damaged, pickled, or of another form than they should be. Only headers and labels are read to find out.

Why: without its sizes and shapes nothing about the runs on it can be checked, and nothing can be trained.

Example:

    dataset digits { source = sklearn.digit, test = 0.25, seed = 0 }

Repair: name a dataset of the table, or the path of an npz file with arrays `x` and `y`, of a folder of idx files, or of
a folder of pictures with one subfolder a class; `sklearn.digits` and its like need no download.
"""

from collections.abc import Collection

from catlearn.diagnostics import Diagnostic, listed, nearest
from catlearn.source import Span


def of(source: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A source that the data table does not have."""
    choices = listed(sorted(known))
    return Diagnostic(
        "missing-data", f"found the source `{source}`, required one of {choices}", span, (), nearest(source, known)
    )


def at(message: str, span: Span) -> Diagnostic:
    """What was found where the data should be."""
    return Diagnostic("missing-data", message, span)

"""A dataset that is not there.

What it catches: a `source` that names no dataset of the table.

Why: without its sizes and shapes nothing about the runs on it can be checked, and nothing can be trained.

Example:

    dataset digits { source = sklearn.digit, test = 0.25, seed = 0 }

Repair: `sklearn.digits`, `sklearn.wine`, `sklearn.breast_cancer` and `sklearn.iris` come with scikit-learn and need
no download.
"""

from collections.abc import Collection

from catlearn.diagnostics import Diagnostic, nearest
from catlearn.source import Span


def of(source: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A source that the data table does not have."""
    choices = ", ".join(f"`{name}`" for name in sorted(known))
    return Diagnostic(
        "missing-data", f"found the source `{source}`, required one of {choices}", span, (), nearest(source, known)
    )

"""The claims of one specification as a family of tests: how sure one may be of all of them together (Holm).

Each verdict holds at its claim's own confidence. Of many true statements about what does not hold, some test errs more
often than any single one does; Holm's step-down adjustment bounds the probability that one of the verdicts that pass it
is wrong, whatever the dependence between them. Source: Holm, "A simple sequentially rejective multiple test procedure",
Scand. J. Statist. 6 (1979).
"""

from collections.abc import Sequence

from catlearn.verdict.documents import AdjustedClaim, ClaimRow, Family
from catlearn.verdict.verdict import Verdict

TESTED = frozenset({Verdict.SUPPORTED.value, Verdict.REFUTED.value, Verdict.UNDECIDED.value})
"""The verdicts of a test. What is vacuous says nothing, and what is proved or exact is no matter of chance."""


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The adjusted p-values, in the order given: the k-th least of m times m - k + 1, none less than one before it.

    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, least = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, p_values[place] * (len(p_values) - rank)))
        adjusted[place] = least
    return tuple(adjusted)


def family(rows: Sequence[ClaimRow]) -> Family | None:
    """The tested claims among some rows, at the greatest confidence that one of them asks for; None where fewer than
    two are tested, since one is a family by itself."""
    tested = [row for row in rows if row.verdict in TESTED and row.p is not None and row.confidence is not None]
    if len(tested) < 2:
        return None
    confidence = max(row.confidence for row in tested if row.confidence is not None)
    adjusted = holm([row.p for row in tested if row.p is not None])
    claims = tuple(
        AdjustedClaim(name=row.name, p=p, holds=_holds(row, p, confidence))
        for row, p in zip(tested, adjusted, strict=True)
    )
    return Family(confidence=confidence, claims=claims)


def _holds(row: ClaimRow, p: float, confidence: float) -> bool:
    return row.verdict != Verdict.UNDECIDED.value and p <= 1.0 - confidence

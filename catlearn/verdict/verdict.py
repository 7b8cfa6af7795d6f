"""The one enumeration of verdicts and its two tables (DESIGN 5)."""

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """What a claim came to. Finer wording stands in the method line, never here."""

    PROVED = "proved"
    EXACT = "exact"
    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    VACUOUS = "vacuous"


AFFIRMATIVE = frozenset({Verdict.PROVED, Verdict.EXACT, Verdict.SUPPORTED})

_CONJUNCTION = (
    Verdict.REFUTED,
    Verdict.VACUOUS,
    Verdict.UNDECIDED,
    Verdict.SUPPORTED,
    Verdict.EXACT,
    Verdict.PROVED,
)


def severity(verdict: Verdict) -> int:
    """The place of a verdict in the table of conjunctions, 0 for the one that outweighs all others."""
    return _CONJUNCTION.index(verdict)


def conjunction(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of `a and b and …`: refuted > vacuous > undecided > the weakest of supported, exact, proved.

    The conjunction of nothing is undecided: no evidence is no agreement."""
    return min(verdicts, key=severity, default=Verdict.UNDECIDED)


def derivation(premises: Iterable[Verdict]) -> Verdict:
    """The verdict of what follows from premises: undecided where any premise is not affirmative, else the weakest.

    Never refuted: a false premise says nothing of the conclusion."""
    premises = tuple(premises)
    return conjunction(premises) if premises and AFFIRMATIVE.issuperset(premises) else Verdict.UNDECIDED

"""How a claim stands against its author's expectation: met, unmet by a decided verdict, or open."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catlearn.report.numbers import plural, significant
from catlearn.verdict.documents import ClaimRow, Family
from catlearn.verdict.verdict import AFFIRMATIVE, Verdict

_OPEN = frozenset({Verdict.UNDECIDED.value, Verdict.VACUOUS.value})

_DEFAULT = frozenset(verdict.value for verdict in AFFIRMATIVE)


@dataclass(frozen=True)
class Standing:
    """A style (`met`, `unmet`, `open`, `absent`), its mark, and its words."""

    style: str
    mark: str
    words: str


MET = Standing("met", "✓", "as expected")
UNMET = Standing("unmet", "✗", "not as expected")
UNDECIDED = Standing("open", "?", "not decided")
ABSENT = Standing("absent", "·", "not asked yet")


def is_open(row: ClaimRow) -> bool:
    """Whether a verdict decides nothing: undecided or vacuous."""
    return row.verdict in _OPEN


def truth(row: ClaimRow | None) -> str:
    """How what a claim says stands, whatever its author expected: the style `met`, `unmet` or `open`, or none."""
    if row is None:
        return ""
    return "met" if row.verdict in _DEFAULT else "open" if is_open(row) else "unmet"


def standing(row: ClaimRow | None) -> Standing:
    """How a decided claim stands; `ABSENT` where it was not decided."""
    if row is None:
        return ABSENT
    if row.met:
        return MET
    return UNDECIDED if is_open(row) else UNMET


def expectation(expected: Sequence[str]) -> str:
    """The verdicts that an author expects; the default ones are `affirmative` together."""
    return "affirmative" if set(expected) == _DEFAULT else " or ".join(expected)


def summary(rows: Iterable[ClaimRow]) -> str:
    """`7 claims: 6 as expected, 1 not decided`."""
    counts = Counter(standing(row).words for row in rows)
    parts = [f"{counts[found.words]} {found.words}" for found in (MET, UNMET, UNDECIDED) if counts[found.words]]
    return f"{plural(counts.total(), 'claim')}: {', '.join(parts)}" if parts else "no claims"


def together(family: Family) -> str:
    """How sure one may be of all tested claims together, and of which one may not."""
    failing = [f"{claim.name} (p = {significant(claim.p, 2)})" for claim in family.claims if not claim.holds]
    passing, level = len(family.claims) - len(failing), significant(family.confidence, 3)
    line = f"together: {passing} of {len(family.claims)} tested claims hold at confidence {level} by {family.method}'s"
    return f"{line} procedure{', not ' if failing else ''}{', '.join(failing)}"


def replay(store: str, claim: str) -> str:
    """The command that measures the evidence of a claim anew from the stored weights."""
    return f"catlearn recheck {shlex.quote(store)} --only {claim}"

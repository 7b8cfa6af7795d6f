"""A verification as a notebook shows it: the table of claims, what refutes them or leaves them open, and the command
that replays it. Escaped HTML without scripts, styles of the page or anything from elsewhere."""

from collections.abc import Iterator

from markupsafe import Markup

from catlearn.report.numbers import estimate
from catlearn.report.standing import expectation, is_open, replay, standing, summary, together
from catlearn.report.svg import element
from catlearn.verdict.documents import ClaimRow, Verification
from catlearn.verdict.verdict import Verdict

_HEAD = ("", "claim", "verdict", "expected", "estimate", "n", "test")
_LEFT = "text-align: left; vertical-align: top"


class Shown(Verification):
    """A verification that a notebook draws as a table where it is the value of a cell."""

    def _repr_html_(self) -> str:
        return str(table(self))


def table(found: Verification) -> Markup:
    """The table of claims with estimate, interval, n and test, and under it what decides nothing or was refuted."""
    head = element("tr", *(element("th", name, style=_LEFT) for name in _HEAD))
    rows = (element("tr", *_cells(row)) for row in found.claims)
    explained = (_evidence(row, found.store) for row in found.claims if row.verdict == "refuted" or is_open(row))
    family = [together(found.family)] if found.family is not None else []
    lines = (element("p", line) for line in (*family, summary(found.claims)))
    return element("div", element("table", head, *rows), *explained, *lines)


def _cells(row: ClaimRow) -> Iterator[Markup]:
    test = "; ".join((row.method, *(f"rests on: {premise}" for premise in row.rests_on)))
    number = estimate(row.estimate, row.interval, 4)
    if row.interval is not None and row.confidence is not None:
        number = f"{number} at {100 * row.confidence:g} %"
    count = "" if row.n is None else str(row.n)
    cells = (standing(row).mark, row.name, row.verdict, expectation(row.expected), number, count, test)
    return (element("td", cell, style=_LEFT) for cell in cells)


def _evidence(row: ClaimRow, store: str) -> Markup:
    lines = [element("li", line) for line in row.evidence or ("no evidence was found either way",)]
    again = [element("code", replay(store, row.name))] if row.verdict == Verdict.REFUTED.value else []
    return element("div", element("b", f"{row.name}: {row.verdict}"), element("ul", *lines), *again)

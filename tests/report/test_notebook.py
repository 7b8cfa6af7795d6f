"""What a notebook shows of a verification: every claim with its numbers, nothing that is executed, nothing left out."""

import html
from html.parser import HTMLParser
from pathlib import Path

import pytest

import catlearn
from catlearn.report.notebook import Shown, table
from catlearn.verdict.documents import ClaimRow, Verification

SPECIFICATION = """
dataset d { source = sklearn.iris }
map f : R[4] -> R[3] = linear(3)
category P { object A = params(f)
  run a : A@init -> A@a { net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16, epochs = 2,
                          seeds = 0..3 } }
claim low  : loss(a, on = d.test) <= 5
claim high : loss(a, on = d.test) >= 5
claim open : loss(a, on = d.test) ~ 0.7 within 0.000001 expect undecided
"""


class Cells(HTMLParser):
    """The texts of a page, tag by tag; every tag that is opened is closed."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(content)
        assert self.open == []

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1], data))

    def of(self, tag: str) -> list[str]:
        return [text for found, text in self.texts if found == tag]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Verification:
    path = tmp_path_factory.mktemp("notebook") / "spec.cat"
    path.write_text(SPECIFICATION)
    return catlearn.verify(path)


def test_a_cell_shows_estimate_interval_n_and_test_of_every_claim(found: Verification) -> None:
    assert isinstance(found, Shown)
    cells = Cells(found._repr_html_())
    shown = cells.of("td")
    for row in found.claims:
        at = shown.index(row.name)
        mark, verdict, number, n, test = shown[at - 1], shown[at + 1], shown[at + 3], shown[at + 4], shown[at + 5]
        assert mark == ("✓" if row.met else "✗")
        assert (verdict, n, test) == (row.verdict, "4", row.method)
        assert row.estimate is not None
        assert row.interval is not None
        for value in (row.estimate, *row.interval):
            assert f"{value:.4g}" in number
        assert number.endswith("at 95 %")


def test_what_is_refuted_or_open_shows_why_and_how_to_replay_it(found: Verification) -> None:
    cells = Cells(str(table(found)))
    lines = cells.of("li")
    assert cells.of("b") == ["high: refuted", "open: undecided"]
    assert [line for row in found.claims if row.verdict != "supported" for line in row.evidence] == lines
    assert [command.rpartition("--only ")[2] for command in cells.of("code")] == ["high"]
    assert any("2 as expected, 1 not as expected" in line for line in cells.of("p"))


def test_what_a_claim_says_is_text_and_never_markup(found: Verification) -> None:
    row = found.claims[1].model_copy(update={"evidence": ("<script>alert(1)</script>",), "method": "a < b & c"})
    shown = str(table(found.model_copy(update={"claims": (row,)})))
    assert "<script>" not in shown
    assert html.escape("a < b & c") in shown


def test_saboteur_a_table_without_its_numbers_is_noticed(found: Verification) -> None:
    bare = tuple(row.model_copy(update={"estimate": None, "interval": None}) for row in found.claims)
    shown = Cells(str(table(found.model_copy(update={"claims": bare})))).of("td")
    assert all(f"{row.estimate:.4g}" not in shown for row in found.claims if row.estimate is not None)


def test_a_store_reads_what_was_shown(found: Verification) -> None:
    kept = Verification.model_validate_json((Path(found.store) / "verdicts.json").read_text())
    assert kept.claims == found.claims
    assert all(isinstance(row, ClaimRow) for row in kept.claims)

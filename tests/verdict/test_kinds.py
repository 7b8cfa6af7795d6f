"""Every kind of claim comes out as one that holds, refuted and undecided where it can, and shows why: verified once on
one specification.

The kinds are those that have a procedure: a new one fails here until it has its cases, or is listed as unable."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from catlearn.report.text import Paper, verification
from catlearn.verbs import verify
from catlearn.verdict.documents import ClaimRow, Verification
from catlearn.verdict.procedures import PROCEDURES
from catlearn.verdict.recheck import recheck

UNABLE = {
    ("law", "undecided"): "bits are equal or not",
    ("carried_law", "undecided"): "likewise",
    ("constant", "undecided"): "likewise",
    ("naturality", "undecided"): "likewise",
    ("reading", "undecided"): "likewise",
    ("cone", "undecided"): "likewise",
    ("cone", "refuted"): "it takes runs of two networks: refuted in test_cones.py",
    ("naturality", "refuted"): "`check` refuses layers that move; stored weights that do are in test_naturality.py",
    ("law_of_maps", "refuted"): "`check` refuses a law of maps that is broken",
    ("law_of_maps", "undecided"): "blocks are equal or not",
    ("composite", "refuted"): "what follows from parts is never refuted by them",
    ("whiskered", "refuted"): "likewise",
}
"""The verdicts that a kind of claim never gets, or gets in another test, and why."""

OUTCOMES = {"holds": ("supported", "exact", "proved"), "refuted": ("refuted",), "undecided": ("undecided",)}


@dataclass(frozen=True)
class Verified:
    """The verification, with the kinds of question of its claims."""

    document: Verification
    kinds: dict[str, str]
    store: Path

    def rows(self, verdict: str) -> list[ClaimRow]:
        return [row for row in self.document.claims if row.verdict == verdict]


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    folder = tmp_path_factory.mktemp("kinds")
    path, store = folder / "kinds.cat", folder / "store"
    shutil.copy(Path(__file__).with_name("kinds.cat"), path)
    document = verify(path, store=store)
    certificates = {row.name: json.loads((store / str(row.certificate)).read_text()) for row in document.claims}
    return Verified(document, {name: found["question"]["op"] for name, found in certificates.items()}, store)


def test_every_claim_comes_out_as_it_says(verified: Verified) -> None:
    assert {row.name: row.verdict for row in verified.document.claims if not row.met} == {}


@pytest.mark.parametrize("verdict", OUTCOMES)
@pytest.mark.parametrize("kind", PROCEDURES)
def test_each_kind_has_each_outcome_or_cannot(verified: Verified, kind: str, verdict: str) -> None:
    found = [row for name in OUTCOMES[verdict] for row in verified.rows(name)]
    seen = any(verified.kinds[row.name] == kind for row in found)
    assert seen != ((kind, verdict) in UNABLE)


def test_what_is_refuted_shows_numbers_and_how_to_replay_it(verified: Verified) -> None:
    text = verification(Paper(width=200, colour=False), verified.document, "report.html")
    for row in verified.rows("refuted"):
        assert any(letter.isdigit() for letter in row.evidence[0]), row.name
        assert f"--only {row.name}" in text


def test_what_is_refuted_over_seeds_names_one(verified: Verified) -> None:
    without = {"strict", "count", "classes", "class_measure"}
    for row in verified.rows("refuted"):
        if verified.kinds[row.name] not in without:
            assert any("seed " in line for line in row.evidence), row.name


def test_what_is_open_says_what_was_tried(verified: Verified) -> None:
    text = verification(Paper(width=200, colour=False), verified.document, "report.html")
    for row in verified.rows("undecided"):
        assert row.method
        assert f"{row.name}: undecided" in text


def test_every_verdict_is_measured_again(verified: Verified) -> None:
    found = recheck(verified.store)
    assert found.ok, [row for row in found.rows if not row.ok]

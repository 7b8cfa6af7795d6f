"""Claims of all three relations on landscapes: their verdicts, and those of siblings that differ in one value."""

import json
from pathlib import Path

import pytest

from catlearn import verbs

EXAMPLE = Path(__file__).parents[2] / "examples" / "landscapes.cat"


@pytest.fixture(scope="module")
def verified(tmp_path_factory):
    """The verdicts of the example, with the store that they are in."""
    store = tmp_path_factory.mktemp("landscapes") / "store"
    return {row.name: row for row in verbs.verify(EXAMPLE, store=store).claims}, store


EXPECTED = {
    "one_side": "supported",
    "either_side": "refuted",
    "over_the_bump": "supported",
    "two_ways": "supported",
    "one_way": "supported",
    "three_ways": "refuted",
    "same_way": "supported",
    "other_way": "refuted",
    "above_the_hill": "supported",
    "commutes": "refuted",
    "one_well": "supported",
    "two_wells": "refuted",
    "over_the_top": "supported",
}


def test_every_claim_of_the_example_has_its_verdict(verified):
    rows, _ = verified
    assert {name: row.verdict for name, row in rows.items()} == EXPECTED
    assert all(row.met for row in rows.values())


def test_each_verdict_says_which_relation_it_is_about_and_by_what(verified):
    rows, _ = verified
    assert "dihomotopy within slack 0.2" in rows["either_side"].method
    assert "winds 1 time about" in " ".join(rows["either_side"].evidence)
    assert "classical homotopy of one loop" in rows["other_way"].method
    assert "ends connected at loss 0.3" in rows["two_wells"].method
    assert "anywhere" in " ".join(rows["two_wells"].evidence)
    assert "inside the box" in " ".join(rows["commutes"].evidence)
    letters = " ".join(rows["commutes"].evidence).split("spells ")[1].split(" among")[0].split()
    assert sorted(letters) == ["a", "a⁻¹", "b", "b⁻¹"]  # no winding number sees it


def test_every_certificate_is_rechecked_and_an_edited_one_is_refused(verified):
    _, store = verified
    assert verbs.recheck(store).ok
    path = store / "certificates" / "either_side.json"
    text = path.read_text()
    document = json.loads(text)
    document["finding"]["pairs"][0]["obstruction"]["number"] = 2
    path.write_text(json.dumps(document))
    try:
        rows = {row.name: row for row in verbs.recheck(store).rows}
    finally:
        path.write_text(text)
    assert not rows["either_side"].ok
    assert rows["other_way"].ok


RUNS = """
landscape wells(x) on [-2, 2] = (x^2 - 1)^2
category Wells {{
  object A = params(wells)
  run left  : A@a -> A@left  {{ start = [{first}], optimiser = sgd(lr = 0.02), steps = 100 }}
  run right : A@b -> A@right {{ start = [{second}], optimiser = sgd(lr = 0.02), steps = 100 }}
}}
relation r = {relation}
cell c : left => right by r
claim k : c
"""


def verdict(tmp_path, relation, first="-0.5", second="0.5"):
    path = tmp_path / "case.cat"
    path.write_text(RUNS.format(relation=relation, first=first, second=second))
    (row,) = verbs.verify(path, store=tmp_path / "store").claims
    return row


def test_a_level_that_joins_the_untrained_starts_too_says_nothing(tmp_path):
    low = verdict(tmp_path, "connected { level = 1.05 }", "-0.9", "0.9")
    assert low.verdict == "vacuous"
    assert "training began" in " ".join(low.evidence)
    assert verdict(tmp_path, "connected { level = 1.05 }", "-1.7", "1.7").verdict == "supported"


def test_an_end_above_the_level_is_in_no_component_of_it(tmp_path):
    row = verdict(tmp_path, "connected { level = 0.5 }", "-0.00001", "0.5")
    assert row.verdict == "refuted"
    assert "an end lies at" in " ".join(row.evidence)


def test_two_wells_of_a_line_are_told_apart_by_their_ends(tmp_path):
    row = verdict(tmp_path, "dihomotopy { slack = 0.1, levels = 0.01..0.5 }")
    assert row.verdict == "refuted"
    assert "their ends lie in different components" in " ".join(row.evidence)
    assert verdict(tmp_path, "dihomotopy { slack = 0.1, levels = 0.01..0.5 }", "0.4").verdict == "supported"


def test_a_run_that_never_enters_a_region_is_in_none(tmp_path):
    assert verdict(tmp_path, "homotopy { region = entry(0.3), close = segment }", "0.4").verdict == "supported"
    row = verdict(tmp_path, "homotopy { region = entry(0.3), close = segment }", "0.00001")
    assert row.verdict == "refuted"
    assert "never reaches" in " ".join(row.evidence)

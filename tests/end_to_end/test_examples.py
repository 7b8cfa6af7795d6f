"""The two examples from text to verdicts: every claim of the one is met, and its sibling in the other flips."""

import json
import shutil
from pathlib import Path

from tests.end_to_end.conftest import Example, catlearn

AFFIRMED = {
    "resumes": "exact",
    "same_rule": "proved",
    "own_rule": "proved",
    "frozen": "exact",
    "slides": "supported",
    "one_seed": "supported",
    "accuracy": "supported",
    "shape": "supported",
}
FLIPPED = {
    "resumes": "refuted",
    "same_rule": "refuted",
    "own_rule": "refuted",
    "frozen": "refuted",
    "slides": "undecided",
    "wild_too": "refuted",
    "one_seed": "undecided",
    "accuracy": "refuted",
    "shape": "refuted",
}


def verdicts(example: Example) -> dict[str, str]:
    """The verdict of each claim."""
    return {name: row["verdict"] for name, row in example.claims().items()}


def test_every_claim_of_the_quickstart_is_met(quickstart: Example) -> None:
    assert quickstart.finished.status == 0, quickstart.finished.messages
    assert verdicts(quickstart) == AFFIRMED
    assert all(row["met"] for row in quickstart.claims().values())


def test_one_value_changed_flips_each_claim(refuted: Example) -> None:
    assert refuted.finished.status == 0, refuted.finished.messages
    assert verdicts(refuted) == FLIPPED


def test_a_refuted_claim_shows_what_refutes_it(refuted: Example) -> None:
    rows = refuted.claims()
    assert all(rows[name]["evidence"] for name, verdict in FLIPPED.items() if verdict == "refuted")
    assert "seed 0, step" in rows["resumes"]["evidence"][0]
    assert "encoder.0" in rows["frozen"]["evidence"][0]
    assert "not a descent" in rows["wild_too"]["evidence"][0]


def test_every_row_says_what_it_rests_on(quickstart: Example) -> None:
    rows = quickstart.claims()
    assert rows["same_rule"]["rests_on"] == ["assume constant(lr)"]
    assert rows["own_rule"]["rests_on"] == []
    assert all(row["method"] for row in rows.values())
    assert all("estimated" in rows[name]["method"] for name in ("slides", "one_seed"))
    assert rows["one_seed"]["interval"] == [1.0, 16.0]
    assert rows["slides"]["n"] == rows["accuracy"]["n"] == rows["shape"]["n"] == 16


def test_nothing_is_called_equivalent(quickstart: Example, refuted: Example) -> None:
    for example in (quickstart, refuted):
        text = example.finished.output + (example.store / "report.html").read_text()
        assert "homotopy equivalent" not in text.lower()


def test_the_store_is_laid_out_as_promised(quickstart: Example) -> None:
    names = {path.name for path in quickstart.store.iterdir()}
    documents = {"theory.json", "plan.json", "verdicts.json", "report.html"}
    assert names >= documents | {"runs", "data", "evidence", "certificates"}
    for row in quickstart.claims().values():
        assert json.loads((quickstart.store / row["certificate"]).read_text())["verdict"] == row["verdict"]


def test_a_second_verification_trains_nothing_and_says_the_same(quickstart: Example, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(quickstart.store, store)
    stamps = {path: path.stat().st_mtime_ns for path in (store / "runs").rglob("*.safetensors")}
    again = catlearn("verify", quickstart.specification, "--json", "--store", store)
    assert again.status == 0
    assert {path: path.stat().st_mtime_ns for path in (store / "runs").rglob("*.safetensors")} == stamps
    assert len(stamps) == 5 * 16
    rows = {row["name"]: row for row in again.document()["claims"]}
    assert rows == quickstart.claims()


def test_a_refuted_claim_without_an_expectation_exits_1(refuted: Example, tmp_path: Path) -> None:
    text = refuted.specification.read_text()
    assert "expect refuted" in text
    specification = tmp_path / "refuted.cat"
    specification.write_text("\n".join(line.partition(" expect ")[0] for line in text.splitlines()))
    assert catlearn("verify", specification, "--only", "same_rule", "--store", tmp_path / "store").status == 1


def test_an_undecided_claim_without_an_expectation_exits_3(refuted: Example, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(refuted.store, store)
    specification = tmp_path / "refuted.cat"
    text = refuted.specification.read_text()
    specification.write_text("\n".join(line.partition(" expect ")[0] for line in text.splitlines()))
    assert catlearn("verify", specification, "--only", "one_seed", "--store", store).status == 3


def test_an_honest_store_rechecks(quickstart: Example) -> None:
    done = catlearn("recheck", quickstart.store)
    assert done.status == 0, done.output + done.messages

"""The example of optimisers: planned here, verified nightly with the verdicts that it says."""

from pathlib import Path

import pytest

from catlearn import verbs
from catlearn.diagnostics import Severity
from tests.end_to_end.conftest import EXAMPLES

EXAMPLE = EXAMPLES / "optimisers.cat"
EXPECTED = {
    "rounding": "refuted",
    "l2_is_decay": "refuted",
    "lion_is_sign": "refuted",
    "as_adam": "refuted",
    "flatter": "refuted",
    "low_region": "undecided",
    "as_lion": "undecided",
}
"""The claims that are expected not to hold; of all others one that holds is."""


def test_the_example_is_in_order_and_has_seeds_enough() -> None:
    found = verbs.check(EXAMPLE)
    assert {diagnostic.code for diagnostic in found.diagnostics} == {"cell-residue"}
    assert all(diagnostic.severity is Severity.WARNING for diagnostic in found.diagnostics)


def test_its_plan_trains_each_rule_once_and_asks_what_it_says() -> None:
    plan = verbs.compile(EXAMPLE)
    assert sorted(job.rule.name for job in plan.train) == ["adam", "adamw", "heavy_ball", "lion", "sgd", "sutskever"]
    asked = {job.claim: job.expected for job in plan.decide}
    assert {name: expected[0] for name, expected in asked.items() if len(expected) == 1} == EXPECTED
    assert {job.question.op for job in plan.decide} >= {"strict", "law", "relation_cell", "connected", "homotopy"}


@pytest.mark.nightly
def test_the_example_comes_out_as_it_says(tmp_path: Path) -> None:
    rows = verbs.verify(EXAMPLE, store=tmp_path / "store").claims
    assert [row.name for row in rows if not row.met] == []
    assert {row.name: row.verdict for row in rows if row.verdict in ("refuted", "undecided", "vacuous")} == EXPECTED
    assert verbs.recheck(tmp_path / "store").ok

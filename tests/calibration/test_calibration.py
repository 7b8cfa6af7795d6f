"""Zero wrong YES and zero wrong NO on landscapes with known answers, and saboteurs of the checker that are caught.

A few cases of each kind here; `make nightly` draws 300 of each."""

import dataclasses

import pytest

from catlearn.evidence import obstruction
from tests.calibration.checker import Tally, outcome, tally, verdict
from tests.calibration.landscapes import KINDS, cases

QUICK = ("bumps", "ends", "speeds", "windings")
"""Kinds in one or two dimensions: a case takes a fraction of a second."""


def faultless(found: Tally) -> bool:
    return found.wrong_yes == found.wrong_no == 0


@pytest.mark.parametrize("kind", QUICK)
def test_a_few_cases_are_decided_without_a_wrong_verdict(kind):
    found = tally(kind, 4, seed=1)
    assert faultless(found)
    assert found.supported + found.refuted > 0


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_three_hundred_cases_are_decided_without_a_wrong_verdict(kind):
    assert faultless(tally(kind, 300, seed=0))


def test_a_checker_that_always_says_yes_is_caught():
    wrong = [outcome(case, "supported").get("wrong_yes", 0) for kind in QUICK for case in cases(kind, 12, seed=1)]
    assert sum(wrong) >= 4


def test_a_checker_that_always_says_no_is_caught():
    wrong = [outcome(case, "refuted").get("wrong_no", 0) for kind in QUICK for case in cases(kind, 12, seed=1)]
    assert sum(wrong) >= 4


def test_a_tube_that_tells_everything_apart_is_caught(monkeypatch):
    """The obstruction replaced by one that is always found refutes pairs that only a finer search would join."""
    found = obstruction.Apart("crossing", 0.0, (), 0, True)
    monkeypatch.setattr(obstruction, "told_apart", lambda *_: found)
    open_cases = [
        dataclasses.replace(case, asked=case.height + 0.004)
        for case in cases("bumps", 12, seed=1)
        if case.height > 0.05
    ]
    assert any(outcome(case, verdict(case)).get("wrong_no") for case in open_cases[:4])

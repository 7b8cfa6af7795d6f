"""Seeds added later are further looks: what each may spend, what is kept of them, and how often all of them err."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from scipy.stats import binom

from catlearn.evidence.documents import MeasureFinding, MeasureValues
from catlearn.plan.ir import DecideJob, MeasurePlan, MeasureQuestion, Place, Question
from catlearn.verbs import verify
from catlearn.verdict import looks
from catlearn.verdict.certificate import Look
from catlearn.verdict.recheck import recheck

SPECIFICATION = """
dataset d {{ source = sklearn.iris }}
map f : R[4] -> R[3] = linear(3)
category P {{ object A = params(f)
  run a : A@init -> A@a {{ net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 28, epochs = 1,
                          seeds = 0..{last} }} }}
claim low : loss(a, on = d.test) <= {bound} {{ {terms} }}
"""

CLEAR, OPEN, ABSURD = 5, 0.88, 0.1
"""Bounds of the loss that a few seeds are sure to satisfy, about which they decide nothing, and that none satisfies."""


@dataclass(frozen=True)
class Study:
    """A specification whose seeds are added to, verified into one store."""

    folder: Path

    def verified(self, last: int, bound: float = OPEN, terms: str = "") -> tuple[str, str, float]:
        """The verdict with seeds up to `last`, its method and its confidence."""
        path = self.folder / "looks.cat"
        path.write_text(SPECIFICATION.format(last=last, bound=bound, terms=terms))
        (row,) = verify(path, store=self.folder / "store").claims
        assert recheck(self.folder / "store").ok
        return row.verdict, row.method, row.confidence


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path)


def test_a_single_look_spends_all_and_says_nothing_of_looks(study):
    verdict, method, confidence = study.verified(3, CLEAR)
    assert (verdict, confidence) == ("supported", 0.95)
    assert "look" not in method


def test_what_was_reached_is_reached_again_without_spending(study):
    study.verified(3, CLEAR)
    verdict, method, confidence = study.verified(7, CLEAR)
    assert (verdict, confidence) == ("supported", 0.95)
    assert "reached again at the level of look 1" in method


def test_after_an_open_look_that_spent_all_nothing_is_left(study):
    assert study.verified(3)[0] == "undecided"
    verdict, method, _ = study.verified(7)
    assert verdict == "undecided"
    assert "earlier looks spent the error of 0.05" in method


def test_announced_looks_share_the_error(study):
    first = study.verified(3, terms="looks = 2")
    second = study.verified(7, terms="looks = 2")
    assert first[2] == second[2] == pytest.approx(0.975)
    assert "look 1 of 2" in first[1]
    assert "look 2 of 2" in second[1]
    third = study.verified(9, terms="looks = 2")
    assert third[0] == "undecided"
    assert "spent" in third[1]


def test_a_lower_confidence_leaves_an_error_for_a_further_look(study):
    study.verified(3)
    verdict, method, confidence = study.verified(7, terms="confidence = 0.9")
    assert confidence == pytest.approx(0.95)
    assert "look 2 of 2, which spends 0.05 of the error of 0.1" in method
    assert verdict == "undecided"


def test_the_same_seeds_are_no_further_look(study):
    first = study.verified(3)
    assert study.verified(3) == first
    (study.folder / "store" / "certificates" / "low.json").unlink()
    assert study.verified(3) == first


def test_another_statement_has_looks_of_its_own(study):
    study.verified(3, OPEN)
    assert study.verified(7, CLEAR)[0] == "supported"
    assert study.verified(7, ABSURD)[0] == "refuted"


RELATED = """
dataset d {{ source = sklearn.iris }}
map f : R[4] -> R[3] = linear(3)
category P {{ object A = params(f)
  run a : A@init -> A@a {{ net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 30, epochs = 2,
                          seeds = 0..{last} }}
  run b : A@init -> A@b {{ like = a, optimiser = heavy_ball(lr = 0.01, m = 0.9) }} }}
relation r = dihomotopy {{ slack = {slack}, effort = {effort} }}
cell c : a => b by r
claim k : c {{ holds_for = 0.5 }}
"""


@pytest.mark.parametrize(("slack", "effort", "number"), [("0.05", "low", 2), ("0.05", "high", 2), ("0.04", "low", 1)])
def test_a_relation_with_more_effort_is_the_same_statement(tmp_path, slack, effort, number):
    path, store = tmp_path / "looks.cat", tmp_path / "store"
    path.write_text(RELATED.format(last=1, slack="0.05", effort="low"))
    verify(path, store=store)
    path.write_text(RELATED.format(last=3, slack=slack, effort=effort))
    verify(path, store=store)
    assert len(json.loads((store / "certificates" / "k.json").read_text())["looks"]) == number


def test_one_statement_at_two_confidences_spends_the_greater_error_of_both(study):
    """Neither claim hides the look of the other, whichever is decided last, and both recheck."""
    path, store = study.folder / "twice.cat", study.folder / "store"
    for last, names in ((3, ("early", "late")), (7, ("early", "late"))):
        text = SPECIFICATION.format(last=last, bound=OPEN, terms="confidence = 0.9").replace("low", names[0])
        path.write_text(f"{text}\nclaim {names[1]} : loss(a, on = d.test) <= {OPEN} {{ confidence = 0.99 }}")
        early, late = verify(path, store=store).claims
        assert recheck(store).ok
    (looks_kept,) = (store / "looks").iterdir()
    levels = [look["level"] for look in json.loads(looks_kept.read_text())["looks"]]
    assert levels == [pytest.approx(0.1), pytest.approx(0.0)]
    assert (early.verdict, late.verdict) == ("undecided", "undecided")


def test_what_was_reached_at_a_lower_confidence_is_not_reached_again_at_a_higher_one(study):
    assert study.verified(3, CLEAR, "confidence = 0.9")[0] == "supported"
    verdict, method, _ = study.verified(7, CLEAR, "confidence = 0.95")
    assert verdict == "undecided"
    assert "earlier looks spent" in method


def test_recheck_refuses_a_certificate_that_forgets_a_look(study):
    study.verified(3)
    study.verified(7)
    store = study.folder / "store"
    (path,) = (store / "looks").iterdir()
    document = json.loads(path.read_text())
    assert [look["level"] for look in document["looks"]] == [pytest.approx(0.05), pytest.approx(0.0)]
    path.write_text(path.read_text().replace("undecided", "supported", 1))
    assert not recheck(store).ok


def test_every_question_that_errs_with_a_probability_is_counted():
    questions = get_args(get_args(Question)[0])
    assert {kind for kind in questions if "confidence" in kind.model_fields} == set(get_args(looks.Tested))


# How often a claim errs that is looked at several times.


def job(announced: int) -> DecideJob:
    """`norm(r) <= 1` at confidence 0.95."""
    measure = MeasurePlan(name="norm", run="r", dataset=None, split=None)
    question = MeasureQuestion(left=measure, operator="<=", right=1.0, margin=None, confidence=0.95)
    return DecideJob(
        version=1,
        digest="",
        claim="c",
        text="",
        place=Place(file="", line=1, column=1),
        expected=(),
        question=question,
        needs=(),
        looks=announced,
    )


def finding(values) -> MeasureFinding:
    seeds = tuple(range(len(values)))
    left = MeasureValues(seeds=seeds, values=tuple(float(value) for value in values), missing=())
    return MeasureFinding(left=left, right=None, resolution=0.0)


SIZES = (6, 10, 16)
REPETITIONS = 2000


def honest(values) -> list[str]:
    """The verdicts of three announced looks at growing numbers of seeds."""
    taken: tuple[Look, ...] = ()
    verdicts = []
    for size in SIZES:
        found = looks.looked(job(len(SIZES)), (("r", tuple(range(size))),), finding(values[:size]), taken)
        taken = found.looks
        verdicts.append(found.judgement.verdict)
    return verdicts


def unannounced(values) -> list[str]:
    """A saboteur: every look as if it were the first."""
    found = [looks.looked(job(1), (("r", tuple(range(size))),), finding(values[:size]), ()) for size in SIZES]
    return [look.judgement.verdict for look in found]


def wrong(rule, effect: float, verdict: str) -> int:
    """How often some look comes to a verdict when the true mean is `effect`."""
    generator = np.random.default_rng([11, int(1000 * effect)])
    return sum(verdict in rule(generator.normal(effect, 0.4, SIZES[-1])) for _ in range(REPETITIONS))


MOST = int(binom.ppf(1 - 1e-6, REPETITIONS, 0.05))


@pytest.mark.parametrize(("effect", "verdict"), [(1.0, "supported"), (1.0, "refuted"), (1.2, "supported")])
def test_under_optional_stopping_no_more_verdicts_are_wrong_than_stated(effect, verdict):
    assert wrong(honest, effect, verdict) <= MOST


def test_looking_again_for_nothing_is_caught():
    assert wrong(unannounced, 1.0, "supported") > MOST


def test_a_clear_case_is_decided_by_the_last_look():
    generator = np.random.default_rng(3)
    verdicts = [honest(generator.normal(0.4, 0.4, SIZES[-1]))[-1] for _ in range(200)]
    assert verdicts.count("supported") > 180

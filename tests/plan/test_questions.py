"""Claims -> read and decide jobs: what each asks, and all the work that it rests on."""

from dataclasses import replace
from fractions import Fraction

import pytest

from catlearn.plan.ir import DecideJob, Plan
from catlearn.plan.lower import lower
from catlearn.theory.theory import ClassesProposition, MeasureProposition, Proposition, ShapeProposition
from tests.plan.quickstart_theory import ACCURACY, QUICKSTART, claim, run, with_more, with_runs

PLAN = lower(QUICKSTART)


def names(plan: Plan) -> dict[str, str]:
    """Digest -> name, of train and read jobs."""
    train = {job.digest: job.name for job in plan.train}
    return train | {job.digest: f"{job.functor}({train[job.run]})" for job in plan.read}


def decide(plan: Plan, name: str) -> DecideJob:
    return next(job for job in plan.decide if job.claim == name)


def asking(proposition: Proposition) -> Plan:
    """The plan of the example with one claim in place of its own."""
    return lower(replace(QUICKSTART, claims={"asked": claim("asked", proposition)}))


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("resumes", {"gd", "half", "rest"}),
        ("same_rule", set()),
        ("frozen", {"tune", "gd"}),
        ("slides", {"gd", "ball"}),
        ("one_seed", {"gd", "ball"}),
        ("accuracy", {"gd", "ball"}),
        ("shape", {"gd", "ball", "L(gd)", "L(ball)"}),
    ],
)
def test_needs(name: str, needs: set[str]) -> None:
    assert {names(PLAN)[digest] for digest in decide(PLAN, name).needs} == needs


def test_needs_reach_all_ancestors() -> None:
    plan = asking(ClassesProposition(("Param.rest",), "basin", "<=", 4))
    assert [names(plan)[digest] for digest in decide(plan, "asked").needs] == ["half", "rest"]
    chained = with_runs(QUICKSTART, tune={"start_run": "Param.rest", "resume": None, "source_point": "gd"})
    assert {names(lower(chained))[digest] for digest in decide(lower(chained), "frozen").needs} == {
        "gd",
        "half",
        "rest",
        "tune",
    }


def test_a_reading_is_a_prefix_of_the_network_on_the_probe() -> None:
    gd, _ = PLAN.read
    assert (gd.depth, gd.split, gd.size, gd.normalise) == (2, "test", 256, "rms")
    assert gd.dataset == PLAN.datasets[0].digest


def test_a_run_is_read_once_for_all_claims() -> None:
    shape = QUICKSTART.claims["shape"]
    assert isinstance(shape.proposition, ShapeProposition)
    closer = replace(shape, name="closer", proposition=replace(shape.proposition, margin=Fraction("0.01")))
    plan = lower(replace(QUICKSTART, claims={**QUICKSTART.claims, "closer": closer}))
    assert len(plan.read) == 2
    assert decide(plan, "closer").needs == decide(plan, "shape").needs
    assert decide(plan, "closer").digest != decide(plan, "shape").digest


def test_a_reading_that_no_network_begins_with_is_our_bug() -> None:
    functor = replace(QUICKSTART.functors["L"], reading=("head",))
    with pytest.raises(ValueError, match="does not begin"):
        lower(replace(QUICKSTART, functors={"L": functor}))


def test_constant_asks_for_the_blocks_of_the_target() -> None:
    question = decide(PLAN, "frozen").question
    assert question.op == "constant"
    assert (question.map, question.blocks) == ("enc", ("encoder.0",))


def test_rationals_become_the_nearest_floats() -> None:
    question = decide(PLAN, "slides").question
    assert question.op == "relation_cell"
    assert (question.holds_for, question.confidence, question.relation.slack) == (0.8, 0.9, 0.05)


def test_a_measure_compares_with_a_number() -> None:
    plan = asking(MeasureProposition(ACCURACY, ">=", Fraction("0.9"), None, Fraction("0.95")))
    question = decide(plan, "asked").question
    assert question.op == "measure"
    assert (question.operator, question.right, question.margin) == (">=", 0.9, None)
    assert [names(plan)[digest] for digest in decide(plan, "asked").needs] == ["gd"]


def test_runs_that_are_one_job_are_counted_once() -> None:
    twins = with_more(QUICKSTART, runs=(run("Param.gd2"),))
    both = ClassesProposition(("Param.gd", "Param.gd2"), "basin", "<=", 4)
    plan = lower(replace(twins, claims={"asked": claim("asked", both)}))
    question = decide(plan, "asked").question
    assert question.op == "classes"
    assert [names(plan)[digest] for digest in question.runs] == ["gd"]


def test_a_claim_carries_its_text_place_and_expectation() -> None:
    job = decide(PLAN, "slides")
    assert (job.text, job.expected) == ("the text of slides", ("proved", "exact", "supported"))
    assert (job.place.file, job.place.line, job.place.column) == ("quickstart.cat", 3, 1)

"""Runs -> train jobs: order, steps, starts, frozen blocks, and which work is shared."""

from dataclasses import replace
from graphlib import CycleError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catlearn.plan.ir import Plan, StartInit, StartResume, TrainJob
from catlearn.plan.lower import lower
from catlearn.theory.theory import Law, LawProposition, Theory
from tests.plan.quickstart_theory import HERE, QUICKSTART, claim, run, with_more, with_runs


def jobs_of(theory: Theory) -> dict[str, TrainJob]:
    """The jobs by the name of their run, of a theory whose runs are all different jobs."""
    train = lower(theory).train
    assert len({job.name for job in train}) == len(train)
    return {job.name: job for job in train}


def test_each_job_follows_what_it_starts_from_and_freezes_from() -> None:
    backwards = replace(QUICKSTART, runs=dict(reversed(tuple(QUICKSTART.runs.items()))))
    names = [job.name for job in lower(backwards).train]
    assert sorted(names) == ["ball", "gd", "half", "rest", "tune"]
    assert names.index("half") < names.index("rest")
    assert names.index("gd") < names.index("tune")


def test_runs_that_wait_for_each_other_are_our_bug() -> None:
    circular = with_runs(QUICKSTART, half={"start_run": "Param.rest"})
    with pytest.raises(CycleError):
        lower(circular)


@pytest.mark.parametrize(
    ("fields", "steps", "checkpoint_every"),
    [
        pytest.param({}, 420, 21, id="an epoch is floor(1348 / 64) steps"),
        pytest.param({"keep_last": True}, 440, 22, id="the remainder is one more step"),
        pytest.param({"batch": 1348, "keep_last": True}, 20, 1, id="no remainder, no more step"),
        pytest.param({"epochs": 3, "checkpoint": (2, "epoch")}, 63, 42, id="every second epoch"),
        pytest.param({"epochs": 1, "checkpoint": (10, "step")}, 21, 10, id="every tenth step"),
    ],
)
def test_steps(fields: dict[str, Any], steps: int, checkpoint_every: int) -> None:
    job = jobs_of(with_runs(QUICKSTART, gd=fields))["gd"]
    assert (job.steps, job.checkpoint_every) == (steps, checkpoint_every)


def test_a_batch_greater_than_the_training_split_takes_no_step() -> None:
    with pytest.raises(ValueError, match=r"`Param\.gd` has batches of 1349 of 1348 examples"):
        lower(with_runs(QUICKSTART, gd={"batch": 1349}))


def test_starts() -> None:
    jobs = jobs_of(QUICKSTART)
    assert jobs["gd"].start == StartInit()
    assert jobs["rest"].start == StartResume(run=jobs["half"].digest)
    afresh = jobs_of(with_runs(QUICKSTART, rest={"resume": None}))
    assert afresh["rest"].start.op == "checkpoint"
    assert afresh["rest"].digest != jobs["rest"].digest


def test_layers_carry_their_tensors() -> None:
    layers = jobs_of(QUICKSTART)["gd"].layers
    assert [(layer.operation, layer.block) for layer in layers] == [
        ("linear", "encoder.0"),
        ("relu", None),
        ("linear", "head.0"),
    ]
    assert [(tensor.name, tensor.shape) for tensor in layers[2].tensors] == [("weight", (10, 32)), ("bias", (10,))]


def test_a_run_on_a_pullback_freezes_its_blocks_at_the_end_of_the_point() -> None:
    plan = lower(QUICKSTART)
    jobs = {job.name: job for job in plan.train}
    (freeze,) = plan.freeze
    assert freeze.run == jobs["tune"].digest
    assert [(block.block, block.run) for block in freeze.blocks] == [("encoder.0", jobs["gd"].digest)]
    assert jobs["tune"].frozen == freeze.blocks
    assert jobs["gd"].frozen == ()


# Which work is shared.


def sides(plan: Plan, claim_name: str) -> tuple[list[TrainJob], list[TrainJob]]:
    jobs = {job.digest: job for job in plan.train}
    question = next(job.question for job in plan.decide if job.claim == claim_name)
    assert question.op == "law"
    return [jobs[run] for run in question.left], [jobs[run] for run in question.right]


def ancestry(plan: Plan, path: list[TrainJob]) -> set[str]:
    """The digests of some jobs and of all that they start from."""
    jobs = {job.digest: job for job in plan.train}
    found: set[str] = set()
    for job in path:
        while job.digest not in found:
            found.add(job.digest)
            job = job if isinstance(job.start, StartInit) else jobs[job.start.run]
    return found


def with_law(theory: Theory, left: tuple[str, ...], right: tuple[str, ...]) -> Theory:
    """The theory with the law `twin` and a claim of that name."""
    stated = with_more(theory, laws=(Law("Param.twin", "Param", left, right, HERE),))
    return replace(stated, claims={"twin": claim("twin", LawProposition("Param.twin"))})


GD2 = with_more(QUICKSTART, runs=(run("Param.gd2"),))
REST = QUICKSTART.runs["Param.rest"]
REST2 = with_more(QUICKSTART, runs=(replace(REST, name="Param.rest2"),))
MORE = replace(REST, name="Param.more", source_point="gd", resume="Param.gd", start_run="Param.gd")
ONWARDS = with_more(QUICKSTART, runs=(MORE, replace(MORE, name="Param.more2", resume=None)))


def test_equal_runs_share_their_work() -> None:
    plan = lower(GD2)
    assert len(plan.train) == 5
    assert {job.replica for job in plan.train} == {0}


def test_equal_runs_of_other_seeds_keep_their_own_families() -> None:
    plan = lower(with_runs(GD2, gd2={"seeds": (0, 1, 2, 3, 4)}))
    families = {job.name: (job.replica, len(job.seeds)) for job in plan.train}
    assert families["gd"] == (0, 4)
    assert families["gd2"] == (1, 5)


def test_the_law_of_the_example_needs_no_replica() -> None:
    plan = lower(QUICKSTART)
    left, right = sides(plan, "resumes")
    assert ([job.name for job in left], [job.name for job in right]) == (["half", "rest"], ["gd"])
    assert len(plan.train) == 5


def test_a_law_between_equal_runs_trains_both() -> None:
    plan = lower(with_law(GD2, ("Param.gd",), ("Param.gd2",)))
    (left,), (right,) = sides(plan, "twin")
    assert (left.name, left.replica) == ("gd", 0)
    assert (right.name, right.replica) == ("gd2", 1)
    assert len(plan.train) == 6


def test_a_law_between_a_run_and_itself_trains_it_twice() -> None:
    (left,), (right,) = sides(lower(with_law(QUICKSTART, ("Param.gd",), ("Param.gd",))), "twin")
    assert left.digest != right.digest


def test_laws_share_the_replica_of_their_right_sides() -> None:
    gd3 = with_more(GD2, runs=(run("Param.gd3"),))
    both = with_law(gd3, ("Param.gd2",), ("Param.gd3",))
    both = with_more(both, laws=(Law("Param.first", "Param", ("Param.gd",), ("Param.gd2",), HERE),))
    assert [job.replica for job in lower(both).train if job.start == StartInit() and job.steps == 420] == [0, 0, 1]


def test_what_hangs_on_a_replica_is_trained_on_it() -> None:
    path = ("Param.half", "Param.rest")
    plan = lower(with_law(REST2, path, ("Param.half", "Param.rest2")))
    left, right = sides(plan, "twin")
    assert right[0].replica == 1
    assert right[1].start == StartResume(run=right[0].digest)
    assert left[1].start == StartResume(run=left[0].digest)
    assert not ancestry(plan, left) & ancestry(plan, right)


def test_a_side_starts_each_run_from_the_one_before_it() -> None:
    left_path = ("Param.half", "Param.rest", "Param.more")
    plan = lower(with_law(ONWARDS, left_path, ("Param.gd", "Param.more")))
    left, right = sides(plan, "twin")
    assert left[2].start == StartResume(run=left[1].digest)
    assert right[1].start == StartResume(run=right[0].digest)
    assert not ancestry(plan, left) & ancestry(plan, right)


PATHS = st.sampled_from(
    [
        ("Param.gd",),
        ("Param.gd2",),
        ("Param.half", "Param.rest"),
        ("Param.half", "Param.rest2"),
        ("Param.half2", "Param.rest"),
        ("Param.half2", "Param.rest2"),
    ]
)
POOL = with_more(
    QUICKSTART,
    runs=(
        run("Param.gd2"),
        replace(QUICKSTART.runs["Param.half"], name="Param.half2"),
        replace(REST, name="Param.rest2"),
    ),
)


@given(left=PATHS, right=PATHS, more=st.sampled_from([(), ("Param.more",)]), resumed=st.booleans())
def test_the_sides_of_a_law_share_no_work(
    left: tuple[str, ...], right: tuple[str, ...], more: tuple[str, ...], resumed: bool
) -> None:
    onwards = replace(MORE, resume="Param.gd" if resumed else None)
    plan = lower(with_law(with_more(POOL, runs=(onwards,)), left + more, right + more))
    left_jobs, right_jobs = sides(plan, "twin")
    assert [len(left_jobs), len(right_jobs)] == [len(left + more), len(right + more)]
    assert not ancestry(plan, left_jobs) & ancestry(plan, right_jobs)


def test_saboteur_generators_alone_do_share_work() -> None:
    """Were the sides of a law the jobs of its generators, the law above would not hold."""
    plan = lower(POOL)
    by_name = {job.name: job for job in plan.train}
    generators = [by_name["half"], by_name["rest"]]
    assert ancestry(plan, generators) & ancestry(plan, [by_name["half"]])

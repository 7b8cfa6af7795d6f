"""`kill -9` at any moment, and the same command again: the same bits and the same verdicts as without."""

import json
import random
import shutil
import time

import pytest

from catlearn import verbs
from tests.runs.processes import begin, end_all, kill, trajectories, until

SPEC = """dataset iris { source = sklearn.iris, test = 0.2, seed = 0 }
map body : R[4] -> R[8] = linear(8) >> tanh
map head : R[8] -> R[3] = linear(3)
category Param {
  object A = params(body) * params(head)
  run half : A@init -> A@mid { net = body >> head, data = iris, loss = cross_entropy,
                               optimiser = heavy_ball(lr = 0.01, m = 0.9), batch = 32, epochs = 150, seeds = 0..5 }
  run rest : A@mid -> A@far { like = half, resume = half }
  run gd : A@init -> A@gd { like = half, optimiser = sgd(lr = 0.1) }
}
claim learns  : accuracy(rest, on = iris.test) >= 0.1
claim perfect : accuracy(gd, on = iris.test) > 0.999 expect refuted
"""
JOINT = """dataset early { source = sklearn.iris, classes = [0, 1], test = 0.2, seed = 0 }
dataset late  { source = sklearn.iris, classes = [1, 2], test = 0.2, seed = 0 }
map body : R[4] -> R[8] = linear(8) >> tanh
map head : R[8] -> R[2] = linear(2)
category Param {
  object E = params(body)
  object A = E * params(head)
  object B = E * params(head)
  map of_a : A -> E = project
  map of_b : B -> E = project
}
pullback P of of_a : A -> E along of_b : B -> E { leg p : P -> A, leg q : P -> B }
run both : P@init -> P@both { net = [body >> head, body >> head], data = [early, late], loss = cross_entropy,
                              optimiser = heavy_ball(lr = 0.01, m = 0.9), batch = 16, epochs = 80, seeds = 0..2 }
run on : P@both -> P@far { like = both, resume = both }
"""


@pytest.fixture(autouse=True)
def _nothing_left():
    yield
    end_all()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The specification, what it comes to without interruption, and the seconds from its plan to its end."""
    folder = tmp_path_factory.mktemp("whole")
    spec = folder / "killed.cat"
    spec.write_text(SPEC, encoding="utf-8")
    process = begin("verify", spec, "--json", "--store", folder / "store")
    until((folder / "store" / "plan.json").exists)
    began = time.monotonic()
    out, err = process.communicate()
    assert process.returncode == 0, err
    return spec, verdicts(out), trajectories(folder / "store"), time.monotonic() - began


@pytest.fixture(scope="module")
def joint(tmp_path_factory):
    """The specification of joint runs, what they come to without interruption, and the seconds that they take."""
    folder = tmp_path_factory.mktemp("joint")
    spec = folder / "joint.cat"
    spec.write_text(JOINT, encoding="utf-8")
    began = time.monotonic()
    verbs.run(spec, store=folder / "store")
    return spec, trajectories(folder / "store"), time.monotonic() - began


def verdicts(out):
    """The claims of a verification, without the time that it took."""
    return json.loads(out)["claims"]


def killed(spec, store, moment):
    """Begin to verify, and kill it at a moment; whether it came to that. `moment` waits, given the store."""
    process = begin("verify", spec, "--json", "--store", store)
    until(lambda: (store / "plan.json").exists() or process.poll() is not None)
    moment(store, process)
    alive = process.poll() is None
    kill(process.pid)
    process.communicate()
    return alive


def after(seconds):
    """The moment some seconds after the plan is there."""

    def moment(_store, process):
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.002)

    return moment


def in_a_commit(store, process):
    """The moment at which the next file of a run is being written."""
    before = len(list(store.glob("runs/*/*seed-*")))
    while process.poll() is None and len(list(store.glob("runs/*/*seed-*"))) <= before:
        pass


def killed_often(spec, store, moments):
    """Kill at each of some moments; where all is done before one of them, begin anew from nothing."""
    for moment in moments:
        while not killed(spec, store, moment):
            shutil.rmtree(store)


def ends_as(whole, store):
    """Verify to the end, and compare."""
    spec, claims, weights, _ = whole
    process = begin("verify", spec, "--json", "--store", store)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert verdicts(out) == claims
    assert trajectories(store) == weights


def test_killed_at_random_moments_and_in_a_commit_it_ends_as_without(whole, tmp_path):
    spec, _, _, seconds = whole
    drawn = random.Random(0)
    killed_often(spec, tmp_path / "store", [in_a_commit, *(after(drawn.uniform(0, seconds / 4)) for _ in range(4))])
    ends_as(whole, tmp_path / "store")


def joint_ends_as_without(joint, store, moments):
    """Kill joint runs at some moments, take them to their end, and compare."""
    spec, weights, _ = joint
    killed_often(spec, store, moments)
    assert trajectories(store).items() <= weights.items()
    verbs.run(spec, store=store)
    assert trajectories(store) == weights


def test_killed_at_random_moments_joint_runs_end_as_without(joint, tmp_path):
    amid = after(random.Random(1).uniform(0, joint[-1]))
    joint_ends_as_without(joint, tmp_path / "store", [amid, in_a_commit, in_a_commit])


@pytest.mark.nightly
@pytest.mark.parametrize("round_", range(5))
def test_killed_thirty_times_joint_runs_end_as_without(joint, tmp_path, round_):
    drawn = random.Random(round_)
    moments = [drawn.choice([after(drawn.uniform(0, 2 * joint[-1])), in_a_commit]) for _ in range(5)]
    joint_ends_as_without(joint, tmp_path / "store", [*moments, in_a_commit])


@pytest.mark.nightly
@pytest.mark.parametrize("round_", range(10))
def test_killed_fifty_times_and_more_it_ends_as_without(whole, tmp_path, round_):
    spec, _, _, seconds = whole
    drawn = random.Random(round_)
    moments = [drawn.choice([after(drawn.uniform(0, seconds)), in_a_commit]) for _ in range(6)]
    killed_often(spec, tmp_path / "store", moments)
    ends_as(whole, tmp_path / "store")

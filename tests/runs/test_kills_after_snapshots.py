"""`kill -9` of the processes of a run of which snapshots are stored: the next command goes on from the last of them."""

import random
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest

import catlearn
from catlearn import verbs
from catlearn.store import snapshots
from catlearn.store.store import Store
from tests.runs.processes import begin, children, end_all, kill, trajectories, until

SPEC = """
dataset early {{ source = sklearn.iris, classes = [0, 1], test = 0.2, seed = 0 }}
dataset late  {{ source = sklearn.iris, classes = [1, 2], test = 0.2, seed = 0 }}
map body : R[4] -> R[8] = linear(8) >> batchnorm >> tanh >> dropout(0.1)
map head : R[8] -> R[2] = linear(2)
category Param {{
  object E = params(body)
  object A = E * params(head)
  object B = E * params(head)
  map of_a : A -> E = project
  map of_b : B -> E = project
}}
pullback P of of_a : A -> E along of_b : B -> E {{ leg p : P -> A, leg q : P -> B }}
run ordinary : A@init -> A@one {{ net = body >> head, data = early, loss = cross_entropy, optimiser = adam(lr = 0.001),
                                 batch = 16, epochs = {longer}, checkpoints = 10 epoch, seeds = 0..{last} }}
run joint : P@init -> P@both {{ like = ordinary, net = [body >> head, body >> head], data = [early, late],
                               epochs = {epochs} }}
claim of_ordinary : accuracy(ordinary, on = early.test) >= 0.1
claim of_joint    : accuracy(joint, on = late.test) >= 0.1
"""
KINDS = ["ordinary", "joint"]
ENOUGH = 2.0
"""Seconds of training of a lane, of which the first snapshot is due after one."""


@pytest.fixture(autouse=True)
def _nothing_left():
    yield
    end_all()


class Long:
    """Runs of some seeds that train for seconds, on however fast a machine, and what they come to without a kill."""

    def __init__(self, folder, kind, seeds, epochs):
        self.spec, self.store, self.only = folder / "long.cat", folder / "whole", f"of_{kind}"
        while not self._trained(kind, seeds, epochs):
            epochs *= 2
        self.whole = trajectories(self.store)

    def _trained(self, kind, seeds, epochs):
        """Train so many epochs without interruption; whether they take long enough."""
        self.spec.write_text(SPEC.format(epochs=epochs, longer=2 * epochs, last=seeds - 1), encoding="utf-8")
        shutil.rmtree(self.store, ignore_errors=True)
        self.job = next(job for job in catlearn.compile(self.spec).train if job.name == kind)
        self.continued(self.store)
        return min(each.seconds for each in self.records(self.store)) > ENOUGH

    def begun(self, store):
        """A command that trains them in worker processes, under way."""
        return begin("run", self.spec, "--only", self.only, "--executor", "local", "--store", store)

    def continued(self, store):
        """Train what is left, in this process; the steps that are said to be done, of all seeds, as they come."""
        done = []
        verbs.run(
            self.spec, store=store, only=self.only, executor="inline", progress=lambda _, now, __: done.append(now)
        )
        return done

    def records(self, store):
        """The records of the seeds in a store, as far as there are any."""
        found = (Store.open(store).run_record(self.job.digest, seed) for seed in self.job.seeds)
        return [record for record in found if record is not None]

    def snapshots(self, store):
        """The snapshots of the seeds in a store, of each as far as there are any."""
        found = (snapshots.read(Store.open(store), self.job.digest, seed) for seed in self.job.seeds)
        return [each for each in found if each.segments]

    def weights(self, store, seed):
        """All parameters at all checkpoints (checkpoints, ...), by name."""
        arrays = Store.open(store).trajectory(self.job.digest, seed)
        return {name: array for name, array in arrays.items() if not name.startswith("state:")}


@pytest.fixture(scope="module", params=KINDS)
def long(request, tmp_path_factory):
    return Long(tmp_path_factory.mktemp("long"), request.param, seeds=1, epochs=400)


@pytest.fixture(scope="module", params=KINDS)
def many(request, tmp_path_factory):
    return Long(tmp_path_factory.mktemp("many"), request.param, seeds=3, epochs=1000)


def steps(found):
    """How many steps some snapshots hold."""
    return sum(len(segment["losses"]) for each in found for segment in each.segments)


def snapshots_later(long, store, process, seconds):
    """The moment some seconds after more is stored of runs under way than there was."""
    before = steps(long.snapshots(store))

    def more():
        assert process.poll() is None, "all was over before there was a snapshot"
        return steps(long.snapshots(store)) > before

    until(more)
    time.sleep(seconds)


def killed(long, store, seconds):
    """Begin, and kill the command and its workers some seconds after another snapshot; the snapshots that are left."""
    process = long.begun(store)
    snapshots_later(long, store, process, seconds)
    workers = children(process.pid)
    for each in (process.pid, *workers):
        kill(each)
    process.communicate()
    assert workers, "all was over before it was killed"
    return long.snapshots(store)


def goes_on_from(long, store, left):
    """Train what is left. Nothing of it is said to be done again, and it ends as without a kill."""
    already = steps(left) + long.job.steps * len(long.records(store))
    done = long.continued(store)
    assert 0 < already < done[0] < done[-1] == long.job.steps * len(long.job.seeds)
    assert trajectories(store) == long.whole


def without_states(store, left):
    """Store snapshots anew, the last of each seed without the optimiser's state."""
    for found in left:
        *before, last = found.segments
        forgetful = {name: np.zeros_like(of) if name.startswith("state-") else of for name, of in last.items()}
        snapshots.drop(store, found.job, found.seed)
        again = replace(found, segments=(), seal="")
        for segment in (*before, forgetful):
            again = snapshots.append(store, again, segment)


def test_after_a_kill_a_run_goes_on_from_its_snapshot_and_would_end_elsewhere_from_another(long, tmp_path):
    """The saboteur forgets the optimiser's state: up to the snapshot all is as it was, and nothing behind it."""
    store, other = tmp_path / "store", tmp_path / "other"
    left = killed(long, store, random.Random(long.only).uniform(0, 0.3))
    shutil.copytree(store, other)
    goes_on_from(long, store, left)
    without_states(Store.open(other), left)
    long.continued(other)
    (found,) = left
    kept = sum(len(segment["steps"]) for segment in found.segments)
    forgot, whole = (long.weights(each, found.seed) for each in (other, long.store))
    for name, array in whole.items():
        np.testing.assert_array_equal(forgot[name][:kept], array[:kept])
        assert (forgot[name][kept:] != array[kept:]).any(), name


@pytest.mark.nightly
@pytest.mark.parametrize("round_", range(2))
def test_killed_again_and_again_runs_go_on_from_their_snapshots(many, tmp_path, round_):
    drawn, held = random.Random(round_), 0
    for _ in range(3):
        left = killed(many, tmp_path / "store", drawn.uniform(0, 0.3))
        now = steps(left) + many.job.steps * len(many.records(tmp_path / "store"))
        assert now > held, "what was stored is lost"
        held = now
    goes_on_from(many, tmp_path / "store", left)


@pytest.mark.nightly
def test_what_is_left_of_a_killed_worker_is_taken_up_by_the_next_one(many, tmp_path):
    """By the same command: of what went on from a snapshot the time is of no session."""
    store = tmp_path / "store"
    process = many.begun(store)
    snapshots_later(many, store, process, random.Random(many.only).uniform(0, 0.5))
    for worker in children(process.pid):
        kill(worker)
    under_way = {each.seed for each in many.snapshots(store)}
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert "killed by SIGKILL" in err
    assert trajectories(store) == many.whole
    assert under_way == {record.seed for record in many.records(store) if not record.session}

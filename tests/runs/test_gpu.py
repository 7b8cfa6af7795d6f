"""What a GPU gives: the bits that it gave before, and the processor's numbers within a tolerance.

Everything here is skipped where torch finds no GPU. What can be known without one is in `test_devices.py`.
"""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from catlearn import verbs
from catlearn.network.device import reproducible
from catlearn.network.threads import single_threaded
from catlearn.plan.ir import FrozenBlock, Numerics, Plan
from catlearn.runs import fusion, partial
from catlearn.runs import train as training
from catlearn.runs.execute import execute
from catlearn.runs.lanes import begin
from catlearn.runs.program import Lane
from catlearn.runs.shards import Shard, train_shard
from catlearn.store.store import Store
from tests.runs.factory import DIGITS, IRIS, SMALL, adam, heavy_ball, job, plan, sgd, small_job
from tests.runs.reading import bits, paths_of, weights
from tests.runs.test_layers import NETWORKS
from tests.runs.test_layers import TEXT as LAYERED

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no GPU")

TOLERANCE = 1e-4
"""How far the weights of a GPU may be from the processor's after an epoch or two, relative to how far training moved
them. One rounding is 6e-8 of a number; training lets differences grow. Adding in another order on the processor moves
them by 4e-7; and without bound under rules like Adam's where a gradient is 0 but for rounding, as that of a bias before
`batchnorm`: such a rule divides the rounding by its own size."""

GPU = torch.device("cuda")
LANES = 8


def on_a_gpu(*jobs, lanes=LANES):
    return plan(*jobs).model_copy(update={"numerics": Numerics(device="cuda", lanes=lanes, torch="", numpy="")})


def trained(tmp_path, name, *jobs, lanes=LANES):
    store = Store.open(tmp_path / name)
    execute(on_a_gpu(*jobs, lanes=lanes), store, executor="inline")
    return store


def distance(left, right):
    """How far the ends of two trajectories are from each other, relative to how far the second went."""
    ends, others, starts = (np.concatenate([each[at].ravel() for each in of]) for of, at in ends_of(left, right))
    return np.linalg.norm(ends - others) / np.linalg.norm(others - starts)


def ends_of(left, right):
    pairs = [(left[name], right[name]) for name in right]
    return [([one for one, _ in pairs], -1), ([other for _, other in pairs], -1), ([other for _, other in pairs], 0)]


RULES = (sgd(0.1), heavy_ball(0.02), adam(0.01))


@pytest.mark.parametrize("loss", ["cross_entropy", "mse", "hinge"])
@pytest.mark.parametrize("batch", [16, 50])
def test_a_gpu_trains_as_the_processor_does(tmp_path, loss, batch):
    """Batches of 50 leave 20 examples over, whose gradient is autograd's; the others are replayed."""
    of = {"loss": loss, "batch": batch, "keep_last": batch == 50, "seeds": (0, 1)}
    jobs = [small_job(rule=update, **of) for update in RULES] + [small_job(clip=0.1, **of)]
    there, here = trained(tmp_path, "gpu", *jobs), Store.open(tmp_path / "processor")
    execute(plan(*jobs), here)
    for made in jobs:
        for seed in made.seeds:
            assert distance(weights(there, made, seed), weights(here, made, seed)) < TOLERANCE


@pytest.mark.filterwarnings("default")  # of the compiler, not of what it compiles
@pytest.mark.parametrize("update", RULES)
def test_an_update_that_is_one_kernel_trains_as_the_processor_does(tmp_path, update, monkeypatch):
    fused = []
    monkeypatch.setattr(fusion, "WORTH_COMPILING", 1)
    monkeypatch.setattr("catlearn.runs.update.fused", lambda *of: fused.append(fusion.fused(*of)) or fused[-1])
    made, here = small_job(rule=update, seeds=(0, 1)), Store.open(tmp_path / "processor")
    there = trained(tmp_path, "gpu", made)
    assert fused
    assert None not in fused
    execute(plan(made), here)
    for seed in made.seeds:
        assert distance(weights(there, made, seed), weights(here, made, seed)) < TOLERANCE


def test_another_rate_is_farther_than_the_tolerance(tmp_path):
    """A saboteur of the test above."""
    jobs = small_job(rule=sgd(0.1), seeds=(0,)), small_job(rule=sgd(0.101), seeds=(0,))
    store = trained(tmp_path, "gpu", *jobs)
    assert distance(*(weights(store, made, 0) for made in jobs)) > TOLERANCE


@pytest.mark.parametrize("family", NETWORKS)
def test_every_layer_trains_on_a_gpu_as_on_the_processor(tmp_path, family):
    shape, source, body, head = NETWORKS[family]
    path = tmp_path / f"{family}.cat"
    text = LAYERED.format(shape=shape, source=source, body=body, head=head)
    path.write_text(text.replace("adam(lr = 0.01)", "sgd(lr = 0.05)"))
    found = verbs.verify(path, store=tmp_path / "gpu", device="cuda", lanes=4)
    assert {row.verdict for row in found.claims} == {"exact"}
    verbs.run(path, store=tmp_path / "processor")
    ends = [run_of(tmp_path / name, "a") for name in ("gpu", "processor")]
    assert distance(*ends) < TOLERANCE


def run_of(root, name):
    store = Store(root)
    found = Plan.model_validate_json(store.read_text("plan.json"))
    return weights(store, next(made for made in found.train if made.name == name), 0)


def test_the_same_job_gives_the_same_bits_twice(tmp_path):
    made = small_job(rule=adam(0.01), seeds=(0, 1, 2))
    first, second = (trained(tmp_path, name, made) for name in ("first", "second"))
    assert all(bits(first, made, seed) == bits(second, made, seed) for seed in made.seeds)


def test_seeds_added_later_change_no_bit_of_earlier_ones(tmp_path):
    """Nor what a frozen prefix gives them."""

    def jobs(seeds):
        first = small_job(rule=adam(0.01), seeds=seeds)
        frozen = (FrozenBlock(block="encoder.0", run=first.digest),)
        return first, small_job(rule=adam(0.01), seeds=seeds, frozen=frozen, name="tune")

    few = jobs((0, 1, 2))
    store, whole = trained(tmp_path, "few", *few), trained(tmp_path, "many", *jobs(tuple(range(20))))
    assert all(bits(store, made, seed) == bits(whole, made, seed) for made in few for seed in made.seeds)


@pytest.mark.parametrize("update", RULES)
def test_interruption_changes_no_bit(tmp_path, update, monkeypatch):
    """Stopped after 30 steps, of which a snapshot is kept."""
    made = job(rule=update, seeds=(0, 1))
    shard, whole, store = (
        Shard(((made.digest, 0), (made.digest, 1))),
        *map(Store.open, (tmp_path / "a", tmp_path / "b")),
    )
    train_shard(on_a_gpu(made), whole, shard, lambda *_: None)
    with monkeypatch.context() as patched:
        patched.setattr(partial.Keeper, "__call__", kept_and_stopped(after=30))
        with pytest.raises(Stopped):
            train_shard(on_a_gpu(made), store, shard, lambda *_: None)
    assert store.run_record(made.digest, 0) is None
    train_shard(on_a_gpu(made), store, shard, lambda *_: None)
    assert all(bits(store, made, seed) == bits(whole, made, seed) for seed in made.seeds)


class Stopped(Exception):
    """Stands for the end of a process."""


def kept_and_stopped(after):
    def keep(keeper, watched):
        if watched.count == after:
            for lane, path in zip(watched.lanes, watched.paths(), strict=True):
                partial.append(keeper._store, keeper._found[lane.job.digest, lane.seed], path)
            raise Stopped

    return keep


@dataclass
class Counted:
    """How often a step is taken kernel after kernel, where recorded steps are replayed."""

    count: int = 0

    def __call__(self, step, moved, of=training.repeatable):
        def counted():
            self.count += 1
            return step()

        return of(counted, moved)


def paths(data, lanes):
    program, begun = begin(lanes, [{}] * len(lanes), [data], GPU, LANES)
    with single_threaded(), reproducible(GPU):
        return paths_of(program, begun)


def test_steps_are_replayed_and_give_what_they_give_kernel_after_kernel(data, monkeypatch):
    lanes = [Lane(job(rule=adam(0.01)), seed) for seed in range(3)]
    counted = Counted()
    monkeypatch.setattr(training, "repeatable", counted)
    replayed = paths(data[DIGITS.digest], lanes)
    assert 1 < counted.count < 5
    monkeypatch.setattr(training, "repeatable", lambda step, _: step)
    for lane, path in paths(data[DIGITS.digest], lanes).items():
        assert torch.equal(replayed[lane].checkpoints, path.checkpoints)


def test_the_place_of_a_lane_does_not_matter(data):
    """Lanes end at two times, so that those that are left move; and each of them begins at several places."""
    lanes = [Lane(job(rule=adam(0.01), steps=steps), seed) for seed in range(4) for steps in (21, 42)]
    first = paths(data[DIGITS.digest], lanes)
    for moved in (lanes[::-1], lanes[3:] + lanes[:3], lanes[5:6]):
        for place, path in paths(data[DIGITS.digest], moved).items():
            assert torch.equal(path.checkpoints, first[lanes.index(moved[place])].checkpoints)


def test_the_values_of_neighbours_do_not_matter(data):
    lanes = [Lane(small_job(layers=SMALL), seed) for seed in (0, 1)]
    mine, others = paths(data[IRIS.digest], lanes), paths(data[IRIS.digest], [lanes[0], Lane(small_job(), 7)])
    assert torch.equal(mine[0].checkpoints, others[0].checkpoints)
    assert not torch.equal(mine[1].checkpoints, others[1].checkpoints)

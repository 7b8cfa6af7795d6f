"""A run's bits depend on its job and its seed: not on the seeds beside it, their number or their values."""

import pytest
import torch

from catlearn.network.threads import single_threaded
from catlearn.runs.execute import execute
from catlearn.runs.lanes import begin, block_seeds
from catlearn.runs.train import Point, train
from catlearn.store.store import Store
from tests.runs.factory import DIGITS, heavy_ball, job, plan, small_job
from tests.runs.reading import bits


def trained(tmp_path, name, made, lane_width=16):
    store = Store.open(tmp_path / name)
    execute(plan(made, lane_width=lane_width), store)
    return store


def test_a_seed_alone_is_the_seed_among_others(tmp_path):
    among = trained(tmp_path, "among", job(seeds=tuple(range(16)), rule=heavy_ball()))
    alone = trained(tmp_path, "alone", job(seeds=(3,), rule=heavy_ball()))
    assert bits(alone, job(rule=heavy_ball()), 3) == bits(among, job(rule=heavy_ball()), 3)


def test_seeds_added_later_change_no_earlier_one(tmp_path):
    sixteen = trained(tmp_path, "sixteen", small_job(seeds=tuple(range(16))))
    twenty = trained(tmp_path, "twenty", small_job(seeds=tuple(range(20))))
    added = Store.open(tmp_path / "sixteen")
    execute(plan(small_job(seeds=tuple(range(20)))), added)
    for seed in range(20):
        assert bits(added, small_job(), seed) == bits(twenty, small_job(), seed)
    assert bits(sixteen, small_job(), 3)[1] != bits(sixteen, small_job(), 4)[1]


def test_a_block_of_lanes_is_fixed_by_the_seed():
    assert block_seeds(3, 16) == block_seeds(15, 16) == tuple(range(16))
    assert block_seeds(16, 16) == tuple(range(16, 32))
    assert block_seeds(5, 4)[5 % 4] == 5


@pytest.mark.parametrize("value", [0.0, 1e3, torch.inf, torch.nan])
def test_the_values_of_neighbours_do_not_matter(data, value):
    made = job(rule=heavy_ball())
    program, start = begin(made, tuple(range(16)), data[DIGITS.digest], {})
    disturbed = start.theta.clone()
    disturbed[torch.arange(16) != 3] = value
    with single_threaded():
        left = train(program, start, lambda _: None)
        right = train(program, Point(disturbed, start.states, start.clock), lambda _: None)
    assert torch.equal(left.checkpoints[:, 3], right.checkpoints[:, 3])
    assert torch.equal(left.end.states[0][3], right.end.states[0][3])
    assert not torch.equal(left.checkpoints[:, 4], right.checkpoints[:, 4])


def test_the_same_job_gives_the_same_bits_twice(tmp_path):
    first, second = (trained(tmp_path, name, small_job()) for name in ("first", "second"))
    assert all(bits(first, small_job(), seed) == bits(second, small_job(), seed) for seed in range(16))


def test_runs_of_one_seed_share_their_start_and_their_data(tmp_path):
    store = Store.open(tmp_path)
    gentle, rough = small_job(), small_job(rule=heavy_ball(), name="ball")
    execute(plan(gentle, rough), store)
    left, right = (store.trajectory(made.digest, 2)["encoder.0.weight"] for made in (gentle, rough))
    assert (left[0] == right[0]).all()
    assert not (left[1] == right[1]).all()


def test_the_global_generator_and_the_number_of_threads_do_not_matter(tmp_path):
    torch.manual_seed(7)
    first, threads = trained(tmp_path, "first", small_job()), torch.get_num_threads()
    torch.manual_seed(8)
    try:
        torch.set_num_threads(4)
        second = trained(tmp_path, "second", small_job())
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(threads)
    assert bits(first, small_job(), 0) == bits(second, small_job(), 0)

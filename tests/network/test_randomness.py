"""Draws are functions of their purpose and keys."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from catlearn.network.randomness import data_order, generator, initial_parameters
from tests.runs.factory import QUICKSTART, linear

keys = st.lists(st.integers(-5, 5) | st.text('ab1",[] é', max_size=4), max_size=3)


def draw(purpose, *drawn_keys):
    return torch.rand(4, generator=generator(purpose, *drawn_keys)).tolist()


@given(keys, keys)
def test_draws_agree_exactly_when_their_keys_do(left, right):
    assert (draw("test", *left) == draw("test", *right)) == (left == right)


def test_purposes_draw_apart():
    assert draw("data order", 1) != draw("initial values", 1)


def test_the_global_generator_is_neither_read_nor_moved():
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = (initial_parameters(QUICKSTART, 3), data_order("d", 3, 0, 50))
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(2)
    second = (initial_parameters(QUICKSTART, 3), data_order("d", 3, 0, 50))
    assert torch.equal(first[1], second[1])
    assert all(torch.equal(first[0][name], second[0][name]) for name in first[0])


def test_a_block_is_drawn_by_its_seed_and_path_alone():
    network = initial_parameters(QUICKSTART, 3)
    alone = initial_parameters([linear("head.0", 32, 10)], 3)
    renamed = initial_parameters([linear("tail.0", 32, 10)], 3)
    assert torch.equal(network["head.0.weight"], alone["head.0.weight"])
    assert not torch.equal(alone["head.0.weight"], renamed["tail.0.weight"])
    assert not torch.equal(alone["head.0.weight"], initial_parameters([linear("head.0", 32, 10)], 4)["head.0.weight"])


def test_initial_values_are_distributed_as_those_of_torch():
    ours = initial_parameters([linear("a.0", 50, 400)], 0)
    torch.manual_seed(0)
    theirs = nn.Linear(50, 400)
    for name in ("weight", "bias"):
        left, right = ours[f"a.0.{name}"], getattr(theirs, name).detach()
        assert left.shape == right.shape
        assert left.dtype == right.dtype
        assert stats.ks_2samp(left.flatten().numpy(), right.flatten().numpy()).pvalue > 0.01


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 200))
def test_an_epoch_sees_every_example_once(seed, epoch, size):
    assert sorted(data_order("d", seed, epoch, size).tolist()) == list(range(size))


def test_orders_differ_by_dataset_seed_and_epoch():
    orders = [data_order(*keys, 40).tolist() for keys in (("d", 0, 0), ("e", 0, 0), ("d", 1, 0), ("d", 0, 1))]
    assert len({tuple(order) for order in orders}) == 4

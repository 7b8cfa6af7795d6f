"""A run's bits depend on its job and its seed: not on the lanes beside it, their number or their values."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.network import alignment
from catlearn.network.threads import single_threaded
from catlearn.plan.ir import FrozenBlock
from catlearn.runs.execute import execute
from catlearn.runs.lanes import begin
from catlearn.runs.program import Lane
from catlearn.runs.shards import Shard, shards, train_shard
from catlearn.store.store import Store
from tests.runs.factory import (
    DIGITS,
    IRIS,
    SMALL,
    activation,
    adam,
    g,
    heavy_ball,
    job,
    linear,
    lr,
    plan,
    resume,
    rule,
    sgd,
    small_job,
    theta,
    v,
)
from tests.runs.reading import bits, equal, paths_of, weights


def trained(tmp_path, name, *made):
    store = Store.open(tmp_path / name)
    execute(plan(*made), store)
    return store


# The law: a lane alone is the lane among others.

ROOTED = rule("rooted", {"lr": 0.1}, {"v": 1}, {"v": v + g**2, "theta": theta - lr * g / (v.apply("absolute") ** 0.3)})
RULES = (sgd(0.1), sgd(0.01), heavy_ball(0.02), heavy_ball(0.05, 0.5), adam(0.01), adam(0.003), ROOTED)
ODD = (linear("a", 4, 7), activation("gelu", 7), linear("b", 7, 5), activation("sigmoid", 5), linear("c", 5, 3))
WIDE = (linear("a", 4, 33), activation("relu", 33), linear("b", 33, 3))


def ends(lanes, data, program_of=begin):
    """What each lane comes to when they all train together: its checkpoints and its batch losses."""
    program, begun = program_of(lanes, [{}] * len(lanes), [data])
    with single_threaded():
        paths = paths_of(program, begun)
    return {program.lanes[lane]: (path.checkpoints, path.losses) for lane, path in paths.items()}


def same(left, right):
    return all(torch.equal(one, other) for one, other in zip(left, right, strict=True))


def lanes_of(layers):
    """Lanes of one program: jobs and seeds that share the network, the loss and the clipping."""
    steps = st.sampled_from([7, 10, 14])
    shared = st.tuples(st.sampled_from(["cross_entropy", "mse", "hinge"]), st.sampled_from([None, 0.1]))

    def of(settings):
        loss, clip = settings
        made = st.builds(
            lambda update, steps: small_job(layers=layers, rule=update, steps=steps, loss=loss, clip=clip),
            st.sampled_from(RULES),
            steps,
        )
        return st.lists(st.builds(Lane, made, st.integers(0, 40)), min_size=2, max_size=9, unique=True)

    return shared.flatmap(of)


@pytest.mark.parametrize("layers", [SMALL, ODD, WIDE])
@given(data_=st.data())
@settings(max_examples=6)
def test_a_lane_alone_is_the_lane_among_others(data, layers, data_):
    lanes = data_.draw(lanes_of(layers))
    together = ends(lanes, data[IRIS.digest])
    for lane in lanes[:3]:
        assert same(ends([lane], data[IRIS.digest])[lane], together[lane])


def test_saboteur_numbers_left_over_from_vectors_are_noticed(data, monkeypatch):
    """The activation of torch as it is, on lanes of 7 times 16 numbers."""
    lanes = [Lane(small_job(layers=ODD, steps=28), seed) for seed in range(8)]

    def alone():
        together = ends(lanes, data[IRIS.digest])
        return all(same(ends([lane], data[IRIS.digest])[lane], together[lane]) for lane in lanes)

    assert alone()
    monkeypatch.setattr(alignment, "ALIGNMENT", 1)
    assert not alone()


def mixed(lanes, ends, data):
    """A program in which the first lane reads the mean of all inputs of the batch: a reduction over lanes."""
    program, begun = begin(lanes, ends, data)
    moved = replace(begun[0], end=replace(begun[0].end, theta=torch.stack([path.end.theta for path in begun]).mean(0)))
    return program, (moved, *begun[1:])


def test_saboteur_a_reduction_over_lanes_is_noticed(data):
    lanes = [Lane(small_job(), seed) for seed in range(3)]
    alone = ends(lanes[:1], data[IRIS.digest], mixed)
    assert not same(ends(lanes, data[IRIS.digest], mixed)[lanes[0]], alone[lanes[0]])
    assert same(ends(lanes, data[IRIS.digest])[lanes[0]], ends(lanes[:1], data[IRIS.digest])[lanes[0]])


@pytest.mark.parametrize("value", [0.0, 1e3, torch.inf, torch.nan])
def test_the_values_of_neighbours_do_not_matter(data, value):
    lanes = [Lane(job(rule=heavy_ball()), seed) for seed in range(5)]
    program, begun = begin(lanes, [{}] * 5, [data[DIGITS.digest]])
    other = [replace(path, end=replace(path.end, theta=torch.full_like(path.end.theta, value))) for path in begun]
    disturbed = [*other[:3], begun[3], *other[4:]]
    with single_threaded():
        left, right = (paths_of(program, paths) for paths in (begun, disturbed))
    assert torch.equal(left[3].checkpoints, right[3].checkpoints)
    assert torch.equal(left[3].end.states[0], right[3].end.states[0])
    assert not torch.equal(left[4].checkpoints, right[4].checkpoints)


def test_seeds_added_later_change_no_bit_and_no_digest_of_earlier_ones(tmp_path):
    sixteen, more = small_job(seeds=tuple(range(16))), small_job(seeds=tuple(range(32)))
    assert sixteen.digest == more.digest
    store, whole = trained(tmp_path, "sixteen", sixteen), trained(tmp_path, "all", more)
    before = {file: file.read_bytes() for file in store.root.rglob("seed-*")}
    execute(plan(more), store)
    assert all(file.read_bytes() == content for file, content in before.items())
    for seed in range(32):
        assert bits(store, more, seed) == bits(whole, more, seed)
    assert bits(store, more, 3)[1] != bits(store, more, 4)[1]


# Programs and shards.


def test_variants_train_together_and_end_apart(data):
    """Rules, numbers and lengths differ; what is shorter leaves, and the rest goes on as if it had never been there."""
    lanes = [Lane(small_job(rule=update, steps=steps), 1) for update in RULES[:5] for steps in (7, 14)]
    together = ends(lanes, data[IRIS.digest])
    assert {len(losses) for _, losses in together.values()} == {7, 14}
    assert all(same(ends([lane], data[IRIS.digest])[lane], together[lane]) for lane in lanes)
    left, right = (together[Lane(small_job(rule=sgd(0.1), steps=steps), 1)][1] for steps in (7, 14))
    assert torch.equal(left, right[:7])


def missing(*jobs):
    return {(made.digest, seed) for made in jobs for seed in made.seeds}


def test_what_shares_a_network_and_its_data_is_one_shard():
    seeds = (0, 1, 2)
    ball, gentle = small_job(rule=heavy_ball(), seeds=seeds, steps=28), small_job(rule=sgd(0.01), seeds=seeds)
    other = small_job(batch=20, seeds=seeds)
    found = shards(plan(ball, gentle, other), missing(ball, gentle, other), workers=1)
    assert {frozenset(shard.lanes) for shard in found} == {frozenset(missing(ball, gentle)), frozenset(missing(other))}


def test_a_lane_waits_for_its_own_parents_only():
    half = small_job(seeds=(0, 1))
    rest = small_job(seeds=(0, 1), start=resume(half))
    lacking = {(half.digest, 1), *missing(rest)}
    found = [lane for shard in shards(plan(half, rest), lacking, workers=1) for lane in shard.lanes]
    assert sorted(found) == sorted([(half.digest, 1), (rest.digest, 0)])


def test_lanes_that_begin_at_other_clocks_are_apart():
    half = small_job(seeds=(0,))
    rest, fresh = small_job(seeds=(0,), start=resume(half)), small_job(seeds=(0,), rule=sgd(0.5))
    found = shards(plan(half, rest, fresh), missing(rest, fresh), workers=1)
    assert len(found) == 2


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_there_is_work_for_every_worker_and_every_lane_once(workers):
    made = small_job(seeds=tuple(range(7)))
    found = shards(plan(made), missing(made), workers)
    assert len(found) >= min(workers, 4)
    lanes = [lane for shard in found for lane in shard.lanes]
    assert len(lanes) == len(set(lanes)) == 7


def test_large_networks_train_few_at_a_time():
    seeds = tuple(range(100))
    small, large = small_job(seeds=seeds), job(layers=(linear("a", 64, 20000), linear("b", 20000, 10)), seeds=seeds)
    sizes = [{len(shard.lanes) for shard in shards(plan(made), missing(made), workers=1)} for made in (small, large)]
    assert sizes == [{64, 36}, {2}]


def test_heads_on_a_large_frozen_encoder_train_together():
    seeds, layers = tuple(range(64)), (linear("a", 64, 20000), linear("b", 20000, 16), linear("c", 16, 10))
    whole = job(layers=layers, seeds=seeds)
    frozen = {name: FrozenBlock(block=name, run=whole.digest) for name in ("a", "b")}
    heads, upper = (
        job(layers=layers, seeds=seeds, frozen=tuple(frozen[name] for name in names)) for names in ("ab", "b")
    )
    sizes = [len(shards(plan(made), missing(made), workers=1)) for made in (heads, upper)]
    assert sizes == [1, 32]


def test_a_shard_that_is_trained_is_not_trained_again(store):
    made = small_job(seeds=(0, 1, 2))
    shard = Shard(((made.digest, 2), (made.digest, 0)))
    first = train_shard(plan(made), store, shard, lambda *_: None)
    files = {file: file.stat().st_mtime_ns for file in store.root.rglob("seed-*")}
    assert [record.seed for record in first] == [2, 0]
    assert train_shard(plan(made), store, shard, lambda *_: None) == first
    assert {file: file.stat().st_mtime_ns for file in store.root.rglob("seed-*")} == files


# What else does not matter.


def test_the_same_job_gives_the_same_bits_twice(tmp_path):
    made = small_job(seeds=(0, 1, 2))
    first, second = (trained(tmp_path, name, made) for name in ("first", "second"))
    assert all(bits(first, made, seed) == bits(second, made, seed) for seed in made.seeds)


def test_runs_of_one_seed_share_their_start_and_their_data(tmp_path):
    gentle, rough = small_job(), small_job(rule=heavy_ball(), name="ball")
    store = trained(tmp_path, "store", gentle, rough)
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
    assert equal(weights(first, small_job(), 0), weights(second, small_job(), 0))

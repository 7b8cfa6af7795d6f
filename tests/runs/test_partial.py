"""A run stopped at any step and taken up again ends with the bits of the run that was never stopped."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.network.data import load
from catlearn.network.threads import single_threaded
from catlearn.runs import partial
from catlearn.runs.lanes import begin
from catlearn.runs.program import Lane
from catlearn.runs.shards import Shard, train_shard
from catlearn.store.store import Store
from tests.runs.factory import IRIS, adam, heavy_ball, plan, small_job
from tests.runs.reading import bits, equal, paths_of, weights
from tests.runs.test_normalised import LAYERS

JOBS = (
    small_job(rule=adam(0.01), seeds=(0, 1), steps=17, checkpoint_every=5),
    small_job(rule=heavy_ball(), seeds=(0, 1), steps=23, checkpoint_every=4),
)
SHARD = Shard(tuple((made.digest, seed) for made in JOBS for seed in made.seeds))


class Stopped(Exception):
    """Stands for the end of a process."""


def stopped(store, steps, altered=lambda path: path, jobs=JOBS):
    """Train all lanes, and stop after some steps, all of which are snapshots."""
    lanes = [Lane(made, seed) for made in jobs for seed in made.seeds]
    program, begun = begin(lanes, [{}] * len(lanes), [load(IRIS, store)])
    found = {lane: partial.read(store, lane)[0] for lane in lanes}

    def watch(training):
        if training.clock in steps:
            for lane, path in zip(training.program.lanes, training.paths(), strict=True):
                found[lane] = partial.append(store, found[lane], altered(path))
        if training.clock == max(steps):
            raise Stopped

    with pytest.raises(Stopped), single_threaded():
        paths_of(program, begun, watch)


def continued(store):
    """Train what is left; the steps that were done before."""
    calls = []
    train_shard(plan(*JOBS), store, SHARD, lambda _, done, total: calls.append((done, total)))
    return calls


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    store = Store.open(tmp_path_factory.mktemp("whole"))
    continued(store)
    return store


@given(steps=st.sets(st.integers(1, 22), min_size=1, max_size=4))
@settings(max_examples=5)
def test_stopped_at_any_step_a_run_ends_with_the_same_bits(tmp_path_factory, whole, steps):
    store = Store.open(tmp_path_factory.mktemp("stopped"))
    stopped(store, steps)
    assert all(partial.read(store, Lane(JOBS[1], seed))[1].taken == max(steps) for seed in JOBS[1].seeds)
    calls = continued(store)
    for made in JOBS:
        for seed in made.seeds:
            assert bits(store, made, seed) == bits(whole, made, seed)
    assert calls[-1][0] == calls[-1][1] == 80


def test_progress_is_dropped_when_its_run_is_committed(tmp_path):
    store = Store.open(tmp_path)
    stopped(store, {3, 7})
    assert len(list(store.root.rglob("segment-*"))) == 8
    continued(store)
    assert list(store.root.rglob("partial-*")) == []


def test_lanes_that_stopped_at_different_steps_go_on_from_there(tmp_path, whole):
    """As after a kill between the snapshots of two lanes."""
    store = Store.open(tmp_path)
    stopped(store, {3, 7})
    (store.root / "runs" / JOBS[0].digest / "partial-1" / "segment-1").unlink()
    continued(store)
    for made in JOBS:
        for seed in made.seeds:
            assert bits(store, made, seed) == bits(whole, made, seed)


def test_spoilt_progress_is_begun_anew(tmp_path, whole):
    store = Store.open(tmp_path)
    stopped(store, {9})
    for file in store.root.rglob("segment-0"):
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    continued(store)
    assert all(bits(store, made, seed) == bits(whole, made, seed) for made in JOBS for seed in made.seeds)


def forgets_states(path):
    return replace(path, end=replace(path.end, states=tuple(map(torch.zeros_like, path.end.states))))


def forgets_the_clock(path):
    return replace(path, end=replace(path.end, clock=0))


def forgets_buffers(path):
    return replace(path, end=replace(path.end, buffers=torch.zeros_like(path.end.buffers)))


def forgets_the_point(path):
    return replace(path, end=replace(path.end, theta=path.end.theta * 2))


@pytest.mark.parametrize("saboteur", [forgets_states, forgets_the_clock, forgets_the_point])
def test_saboteur_a_snapshot_that_forgets_is_noticed(tmp_path, whole, saboteur):
    store = Store.open(tmp_path)
    stopped(store, {9}, saboteur)
    continued(store)
    left, right = (weights(each, JOBS[1], 0)["head.0.weight"] for each in (store, whole))
    assert (left[:3] == right[:3]).all()
    assert not (left[3:] == right[3:]).all()


NORMALISED = small_job(layers=LAYERS, seeds=(0, 1), steps=17, checkpoint_every=5)


@pytest.mark.parametrize(("altered", "same"), [(lambda path: path, True), (forgets_buffers, False)])
def test_running_statistics_are_part_of_a_snapshot(tmp_path, altered, same):
    store, uninterrupted = (Store.open(tmp_path / name) for name in ("stopped", "whole"))
    stopped(store, {9}, altered, (NORMALISED,))
    for each in (store, uninterrupted):
        train_shard(plan(NORMALISED), each, Shard(((NORMALISED.digest, 1),)), lambda *_: None)
    assert (bits(store, NORMALISED, 1) == bits(uninterrupted, NORMALISED, 1)) == same


def test_snapshots_are_taken_by_the_clock_on_the_wall_and_change_no_bit(tmp_path, monkeypatch, whole):
    """As often as after every step."""
    taken = []
    keep = partial.append
    monkeypatch.setattr(partial, "_FLUSH", 0.0)
    monkeypatch.setattr(partial, "_RATE", float("inf"))
    monkeypatch.setattr(partial, "_SHARE", 1.0)
    monkeypatch.setattr(partial, "append", lambda *given: taken.append(given) or keep(*given))
    store = Store.open(tmp_path)
    continued(store)
    assert len(taken) > 40
    assert all(bits(store, made, seed) == bits(whole, made, seed) for made in JOBS for seed in made.seeds)


def test_a_committed_lane_is_not_begun_anew_when_another_is_left(tmp_path, whole):
    store = Store.open(tmp_path)
    train_shard(plan(*JOBS), store, Shard(SHARD.lanes[:2]), lambda *_: None)
    record = store.run_record(JOBS[0].digest, 0)
    continued(store)
    assert store.run_record(JOBS[0].digest, 0) == record
    assert equal(weights(store, JOBS[1], 1), weights(whole, JOBS[1], 1))

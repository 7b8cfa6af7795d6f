"""What a run is: checkpoints, clocks, continuation, freezing; and an independent loop of torch that agrees."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from catlearn.network.data import load
from catlearn.network.landscape import NetworkLandscape
from catlearn.network.randomness import data_order, initial_parameters
from catlearn.network.threads import single_threaded
from catlearn.plan.ir import FrozenBlock
from catlearn.runs.execute import execute
from catlearn.runs.lanes import End, begin
from catlearn.runs.program import Features, Lane
from tests.runs.factory import (
    DIGITS,
    IRIS,
    QUICKSTART,
    SMALL,
    activation,
    adam,
    checkpoint,
    heavy_ball,
    job,
    linear,
    plan,
    resume,
    sgd,
    small_job,
)
from tests.runs.reading import equal, paths_of, states, weights

RULES = {"sgd": sgd(), "heavy_ball": heavy_ball(), "adam": adam(0.01)}
SEEDS = (0, 3)


# An independent loop.


def plain(made, seed, store, optimiser):
    """The weights of the quickstart network at each checkpoint, trained by torch alone."""
    data = load(DIGITS, store)
    network = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    drawn = initial_parameters(QUICKSTART, seed)
    with torch.no_grad():
        for name, parameter in zip(drawn, network.parameters(), strict=True):
            parameter.copy_(drawn[name])
    descent, path, step = optimiser(network.parameters()), [], 0
    path.append([parameter.detach().clone() for parameter in network.parameters()])
    while step < made.steps:
        order = data_order(DIGITS.digest, seed, step // (1348 // 64), 1348)
        for batch in order.split(64)[: 1348 // 64]:
            loss = nn.functional.cross_entropy(network(data.train_inputs[batch]), data.train_labels[batch])
            descent.zero_grad()
            loss.backward()
            descent.step()
            step += 1
        path.append([parameter.detach().clone() for parameter in network.parameters()])
    return drawn.keys(), [torch.stack(values) for values in zip(*path, strict=True)], network, data


@pytest.mark.parametrize(
    ("name", "optimiser"),
    [
        ("sgd", lambda parameters: torch.optim.SGD(parameters, lr=0.1)),
        ("heavy_ball", lambda parameters: torch.optim.SGD(parameters, lr=0.01, momentum=0.9)),
        ("adam", lambda parameters: torch.optim.Adam(parameters, lr=0.01)),
    ],
)
def test_a_run_is_what_a_plain_loop_of_torch_does(store, name, optimiser):
    made = job(rule=RULES[name], seeds=(5,), steps=63)
    execute(plan(made), store)
    names, path, network, data = plain(made, 5, store, optimiser)
    ours = weights(store, made, 5)
    for tensor, expected in zip(names, path, strict=True):
        assert np.allclose(ours[tensor], expected.numpy(), rtol=1e-4, atol=2e-5)
    record = store.run_record(made.digest, 5)
    with torch.no_grad():
        train = nn.functional.cross_entropy(network(data.train_inputs), data.train_labels).item()
        logits = network(data.test_inputs)
    assert record.train_loss[-1] == pytest.approx(train, rel=1e-4)
    assert record.test_loss[-1] == pytest.approx(nn.functional.cross_entropy(logits, data.test_labels).item(), rel=1e-4)
    accuracy = (logits.argmax(1) == data.test_labels).double().mean().item()
    assert record.test_accuracy[-1] == pytest.approx(accuracy, abs=1.5 / 449)


@pytest.mark.parametrize("loss", ["mse", "hinge"])
def test_a_clipped_run_with_another_loss_is_what_a_plain_loop_does(store, loss):
    """And clipping matters: the run without it goes elsewhere."""
    clipped, free = (
        small_job(rule=sgd(0.3), seeds=(5,), steps=21, checkpoint_every=21, loss=loss, clip=clip)
        for clip in (0.05, None)
    )
    execute(plan(clipped, free), store)
    data, drawn = load(IRIS, store), initial_parameters(SMALL, 5)
    network = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    criterion = nn.MultiMarginLoss() if loss == "hinge" else lambda x, y: nn.MSELoss()(x, torch.eye(3)[y])
    with torch.no_grad():
        for name, parameter in zip(drawn, network.parameters(), strict=True):
            parameter.copy_(drawn[name])
    descent = torch.optim.SGD(network.parameters(), lr=0.3)
    for step in range(21):
        batch = data_order(IRIS.digest, 5, step // 7, 120)[step % 7 * 16 :][:16]
        descent.zero_grad()
        criterion(network(data.train_inputs[batch]), data.train_labels[batch]).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.05)
        descent.step()
    ours, unclipped = (weights(store, made, 5) for made in (clipped, free))
    for name, parameter in zip(drawn, network.parameters(), strict=True):
        assert np.allclose(ours[name][-1], parameter.detach().numpy(), rtol=1e-4, atol=1e-6)
        assert not np.allclose(unclipped[name][-1], parameter.detach().numpy(), rtol=1e-2)
    with torch.no_grad():
        expected = criterion(network(data.train_inputs), data.train_labels).item()
    assert store.run_record(clipped.digest, 5).train_loss[-1] == pytest.approx(expected, rel=1e-4)


# Checkpoints and clocks.


def test_checkpoints_are_the_start_then_evenly_spaced_then_the_end(store):
    made = small_job(seeds=(0,), steps=10, checkpoint_every=4)
    execute(plan(made), store)
    record = store.run_record(made.digest, 0)
    assert record.steps == (0, 4, 8, 10)
    assert record.step == 10
    assert len(record.train_loss) == len(record.test_loss) == len(record.test_accuracy) == 4
    assert weights(store, made, 0)["head.0.weight"].shape == (4, 3, 8)


def test_a_run_begins_at_its_drawn_values(store):
    made = small_job(seeds=(4,))
    execute(plan(made), store)
    drawn = initial_parameters(SMALL, 4)
    assert all(np.array_equal(weights(store, made, 4)[name][0], drawn[name].numpy()) for name in drawn)


def test_states_at_the_end_are_stored_by_name(store):
    made = small_job(seeds=(0,), rule=adam())
    execute(plan(made), store)
    blocks = ("encoder.0.weight", "encoder.0.bias", "head.0.weight", "head.0.bias")
    assert set(states(store, made, 0)) == {f"state:{name}:{block}" for name in ("m", "v") for block in blocks}
    assert states(store, made, 0)["state:m:head.0.weight"].shape == (3, 8)
    assert (states(store, made, 0)["state:v:head.0.weight"] > 0).all()


def test_the_remainder_of_an_epoch_is_dropped_unless_kept(store):
    dropped, kept = (small_job(seeds=(0,), batch=50, steps=3, checkpoint_every=3, keep_last=k) for k in (False, True))
    execute(plan(dropped, kept), store)
    left, right = (weights(store, made, 0)["head.0.weight"] for made in (dropped, kept))
    assert (left[0] == right[0]).all()
    assert not (left[-1] == right[-1]).all()


def test_a_batch_of_all_examples_descends(store):
    made = small_job(seeds=(0,), batch=120, steps=20, checkpoint_every=1)
    execute(plan(made), store)
    losses = store.run_record(made.digest, 0).train_loss
    assert all(after < before for before, after in pairwise(losses))
    assert losses[0] == pytest.approx(math.log(3), abs=0.5)


# Continuation.


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("steps", [14, 10])
def test_two_halves_with_resumption_are_the_whole(store, name, steps):
    """Also where the first part ends in the middle of an epoch of 7 steps."""
    whole = small_job(rule=RULES[name], seeds=SEEDS, steps=28, checkpoint_every=1)
    half = small_job(rule=RULES[name], seeds=SEEDS, steps=steps, checkpoint_every=1)
    rest = small_job(rule=RULES[name], seeds=SEEDS, steps=28 - steps, checkpoint_every=1, start=resume(half))
    execute(plan(whole, half, rest), store)
    for seed in SEEDS:
        left, right, end = (weights(store, made, seed) for made in (whole, half, rest))
        assert equal({tensor: array[: steps + 1] for tensor, array in left.items()}, right)
        assert equal({tensor: array[steps:] for tensor, array in left.items()}, end)
        assert equal(states(store, whole, seed), states(store, rest, seed))
        record, continued = (store.run_record(made.digest, seed) for made in (whole, rest))
        assert continued.steps == record.steps[steps:]
        assert continued.step == record.step == 28
        assert continued.train_loss == record.train_loss[steps:]


@pytest.mark.parametrize("name", RULES)
def test_two_halves_without_resumption_are_not(store, name):
    whole = small_job(rule=RULES[name], seeds=(3,), steps=28)
    half = small_job(rule=RULES[name], seeds=(3,))
    rest = small_job(rule=RULES[name], seeds=(3,), start=checkpoint(half))
    execute(plan(whole, half, rest), store)
    left, end = weights(store, whole, 3), weights(store, rest, 3)
    assert all(np.array_equal(left[tensor][2], end[tensor][0]) for tensor in left)
    assert not np.array_equal(left["head.0.weight"][-1], end["head.0.weight"][-1])
    record = store.run_record(rest.digest, 3)
    assert record.steps == (14, 21, 28)
    assert record.step == 14


def test_a_checkpoint_begins_the_optimiser_and_the_data_afresh(store):
    """From a state of 0, the first step of the heavy ball is the step of gradient descent."""
    half = small_job(rule=heavy_ball(), seeds=(3,), steps=10)
    fresh, plain_step, resumed = (
        small_job(rule=update, seeds=(3,), steps=1, start=start(half))
        for update, start in ((heavy_ball(), checkpoint), (sgd(0.01), checkpoint), (heavy_ball(), resume))
    )
    execute(plan(half, fresh, plain_step, resumed), store)
    assert equal(weights(store, fresh, 3), weights(store, plain_step, 3))
    assert not equal(weights(store, fresh, 3), weights(store, resumed, 3))


def test_replicas_are_trained_anew_to_the_same_bits(store):
    first, second = small_job(seeds=(1,)), small_job(seeds=(1,), replica=1)
    assert first.digest != second.digest
    assert len(execute(plan(first, second), store).trained) == 2
    assert equal(store.trajectory(first.digest, 1), store.trajectory(second.digest, 1))


# Freezing.

DEEP = (linear("encoder.0", 4, 8), activation("relu", 8), linear("middle.0", 8, 8), activation("tanh", 8))
DEEP = (*DEEP, linear("head.0", 8, 3))


def encoder(run):
    return FrozenBlock(block="encoder.0", run=run)


def drawn_end(seed):
    """The end of a run `whole` that took no step."""
    return {"whole": End(initial_parameters(QUICKSTART, seed + 100), 0, 0)}


def frozen(parent, *blocks):
    return tuple(FrozenBlock(block=block, run=parent.digest) for block in blocks)


@pytest.mark.parametrize("blocks", [("encoder.0",), ("encoder.0", "middle.0"), ("middle.0",), ("head.0",)])
def test_frozen_blocks_stay_at_the_end_of_their_run_and_the_others_move(store, blocks):
    whole = small_job(layers=DEEP, seeds=SEEDS, rule=heavy_ball())
    tune = small_job(layers=DEEP, seeds=SEEDS, rule=heavy_ball(), frozen=frozen(whole, *blocks), name="tune")
    execute(plan(whole, tune), store)
    for seed in SEEDS:
        source, path = weights(store, whole, seed), weights(store, tune, seed)
        drawn = initial_parameters(DEEP, seed)
        for name in path:
            held = name.rpartition(".")[0] in blocks
            start = source[name][-1] if held else drawn[name].numpy()
            assert np.array_equal(path[name][0], start)
            assert (path[name] == path[name][0]).all() == held
        assert {name.split(":")[2].rpartition(".")[0] for name in states(store, tune, seed)} == {
            layer.block for layer in DEEP if layer.block
        } - set(blocks)


def test_hashes_of_frozen_blocks_are_recorded_at_every_checkpoint(store):
    whole = small_job(seeds=SEEDS)
    tune = small_job(seeds=SEEDS, frozen=frozen(whole, "encoder.0"), name="tune")
    execute(plan(whole, tune), store)
    hashes = {seed: store.run_record(tune.digest, seed).frozen for seed in SEEDS}
    for seed in SEEDS:
        (found,) = hashes[seed]
        assert found.block == "encoder.0"
        assert len(found.sha256) == 3
        assert len(set(found.sha256)) == 1
    assert hashes[0] != hashes[3]
    assert store.run_record(whole.digest, 0).frozen == ()


@pytest.mark.parametrize("layers", [QUICKSTART, (*QUICKSTART[:2], activation("tanh", 32), *QUICKSTART[2:])])
@pytest.mark.parametrize("batch", [(64, False), (100, True)])
def test_a_frozen_prefix_is_evaluated_once_and_changes_no_bit(data, layers, batch):
    """The program that evaluates it anew at every step trains to the same bits."""
    size, keep = batch
    made, raw = job(layers=layers, batch=size, keep_last=keep, frozen=(encoder("whole"),)), data[DIGITS.digest]
    lanes = [Lane(made, seed) for seed in range(4)] + [Lane(made.model_copy(update={"rule": heavy_ball()}), 2)]
    program, begun = begin(lanes, [drawn_end(lane.seed) for lane in lanes], [raw])
    whole = Features(raw.train_inputs.unsqueeze(0), raw.train_labels, (0,) * 5)
    (task,) = program.tasks
    uncached = replace(program, tasks=(replace(task, layers=made.layers, train=whole),))
    assert len(task.layers) == 1
    assert task.train.inputs.shape == (4, 1348, 32)
    assert task.train.source == (0, 1, 2, 3, 2)
    with single_threaded():
        left, right = (paths_of(each, begun) for each in (program, uncached))
    for lane in range(5):
        assert torch.equal(left[lane].checkpoints, right[lane].checkpoints)
        assert torch.equal(left[lane].losses, right[lane].losses)
    assert not torch.equal(left[2].losses, left[4].losses)


def test_evaluation_behind_a_frozen_prefix_is_that_of_the_whole_network(store):
    whole = small_job(seeds=(1,))
    tune = small_job(seeds=(1,), frozen=frozen(whole, "encoder.0"), name="tune")
    execute(plan(whole, tune), store)
    data = load(IRIS, store)
    for made in (whole, tune):
        landscape = NetworkLandscape(SMALL, data.train_inputs, data.train_labels)
        losses = landscape.loss(landscape.flatten(weights(store, made, 1))).tolist()
        assert store.run_record(made.digest, 1).train_loss == pytest.approx(losses, rel=1e-6)

"""Runs of networks with `batchnorm`: weights and running statistics are those of a plain loop of torch, what is frozen
stays as it was, and the loss is a function of the weights alone."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from catlearn.network.data import load
from catlearn.network.landscape import CALIBRATION, NetworkLandscape
from catlearn.network.randomness import data_order, initial_parameters
from catlearn.plan.ir import FrozenBlock
from catlearn.runs.execute import execute
from catlearn.store.store import Store, block_sha256
from tests.network.building import batchnorm
from tests.runs.factory import IRIS, activation, checkpoint, linear, plan, sgd, small_job

LAYERS = (
    batchnorm("n.0", (4,)),
    linear("n.1", 4, 8),
    batchnorm("n.2", (8,)),
    activation("tanh", 8),
    linear("n.4", 8, 3),
)
SEED = 3


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def module():
    return nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 3))


def key(name):
    return f"n.{name}"


def descended(network, data, steps, rate=0.1):
    descent, step = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=rate), 0
    while step < steps:
        for batch in data_order(IRIS.digest, SEED, step // 7, 120).split(16)[:7]:
            descent.zero_grad()
            nn.functional.cross_entropy(network(data.train_inputs[batch]), data.train_labels[batch]).backward()
            descent.step()
            step += 1
    return network


def begun():
    network, drawn = module(), initial_parameters(LAYERS, SEED)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(drawn[key(name)])
    return network


def states(network):
    return {name: tensor for name, tensor in network.state_dict().items() if not name.endswith("tracked")}


def test_weights_and_running_statistics_are_those_of_torch(store):
    made = small_job(layers=LAYERS, seeds=(SEED, 5), steps=28, rule=sgd(0.1))
    execute(plan(made), store)
    data, arrays = load(IRIS, store), store.trajectory(made.digest, SEED)
    for at in range(5):
        network = descended(begun(), data, 7 * at)
        for name, expected in states(network).items():
            assert np.allclose(arrays[key(name)][at], expected.numpy(), rtol=1e-4, atol=1e-5), (at, name)
    record = store.run_record(made.digest, SEED)
    with torch.no_grad():
        logits = network.eval()(data.test_inputs)
    assert record.test_loss[-1] == pytest.approx(nn.functional.cross_entropy(logits, data.test_labels).item(), rel=1e-4)
    assert record.test_accuracy[-1] == (logits.argmax(1) == data.test_labels).double().mean().item()


def test_frozen_blocks_keep_their_buffers_in_eval_mode(store):
    parent = small_job(layers=LAYERS, seeds=(SEED,), steps=14)
    held = tuple(FrozenBlock(block=block, run=parent.digest) for block in ("n.0", "n.1", "n.2"))
    tuned = small_job(layers=LAYERS, seeds=(SEED,), steps=14, start=checkpoint(parent), frozen=held)
    execute(plan(parent, tuned), store)
    before, after = (store.trajectory(made.digest, SEED) for made in (parent, tuned))
    for name in states(module()):
        still = key(name).rpartition(".")[0] != "n.4"
        assert all((after[key(name)][at] == before[key(name)][-1]).all() for at in range(3)) == still, name
    network = module()
    network.load_state_dict(
        {name: torch.from_numpy(before[key(name)][-1].copy()) for name in states(network)}, strict=False
    )
    network.eval()
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith("4"))
    descended(network, load(IRIS, store), 14)
    assert np.allclose(after["n.4.weight"][-1], network[4].weight.detach().numpy(), rtol=1e-4, atol=1e-5)
    hashes = {found.block: found.sha256 for found in store.run_record(tuned.digest, SEED).frozen}
    assert set(hashes) == {"n.0", "n.1", "n.2"}
    for block, found in hashes.items():
        held = {name: array[-1] for name, array in before.items() if name.startswith(f"{block}.")}
        assert found == (block_sha256(held),) * 3
        assert block == "n.1" or f"{block}.running_var" in held


def test_the_landscape_is_the_loss_after_calibration_whatever_the_buffers(store):
    made = small_job(layers=LAYERS, seeds=(SEED,), steps=14)
    execute(plan(made), store)
    data, arrays = load(IRIS, store), dict(store.trajectory(made.digest, SEED))
    landscape = NetworkLandscape(LAYERS, data.train_inputs, data.train_labels, data.train_inputs)
    losses = landscape.loss(landscape.flatten(arrays))
    arrays["n.0.running_mean"] = arrays["n.0.running_mean"] + 7
    assert torch.equal(landscape.loss(landscape.flatten(arrays)), losses)
    for at, loss in enumerate(losses):
        network = module()
        network.load_state_dict(
            {name: torch.from_numpy(arrays[key(name)][at]) for name in states(network)}, strict=False
        )
        update_bn([data.train_inputs[:CALIBRATION]], network)
        with torch.no_grad():
            expected = nn.functional.cross_entropy(network.eval()(data.train_inputs), data.train_labels).item()
        assert loss.item() == pytest.approx(expected, rel=1e-5)
    eval_mode = NetworkLandscape(LAYERS, data.train_inputs, data.train_labels)
    assert not torch.equal(eval_mode.loss(eval_mode.flatten(arrays)), losses)

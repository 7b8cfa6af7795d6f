"""`resnet9` against a loop of plain PyTorch in double precision: the weights and the running statistics are its own as
far as single precision goes, and so are the losses where too great a rate spoils them."""

import numpy as np
import pytest
import torch
from torch import nn

from catlearn import verbs
from catlearn.network.data import load
from catlearn.plan.ir import Plan
from catlearn.store.store import Store
from tests.runs.test_plain_loops import keyed

SPECIFICATION = """
dataset d {{ source = sklearn.digits, test = 0.25, seed = 0, classes = [0, 1], reshape = [1, 8, 8] }}
map net : R[1, 8, 8] -> R[2] = resnet9(2)
category P {{
  object A = params(net)
  run a : A@init -> A@a {{ net = net, data = d, loss = cross_entropy, optimiser = heavy_ball(lr = {rate}, m = 0.9),
                          batch = 50, epochs = 1, checkpoints = 5 steps, seeds = 7..7 }}
}}
"""
BATCH, STEPS = 50, 5


def convolution(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.inner = nn.Sequential(*convolution(channels, channels), *convolution(channels, channels))

    def forward(self, images):
        return images + self.inner(images)


def network():
    """After D. Page's entry for DAWNBench (2018), for pictures of 8 x 8."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        *convolution(1, 64),
        *convolution(64, 128),
        nn.MaxPool2d(2),
        Residual(128),
        *convolution(128, 256),
        nn.MaxPool2d(2),
        *convolution(256, 512),
        nn.MaxPool2d(2),
        Residual(512),
        nn.Flatten(),
        nn.Linear(512, 2),
    ).double()


TENSORS = ("weight", "bias", "running_mean", "running_var")


def place(name):
    """Where torch has a tensor `net.<position>. … .<tensor>` among those of a module."""
    _, *positions, tensor = name.split(".")
    return [int(position) for position in positions], TENSORS.index(tensor)


def trained(directory, rate):
    """The record of a run, its trajectory in torch's order, and its data."""
    path = directory / "spec.cat"
    path.write_text(SPECIFICATION.format(rate=rate))
    verbs.run(path)
    store = Store(verbs.default_store(path))
    plan = Plan.model_validate_json(store.read_text("plan.json"))
    (job,), (dataset,) = plan.train, plan.datasets
    assert (job.batch, job.steps) == (BATCH, STEPS)
    arrays = store.trajectory(job.digest, 7)
    names = sorted((name for name in arrays if not name.startswith("state:")), key=place)
    return store.run_record(job.digest, 7), {name: arrays[name] for name in names}, dataset, load(dataset, store)


def tensors(plain):
    """The parameters and the running statistics of a module."""
    return {name: value for name, value in plain.state_dict().items() if not name.endswith("tracked")}


def plain(begun, dataset, data, rate, momentum=0.9):
    """A module that took the steps of the run from where it began."""
    made = network()
    with torch.no_grad():
        for ours, theirs in zip(begun, tensors(made).values(), strict=True):
            theirs.copy_(torch.from_numpy(np.array(ours)))
    descent = torch.optim.SGD(made.parameters(), lr=rate, momentum=momentum)
    order = torch.randperm(len(data.train_labels), generator=keyed("data order", dataset.digest, 7, 0))
    for step in range(STEPS):
        chosen = order[BATCH * step : BATCH * (step + 1)]
        descent.zero_grad()
        nn.functional.cross_entropy(made(data.train_inputs[chosen].double()), data.train_labels[chosen]).backward()
        descent.step()
    return made.eval()


def apart(arrays, made):
    """How far the end of a run is from a module, as a part of how far the run went."""
    start, ours = (np.concatenate([array[at].ravel() for array in arrays.values()]) for at in (0, -1))
    theirs = np.concatenate([tensor.numpy().ravel() for tensor in tensors(made).values()])
    return np.linalg.norm(ours - theirs) / np.linalg.norm(ours - start)


def test_resnet9_is_that_of_plain_torch(tmp_path):
    record, arrays, dataset, data = trained(tmp_path, 0.01)
    begun = [array[0] for array in arrays.values()]
    made = plain(begun, dataset, data, 0.01)
    assert apart(arrays, made) < 1e-3
    with torch.no_grad():
        logits = made(data.test_inputs.double())
    assert record.test_loss[-1] == pytest.approx(nn.functional.cross_entropy(logits, data.test_labels).item(), rel=1e-3)
    assert apart(arrays, plain(begun, dataset, data, 0.01, momentum=0.8)) > 0.01


def test_at_a_great_rate_both_lose_sight_of_what_they_read(tmp_path):
    """In eval mode the running statistics lag behind weights that move fast: the loss is high, and it is torch's."""
    record, arrays, dataset, data = trained(tmp_path, 0.1)
    made = plain([array[0] for array in arrays.values()], dataset, data, 0.1)
    with torch.no_grad():
        logits = made(data.test_inputs.double())
    expected = nn.functional.cross_entropy(logits, data.test_labels).item()
    assert record.test_loss[-1] > 2 * record.test_loss[0]
    assert record.test_loss[-1] == pytest.approx(expected, rel=0.05)

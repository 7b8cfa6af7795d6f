"""Runs against loops of plain PyTorch that share no code with the package: what a stranger would write from the
documentation, with `torch.nn` and `torch.optim`, from the same initial values in the same order of examples."""

import hashlib
import json

import numpy as np
import pytest
import sklearn.datasets
import torch
from torch import nn

from catlearn import verbs
from catlearn.plan.ir import Plan
from catlearn.store.store import Store

SPECIFICATION = """
dataset digits {{ source = sklearn.digits, test = 0.25, seed = 0, reshape = {shape} }}
map net : R{shape} -> R[10] = {layers}
category P {{
  object A = params(net)
  run a : A@init -> A@a {{ net = net, data = digits, loss = cross_entropy, optimiser = {rule},
                          batch = 50, epochs = 2, seeds = 7..7 }}
}}
"""


def keyed(*keys):
    """A generator by the first eight bytes of SHA-256 of the keys as JSON."""
    first = hashlib.sha256(json.dumps(keys).encode()).digest()[:8]
    return torch.Generator().manual_seed(int.from_bytes(first, "big"))


def digits():
    """The training split: a permutation keyed by source and seed, without its first quarter; pixels from 0 to 1."""
    pictures, labels = sklearn.datasets.load_digits(return_X_y=True)
    kept = torch.randperm(1797, generator=keyed("split", "sklearn.digits", 0)).numpy()[449:]
    return torch.tensor(pictures[kept] / 16, dtype=torch.float32), torch.tensor(labels[kept])


def plain(network, start, optimiser, dataset):
    """Two epochs of 26 batches of 50; the weights by name before the first and after each."""
    inputs, labels = digits()
    parameters = dict(network.named_parameters())
    with torch.no_grad():
        for ours, theirs in zip(parameters.values(), start.values(), strict=True):
            ours.copy_(torch.from_numpy(theirs))
    descent, seen = optimiser(network.parameters()), []
    for epoch in range(2):
        order = torch.randperm(1348, generator=keyed("data order", dataset, 7, epoch))
        for batch in range(26):
            chosen = order[50 * batch : 50 * batch + 50]
            descent.zero_grad()
            nn.functional.cross_entropy(network(inputs[chosen]), labels[chosen]).backward()
            descent.step()
        seen.append([value.detach().clone().numpy() for value in parameters.values()])
    return seen


def perceptron():
    return nn.Sequential(nn.Linear(64, 24), nn.Tanh(), nn.Linear(24, 10))


def convolutional():
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 6, 3, padding=1),
        nn.GELU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, stride=1),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(32, 10),
    )


CONVOLUTIONAL = (
    "conv2d(6, 3, padding = 1) >> gelu >> maxpool(2) >> conv2d(8, 3, stride = 1) >> tanh >> flatten >> linear(10)"
)
CASES = {
    "perceptron": (
        ("[64]", "linear(24) >> tanh >> linear(10)", "heavy_ball(lr = 0.05, m = 0.9, decay = 0.001)"),
        perceptron,
        lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=0.001),
        lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9),
    ),
    "convolutional": (
        ("[1, 8, 8]", CONVOLUTIONAL, "adamw(lr = 0.005)"),
        convolutional,
        lambda parameters: torch.optim.AdamW(parameters, lr=0.005),
        lambda parameters: torch.optim.Adam(parameters, lr=0.005),
    ),
}


def place(name):
    """Where torch has a tensor `net.<position>.<weight or bias>` among the parameters of a module."""
    _, position, tensor = name.split(".")
    return int(position), ("weight", "bias").index(tensor)


@pytest.fixture(scope="module", params=CASES)
def case(request, tmp_path_factory):
    """The trajectory of a run, the digest of its data, and its plain counterpart with two optimisers."""
    (shape, layers, rule), network, same, other = CASES[request.param]
    path = tmp_path_factory.mktemp(request.param) / "spec.cat"
    path.write_text(SPECIFICATION.format(shape=shape, layers=layers, rule=rule))
    verbs.run(path)
    store = Store(verbs.default_store(path))
    (job,) = Plan.model_validate_json(store.read_text("plan.json")).train
    arrays = store.trajectory(job.digest, 7)
    names = sorted((name for name in arrays if not name.startswith("state:")), key=place)
    ours = {name: arrays[name] for name in names}
    return ours, job.dataset, network(), same, other


def apart(ours, at, theirs):
    """The greatest relative distance of a tensor of a run at a checkpoint from the plain one."""
    pairs = zip(ours.values(), theirs, strict=True)
    return max(np.linalg.norm(left[at] - right) / np.linalg.norm(left[at]) for left, right in pairs)


def test_a_run_is_what_a_plain_loop_does(case):
    ours, dataset, network, same, _ = case
    seen = plain(network, {name: array[0] for name, array in ours.items()}, same, dataset)
    assert [len(array) for array in ours.values()] == [3] * len(ours)
    assert apart(ours, 1, seen[0]) < 1e-5
    assert apart(ours, 2, seen[1]) < 1e-5
    assert apart(ours, 0, seen[1]) > 0.01


def test_saboteur_a_loop_with_another_optimiser_or_other_data_is_told_apart(case):
    ours, dataset, network, same, other = case
    start = {name: array[0] for name, array in ours.items()}
    assert apart(ours, 2, plain(network, start, other, dataset)[1]) > 1e-4
    assert apart(ours, 2, plain(network, start, same, f"{dataset} ")[1]) > 1e-3

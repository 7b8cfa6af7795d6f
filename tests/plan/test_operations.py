"""The operations of training against those that torch counts while it computes."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from catlearn.plan.ir import FrozenBlock, TrainJob
from catlearn.plan.lower import lower
from catlearn.plan.operations import operations
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

TEXT = """
dataset d {{ source = sklearn.digits, test = 0.25, reshape = {shape} }}
map net : R{shape} -> R[10] = {layers}
category P {{
  object A = params(net)
  run a : A@init -> A@a {{ net = net, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 100,
                          epochs = 2, seeds = 0..0, last = {last} }}
}}
"""
NETWORKS = {
    "dense": ("[64]", "linear(32) >> relu >> linear(16) >> relu >> linear(10)"),
    "convolutions": ("[1, 8, 8]", "conv2d(4, 3) >> relu >> conv2d(6, 3, padding = 1) >> flatten >> linear(10)"),
}


def modules(name: str) -> nn.Sequential:
    if name == "dense":
        return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 10))
    convolutions = (nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 6, 3, padding=1))
    return nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(216, 10))


def job(name: str, last: str = "drop", **changed: Any) -> TrainJob:
    shape, layers = NETWORKS[name]
    checked = check(parse(Source("a.cat", TEXT.format(shape=shape, layers=layers, last=last))))
    assert checked.theory is not None, checked.diagnostics
    return lower(checked.theory).train[0].model_copy(update=changed)


def counted(network: nn.Module, shape: tuple[int, ...], backward: bool) -> int:
    """The operations that torch counts for some examples, passed forward, and backward too."""
    with FlopCounterMode(display=False) as counter:
        outputs = network(torch.randn(shape))
        if backward:
            outputs.sum().backward()
    total: int = counter.get_total_flops()
    return total


@pytest.mark.parametrize("name", NETWORKS)
def test_operations_are_those_that_torch_counts(name: str) -> None:
    made, shape = job(name), (100, 64) if name == "dense" else (100, 1, 8, 8)
    assert operations(made, [1348], 0) == made.steps * counted(modules(name), shape, True)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_frozen_prefix_is_passed_once_and_has_no_gradient(name: str) -> None:
    whole, network = job(name), modules(name)
    first = whole.layers[0].block
    assert first is not None
    tuned = whole.model_copy(update={"frozen": (FrozenBlock(block=first, run="another"),)})
    for parameter in network[0].parameters():
        parameter.requires_grad_(False)
    shape = (64,) if name == "dense" else (1, 8, 8)
    prefix = counted(network[0], (1348, *shape), False)
    with torch.no_grad():
        behind = network[0](torch.randn(100, *shape))
    step = counted(network[1:], tuple(behind.shape), True)
    assert operations(tuned, [1348], 0) == prefix + tuned.steps * step
    assert operations(tuned, [1348], 0) < operations(whole, [1348], 0)


def test_the_remainder_of_an_epoch_counts_where_it_is_kept() -> None:
    dropped, kept = job("dense"), job("dense", "keep")
    each = operations(dropped, [1348], 0) // (dropped.steps * 100)
    assert operations(kept, [1348], 0) == each * 2 * 1348
    assert operations(kept, [1348], 14) == each * 2 * 1348


def test_layers_whose_products_are_not_counted_are_no_silent_zero() -> None:
    made = job("dense")
    odd = made.layers[0].model_copy(update={"operation": "attention"})
    with pytest.raises(ValueError, match="attention"):
        operations(made.model_copy(update={"layers": (odd, *made.layers[1:])}), [1348], 0)

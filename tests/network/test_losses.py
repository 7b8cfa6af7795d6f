"""The losses are those of torch, example by example and lane by lane."""

import pytest
import torch
from torch import nn

from catlearn.network.losses import LOSSES

LABELS = torch.tensor([[0, 2, 1, 2], [1, 1, 0, 2]])
OUTPUTS = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def one_hot(labels):
    return nn.functional.one_hot(labels, 3).double()


OF_TORCH = {
    "cross_entropy": lambda outputs, labels: nn.CrossEntropyLoss()(outputs, labels),
    "mse": lambda outputs, labels: nn.MSELoss()(outputs, one_hot(labels)),
    "hinge": lambda outputs, labels: nn.MultiMarginLoss()(outputs, labels),
}


def test_every_loss_has_an_oracle():
    assert LOSSES.keys() == OF_TORCH.keys()


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_and_its_gradient_are_those_of_torch(name):
    ours, theirs = (OUTPUTS.clone().requires_grad_() for _ in range(2))
    lanes = LOSSES[name](ours, LABELS).mean(1)
    expected = torch.stack([OF_TORCH[name](theirs[lane].T, LABELS[lane]) for lane in range(2)])
    assert torch.allclose(lanes, expected, rtol=1e-12)
    gradients = [torch.autograd.grad(values.sum(), point)[0] for values, point in ((lanes, ours), (expected, theirs))]
    assert torch.allclose(*gradients, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_differ(name):
    others = [OF_TORCH[other](OUTPUTS[0].T, LABELS[0]) for other in OF_TORCH if other != name]
    mine = LOSSES[name](OUTPUTS, LABELS[0]).mean(1)[0]
    assert all(not torch.isclose(mine, other, rtol=1e-3) for other in others)

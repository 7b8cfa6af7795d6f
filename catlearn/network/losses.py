"""Losses of single examples: functions of a network's outputs and the label."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

Loss = Callable[[Tensor, Tensor], Tensor]
"""The loss (lanes, n) of each example, from outputs (lanes, classes, n) and labels (n,) or (lanes, n)."""


def cross_entropy(outputs: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy of the softmax of the outputs and the label, in nats."""
    return functional.cross_entropy(outputs, labels.expand(len(outputs), -1), reduction="none")


def mean_squared_error(outputs: Tensor, labels: Tensor) -> Tensor:
    """The mean over the classes of the squared difference to the label as a one-hot vector (torch.nn.MSELoss)."""
    return (outputs - _one_hot(outputs, labels)).square().mean(1)


def hinge(outputs: Tensor, labels: Tensor) -> Tensor:
    """The mean over the classes of how far each other output comes within 1 of the label's (torch.nn.MultiMarginLoss,
    with p = 1; Crammer, Singer 2001)."""
    own = outputs.gather(1, labels.expand(len(outputs), -1).unsqueeze(1))  # (lanes, 1, n)
    margins = (outputs - own + 1).clamp_min(0)
    return (margins * (1 - _one_hot(outputs, labels))).mean(1)


def _one_hot(outputs: Tensor, labels: Tensor) -> Tensor:
    """The vectors (lanes, classes, n) of the labels."""
    return torch.zeros_like(outputs).scatter_(1, labels.expand(len(outputs), -1).unsqueeze(1), 1.0)


LOSSES: Mapping[str, Loss] = {"cross_entropy": cross_entropy, "mse": mean_squared_error, "hinge": hinge}

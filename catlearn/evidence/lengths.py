"""Lengths of the path of a run, the polyline through its checkpoints: in its parameters, and of what it predicts.

The predictions of a classifier at one point are a distribution over the classes for each example. The metric of Fisher
measures how distinguishable they become along a path: with z the logits, its length element is the root of the mean
over the examples of the variance of dz under the predicted distribution. The length depends on no choice of
coordinates. Source: Amari, "Natural gradient works efficiently in learning", Neural Computation 10 (1998).
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

SAMPLES = 4
"""Pieces into which each segment between checkpoints is cut: the error of the length falls with their square."""

Logits = Callable[[Mapping[str, Tensor]], Tensor]
"""The logits (points, examples, classes) at weights `block.tensor` (points, …)."""


def length(weights: Mapping[str, np.ndarray]) -> float:
    """The Euclidean length of the polyline through weights (checkpoints, …) by `block.tensor`."""
    squares = sum(
        np.square(np.diff(array.astype(np.float64), axis=0)).reshape(len(array) - 1, -1).sum(1)
        for array in weights.values()
    )
    return float(np.sqrt(squares).sum())


def fisher_length(logits: Logits, weights: Mapping[str, np.ndarray]) -> float:
    """The length in the Fisher metric of the predictions along the polyline through weights (checkpoints, …)."""
    checkpoints = len(next(iter(weights.values())))
    return sum(_segment(logits, weights, place) for place in range(checkpoints - 1))


def _segment(logits: Logits, weights: Mapping[str, np.ndarray], place: int) -> float:
    """The length between one checkpoint and the next: the predictions stand in the middle of each piece, the logits'
    change is that between its ends."""
    times = torch.linspace(0, 1, 2 * SAMPLES + 1, dtype=torch.float64)
    found = logits({name: _between(array[place], array[place + 1], times) for name, array in weights.items()})
    change, shares = found[2::2] - found[:-2:2], torch.softmax(found[1::2], 2)  # (pieces, examples, classes)
    mean = (shares * change).sum(2, keepdim=True)
    variance = (shares * (change - mean).square()).sum(2)
    return float(variance.mean(1).sqrt().sum())


def _between(first: np.ndarray, last: np.ndarray, times: Tensor) -> Tensor:
    """The points of a segment at some times (points,)."""
    ends = torch.from_numpy(np.stack([first, last]).astype(np.float64))
    moments = times.view(-1, *[1] * (ends.dim() - 1))
    return torch.lerp(ends[:1], ends[1:], moments)

"""Normalisation by the statistics of a batch, and where these statistics come from.

A `batchnorm` layer centres and scales each channel by a mean and a variance. In training they are those of the batch,
in eval mode those kept while training, and where a network is read as a function of its parameters alone, as in
`catlearn.network.landscape`, those of a fixed calibration batch at exactly these parameters.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import batch_norm

from catlearn.network.parameters import buffer_space
from catlearn.plan.ir import LayerPlan

EPSILON = 1e-5
"""Added to variances, as in torch's modules."""

MOMENTUM = 0.1
"""The weight of a batch in the running statistics, as in torch's modules."""

Moments = tuple[Tensor, Tensor]
"""The mean and the variance of each channel: (lanes, channels) each."""


class Statistics(Protocol):
    """Where the moments of a layer come from."""

    def __call__(self, layer: LayerPlan, columns: Tensor, /) -> Moments:
        """The moments by which a layer normalises columns (lanes, d, n)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class RunningStatistics:
    """Eval mode: the moments in the buffers `block.running_mean` and `block.running_var`, (lanes, channels) each."""

    buffers: Mapping[str, Tensor]

    def __call__(self, layer: LayerPlan, _columns: Tensor, /) -> Moments:
        """The buffers of a layer."""
        return self.buffers[f"{layer.block}.running_mean"], self.buffers[f"{layer.block}.running_var"]


@dataclass(frozen=True, slots=True, eq=False)
class BatchStatistics:
    """Train mode: the moments of the batch. `updated` collects what they make of the buffers, as torch has it: the
    next value is (1 - momentum) old + momentum new, with the unbiased variance. Blocks that are `fixed` stay in eval
    mode, and their buffers as they are."""

    buffers: Mapping[str, Tensor]
    fixed: Collection[str] = ()
    momentum: float = MOMENTUM
    updated: dict[str, Tensor] = field(default_factory=dict)

    def __call__(self, layer: LayerPlan, columns: Tensor, /) -> Moments:
        """The moments of columns; gradients pass through them."""
        if layer.block in self.fixed:
            return RunningStatistics(self.buffers)(layer, columns)
        values = by_channel(layer, columns)
        mean = values.mean(2)
        variance = (values - mean.unsqueeze(2)).square().mean(2)
        size = values.shape[2]
        self._follow(f"{layer.block}.running_mean", mean)
        self._follow(f"{layer.block}.running_var", variance * (size / (size - 1)))
        return mean, variance

    def of_images(self, layer: LayerPlan) -> bool:
        """Whether a layer normalises images by the moments of the batch."""
        return layer.block not in self.fixed and prod(layer.input_shape[1:]) > 1

    def images(self, layer: LayerPlan, weight: Tensor, bias: Tensor, columns: Tensor) -> Tensor:
        """Images as columns (lanes, d, n), normalised by their moments, scaled and shifted: lane by lane, by torch's
        own kernel, which takes images as they lie and reads them half as often."""
        names = [f"{layer.block}.{name}" for name in ("running_mean", "running_var")]
        moved = [self.buffers[name].to(columns.dtype, copy=True) for name in names]  # (lanes, channels) each
        lanes = zip(_by_example(layer, columns), *moved, weight, bias, strict=True)
        normalised = [
            batch_norm(image, mean, variance, scale, shift, True, self.momentum, EPSILON)
            for image, mean, variance, scale, shift in lanes
        ]
        self.updated.update(zip(names, moved, strict=True))
        return side_by_side(normalised).flatten(2).mT

    def _follow(self, name: str, new: Tensor) -> None:
        self.updated[name] = (1 - self.momentum) * self.buffers[name] + self.momentum * new.detach()


def by_channel(layer: LayerPlan, columns: Tensor) -> Tensor:
    """Columns (lanes, d, n) as the numbers of each channel: (lanes, channels, d / channels · n)."""
    return columns.reshape(len(columns), layer.input_shape[0], -1)


def _by_example(layer: LayerPlan, columns: Tensor) -> Tensor:
    """Columns (lanes, d, n) as the channels of each example: (lanes, n, channels, d / channels)."""
    rows = columns.mT
    return rows.reshape(*rows.shape[:2], layer.input_shape[0], -1)


def side_by_side(lanes: Sequence[Tensor]) -> Tensor:
    """What each lane has, stacked; a lane that is alone is not copied."""
    return torch.stack(tuple(lanes)) if len(lanes) > 1 else lanes[0].unsqueeze(0)


def batch_normalised(
    layer: LayerPlan, parameters: Mapping[str, Tensor], columns: Tensor, statistics: Statistics
) -> Tensor:
    """What `batchnorm` makes of columns (lanes, d, n) or (d, n)."""
    weight, bias = (parameters[f"{layer.block}.{name}"] for name in ("weight", "bias"))  # (lanes, channels)
    columns = columns.expand(len(weight), -1, -1)
    if isinstance(statistics, BatchStatistics) and statistics.of_images(layer):
        return statistics.images(layer, weight, bias, columns)
    mean, variance = statistics(layer, columns)
    scale = weight * torch.rsqrt(variance + EPSILON)
    shift = bias - mean * scale
    scale, shift = (each[:, None, :, None] for each in (scale, shift))  # (lanes, 1, channels, 1)
    return (_by_example(layer, columns) * scale + shift).flatten(2).mT


def group_normalised(layer: LayerPlan, parameters: Mapping[str, Tensor], columns: Tensor) -> Tensor:
    """What `groupnorm` makes of columns (lanes, d, n): each group of channels of each example has mean 0 and variance
    1, before each channel is scaled and shifted."""
    weight, bias = (parameters[f"{layer.block}.{name}"] for name in ("weight", "bias"))  # (lanes, channels)
    columns = columns.expand(len(weight), -1, -1)
    groups = int(dict(layer.attributes)["groups"])
    values = columns.reshape(len(columns), groups, -1, columns.shape[-1])  # (lanes, groups, d / groups, n)
    centred = values - values.mean(2, keepdim=True)
    scaled = centred * torch.rsqrt(centred.square().mean(2, keepdim=True) + EPSILON)
    channels = scaled.reshape(len(columns), layer.input_shape[0], -1)
    return (channels * weight.unsqueeze(2) + bias.unsqueeze(2)).view(columns.shape)


def initial_buffers(layers: Sequence[LayerPlan]) -> dict[str, Tensor]:
    """The buffers at `@init`: means of 0 and variances of 1."""
    return {
        name: torch.full(shape, 1.0 if name.endswith("running_var") else 0.0)
        for name, shape in buffer_space(layers).tensors
    }

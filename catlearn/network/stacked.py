"""Networks evaluated on many parameter points at once: one lane a point.

Inside, activations are columns: (lanes, features, examples), images and sequences flattened. A linear layer is then
one product W X + b for all lanes, and where all lanes see the same inputs the first layer is a single wide matrix
product.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from catlearn.network.alignment import aligned
from catlearn.network.normalisation import (
    BatchStatistics,
    RunningStatistics,
    Statistics,
    batch_normalised,
    initial_buffers,
)
from catlearn.network.operations import OPERATIONS, linear_of_rows
from catlearn.network.products import product, settled
from catlearn.plan.ir import LayerPlan

_ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": aligned(torch.tanh),
    "sigmoid": aligned(torch.sigmoid),
}

AFTER_LINEAR: Mapping[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu_,
    "tanh": aligned(torch.tanh_),
    "sigmoid": aligned(torch.sigmoid_),
}
"""The same in place where there is such a kernel, an eighth faster: no gradient reads the value of a linear layer."""

Noise = Callable[[LayerPlan, Tensor], Tensor]
"""What a layer that draws makes of columns (lanes, d, n) in training; in eval mode it changes nothing."""


def forward(layers: Sequence[LayerPlan], parameters: Mapping[str, Tensor], inputs: Tensor) -> Tensor:
    """The outputs (lanes, n, out) of a network, or of the prefix of one.

    `parameters` holds `block.tensor` with a leading dimension of lanes; `inputs` are (n, d), the same for all lanes,
    or (lanes, n, d). In eval mode: normalised by the running statistics among `parameters`, where a layer asks for
    them."""
    return forward_columns(layers, parameters, inputs.mT).mT


def forward_columns(
    layers: Sequence[LayerPlan],
    parameters: Mapping[str, Tensor],
    columns: Tensor,
    noise: Noise | None = None,
    statistics: Statistics | None = None,
) -> Tensor:
    """`forward` on columns: (d, n) or (lanes, d, n) to (lanes, out, n).

    In train mode where there is noise, and normalised by `statistics` where they are given."""
    mode = _Mode(parameters, noise, statistics or RunningStatistics(parameters))
    columns = mode.through(layers, columns)
    return columns if columns.dim() == 3 else columns.expand(len(next(iter(parameters.values()))), -1, -1)


def calibrated(layers: Sequence[LayerPlan], parameters: Mapping[str, Tensor], columns: Tensor) -> RunningStatistics:
    """Statistics that depend on the parameters alone: what one pass over columns (d, n) in train mode would leave, with
    momentum 1, in running statistics. So torch's `update_bn` has it, given one batch."""
    lanes = len(next(iter(parameters.values())))
    found = BatchStatistics(
        {name: start.expand(lanes, -1) for name, start in initial_buffers(layers).items()}, momentum=1
    )
    forward_columns(layers, parameters, columns, statistics=found)
    return RunningStatistics(found.updated)


class _Mode(NamedTuple):
    """What a forward pass reads beside its columns."""

    parameters: Mapping[str, Tensor]
    noise: Noise | None
    statistics: Statistics

    def through(self, layers: Sequence[LayerPlan], columns: Tensor) -> Tensor:
        """Columns after some layers: (d, n) as long as they are the same for all lanes."""
        activations = _ACTIVATIONS
        for layer in layers:
            if layer.operation in activations:
                columns = activations[layer.operation](columns)
            else:
                columns = self.layer(layer, columns)
            activations = AFTER_LINEAR if layer.operation == "linear" else _ACTIVATIONS
        return columns

    def layer(self, layer: LayerPlan, columns: Tensor) -> Tensor:
        """Columns after one layer that is no activation."""
        match layer.operation:
            case "linear":
                weight, bias = (self.parameters[f"{layer.block}.{name}"] for name in ("weight", "bias"))
                if len(layer.input_shape) == 2:
                    return settled(linear_of_rows(weight, bias, layer, settled(columns)))
                return _linear(weight, bias, columns)
            case "skip":
                return columns + self.through(layer.inner, columns)
            case "dropout":
                return columns if self.noise is None else self.noise(layer, columns)
            case "batchnorm":
                return settled(batch_normalised(layer, self.parameters, settled(columns), self.statistics))
        return settled(OPERATIONS[layer.operation](layer, self.parameters, settled(columns)))


def _linear(weight: Tensor, bias: Tensor, columns: Tensor) -> Tensor:
    if columns.dim() == 3:
        return product(weight, columns).add_(bias.unsqueeze(2))  # (lanes, out, n)
    affine = torch.cat([weight, bias.unsqueeze(2)], 2).flatten(0, 1)  # (lanes out, d + 1)
    columns = columns if len(columns) > weight.shape[2] else with_ones(columns)
    return torch.mm(affine, columns).view(*bias.shape, columns.shape[1])


def with_ones(columns: Tensor) -> Tensor:
    """Columns (d, n) with a last row of ones, (d + 1, n): with them one product is a whole affine map. A network whose
    first layer is linear takes columns that all lanes share in this form too."""
    return functional.pad(columns, (0, 0, 0, 1), value=1.0)

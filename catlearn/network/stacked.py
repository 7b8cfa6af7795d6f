"""Networks evaluated on many parameter points at once: one lane a point.

Inside, activations are columns: (lanes, features, examples), images and sequences flattened. A linear layer is then
one product W X + b for all lanes, and where all lanes see the same inputs the first layer is a single wide matrix
product.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from catlearn.network.alignment import aligned
from catlearn.network.operations import OPERATIONS
from catlearn.plan.ir import LayerPlan

_ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": aligned(torch.tanh),
    "sigmoid": aligned(torch.sigmoid),
}

_AFTER_LINEAR: Mapping[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu_,
    "tanh": aligned(torch.tanh_),
    "sigmoid": aligned(torch.sigmoid_),
}
"""The same in place, which is an eighth faster: no gradient reads the value of a linear layer itself."""

Noise = Callable[[LayerPlan, Tensor], Tensor]
"""What a layer that draws makes of columns (lanes, d, n) in training; in eval mode it changes nothing."""


def forward(layers: Sequence[LayerPlan], parameters: Mapping[str, Tensor], inputs: Tensor) -> Tensor:
    """The outputs (lanes, n, out) of a network, or of the prefix of one.

    `parameters` holds `block.tensor` with a leading dimension of lanes; `inputs` are (n, d), the same for all lanes,
    or (lanes, n, d)."""
    return forward_columns(layers, parameters, inputs.mT).mT


def forward_columns(
    layers: Sequence[LayerPlan], parameters: Mapping[str, Tensor], columns: Tensor, noise: Noise | None = None
) -> Tensor:
    """`forward` on columns: (d, n) or (lanes, d, n) to (lanes, out, n); in train mode where there is noise."""
    columns = _through(layers, parameters, columns, noise)
    lanes = len(next(iter(parameters.values())))
    return columns if columns.dim() == 3 else columns.expand(lanes, -1, -1)


def _through(
    layers: Sequence[LayerPlan], parameters: Mapping[str, Tensor], columns: Tensor, noise: Noise | None
) -> Tensor:
    """Columns after some layers: (d, n) as long as they are the same for all lanes."""
    activations = _ACTIVATIONS
    for layer in layers:
        if layer.operation == "linear":
            columns = _linear(parameters[f"{layer.block}.weight"], parameters[f"{layer.block}.bias"], columns)
        elif layer.operation == "skip":
            columns = columns + _through(layer.inner, parameters, columns, noise)
        elif layer.operation == "dropout":
            columns = columns if noise is None else noise(layer, columns)
        elif layer.operation in activations:
            columns = activations[layer.operation](columns)
        else:
            columns = OPERATIONS[layer.operation](layer, parameters, columns)
        activations = _AFTER_LINEAR if layer.operation == "linear" else _ACTIVATIONS
    return columns


def _linear(weight: Tensor, bias: Tensor, columns: Tensor) -> Tensor:
    if columns.dim() == 3:
        product = torch.bmm(weight, columns)  # (lanes, out, n)
    else:
        product = torch.mm(weight.flatten(0, 1), columns).view(*bias.shape, columns.shape[1])  # (lanes, out, n)
    return product.add_(bias.unsqueeze(2))


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy in nats (lanes, n) of each example: logits (lanes, classes, n), labels (n,) or (lanes, n)."""
    return functional.cross_entropy(logits, labels.expand(len(logits), -1), reduction="none")

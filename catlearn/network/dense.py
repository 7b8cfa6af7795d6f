"""Dense networks with their gradient written out: linear layers, one after the other, with pointwise functions between
them.

The forward and the backward pass are those of torch.autograd, by the same kernels, but without a graph and into memory
held ready: at the sizes of these networks the graph, and new memory for each result, cost as much as the arithmetic.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from catlearn.network.alignment import ALIGNMENT
from catlearn.plan.ir import LayerPlan, Loss

_LARGE = 1 << 20
"""Multiplications of one lane from which the gradient of a weight is a product of its own, written where it belongs,
and not one of a batched product, copied there. Measured on one core with 1 to 32 lanes: with 3.1 million a step gains a
twentieth, with 0.4 million it loses a third."""


class Dense(NamedTuple):
    """A linear layer, and the pointwise function behind it, where there is one."""

    linear: LayerPlan
    function: str | None = None


def dense(layers: Sequence[LayerPlan], loss: Loss, batch: int) -> tuple[Dense, ...] | None:
    """A network as dense layers whose gradient can be written out for batches of this size; None where it has other
    layers, another loss, one block twice, products of vectors, or functions whose numbers do not fill whole vectors of
    the processor, so that bits would depend on the number of lanes."""
    found = dense_layers(layers)
    blocks = {each.linear.block for each in found}
    fits = found and loss in _LOSSES and len(blocks) == len(found) and all(_fits(each, batch) for each in found)
    return found if fits else None


def dense_layers(layers: Sequence[LayerPlan]) -> tuple[Dense, ...]:
    """A network as dense layers; none where it has other layers."""
    found: list[Dense] = []
    for layer in layers:
        if layer.operation == "linear" and len(layer.input_shape) == 1:
            found.append(Dense(layer))
        elif layer.operation in _FUNCTIONS and found and found[-1].function is None:
            found[-1] = found[-1]._replace(function=layer.operation)
        elif layer.operation != "flatten":
            return ()
    return tuple(found)


def _fits(layer: Dense, batch: int) -> bool:
    (inputs,), (outputs,) = layer.linear.input_shape, layer.linear.output_shape
    filled = layer.function in {None, "relu"} or outputs * batch % ALIGNMENT == 0
    return filled and 1 not in (inputs, outputs, batch)


class Descent:
    """The mean loss of dense networks over a batch, one network a lane, and its gradient."""

    def __init__(
        self,
        layers: Sequence[Dense],
        parameters: Mapping[str, Tensor],
        gradients: Mapping[str, Tensor],
        loss: Loss,
        batch: int,
    ) -> None:
        """`parameters` holds `block.tensor` (lanes, …) of every layer, and `gradients` the memory of those that are
        wanted: the numbers of a lane one after the other. All batches have one size."""
        self._layers = [_Layer(layer, parameters, gradients, batch) for layer in layers]
        self._loss = _LOSSES[loss](self._layers[-1].gradient)

    def __call__(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """The losses (lanes,) on inputs (lanes, batch, d) and labels (lanes, batch); the gradients are written."""
        columns = inputs.mT
        for layer in self._layers:
            columns = layer.forward(columns)
        loss = self._loss(columns, labels, self._layers[-1].gradient)
        for layer, below in zip(reversed(self._layers), (*reversed(self._layers[:-1]), None), strict=True):
            layer.backward(None if below is None else below.gradient)
        return loss


class _Layer:
    """A dense layer of all lanes with its memory: `gradient` (lanes, out, n) is that at its values."""

    def __init__(
        self, layer: Dense, parameters: Mapping[str, Tensor], gradients: Mapping[str, Tensor], batch: int
    ) -> None:
        weight, bias = (f"{layer.linear.block}.{name}" for name in ("weight", "bias"))
        self._function = None if layer.function is None else _FUNCTIONS[layer.function]
        self._weight, self._bias = parameters[weight], parameters[bias].unsqueeze(2)
        self._weight_gradient, self._bias_gradient = gradients.get(weight), gradients.get(bias)
        self._large = prod(self._weight.shape[1:]) * batch >= _LARGE
        self._values = self._weight.new_empty(*self._weight.shape[:2], batch)
        in_place = self._function is None or self._function.reads_values
        self._arguments = self._values if in_place else torch.empty_like(self._values)
        self.gradient = torch.empty_like(self._values)
        copied = not self._large and self._weight.device.type == "cpu"
        self._product = self._weight.new_empty(self._weight.shape if copied else 0)

    def forward(self, columns: Tensor) -> Tensor:
        """The values (lanes, out, n) at columns (lanes, in, n)."""
        self._columns = columns
        torch.bmm(self._weight, columns, out=self._arguments).add_(self._bias)
        if self._function is not None:
            self._function.apply(self._arguments, out=self._values)
        return self._values

    def backward(self, below: Tensor | None) -> None:
        """Write the gradients of the parameters, and that at the columns into `below`."""
        if self._function is not None:
            self._function.derive(self.gradient, self._values if self._function.reads_values else self._arguments)
        if self._weight_gradient is not None and self._bias_gradient is not None:
            torch.sum(self.gradient, 2, out=self._bias_gradient)
            self._multiply(self._weight_gradient)
        if below is not None:
            torch.bmm(self._weight.mT, self.gradient, out=below)

    def _multiply(self, into: Tensor) -> None:
        if into.device.type != "cpu":
            torch.bmm(self.gradient, self._columns.mT, out=into)
        elif self._large:
            for gradient, columns, lane in zip(self.gradient, self._columns, into, strict=True):
                torch.mm(gradient, columns.mT, out=lane)
        else:
            into.copy_(torch.bmm(self.gradient, self._columns.mT, out=self._product))


class _Function(NamedTuple):
    """A pointwise function into `out`, and what its derivative makes of a gradient, in place. That reads the values,
    which then take the place of the arguments, or else the arguments."""

    apply: Callable[..., Tensor]
    derive: Callable[[Tensor, Tensor], object]
    reads_values: bool = True


def _rectify(arguments: Tensor, out: Tensor) -> Tensor:
    return torch.clamp_min(arguments, 0, out=out)


def _rectified(gradient: Tensor, values: Tensor) -> object:
    return torch.ops.aten.threshold_backward.grad_input(gradient, values, 0, grad_input=gradient)


def _tanh(gradient: Tensor, values: Tensor) -> object:
    return torch.ops.aten.tanh_backward.grad_input(gradient, values, grad_input=gradient)


def _sigmoid(gradient: Tensor, values: Tensor) -> object:
    return torch.ops.aten.sigmoid_backward.grad_input(gradient, values, grad_input=gradient)


def _gelu(gradient: Tensor, arguments: Tensor) -> object:
    return torch.ops.aten.gelu_backward.grad_input(gradient, arguments, grad_input=gradient)


_FUNCTIONS: Mapping[str, _Function] = {
    "relu": _Function(_rectify, _rectified),
    "tanh": _Function(torch.tanh, _tanh),
    "sigmoid": _Function(torch.sigmoid, _sigmoid),
    "gelu": _Function(functional.gelu, _gelu, reads_values=False),
}


class _CrossEntropy:
    def __init__(self, like: Tensor) -> None:
        self._logarithms, self._signs = torch.empty_like(like), torch.empty_like(like)

    def __call__(self, outputs: Tensor, labels: Tensor, gradient: Tensor) -> Tensor:
        answers = labels.unsqueeze(1)  # (lanes, 1, n)
        torch.log_softmax(outputs, 1, out=self._logarithms)
        self._signs.zero_().scatter_(1, answers, -1 / outputs.shape[2])
        backward = torch.ops.aten._log_softmax_backward_data.out
        backward(self._signs, self._logarithms, 1, outputs.dtype, out=gradient)
        return self._logarithms.gather(1, answers).squeeze(1).mean(1).neg()


class _MeanSquaredError:
    def __init__(self, like: Tensor) -> None:
        self._answers = torch.empty_like(like)

    def __call__(self, outputs: Tensor, labels: Tensor, gradient: Tensor) -> Tensor:
        self._answers.zero_().scatter_(1, labels.unsqueeze(1), 1.0)
        torch.sub(outputs, self._answers, out=gradient)
        loss = gradient.square().mean(1).mean(1)
        gradient.mul_(2 / outputs[0].numel())
        return loss


_LOSSES: Mapping[str, Callable[[Tensor], Callable[[Tensor, Tensor, Tensor], Tensor]]] = {
    "cross_entropy": _CrossEntropy,
    "mse": _MeanSquaredError,
}
"""Losses by outputs of a shape: given outputs (lanes, classes, n) and labels (lanes, n), the means (lanes,) over the
batch, with the gradient at the outputs written."""

"""The outputs of dense networks at many points, in memory held ready.

Products and functions are those of `stacked.forward_columns`, and so are the bits. But hidden layers are evaluated for
a block of a few points at a time, over those of the points before: they stay in the cache of a core, and no memory is
taken for them. Outputs are given for a chunk of many blocks, since a loss takes many small steps.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor

from catlearn.network.alignment import aligned
from catlearn.network.dense import Dense, dense_layers
from catlearn.network.parameters import ParameterSpace
from catlearn.network.stacked import AFTER_LINEAR, with_ones
from catlearn.plan.ir import LayerPlan

_HIDDEN = 3 << 16
"""Numbers that a hidden layer may hold for one block of points: 0.8 MB, less than half of the cache of a core."""

_CHUNK = 9 << 16
"""Numbers that one chunk of points may hold, with their first layers once more and the outputs: 2.4 MB."""


_SUMMANDS = 512
"""Summands of a number of the first product up to which its bits are the same whatever the number of points: those of
longer sums are not, since torch's library divides these products another way. 641 were none too many, 785 were."""


class DenseOutputs:
    """The outputs of a dense network, as a function of its parameters, over fixed inputs.

    Threads may ask at once: each has memory of its own, which is kept for the next that asks. One memory holds at most
    4 MB, or as much as a single point needs: its outputs, its parameters twice, its two widest hidden layers."""

    def __init__(self, layers: Sequence[Dense], space: ParameterSpace, parts: Sequence[Tensor]) -> None:
        """`parts` are inputs as columns (d + 1, n) with a last row of ones, none wider than the first."""
        self._layers, self._space, self._parts = tuple(layers), space, tuple(parts)
        *hidden, classes = (each.linear.output_shape[0] for each in layers)
        features, examples = parts[0].shape
        taken = space.dimension + layers[0].linear.output_shape[0] * features + classes * examples
        self._block = max(1, min(_HIDDEN // (max(hidden, default=1) * examples), _CHUNK // taken))
        self.chunk = max(1, _CHUNK // (taken * self._block)) * self._block
        """Points for which there are outputs at once."""
        self._idle: list[_Memory] = []

    def __call__(self, points: Tensor) -> Iterator[Tensor]:
        """The outputs (chunk, classes, n) for each part of the inputs, until the next is taken; they may be
        overwritten. `points` are (k, P), at most `chunk`: the first k outputs are theirs, the others mean nothing."""
        try:
            memory = self._idle.pop()
        except IndexError:  # others use what there is
            memory = _Memory(self._layers, self._space, self._parts, self._block, self.chunk)
        try:
            yield from memory.outputs(points)
        finally:
            self._idle.append(memory)


def dense_outputs(layers: Sequence[LayerPlan], space: ParameterSpace, parts: Sequence[Tensor]) -> DenseOutputs | None:
    """The outputs of a network in eval mode, as a function of its parameters, over inputs as columns (d, n), or
    (d + 1, n) with a last row of ones. None where it is not dense, or has products whose bits depend on the number of
    points (those of vectors, and long ones), or its inputs on a device."""
    found = dense_layers([layer for layer in layers if layer.operation != "dropout"])
    sizes = {columns.shape[1] for columns in parts}
    sizes.update(*((*each.linear.input_shape, *each.linear.output_shape) for each in found))
    if not found or 1 in sizes or parts[0].device.type != "cpu":
        return None
    (features,) = found[0].linear.input_shape
    affine = [columns if len(columns) > features else with_ones(columns) for columns in parts]
    return DenseOutputs(found, space, affine) if features < _SUMMANDS else None


class _Step(NamedTuple):
    """A layer behind the first for a block of points: weights (points, out, in) and biases (points, out, 1), the
    function behind them, and where values (points, out, n) are written."""

    weight: Tensor
    bias: Tensor
    function: Callable[[Tensor], Tensor]
    values: Tensor


class _Block(NamedTuple):
    """A block of points on a part of the inputs: their first layers as one matrix (points out, d + 1), the function
    behind them, and where their values are written, as rows (points out, n) and one for each point (points, out, n)."""

    columns: Tensor
    first: Tensor
    rows: Tensor
    function: Callable[[Tensor], Tensor]
    values: Tensor
    steps: tuple[_Step, ...]

    def evaluate(self) -> None:
        """Write the values of each layer."""
        torch.mm(self.first, self.columns, out=self.rows)
        into, found = self.values, self.function(self.values)
        for weight, bias, function, into in self.steps:
            found = function(torch.bmm(weight, found, out=into).add_(bias))
        if found is not into:
            into.copy_(found)

    def clear(self) -> None:
        """Forget the last values: left over, they may be infinite, on which functions take ten times as long."""
        (self.steps[-1].values if self.steps else self.values).zero_()


class _Memory:
    """What one thread writes into: the points of a chunk, their first layers as affine maps (chunk, out, d + 1), values
    of hidden layers by turns, and outputs."""

    def __init__(
        self, layers: Sequence[Dense], space: ParameterSpace, parts: Sequence[Tensor], block: int, chunk: int
    ) -> None:
        self._layers, self._size = layers, block
        new, examples = parts[0].new_zeros, parts[0].shape[1]
        *widths, classes = (each.linear.output_shape[0] for each in layers)
        self._points = new(chunk, space.dimension)
        tensors = space.unflatten(self._points)
        self._parameters = [
            (tensors[f"{each.linear.block}.weight"], tensors[f"{each.linear.block}.bias"].unsqueeze(2))
            for each in layers
        ]
        self._first = torch.cat(self._parameters[0], 2)
        self._hidden = [new(block * max(widths) * examples) for _ in widths[:2]]
        self._outputs = new(chunk * classes * examples)
        self._parts = [self._part(columns, chunk) for columns in parts]

    def outputs(self, points: Tensor) -> Iterator[Tensor]:
        self._points[: len(points)].copy_(points.detach())
        torch.cat(self._parameters[0], 2, out=self._first)
        used = -(-len(points) // self._size)
        for outputs, blocks in self._parts:
            for block in blocks[:used]:
                block.evaluate()
            for block in blocks[used:]:
                block.clear()
            yield outputs

    def _part(self, columns: Tensor, chunk: int) -> tuple[Tensor, list[_Block]]:
        """The outputs (chunk, classes, n) on a part of the inputs, with what writes them."""
        examples = columns.shape[1]
        *widths, classes = (each.linear.output_shape[0] for each in self._layers)
        hidden = [_leading(self._hidden[at % 2], self._size, width, examples) for at, width in enumerate(widths)]
        outputs = _leading(self._outputs, chunk, classes, examples)
        return outputs, [
            self._block(columns, slice(at, at + self._size), (*hidden, outputs[at : at + self._size]))
            for at in range(0, chunk, self._size)
        ]

    def _block(self, columns: Tensor, points: slice, values: Sequence[Tensor]) -> _Block:
        function, *functions = (_FUNCTIONS[each.function] for each in self._layers)
        steps = [
            _Step(weight[points], bias[points], behind, into)
            for (weight, bias), behind, into in zip(self._parameters[1:], functions, values[1:], strict=True)
        ]
        first = self._first[points].flatten(0, 1)
        return _Block(columns, first, values[0].flatten(0, 1), function, values[0], tuple(steps))


def _leading(memory: Tensor, *shape: int) -> Tensor:
    """The first numbers of memory in a shape."""
    return memory[: prod(shape)].view(shape)


def _same(values: Tensor) -> Tensor:
    return values


def _gelu_(values: Tensor) -> Tensor:
    return torch.ops.aten.gelu_(values)  # type: ignore[no-any-return]


_FUNCTIONS: Mapping[str | None, Callable[[Tensor], Tensor]] = {
    **dict(AFTER_LINEAR.items()),
    "gelu": aligned(_gelu_),
    None: _same,
}
"""Pointwise functions in place, where their numbers fill whole vectors of the processor."""

"""Loss landscapes: real functions on a parameter space, evaluated at many points at once."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import prod
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from catlearn.category.expression import Expression, interpret
from catlearn.network.parameters import parameter_space
from catlearn.network.stacked import forward_columns
from catlearn.network.threads import single_threaded
from catlearn.plan.ir import LayerPlan, every_layer

_EXAMPLES = 2048
"""Examples of one product: wide enough for the matrix kernels, few enough for the cache."""

_ACTIVATIONS = 1 << 20
"""Numbers that the widest layer may hold for one chunk of points: 4 MB, about the cache of a core."""


Score = Callable[[Tensor, Tensor], Tensor]
"""A number for each example (points, n), from logits (points, classes, n), which it may overwrite, and labels (n,)."""


class Landscape(Protocol):
    """A loss: a deterministic function of the point."""

    def loss(self, points: Tensor) -> Tensor:
        """The losses, float64 (n,), at points, float32 (n, P)."""
        ...


@dataclass(frozen=True)
class AnalyticLandscape:
    """A loss written as an expression over `variables`, on the box of their intervals (low, high).

    Values are those of double precision: infinite or NaN where the expression has no real value, never an error."""

    variables: tuple[str, ...]
    box: tuple[tuple[float, float], ...]
    expression: Expression

    def loss(self, points: Tensor) -> Tensor:
        """The losses, float64 (n,), at points (n, d), one column a variable."""
        columns = dict(zip(self.variables, points.double().unbind(1), strict=True))
        values: Tensor = interpret(_DOUBLES, self.expression, columns)
        return values.expand(len(points)).clone()

    def inside(self, points: Tensor) -> Tensor:
        """Whether points (n, d) lie in the box, its boundary included: (n,)."""
        ends: Tensor = torch.tensor(self.box, dtype=torch.float64)  # (d, 2)
        return ((points >= ends[:, 0]) & (points <= ends[:, 1])).all(1)


class _Doubles:
    """Tensors of double precision as an algebra of expressions."""

    def constant(self, value: Fraction) -> Tensor:
        return torch.tensor(value.numerator / value.denominator, dtype=torch.float64)

    def apply(self, operation: str, arguments: tuple[Tensor, ...]) -> Tensor:
        return _FUNCTIONS[operation](*arguments)


_DOUBLES = _Doubles()

_FUNCTIONS: Mapping[str, Callable[..., Tensor]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "power": torch.pow,
    "negate": torch.neg,
    "sqrt": torch.sqrt,
    "sign": torch.sign,
    "absolute": torch.abs,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
}


class NetworkLandscape:
    """The mean cross-entropy in nats of a network over fixed inputs, as a function of its parameters.

    A loss depends on its point alone: points are evaluated in chunks of one size, the last one filled up, each by a
    single thread, so that neither their number nor the number of threads changes a bit.
    """

    def __init__(self, layers: Sequence[LayerPlan], inputs: Tensor, labels: Tensor) -> None:
        """`inputs` float32 (n, d), `labels` int64 (n,)."""
        self._layers = tuple(layers)
        self._space = parameter_space(layers)
        self._parts = tuple(
            (part.T.contiguous(), answers)
            for part, answers in zip(torch.split(inputs, _EXAMPLES), torch.split(labels, _EXAMPLES), strict=True)
        )
        self._examples = len(labels)
        widest = max(prod(layer.output_shape) for layer in every_layer(self._layers))
        self._chunk = max(1, _ACTIVATIONS // (widest * min(self._examples, _EXAMPLES)))

    def flatten(self, arrays: Mapping[str, np.ndarray[Any, Any] | Tensor]) -> Tensor:
        """The points (k, P) of tensors `block.tensor` (k, …), as in a trajectory."""
        return self._space.flatten(arrays)

    def unflatten(self, points: Tensor) -> dict[str, Tensor]:
        """The tensors (k, …) of points (k, P)."""
        return self._space.unflatten(points)

    def loss(self, points: Tensor) -> Tensor:
        """The losses, float64 (n,), at points, float32 (n, P)."""
        return self._mean(_cross_entropy_, points)

    def accuracy(self, points: Tensor) -> Tensor:
        """The fractions of inputs classified as labelled, float64 (n,), at points, float32 (n, P)."""
        return self._mean(_correct, points)

    def _mean(self, score: Score, points: Tensor) -> Tensor:
        """The mean of a score over the inputs, at each point."""
        missing = -len(points) % self._chunk
        with single_threaded() as threads:
            filled = torch.cat([points, points.new_zeros(missing, points.shape[1])])
            chunks = torch.split(filled, self._chunk)
            means = _side_by_side(partial(self._chunk_mean, score), chunks, min(threads, len(chunks)))
            return torch.cat(means)[: len(points)]

    def _chunk_mean(self, score: Score, points: Tensor) -> Tensor:
        parameters = self._space.unflatten(points)
        total = torch.zeros(len(points), dtype=torch.float64)
        for columns, labels in self._parts:
            logits = forward_columns(self._layers, parameters, columns)  # (points, classes, n)
            total += score(logits, labels).sum(1, dtype=torch.float64)
        return total / self._examples


def _correct(logits: Tensor, labels: Tensor) -> Tensor:
    return logits.argmax(1) == labels


def _cross_entropy_(logits: Tensor, labels: Tensor) -> Tensor:
    """`stacked.cross_entropy`, overwriting the logits: no gradient is wanted here, and this is the faster."""
    answers = logits.gather(1, labels.expand(len(logits), 1, -1)).squeeze(1)
    top = logits.amax(1, keepdim=True)
    return logits.sub_(top).exp_().sum(1).log_().add_(top.squeeze(1)).sub_(answers)


def _side_by_side(function: Callable[[Tensor], Tensor], chunks: Sequence[Tensor], workers: int) -> list[Tensor]:
    """The values of a function on chunks, in order, by so many threads of one torch thread each."""
    if workers == 1:
        return [function(chunk) for chunk in chunks]
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        return list(pool.map(function, chunks))

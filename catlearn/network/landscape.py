"""Loss landscapes: real functions on a parameter space, evaluated at many points at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import prod
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from catlearn.category.expression import Expression, interpret
from catlearn.network.activations import activations
from catlearn.network.losses import LOSSES
from catlearn.network.outputs import dense_outputs
from catlearn.network.parameters import ParameterSpace, buffer_space, parameter_space, whole_space
from catlearn.network.randomness import generator
from catlearn.network.stacked import calibrated, forward_columns, with_ones
from catlearn.network.threads import single_threaded
from catlearn.plan.expressions import from_node
from catlearn.plan.ir import LandscapePlan, LayerPlan, Loss, every_layer

_EXAMPLES = 2048
"""Examples of one product: wide enough for the matrix kernels, few enough for the cache."""

_WIDEST = 1 << 21
"""Numbers that the widest layer may hold for the examples of one product: 8 MB. A network on pictures holds as much for
one example as others do for hundreds, and all at once took `resnet9` twice as long."""

_ACTIVATIONS = 1 << 19
"""Numbers that the widest layer may hold for one chunk of points: 2 MB, the cache of a core."""

CALIBRATION = 1024
"""Examples by whose statistics a network with `batchnorm` is read: their means are within 3 % of a deviation of those
of the whole split, closer than those of the batches that it trains on, at a small part of the cost of the loss."""

_BATCH = 64
"""Examples of one step of a relaxation."""


class _Answers(NamedTuple):
    """The labels (n,) of some examples, and the places of their logits among all (classes, n), counted row by row."""

    labels: Tensor
    places: Tensor


Score = Callable[[Tensor, _Answers], Tensor]
"""A number for each example (points, n), from logits (points, classes, n), which it may overwrite, and the answers."""


class Landscape(Protocol):
    """A loss: a deterministic function of the point."""

    def loss(self, points: Tensor) -> Tensor:
        """The losses, float64 (n,), at points, float32 or float64 (n, P)."""
        ...

    def sampled_loss(self, points: Tensor, step: int, /) -> Tensor:
        """The losses (n,), or means over a batch that the step determines, at points (n, P), to be differentiated."""
        ...

    def flatten(self, arrays: Mapping[str, np.ndarray[Any, Any] | Tensor]) -> Tensor:
        """The points (k, P) of tensors `block.tensor` (k, …), as in a trajectory."""
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
        values: Tensor = interpret(DOUBLES, self.expression, columns)
        return values.expand(len(points)).clone()

    def gradient(self, points: Tensor) -> Tensor:
        """The gradients, float64 (n, d), at points (n, d), automatically: at a kink, one of its sides."""
        variable = points.detach().double().requires_grad_()
        (found,) = torch.autograd.grad(self.loss(variable).sum(), variable)
        return found

    def flatten(self, arrays: Mapping[str, np.ndarray[Any, Any] | Tensor]) -> Tensor:
        """The points (k, d) of the one tensor (k, d) of a trajectory."""
        (points,) = arrays.values()
        return torch.as_tensor(points)

    def sampled_loss(self, points: Tensor, _step: int) -> Tensor:
        """The losses (n,) at points (n, d), to be differentiated: they are no means, so there is no batch to choose."""
        return self.loss(points)

    def inside(self, points: Tensor, margin: float = 0.0) -> Tensor:
        """Whether points (n, d) lie in the box, its boundary included, or at most a share `margin` of a side beyond
        it: (n,)."""
        low, high = torch.tensor(self.box, dtype=torch.float64).unbind(1)
        beyond = margin * (high - low)
        return ((points >= low - beyond) & (points <= high + beyond)).all(1)


def analytic(plan: LandscapePlan) -> AnalyticLandscape:
    """The landscape of a plan."""
    return AnalyticLandscape(plan.variables, plan.box, from_node(plan.expression))


class _Doubles:
    """Tensors of double precision as an algebra of expressions."""

    def constant(self, value: Fraction) -> Tensor:
        return torch.tensor(value.numerator / value.denominator, dtype=torch.float64)

    def apply(self, operation: str, arguments: tuple[Tensor, ...]) -> Tensor:
        return _FUNCTIONS[operation](*arguments)


DOUBLES = _Doubles()
"""Expressions over tensors of double precision: infinite or NaN where there is no real value."""

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
    """The mean loss of a network over fixed inputs, as a function of its parameters.

    With a `calibration` batch, a network that keeps running statistics is a function of its parameters alone: at each
    point it is normalised by the statistics of the first `CALIBRATION` examples of that batch at this very point.
    Without one, its points hold its buffers after its parameters, as checkpoints do, and it is in eval mode.

    A loss depends on its point alone: points are evaluated in chunks of one size, the last one filled up, each by a
    single thread, so that neither their number nor the number of threads changes a bit.
    """

    def __init__(
        self,
        layers: Sequence[LayerPlan],
        inputs: Tensor,
        labels: Tensor,
        calibration: Tensor | None = None,
        loss: Loss = "cross_entropy",
    ) -> None:
        """`inputs` float32 (n, d), `labels` int64 (n,), `calibration` (m, d)."""
        self._loss = loss
        self._layers = tuple(layers)
        buffered = bool(buffer_space(layers).tensors)
        self.space = whole_space(layers) if calibration is None else parameter_space(layers)
        """What a point holds."""
        self._calibration = calibration[:CALIBRATION].T if buffered and calibration is not None else None
        widest = max(prod(layer.output_shape) for layer in every_layer(self._layers))
        size = max(1, min(_EXAMPLES, _WIDEST // widest))
        self._parts = tuple(
            (_columns(self._layers, part), _answers(of_part))
            for part, of_part in zip(torch.split(inputs, size), torch.split(labels, size), strict=True)
        )
        self._inputs, self._labels, self._examples = inputs, labels, len(labels)
        self._dense = dense_outputs(self._layers, self.space, [columns for columns, _ in self._parts])
        chunk = max(1, _ACTIVATIONS // (widest * min(self._examples, size)))
        self._chunk = chunk if self._dense is None else self._dense.chunk

    def flatten(self, arrays: Mapping[str, np.ndarray[Any, Any] | Tensor]) -> Tensor:
        """The points (k, P) of tensors `block.tensor` (k, …), as in a trajectory."""
        return self.space.flatten(arrays)

    def unflatten(self, points: Tensor) -> dict[str, Tensor]:
        """The tensors (k, …) of points (k, P)."""
        return self.space.unflatten(points)

    def loss(self, points: Tensor) -> Tensor:
        """The losses, float64 (n,), at points, float32 (n, P)."""
        (losses,) = self._means((self._faster,), points)
        return self._exact_where_infinite(losses, points)

    def sampled_loss(self, points: Tensor, step: int) -> Tensor:
        """The mean losses (n,) over a batch that the step determines, at points (n, P), to be differentiated: the
        statistics of batches are its own."""
        examples = torch.arange(self._examples)
        if self._examples > _BATCH:
            examples = torch.randint(self._examples, (_BATCH,), generator=generator("batch of a relaxation", step))
        parameters, columns = self.space.unflatten(points), self._inputs[examples].T
        statistics = None if self._calibration is None else calibrated(self._layers, parameters, columns)
        logits = forward_columns(self._layers, parameters, columns, statistics=statistics)
        return LOSSES[self._loss](logits, self._labels[examples]).mean(1)

    def activations(self, points: Tensor, examples: int) -> tuple[Tensor, ...]:
        """The columns (n, features, examples) after each layer, in the order of `every_layer`, of the first inputs."""
        parameters = self.space.unflatten(points)
        statistics = None
        if self._calibration is not None:
            statistics = calibrated(self._layers, parameters, self._calibration)
        return activations(self._layers, parameters, self._inputs[:examples].T, statistics)

    def accuracy(self, points: Tensor) -> Tensor:
        """The fractions of inputs classified as labelled, float64 (n,), at points, float32 (n, P)."""
        return self._means((_correct,), points)[0]

    def loss_and_accuracy(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """`loss` and `accuracy` of the same outputs."""
        accuracies, losses = self._means((_correct, self._faster), points)
        return self._exact_where_infinite(losses, points), accuracies

    @property
    def _faster(self) -> Score:
        return _FASTER.get(self._loss, self._exact)

    def _exact(self, logits: Tensor, answers: _Answers) -> Tensor:
        return LOSSES[self._loss](logits, answers.labels)

    def _exact_where_infinite(self, losses: Tensor, points: Tensor) -> Tensor:
        """Losses as they were found in fewer passes, where they are finite."""
        if losses.isfinite().all():
            return losses
        return losses.where(losses.isfinite(), self._means((self._exact,), points)[0])

    def _means(self, scores: Sequence[Score], points: Tensor) -> Tensor:
        """The means (scores, n) of some scores over the inputs, at each point; the last may overwrite the outputs."""
        sums = points.new_zeros(len(scores), len(points), dtype=torch.float64)
        with single_threaded() as threads:
            chunks = list(zip(torch.split(points, self._chunk), torch.split(sums, self._chunk, 1), strict=True))
            _side_by_side(partial(self._add, scores), chunks, min(threads, len(chunks)))
        return sums / self._examples

    def _add(self, scores: Sequence[Score], chunk: tuple[Tensor, Tensor]) -> None:
        """Add the sums of scores at the points of a chunk to what it has for them."""
        points, sums = chunk
        for logits, (_, answers) in zip(self._outputs(points), self._parts, strict=True):
            for score, into in zip(scores, sums, strict=True):
                into += score(logits, answers).sum(1, dtype=torch.float64)[: len(points)]

    def _outputs(self, points: Tensor) -> Iterator[Tensor]:
        """The outputs (chunk, classes, n) for each part of the inputs, until the next is taken, of at most a chunk of
        points: the first are theirs."""
        if self._dense is not None:
            return self._dense(points)
        missing = self._chunk - len(points)
        filled = torch.cat([points, points.new_zeros(missing, points.shape[1])]) if missing else points
        parameters, statistics = self.space.unflatten(filled), None
        if self._calibration is not None:
            statistics = calibrated(self._layers, parameters, self._calibration)
        parts = (columns for columns, _ in self._parts)
        return (forward_columns(self._layers, parameters, columns, statistics=statistics) for columns in parts)


class JointLandscape:
    """The sum of the losses of networks that share blocks, as a function of all their parameters, each of which is in
    a point once."""

    def __init__(self, parts: Sequence[NetworkLandscape], space: ParameterSpace) -> None:
        """`space` has the tensors of all parts."""
        self._parts, self._space = tuple(parts), space

    def flatten(self, arrays: Mapping[str, np.ndarray[Any, Any] | Tensor]) -> Tensor:
        """The points (k, P) of tensors `block.tensor` (k, …), as in a trajectory."""
        return self._space.flatten(arrays)

    def loss(self, points: Tensor) -> Tensor:
        """The sums of the losses, float64 (n,), at points, float32 (n, P)."""
        tensors = self._space.unflatten(points)
        return torch.stack([part.loss(part.flatten(tensors)) for part in self._parts]).sum(0)

    def sampled_loss(self, points: Tensor, step: int) -> Tensor:
        """The sums (n,) of the means over a batch of each part that the step determines, to be differentiated."""
        tensors = self._space.unflatten(points)
        return torch.stack([part.sampled_loss(part.flatten(tensors), step) for part in self._parts]).sum(0)


def _columns(layers: Sequence[LayerPlan], inputs: Tensor) -> Tensor:
    """Inputs (n, d) as the columns that the first layer takes at its fastest."""
    first = layers[0]
    return with_ones(inputs.T) if first.operation == "linear" and len(first.input_shape) == 1 else inputs.T.contiguous()


def _answers(labels: Tensor) -> _Answers:
    return _Answers(labels, labels * len(labels) + torch.arange(len(labels), device=labels.device))


def _correct(logits: Tensor, answers: _Answers) -> Tensor:
    return logits.max(1).indices == answers.labels  # the first of equal ones, as of argmax, in a fifth of its time


def _cross_entropy_(logits: Tensor, answers: _Answers) -> Tensor:
    """log Σ exp(logit - answer's logit), overwriting the logits: fewer passes than `losses.cross_entropy`, and no less
    exact. Infinite where an exponential is."""
    logits = logits.contiguous()
    answer = logits.flatten(1).index_select(1, answers.places)
    return logits.sub_(answer.unsqueeze(1)).exp_().sum(1).log_()


_FASTER: Mapping[str, Score] = {"cross_entropy": _cross_entropy_}
"""Losses that are evaluated in fewer passes where no gradient is wanted; not where they are infinite so."""


def _side_by_side(
    function: Callable[[tuple[Tensor, Tensor]], None], chunks: Sequence[tuple[Tensor, Tensor]], workers: int
) -> None:
    """A function called on chunks by so many threads of one torch thread each."""
    if workers <= 1:
        for chunk in chunks:
            function(chunk)
        return
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        list(pool.map(function, chunks))

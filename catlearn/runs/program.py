"""Programs: runs that train side by side, and all that their training loop reads, computed once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TypeVar

import torch
from torch import Tensor

from catlearn.network.data import Data
from catlearn.network.dense import Dense, dense
from catlearn.network.device import CPU
from catlearn.network.parameters import ParameterSpace, buffer_space, parameter_space, whole_space
from catlearn.network.stacked import forward_columns
from catlearn.plan.ir import LayerPlan, TrainJob, every_layer
from catlearn.runs.instructions import Rule, compile_rule

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Lane:
    """One seed of one job."""

    job: TrainJob
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """One split as the layers of a program see it: inputs (sources, n, d) and labels (n,). `source` tells which inputs
    each lane reads: the one dataset, or what its frozen layers make of it."""

    inputs: Tensor
    labels: Tensor
    source: tuple[int, ...]

    @property
    def examples(self) -> int:
        """n."""
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is learnt of one dataset, by its digest: the layers behind the frozen prefix, and the features that they
    see."""

    dataset: str
    layers: tuple[LayerPlan, ...]
    train: Features
    test: Features

    def only(self, positions: Sequence[int]) -> "Task":
        """The task of some of the lanes."""
        sources = tuple(self.train.source[position] for position in positions)
        train, test = (replace(features, source=sources) for features in (self.train, self.test))
        return replace(self, train=train, test=test)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Lanes that share layers, data, batches, loss, clipping and frozen blocks: what they learn, one task or, jointly,
    several that share blocks; the frozen tensors (lanes, …) of the whole network, and each lane's compiled rule. Lanes
    whose rules have one structure stand side by side.

    `network` is all that a checkpoint holds, `trained` are the parameters and `buffers` the buffers but for those of
    frozen blocks, which have no gradient and no state and stay in eval mode.

    Features and frozen tensors are on the device where the lanes are trained. `least` is the number of lanes that its
    products have even where fewer are left."""

    lanes: tuple[Lane, ...]
    tasks: tuple[Task, ...]
    frozen: Mapping[str, Tensor]
    rules: tuple[Rule, ...]
    network: ParameterSpace
    trained: ParameterSpace
    buffers: ParameterSpace
    least: int = 1

    @property
    def device(self) -> torch.device:
        """Where the lanes are trained."""
        return self.tasks[0].train.inputs.device

    @property
    def job(self) -> TrainJob:
        """A job of one of the lanes, for what they share."""
        return self.lanes[0].job

    @property
    def epoch_steps(self) -> int:
        """Whole batches in an epoch of the longest dataset, and one more for the remainder where it is kept."""
        return max(batches_in(self.job, task.train) for task in self.tasks)

    def only(self, positions: Sequence[int]) -> "Program":
        """The program of some of the lanes."""
        return replace(
            self,
            lanes=tuple(self.lanes[position] for position in positions),
            tasks=tuple(task.only(positions) for task in self.tasks),
            frozen={name: tensor[list(positions)] for name, tensor in self.frozen.items()},
            rules=tuple(self.rules[position] for position in positions),
        )

    def filled(self) -> "Program":
        """The program with its last lane as often as its products have lanes: on a GPU bits may depend on how many."""
        return self.only(filled_up(range(len(self.lanes)), self.least))


def filled_up(items: Sequence[_Item], least: int) -> list[_Item]:
    """Some items with the last of them as often as it takes for there to be so many."""
    return [*items, *repeat(items[-1], least - len(items))]


def shared(job: TrainJob) -> tuple[object, ...]:
    """What the jobs of a program have in common, beside the clock at which they begin."""
    learnt = job.layers, job.dataset, job.tasks
    return (*learnt, job.loss, job.clip, job.batch, job.keep_last, frozenset(frozen_blocks(job)))


def batches_in(job: TrainJob, features: Features) -> int:
    """Whole batches of a split, and one more for the remainder where it is kept."""
    whole, remainder = divmod(features.examples, job.batch)
    return whole + (1 if job.keep_last and remainder else 0)


def prepare(
    lanes: Sequence[Lane],
    data: Sequence[Data],
    frozen: Sequence[Mapping[str, Tensor]],
    device: torch.device = CPU,
    least: int = 1,
) -> Program:
    """The program of some lanes, given the data of each of their networks and the frozen tensors of each lane. Layers
    before the first trained one are evaluated here, once for each distinct encoder, where they are frozen: that is
    legal because they are constant and deterministic and the inputs are fixed, and it changes no bit."""
    job = lanes[0].job
    stacked = {name: torch.stack([tensors[name] for tensors in frozen]).to(device) for name in frozen[0]}
    learnt = zip(job.datasets, job.networks, data, strict=True)
    return Program(
        tuple(lanes),
        tuple(_task(lanes, dataset, layers, arrays.to(device), stacked, least) for dataset, layers, arrays in learnt),
        stacked,
        tuple(compile_rule(lane.job.rule) for lane in lanes),
        whole_space(job.layers),
        parameter_space(job.layers, frozen_blocks(job)),
        buffer_space(job.layers, frozen_blocks(job)),
        least,
    )


def written_out(job: TrainJob, learnt: Sequence[Sequence[LayerPlan]]) -> tuple[Dense, ...] | None:
    """The layers of a job whose gradient is written out: those behind the frozen prefix, where one dense network is
    learnt; None where its gradient is autograd's."""
    return dense(learnt[0], job.loss, job.batch) if len(learnt) == 1 else None


def _task(
    lanes: Sequence[Lane],
    dataset: str,
    layers: tuple[LayerPlan, ...],
    data: Data,
    frozen: Mapping[str, Tensor],
    least: int,
) -> Task:
    """A network behind its frozen prefix, given the frozen tensors (lanes, …), with products of at least so many."""
    job = lanes[0].job
    depth = frozen_prefix(layers, frozen_blocks(job))
    prefix, trained = layers[:depth], layers[depth:]
    encoders, source = _encoders(prefix, lanes)
    first = {name: tensor[filled_up(encoders, least)] for name, tensor in frozen.items()}
    train, test = (
        _behind(job.batch, prefix, first, inputs)[: len(encoders)] for inputs in (data.train_inputs, data.test_inputs)
    )
    return Task(dataset, trained, Features(train, data.train_labels, source), Features(test, data.test_labels, source))


def frozen_prefix(layers: Sequence[LayerPlan], frozen: Collection[str]) -> int:
    """The number of layers before the first that is trained or draws, 0 where none of them is of a frozen block. The
    last layer is left, where a joint run trains nothing of a network."""
    depth = next((depth for depth, layer in enumerate(layers) if _moves(layer, frozen)), len(layers) - 1)
    return depth if any(layer.block in frozen for layer in every_layer(layers[:depth])) else 0


def frozen_blocks(job: TrainJob) -> Collection[str]:
    """The paths of a job's frozen blocks."""
    return {block.block for block in job.frozen}


def _moves(layer: LayerPlan, frozen: Collection[str]) -> bool:
    """Whether a layer, or one inside it, is trained or draws."""
    parts = every_layer((layer,))
    return any((part.tensors and part.block not in frozen) or dict(part.attributes).get("p") for part in parts)


def _encoders(prefix: Sequence[LayerPlan], lanes: Sequence[Lane]) -> tuple[list[int], tuple[int, ...]]:
    """A lane with each distinct frozen prefix, and for every lane the position of its own among them."""
    blocks = {layer.block for layer in every_layer(prefix)}
    first: dict[object, int] = {}
    source = []
    for position, lane in enumerate(lanes):
        taken = frozenset((block.block, block.run, lane.seed) for block in lane.job.frozen if block.block in blocks)
        first.setdefault(taken, position)
        source.append(list(first).index(taken))
    return list(first.values()), tuple(source)


def _behind(batch: int, prefix: Sequence[LayerPlan], frozen: Mapping[str, Tensor], inputs: Tensor) -> Tensor:
    """The activations (encoders, n, d) after some layers, evaluated in products of the shape that training has, so that
    each number has the bits that it would have there; the inputs (1, n, d) themselves where there are no layers."""
    if not prefix:
        return inputs.unsqueeze(0)
    encoders, examples = len(next(iter(frozen.values()))), len(inputs)
    size = min(batch, examples)
    rows = torch.arange(examples + -examples % size, device=inputs.device) % examples
    batches = (inputs[some].repeat(encoders, 1, 1) for some in torch.split(rows, size))  # (encoders, batch, d)
    columns = [forward_columns(prefix, frozen, some.mT) for some in batches]
    return torch.cat(columns, dim=2)[:, :, :examples].mT.contiguous()

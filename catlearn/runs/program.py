"""A job made ready: what its training loop reads, with everything constant computed once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from catlearn.network.data import Data
from catlearn.network.parameters import ParameterSpace, parameter_space
from catlearn.network.stacked import forward_columns
from catlearn.plan.ir import LayerPlan, TrainJob, every_layer
from catlearn.runs.update import Update, compile_rule


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """One split as the layers of a program see it: inputs (n, d), or (lanes, n, d) behind frozen layers, and labels
    (n,)."""

    inputs: Tensor
    labels: Tensor

    @property
    def examples(self) -> int:
        """n."""
        return len(self.labels)

    def batch(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs (lanes, batch, d) and labels (lanes, batch) of the examples chosen in each lane (lanes, batch)."""
        if self.inputs.dim() == 2:
            return self.inputs[chosen], self.labels[chosen]
        return self.inputs[torch.arange(len(chosen)).unsqueeze(1), chosen], self.labels[chosen]

    def of_lane(self, lane: int) -> Tensor:
        """The inputs (n, d) of one lane."""
        return self.inputs[lane] if self.inputs.dim() == 3 else self.inputs


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A job for some seeds, one a lane: the layers behind the frozen prefix and the features that they see, the
    frozen tensors (lanes, …) of the whole network, and the compiled update rule."""

    job: TrainJob
    seeds: tuple[int, ...]
    layers: tuple[LayerPlan, ...]
    train: Features
    test: Features
    frozen: Mapping[str, Tensor]
    update: Update

    @property
    def network(self) -> ParameterSpace:
        """All parameters."""
        return parameter_space(self.job.layers)

    @property
    def trained(self) -> ParameterSpace:
        """All parameters but those of frozen blocks, which have no gradient and no optimiser state."""
        return parameter_space(self.job.layers, _frozen_blocks(self.job))


def prepare(job: TrainJob, seeds: tuple[int, ...], data: Data, frozen: Mapping[str, Tensor]) -> Program:
    """The program of a job. Layers before the first trained one are evaluated here, once, where they are frozen: that
    is legal because they are constant and deterministic and the inputs are fixed, and it changes no bit."""
    depth = frozen_prefix(job)
    return Program(
        job,
        seeds,
        job.layers[depth:],
        Features(_behind(job, depth, frozen, data.train_inputs), data.train_labels),
        Features(_behind(job, depth, frozen, data.test_inputs), data.test_labels),
        frozen,
        compile_rule(job.rule),
    )


def frozen_prefix(job: TrainJob) -> int:
    """The number of layers before the first that is trained or draws, 0 where none of them is frozen."""
    frozen = _frozen_blocks(job)
    depth = next((depth for depth, layer in enumerate(job.layers) if _moves(layer, frozen)), len(job.layers))
    return depth if any(layer.block in frozen for layer in every_layer(job.layers[:depth])) else 0


def _moves(layer: LayerPlan, frozen: Collection[str]) -> bool:
    """Whether a layer, or one inside it, is trained or draws."""
    parts = every_layer((layer,))
    return any((part.tensors and part.block not in frozen) or dict(part.attributes).get("p") for part in parts)


def _frozen_blocks(job: TrainJob) -> Collection[str]:
    return {block.block for block in job.frozen}


def _behind(job: TrainJob, depth: int, frozen: Mapping[str, Tensor], inputs: Tensor) -> Tensor:
    """The activations (lanes, n, d) after the first `depth` layers, evaluated in products of the shape that training
    has, so that each number has the bits that it would have there; the inputs (n, d) themselves where depth is 0."""
    if depth == 0:
        return inputs
    lanes, examples = len(next(iter(frozen.values()))), len(inputs)
    size = min(job.batch, examples)
    rows = torch.arange(examples + -examples % size) % examples
    batches = (inputs[batch].repeat(lanes, 1, 1) for batch in torch.split(rows, size))  # (lanes, batch, d)
    columns = [forward_columns(job.layers[:depth], frozen, batch.mT) for batch in batches]
    return torch.cat(columns, dim=2)[:, :, :examples].mT.contiguous()

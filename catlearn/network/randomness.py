"""All randomness: each draw is a function of its purpose and its keys, never of what was drawn before.

Keyed by seed and purpose and not by run, so that runs of one seed share their start and their data order, a
resumed run draws what the uninterrupted one draws, and no generator state is ever saved.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from catlearn.network.extern import initial_tensors
from catlearn.plan.ir import LayerPlan, TensorPlan, every_layer

POSITION_SCALE = 0.02
"""The standard deviation of position vectors at `@init` (Radford et al. 2018)."""


def generator(purpose: str, *keys: str | int) -> torch.Generator:
    """A fresh generator determined by the purpose and the keys, through SHA-256."""
    hashed = hashlib.sha256(json.dumps([purpose, *keys]).encode("ascii")).digest()
    return torch.Generator().manual_seed(int.from_bytes(hashed[:8], "big"))


def initial_parameters(layers: Sequence[LayerPlan], seed: int) -> dict[str, Tensor]:
    """The tensors `block.tensor` of a network at `@init`, distributed as torch draws them. A block's values depend on
    the seed and the block's path only."""
    drawn: dict[str, Tensor] = {}
    for layer in every_layer(layers):
        if layer.block is not None:
            source = generator("initial values", seed, layer.block)
            if layer.operation == "extern":
                drawn.update(initial_tensors(layer, source.initial_seed()))
                continue
            for tensor in layer.tensors:
                drawn[f"{layer.block}.{tensor.name}"] = _initial(layer, tensor, source)
    return drawn


def _initial(layer: LayerPlan, tensor: TensorPlan, source: torch.Generator) -> Tensor:
    """One tensor: uniform on ±1/√(numbers that reach one output) for affine maps, weights and biases; what torch's own
    modules begin with for the others."""
    values = torch.empty(tensor.shape)
    if layer.operation in ("layernorm", "batchnorm", "groupnorm"):
        return values.fill_(tensor.name == "weight")
    if layer.operation in ("embedding", "positions"):
        return values.normal_(std=1.0 if layer.operation == "embedding" else POSITION_SCALE, generator=source)
    if layer.operation == "attention" and tensor.name.endswith("bias"):
        return values.zero_()
    bound = prod(layer.tensors[0].shape[1:]) ** -0.5
    if tensor.name == "in_weight":
        bound = (6 / sum(tensor.shape)) ** 0.5
    return values.uniform_(-bound, bound, generator=source)


@dataclass(frozen=True, slots=True)
class Dropout:
    """The noise of one step of training: each number of a lane is dropped with the layer's probability p, and divided
    by 1 - p where it is kept. A lane's draws depend on its seed, the layer's path and its steps since `@init` alone."""

    seeds: tuple[int, ...]
    steps: tuple[int, ...]

    def __call__(self, layer: LayerPlan, columns: Tensor) -> Tensor:
        """Columns (lanes, d, n) after dropping."""
        probability = float(dict(layer.attributes)["p"])
        if probability == 0 or layer.block is None:
            return columns
        lanes = list(zip(self.seeds, self.steps, strict=True))
        drawn = {
            (seed, step): torch.rand(columns.shape[1:], generator=generator("dropout", seed, layer.block, step))
            for seed, step in dict.fromkeys(lanes)
        }
        kept = torch.stack([drawn[lane] for lane in lanes]) >= probability
        return columns * kept.to(columns.device) / (1 - probability)


def data_order(dataset_digest: str, seed: int, epoch: int, size: int) -> Tensor:
    """The permutation of the training examples in one epoch: int64 (size,). Epochs count from 0."""
    return torch.randperm(size, generator=generator("data order", dataset_digest, seed, epoch))

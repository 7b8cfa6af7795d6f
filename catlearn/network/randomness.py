"""All randomness: each draw is a function of its purpose and its keys, never of what was drawn before.

Keyed by seed and purpose and not by run, so that runs of one seed share their start and their data order, a
resumed run draws what the uninterrupted one draws, and no generator state is ever saved.
"""

import hashlib
import json
from collections.abc import Sequence

import torch
from torch import Tensor

from catlearn.plan.ir import LayerPlan


def generator(purpose: str, *keys: str | int) -> torch.Generator:
    """A fresh generator determined by the purpose and the keys, through SHA-256."""
    hashed = hashlib.sha256(json.dumps([purpose, *keys]).encode("ascii")).digest()
    return torch.Generator().manual_seed(int.from_bytes(hashed[:8], "big"))


def initial_parameters(layers: Sequence[LayerPlan], seed: int) -> dict[str, Tensor]:
    """The tensors `block.tensor` of a network at `@init`: torch's distribution for linear layers, uniform on
    ±1/√(inputs) for weights and biases. A block's values depend on the seed and the block's path only."""
    drawn: dict[str, Tensor] = {}
    for layer in layers:
        if layer.block is not None:
            source = generator("initial values", seed, layer.block)
            bound = layer.input_shape[-1] ** -0.5
            for tensor in layer.tensors:
                values = torch.empty(tensor.shape).uniform_(-bound, bound, generator=source)
                drawn[f"{layer.block}.{tensor.name}"] = values
    return drawn


def data_order(dataset_digest: str, seed: int, epoch: int, size: int) -> Tensor:
    """The permutation of the training examples in one epoch: int64 (size,). Epochs count from 0."""
    return torch.randperm(size, generator=generator("data order", dataset_digest, seed, epoch))

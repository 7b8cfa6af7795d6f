"""Parameter spaces as finite products of named blocks, and their points as rows of a matrix."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from catlearn.plan.ir import LayerPlan, every_layer


@dataclass(frozen=True, slots=True)
class ParameterSpace:
    """The product of some tensors: pairs (`block.tensor`, shape) in the order of the layers, of P numbers in all."""

    tensors: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def dimension(self) -> int:
        """P."""
        return sum(prod(shape) for _, shape in self.tensors)

    def flatten(self, arrays: Mapping[str, np.ndarray[Any, Any] | Tensor]) -> Tensor:
        """The points (k, P) of tensors (k, …); names outside the space are left out. Raises `KeyError`."""
        rows = [torch.as_tensor(arrays[name]) for name, _ in self.tensors]
        return torch.cat([row.reshape(len(row), -1) for row in rows], dim=1)

    def point(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """The point (P,) of single tensors; names outside the space are left out. Raises `KeyError`."""
        return torch.cat([torch.empty(0), *(tensors[name].reshape(-1) for name, _ in self.tensors)])

    def tensors_of(self, point: Tensor) -> dict[str, Tensor]:
        """The single tensors of a point (P,), as views."""
        return {name: tensor[0] for name, tensor in self.unflatten(point.unsqueeze(0)).items()}

    def unflatten(self, points: Tensor) -> dict[str, Tensor]:
        """The tensors (k, …) of points (k, P), as views."""
        parts = torch.split(points, [prod(shape) for _, shape in self.tensors], dim=1)
        return {name: part.view(len(points), *shape) for (name, shape), part in zip(self.tensors, parts, strict=True)}


def parameter_space(layers: Sequence[LayerPlan], without: Collection[str] = ()) -> ParameterSpace:
    """The parameter space of a network, but for the blocks `without`."""
    trained = [layer for layer in every_layer(layers) if layer.block is not None and layer.block not in without]
    return ParameterSpace(
        _once((f"{layer.block}.{tensor.name}", tensor.shape) for layer in trained for tensor in layer.tensors)
    )


def buffer_space(layers: Sequence[LayerPlan], without: Collection[str] = ()) -> ParameterSpace:
    """The space of the buffers of a network, which no gradient moves, but for those of the blocks `without`."""
    keeping = [layer for layer in every_layer(layers) if layer.block not in without]
    return ParameterSpace(
        _once((f"{layer.block}.{kept.name}", kept.shape) for layer in keeping for kept in layer.buffers)
    )


def _once(tensors: Iterable[tuple[str, tuple[int, ...]]]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Tensors in the order in which they come first: those of a shared block stand in several layers."""
    return tuple(dict.fromkeys(tensors))


def whole_space(layers: Sequence[LayerPlan]) -> ParameterSpace:
    """All that a checkpoint of a network holds: its parameters, then its buffers."""
    return ParameterSpace((*parameter_space(layers).tensors, *buffer_space(layers).tensors))

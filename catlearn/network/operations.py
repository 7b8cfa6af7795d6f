"""Layers beyond linear ones and simple activations, for all lanes at once, in eval mode.

Each takes columns (lanes, d, n), or (d, n) where all lanes see the same, and gives columns. The images of n examples
in k lanes are one batch of n images with k times as many channels, and a convolution is one grouped convolution.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from catlearn.network.alignment import aligned
from catlearn.plan.ir import LayerPlan

Parameters = Mapping[str, Tensor]
Operation = Callable[[LayerPlan, Parameters, Tensor], Tensor]

EPSILON = 1e-5
"""Added to variances, as in torch's modules."""


def _elementwise(function: Callable[[Tensor], Tensor]) -> Operation:
    return lambda _layer, _parameters, columns: function(columns)


def _shaped(columns: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Columns (…, d, n) as (…, *shape, n)."""
    return columns.reshape(*columns.shape[:-2], *shape, columns.shape[-1])


def _softmax(layer: LayerPlan, _: Parameters, columns: Tensor) -> Tensor:
    return _shaped(columns, layer.input_shape).softmax(-2).flatten(-1 - len(layer.input_shape), -2)


def _layernorm(layer: LayerPlan, parameters: Parameters, columns: Tensor) -> Tensor:
    values = _shaped(columns, layer.input_shape)  # (lanes, …, width, n)
    centred = values - values.mean(-2, keepdim=True)
    scaled = centred * torch.rsqrt(centred.square().mean(-2, keepdim=True) + EPSILON)
    weight, bias = (parameters[f"{layer.block}.{name}"] for name in ("weight", "bias"))  # (lanes, width)
    spread = (len(weight), *(1 for _ in layer.input_shape[1:]), -1, 1)
    return (scaled * weight.view(spread) + bias.view(spread)).flatten(1, -2)


def images_of(columns: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Columns (lanes, c h w, n) or (c h w, n) as images (n, lanes c, h, w) or (n, c, h, w)."""
    moved = columns.movedim(-1, 0)
    return moved.reshape(len(moved), -1, *shape[1:])


def columns_of(images: Tensor, lanes: int | None) -> Tensor:
    """Images (n, lanes c, h, w) as columns (lanes, c h w, n), or (c h w, n) where they are the same for all lanes."""
    flat = images.flatten(1) if lanes is None else images.reshape(len(images), lanes, -1)
    return flat.movedim(0, -1)


def _conv2d(layer: LayerPlan, parameters: Parameters, columns: Tensor) -> Tensor:
    weight, bias = (parameters[f"{layer.block}.{name}"] for name in ("weight", "bias"))  # (lanes, out, in, k, k)
    attributes = dict(layer.attributes)
    images = functional.conv2d(
        images_of(columns, layer.input_shape),
        weight.flatten(0, 1),
        bias.flatten(),
        stride=int(attributes["stride"]),
        padding=int(attributes["padding"]),
        groups=len(weight) if columns.dim() == 3 else 1,
    )
    return columns_of(images, len(weight))


def _pooled(pool: Callable[[Tensor, int], Tensor]) -> Operation:
    def apply(layer: LayerPlan, _: Parameters, columns: Tensor) -> Tensor:
        images = pool(images_of(columns, layer.input_shape), int(dict(layer.attributes)["size"]))
        return columns_of(images, len(columns) if columns.dim() == 3 else None)

    return apply


def _attention(layer: LayerPlan, parameters: Parameters, columns: Tensor) -> Tensor:
    into, into_bias, out, out_bias = (
        parameters[f"{layer.block}.{name}"] for name in ("in_weight", "in_bias", "out_weight", "out_bias")
    )
    lanes, heads = len(into), int(dict(layer.attributes)["heads"])
    length, width = layer.input_shape
    rows = _shaped(columns.expand(lanes, -1, -1), layer.input_shape).permute(0, 3, 1, 2)  # (lanes, n, length, width)
    shape = rows.shape
    mixed = torch.baddbmm(into_bias.unsqueeze(1), rows.reshape(lanes, -1, width), into.mT)  # (lanes, n length, 3 width)
    queries, keys, values = mixed.view(lanes, -1, length, 3, heads, width // heads).permute(3, 0, 1, 4, 2, 5)
    weights = (queries @ keys.mT * (width // heads) ** -0.5).softmax(-1)  # (lanes, n, heads, length, length)
    heard = (weights @ values).transpose(2, 3).reshape(lanes, -1, width)
    result = torch.baddbmm(out_bias.unsqueeze(1), heard, out.mT).view(shape)
    return result.permute(0, 2, 3, 1).flatten(1, 2)


def _same(_layer: LayerPlan, _parameters: Parameters, columns: Tensor) -> Tensor:
    return columns


OPERATIONS: Mapping[str, Operation] = {
    "gelu": _elementwise(aligned(functional.gelu)),
    "softmax": _softmax,
    "flatten": _same,
    "layernorm": _layernorm,
    "conv2d": _conv2d,
    "maxpool": _pooled(functional.max_pool2d),
    "avgpool": _pooled(functional.avg_pool2d),
    "attention": _attention,
}

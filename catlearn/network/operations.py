"""Layers beyond linear ones and simple activations, for all lanes at once, in eval mode.

Each takes columns (lanes, d, n), or (d, n) where all lanes see the same, and gives columns. No operation reduces over
lanes or lets their number choose a kernel: the bits of a lane do not depend on the lanes beside it, nor on its place
among them. That is why a convolution is a product a lane and never a grouped one, whose bits do depend on them.
"""

from collections.abc import Callable, Mapping
from math import prod

import torch
from torch import Tensor
from torch.nn import functional

from catlearn.network.alignment import aligned
from catlearn.network.extern import foreign
from catlearn.network.normalisation import EPSILON, group_normalised, side_by_side
from catlearn.network.products import product, row_major
from catlearn.plan.ir import LayerPlan

Parameters = Mapping[str, Tensor]
Operation = Callable[[LayerPlan, Parameters, Tensor], Tensor]

SMALL_CONVOLUTION = 1 << 20
"""Multiplications of one lane up to which a convolution is one product of all patches for all lanes. Measured on one
core: below it the product is 2 to 4 times as fast as a convolution a lane, from twice as many on it is slower."""


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


def _images(columns: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Columns (…, c h w, n) as images (…, n, c, h, w), which is how torch takes them."""
    return _shaped(columns, shape).movedim(-1, -4)


def _columns(images: Tensor) -> Tensor:
    """Images (…, n, c, h, w) as columns (…, c h w, n): a view where the images are contiguous."""
    return images.flatten(-3).mT


def _conv2d(layer: LayerPlan, parameters: Parameters, columns: Tensor) -> Tensor:
    weight, bias = (parameters[f"{layer.block}.{name}"] for name in ("weight", "bias"))  # (lanes, out, in, k, k)
    columns = columns.expand(len(weight), -1, -1)
    attributes = dict(layer.attributes)
    stride, padding = int(attributes["stride"]), int(attributes["padding"])
    multiplications = prod(layer.tensors[0].shape) * prod(layer.output_shape[1:]) * columns.shape[-1]
    if multiplications <= SMALL_CONVOLUTION:
        patches = _patches(_shaped(columns, layer.input_shape), weight.shape[-1], stride, padding)
        convolution = product(weight.flatten(2), patches) + bias.unsqueeze(2)  # (lanes, out, h w n)
        return convolution.view(len(weight), -1, columns.shape[-1])
    lanes = zip(_images(columns, layer.input_shape), weight, bias, strict=True)
    convolved = [functional.conv2d(*lane, stride=stride, padding=padding) for lane in lanes]
    return _columns(side_by_side(convolved))


def _patches(images: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """What a kernel sees of images (lanes, in, h, w, n): (lanes, in k k, h' w' n), a column for each of its places."""
    padded = functional.pad(images, (0, 0, padding, padding, padding, padding))
    last = [size - kernel + 1 for size in padded.shape[2:4]]
    seen = [
        padded[:, :, row : row + last[0] : stride, column : column + last[1] : stride]
        for row in range(kernel)
        for column in range(kernel)
    ]
    return torch.stack(seen, 2).flatten(3).flatten(1, 2)


def _pooled(pool: Callable[[Tensor, int], Tensor]) -> Operation:
    def apply(layer: LayerPlan, _: Parameters, columns: Tensor) -> Tensor:
        images = _images(columns, layer.input_shape)
        pooled = pool(images.flatten(0, -4), int(dict(layer.attributes)["size"]))
        return _columns(pooled.view(*images.shape[:-3], *pooled.shape[1:]))

    return apply


def _attention(layer: LayerPlan, parameters: Parameters, columns: Tensor) -> Tensor:
    into, into_bias, out, out_bias = (
        parameters[f"{layer.block}.{name}"] for name in ("in_weight", "in_bias", "out_weight", "out_bias")
    )
    lanes, heads = len(into), int(dict(layer.attributes)["heads"])
    length, width = layer.input_shape
    rows = _shaped(columns.expand(lanes, -1, -1), layer.input_shape).permute(0, 3, 1, 2)  # (lanes, n, length, width)
    shape = rows.shape
    read = product(rows.reshape(lanes, -1, width), into.mT)  # (lanes, n length, 3 width)
    mixed = row_major(read + into_bias.unsqueeze(1))
    queries, keys, values = mixed.view(lanes, -1, length, 3, heads, width // heads).permute(3, 0, 1, 4, 2, 5)
    weights = (product(queries, keys.mT) * (width // heads) ** -0.5).softmax(-1)  # (lanes, n, heads, length, length)
    heard = product(weights, values).transpose(2, 3).reshape(lanes, -1, width)
    result = (product(heard, out.mT) + out_bias.unsqueeze(1)).view(shape)
    return result.permute(0, 2, 3, 1).flatten(1, 2)


def _positions(layer: LayerPlan, parameters: Parameters, columns: Tensor) -> Tensor:
    return columns + parameters[f"{layer.block}.weight"].flatten(1).unsqueeze(2)


def linear_of_rows(weight: Tensor, bias: Tensor, layer: LayerPlan, columns: Tensor) -> Tensor:
    """A linear layer on each row of sequences: columns (lanes, length width, n) to (lanes, length width', n)."""
    rows = _shaped(columns.expand(len(weight), -1, -1), layer.input_shape).movedim(2, 1)  # (lanes, width, length, n)
    mapped = product(weight, rows.flatten(2)) + bias.unsqueeze(2)
    return mapped.view(len(weight), -1, *rows.shape[2:]).movedim(2, 1).flatten(1, 2)


def _embedding(layer: LayerPlan, parameters: Parameters, columns: Tensor) -> Tensor:
    weight = parameters[f"{layer.block}.weight"]  # (lanes, vocabulary, width)
    words = columns.expand(len(weight), -1, -1).long()  # (lanes, length, n)
    rows = words.flatten(1).unsqueeze(2).expand(-1, -1, weight.shape[2])
    found = weight.gather(1, rows).view(*words.shape, -1)  # (lanes, length, n, width)
    return found.movedim(3, 2).flatten(1, 2)


def _same(_layer: LayerPlan, _parameters: Parameters, columns: Tensor) -> Tensor:
    return columns


OPERATIONS: Mapping[str, Operation] = {
    "gelu": _elementwise(aligned(functional.gelu)),
    "softmax": _softmax,
    "flatten": _same,
    "layernorm": _layernorm,
    "groupnorm": group_normalised,
    "embedding": _embedding,
    "conv2d": _conv2d,
    "maxpool": _pooled(functional.max_pool2d),
    "avgpool": _pooled(functional.avg_pool2d),
    "attention": _attention,
    "positions": _positions,
    "extern": foreign,
}

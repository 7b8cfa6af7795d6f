"""What becomes of pictures before training: all of it deterministic, on arrays (n, channels, height, width)."""

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from catlearn.plan.ir import PicturesPlan

Array = np.ndarray[Any, Any]

LUMA = np.array([19595, 38470, 7471])
"""The weights of red, green and blue in grey, in 65536ths (ITU-R BT.601, as Pillow rounds them)."""

_AT_ONCE = 4096


def pictured(inputs: Array, plan: PicturesPlan) -> Array:
    """Pictures (n, …) after layout, colour, size and padding. Bytes stay bytes unless they are resized."""
    if plan.channels_last:
        inputs = np.ascontiguousarray(np.moveaxis(inputs, 3, 1))
    if plan.colour:
        inputs = grey(inputs) if plan.colour == "grey" else np.broadcast_to(inputs, (len(inputs), 3, *inputs.shape[2:]))
    if plan.resize and inputs.shape[-2:] != plan.resize:
        inputs = resized(inputs, plan.resize)
    return padded(inputs, plan.pad) if plan.pad else inputs


def grey(inputs: Array) -> Array:
    """Pictures (n, 1, h, w) of the luma of colours (n, 3, h, w); pictures of one channel as they are."""
    if inputs.shape[1] == 1:
        return inputs
    parts = np.split(inputs, range(_AT_ONCE, len(inputs), _AT_ONCE))
    return np.concatenate([_luma(part) for part in parts])[:, np.newaxis]


def _luma(inputs: Array) -> Array:
    if inputs.dtype != np.uint8:
        return np.tensordot(LUMA / 65536, inputs, axes=(0, 1)).astype(inputs.dtype)
    return ((np.tensordot(LUMA, inputs.astype(np.int64), axes=(0, 1)) + (1 << 15)) >> 16).astype(np.uint8)


def resized(inputs: Array, sides: tuple[int, ...]) -> Array:
    """Pictures in another size, float32: linear between pixel centres, averaged where they shrink (antialiased)."""
    flat = inputs.reshape(len(inputs), -1, *inputs.shape[-2:])
    parts = [torch.from_numpy(part.astype(np.float32)) for part in np.split(flat, range(_AT_ONCE, len(flat), _AT_ONCE))]
    mode = {"mode": "bilinear", "antialias": True}
    made = [functional.interpolate(part, sides, align_corners=False, **mode).numpy() for part in parts]  # type: ignore[arg-type]
    return np.concatenate(made).reshape(*inputs.shape[:-2], *sides)


def padded(inputs: Array, sides: tuple[int, ...]) -> Array:
    """Pictures amid zeros; where the margins are odd, the larger one is below and to the right."""
    margins = [(side - old) for side, old in zip(sides, inputs.shape[-2:], strict=True)]
    before = [(0, 0)] * (inputs.ndim - 2)
    return np.pad(inputs, [*before, *((margin // 2, margin - margin // 2) for margin in margins)])

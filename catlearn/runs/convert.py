"""Checkpoints of torch -> safetensors files: the one place that opens a torch file, of tensors alone.

`torch.load` with `weights_only=True` makes nothing from a file but tensors, numbers, texts and containers of them.
"""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors.torch import save_file
from torch import Tensor

from catlearn.diagnostics import listed

STATE_DICTS = ("state_dict", "model_state_dict", "model")
"""The keys under which training programs keep the weights of a network."""

DAMAGED = (UnpicklingError, ArithmeticError, AttributeError, EOFError, LookupError, RuntimeError, TypeError, ValueError)
"""What torch raises for bytes that are no checkpoint: its reader works through them and trips where it may."""


class NotAStateDict(Exception):
    """A file that holds no tensors by name. The message says what was found."""


def convert(source: Path, target: Path) -> tuple[str, ...]:
    """Write the tensors of a torch checkpoint as float32 into a safetensors file, and return their names, sorted.

    Raises `NotAStateDict`, and `OSError` where a file cannot be read or written."""
    tensors = _tensors(_loaded(source), source)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.float().contiguous().clone() for name, tensor in tensors.items()}, target)
    return tuple(sorted(tensors))


def _loaded(source: Path) -> object:
    try:
        found: object = torch.load(source, map_location="cpu", weights_only=True)
    except DAMAGED as failure:
        raise NotAStateDict(
            f"{source} is no torch file of tensors alone: it is damaged, or holds other objects, which are never made;"
            " save `module.state_dict()` by `torch.save`, and convert that"
        ) from failure
    return found


def _tensors(found: object, source: Path) -> dict[str, Tensor]:
    """The tensors by name, of a state dict or of one inside a checkpoint."""
    if isinstance(found, Mapping):
        inner = next((found[key] for key in STATE_DICTS if isinstance(found.get(key), Mapping)), found)
        tensors = {str(name): value for name, value in inner.items() if isinstance(value, Tensor)}
        if tensors and len(tensors) == len(inner):
            return tensors
    keys = ", ".join(map(str, found)) if isinstance(found, Mapping) else type(found).__name__
    places = listed(STATE_DICTS)
    raise NotAStateDict(f"{source} holds {keys}, required tensors by name, at the top or under one of {places}")

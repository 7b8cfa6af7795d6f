"""Datasets: loading, splitting and scaling. Once loaded, a dataset is read from the store alone.

Bytes stay bytes in the store, a quarter of what they are in training, with the numbers that scale them beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from catlearn.network.pictures import pictured
from catlearn.network.randomness import generator
from catlearn.network.readers import Part, read
from catlearn.plan.ir import DatasetPlan, LayerPlan
from catlearn.store.store import CorruptFile, Store, StoreError

Array = np.ndarray[Any, Any]

EXACT = 1 << 24
"""Whole numbers below it are exact in float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Inputs float32 (examples, features) and labels int64 (examples,) of both splits."""

    train_inputs: Tensor
    train_labels: Tensor
    test_inputs: Tensor
    test_labels: Tensor

    def to(self, device: torch.device) -> "Data":
        """The same numbers on a device."""
        return Data(*(getattr(self, field.name).to(device) for field in fields(self)))


def load(plan: DatasetPlan, store: Store) -> Data:
    """The dataset of a plan, from the store where it is there. Raises `StoreError`, and `ValueError` where the
    source no longer has the size that the plan was made for."""
    arrays = store.dataset(plan.digest)
    if arrays is None:
        arrays = _prepared(plan)
        store.commit_dataset(plan.digest, arrays)
    flaw = _flaw(plan, arrays)
    if flaw is not None:
        raise CorruptFile(
            f"the arrays of the dataset {plan.name} are not what was stored: {flaw}; delete them and run again"
        )
    return Data(
        _inputs(arrays, "train"),
        torch.from_numpy(np.array(arrays["train_labels"])),
        _inputs(arrays, "test"),
        torch.from_numpy(np.array(arrays["test_labels"])),
    )


def require_words(layers: Sequence[LayerPlan], plan: DatasetPlan, data: Data) -> None:
    """Raises `StoreError` where a network that begins with `embedding` would meet a word outside its vocabulary."""
    if not layers or layers[0].operation != "embedding":
        return
    vocabulary = layers[0].tensors[0].shape[0]
    for inputs in (data.train_inputs, data.test_inputs):
        least, largest = int(inputs.min()), int(inputs.max())
        if least < 0 or largest >= vocabulary:
            raise StoreError(
                f"{plan.source} has words from {least} to {largest}, required 0 to {vocabulary - 1}, the vocabulary of"
                f" `embedding({vocabulary}, …)`"
            )


def _inputs(arrays: Mapping[str, Array], split: str) -> Tensor:
    """The inputs of a split, float32 (examples, features): bytes are shifted and divided only now."""
    inputs = torch.from_numpy(np.array(arrays[f"{split}_inputs"]))
    if inputs.dtype != torch.uint8:
        return inputs
    return inputs.float().sub_(torch.tensor(arrays["offset"])).div_(torch.tensor(arrays["divisor"]))


def _flaw(plan: DatasetPlan, arrays: Mapping[str, Array]) -> str | None:
    """Why arrays are not the splits of a dataset, None where they are."""
    for split, size in (("train", plan.train_size), ("test", plan.test_size)):
        inputs, labels = arrays.get(f"{split}_inputs"), arrays.get(f"{split}_labels")
        if inputs is None or labels is None or len(inputs) != size or labels.shape != (size,):
            return f"the {split} split has not {size} examples with labels"
        scaled = inputs.dtype == np.uint8 and {"offset", "divisor"} <= arrays.keys()
        if labels.dtype != np.int64 or not (scaled or (inputs.dtype == np.float32 and np.isfinite(inputs).all())):
            return f"the {split} split is not of bytes or finite float32 inputs and int64 labels"
    return None


def _prepared(plan: DatasetPlan) -> dict[str, Array]:
    """The arrays of a dataset as they are stored."""
    train, test = _split(plan, [_of_classes(plan, part) for part in read(plan)])
    kept, held_out = (pictured(inputs, plan.pictures) for inputs, _ in (train, test))
    shift, divisor = _scaling(plan, kept)
    shape = kept.shape[1:]
    labels = {"train_labels": train[1], "test_labels": test[1]}
    if kept.dtype == held_out.dtype == np.uint8:
        numbers = {"offset": _flat(shift, shape), "divisor": _flat(divisor, shape)}
        return {"train_inputs": _rows(kept), "test_inputs": _rows(held_out), **numbers, **labels}
    real = {"train_inputs": (kept - shift) / divisor, "test_inputs": (held_out - shift) / divisor}
    return {**{name: _single(plan, inputs) for name, inputs in real.items()}, **labels}


def _flat(numbers: Array, shape: tuple[int, ...]) -> Array:
    """Numbers for each entry of an example, float32 (features,)."""
    return np.broadcast_to(numbers, shape).astype(np.float32).ravel()


def _rows(inputs: Array) -> Array:
    """Examples (n, features)."""
    return inputs.reshape(len(inputs), -1)


def _single(plan: DatasetPlan, inputs: Array) -> Array:
    """Examples in single precision. Raises `StoreError` where they are not numbers that it holds."""
    if not np.isfinite(inputs).all() or (plan.transform == "none" and np.abs(inputs).max() >= EXACT):
        raise StoreError(f"{plan.source} has inputs that are not finite, or of {EXACT} or more")
    return _rows(inputs).astype(np.float32)


def _of_classes(plan: DatasetPlan, part: Part) -> Part:
    """The examples of the classes that are kept, with new labels in the order in which these are named."""
    inputs, labels = part
    if not plan.chosen:
        return part
    new = np.full(max(labels.max(), *plan.chosen) + 1, -1, dtype=np.int64)
    new[list(plan.chosen)] = range(len(plan.chosen))
    kept = np.flatnonzero(new[labels] >= 0)
    return inputs[kept], new[labels[kept]]


def _split(plan: DatasetPlan, parts: list[Part]) -> tuple[Part, Part]:
    """The examples to train and to test on, drawn by the seed: smaller splits of one seed lie in larger ones."""
    if plan.pooled:
        inputs, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        if len(inputs) < plan.train_size + plan.test_size:
            sizes = plan.train_size + plan.test_size
            raise ValueError(f"{plan.source} has {len(inputs)} examples, the plan {sizes}")
        order = _order(plan, len(inputs))
        test, train = order[: plan.test_size], order[plan.test_size : plan.test_size + plan.train_size]
        return (inputs[train], labels[train]), (inputs[test], labels[test])
    train_part, test_part = parts
    return _some(plan, train_part, "train", plan.train_size), _some(plan, test_part, "test", plan.test_size)


def _some(plan: DatasetPlan, part: Part, name: str, size: int) -> Part:
    """So many examples of a part; all of them in the order of the files."""
    inputs, labels = part
    if len(inputs) < size:
        raise ValueError(f"the {name} part of {plan.source} has {len(inputs)} examples, the plan {size}")
    if len(inputs) == size:
        return part
    order = _order(plan, len(inputs), name)[:size]
    return inputs[order], labels[order]


def _order(plan: DatasetPlan, size: int, *part: str) -> Array:
    source = plan.source if plan.named else " ".join(file.checksum for file in plan.files)
    return torch.randperm(size, generator=generator("split", source, plan.seed, *part)).numpy()


def _scaling(plan: DatasetPlan, train: Array) -> tuple[Array, Array]:
    """What is subtracted from an example, and by what it is divided then; both of the training split alone.

    `scale` divides by the largest magnitude, of bytes by 255. `standardise` gives each channel of pictures, or each
    number of other examples, mean 0 and deviation 1."""
    nothing, one = np.zeros(1), np.ones(1)
    if plan.transform == "scale":
        return nothing, np.array([255.0]) if train.dtype == np.uint8 else np.array([np.abs(train).max() or 1.0])
    if plan.transform == "none":
        return nothing, one
    mean, deviation = _moments(train)
    return mean, np.where(deviation == 0, 1.0, deviation)


def _moments(train: Array) -> tuple[Array, Array]:
    """Mean and deviation of each channel (channels, 1, 1) of pictures, or of each number."""
    if train.ndim != 4:
        return train.mean(axis=0), train.std(axis=0)
    pairs = [_channel_moments(train[:, channel]) for channel in range(train.shape[1])]
    mean, deviation = (np.array(numbers).reshape(-1, 1, 1) for numbers in zip(*pairs, strict=True))
    return mean, deviation


def _channel_moments(values: Array) -> tuple[float, float]:
    if values.dtype != np.uint8:
        return float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64))
    share = np.bincount(values.ravel(), minlength=256) / values.size
    mean = float(share @ np.arange(256))
    return mean, float(np.sqrt(share @ (np.arange(256) - mean) ** 2))

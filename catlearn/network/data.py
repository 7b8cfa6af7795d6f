"""Datasets: loading, splitting and scaling. Once loaded, a dataset is read from the store alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from catlearn.network.randomness import generator
from catlearn.plan.ir import DatasetPlan
from catlearn.store.store import CorruptFile, Store

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Inputs float32 (examples, features) and labels int64 (examples,) of both splits."""

    train_inputs: Tensor
    train_labels: Tensor
    test_inputs: Tensor
    test_labels: Tensor


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
    return Data(**{name: torch.from_numpy(np.array(array)) for name, array in arrays.items()})


def _flaw(plan: DatasetPlan, arrays: Mapping[str, Array]) -> str | None:
    """Why arrays are not the splits of a dataset, None where they are."""
    for split, size in (("train", plan.train_size), ("test", plan.test_size)):
        inputs, labels = arrays.get(f"{split}_inputs"), arrays.get(f"{split}_labels")
        if inputs is None or labels is None or len(inputs) != size or labels.shape != (size,):
            return f"the {split} split has not {size} examples with labels"
        if inputs.dtype != np.float32 or labels.dtype != np.int64 or not np.isfinite(inputs).all():
            return f"the {split} split is not of finite float32 inputs and int64 labels"
    return None


def _prepared(plan: DatasetPlan) -> dict[str, Array]:
    inputs, labels, scaled = _SOURCES[plan.source]()
    if len(inputs) != plan.train_size + plan.test_size:
        raise ValueError(f"{plan.source} has {len(inputs)} examples, the plan {plan.train_size + plan.test_size}")
    order = torch.randperm(len(inputs), generator=generator("split", plan.source, plan.seed)).numpy()
    test, train = order[: plan.test_size], order[plan.test_size :]
    scale = scaled(inputs[train])
    return {
        "train_inputs": scale(inputs[train]),
        "train_labels": labels[train],
        "test_inputs": scale(inputs[test]),
        "test_labels": labels[test],
    }


Scale = Callable[[Array], Array]
Source = Callable[[], tuple[Array, Array, Callable[[Array], Scale]]]


def _sixteenths(_: Array) -> Scale:
    return lambda inputs: (inputs / 16.0).astype(np.float32)


def _standardised(train: Array) -> Scale:
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation[deviation == 0] = 1.0
    return lambda inputs: ((inputs - mean) / deviation).astype(np.float32)


def _sklearn(name: str, scaled: Callable[[Array], Scale]) -> Source:
    def source() -> tuple[Array, Array, Callable[[Array], Scale]]:
        import sklearn.datasets

        inputs, labels = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
        return inputs, labels.astype(np.int64), scaled

    return source


_SOURCES: Mapping[str, Source] = {
    "sklearn.digits": _sklearn("digits", _sixteenths),
    "sklearn.wine": _sklearn("wine", _standardised),
    "sklearn.breast_cancer": _sklearn("breast_cancer", _standardised),
    "sklearn.iris": _sklearn("iris", _standardised),
}

"""Datasets: what is in a split, how it is scaled, and that a stored one needs no library."""

import subprocess
import sys

import numpy as np
import pytest
import sklearn.datasets
import torch

from catlearn.network.data import load
from catlearn.store.store import Store
from tests.runs.factory import DIGITS, IRIS


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path)


def rows(inputs, labels):
    return sorted(zip(map(tuple, inputs.tolist()), labels.tolist(), strict=True))


def test_the_splits_of_digits_share_all_rows_and_no_place(store):
    data = load(DIGITS, store)
    assert (len(data.train_inputs), len(data.test_inputs)) == (1348, 449)
    inputs, labels = sklearn.datasets.load_digits(return_X_y=True)
    whole = rows(torch.cat([data.train_inputs, data.test_inputs]), torch.cat([data.train_labels, data.test_labels]))
    assert whole == rows((inputs / 16).astype(np.float32), labels)


def test_types_and_ranges(store):
    data = load(DIGITS, store)
    assert data.train_inputs.dtype == torch.float32
    assert data.train_labels.dtype == torch.int64
    assert (data.train_inputs.min(), data.train_inputs.max()) == (0, 1)
    assert set(data.test_labels.tolist()) == set(range(10))


@pytest.mark.parametrize(
    ("source", "size", "features"), [("iris", 150, 4), ("wine", 178, 13), ("breast_cancer", 569, 30)]
)
def test_other_sets_are_standardised_by_their_training_part(store, source, size, features):
    test_size = size // 5
    sizes = {"train_size": size - test_size, "test_size": test_size}
    data = load(IRIS.model_copy(update={"digest": source, "source": f"sklearn.{source}", **sizes}), store)
    assert data.train_inputs.shape == (size - test_size, features)
    assert data.train_inputs.mean(0).abs().max() < 1e-5
    assert (data.train_inputs.std(0, correction=0) - 1).abs().max() < 1e-5
    assert data.test_inputs.mean(0).abs().max() > 1e-3


def test_the_split_depends_on_its_seed(store):
    first = load(IRIS, store)
    second = load(IRIS.model_copy(update={"digest": "other", "seed": 4}), store)
    assert not torch.equal(first.test_labels, second.test_labels)


def test_a_larger_test_set_of_one_seed_contains_the_smaller_one(store):
    small = load(DIGITS, store)
    large = load(DIGITS.model_copy(update={"digest": "large", "train_size": 900, "test_size": 897}), store)
    assert torch.equal(large.test_inputs[:449], small.test_inputs)


def test_a_dataset_of_another_size_is_refused(store):
    with pytest.raises(ValueError, match="1797 examples"):
        load(DIGITS.model_copy(update={"train_size": 1349}), store)


def test_a_stored_dataset_is_read_without_its_library(store):
    first = load(DIGITS, store)
    script = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from catlearn.network.data import load\n"
        "from catlearn.store.store import Store\n"
        "from tests.runs.factory import DIGITS\n"
        f"print(load(DIGITS, Store.open({str(store.root)!r})).train_inputs.sum().item())\n"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(out.stdout) == first.train_inputs.sum().item()

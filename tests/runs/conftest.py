"""A store of one's own, and one that holds the data already."""

import pytest

from catlearn.network.data import load
from catlearn.store.store import Store
from tests.runs.factory import DIGITS, IRIS


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store")


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """The datasets by digest."""
    store = Store.open(tmp_path_factory.mktemp("data"))
    return {plan.digest: load(plan, store) for plan in (DIGITS, IRIS)}

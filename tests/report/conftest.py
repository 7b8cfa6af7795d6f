"""Stores made by hand."""

from pathlib import Path

import pytest

from catlearn.store.store import Store
from tests.report.workshop import Workshop, fill, rows, theory


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Where a test makes its own store."""
    return Workshop(tmp_path)


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The whole quickstart, decided; not to be written to."""
    root = tmp_path_factory.mktemp("quickstart") / "quickstart.catlearn"
    return fill(Store.open(root), rows(), theory())

"""The examples in the docstrings of the mathematics are run."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["completion", "enclosure", "expression", "path", "pullback", "update_rule"])
def test_docstrings(name):
    module = importlib.import_module(f"catlearn.category.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0

"""Every code has its page: the docstring of the rule of its name."""

from importlib import import_module
from pathlib import Path

import pytest

import catlearn.theory.rules
from catlearn.diagnostics import DESCRIPTIONS

(FOLDER,) = map(Path, catlearn.theory.rules.__path__)


@pytest.mark.parametrize("code", sorted(DESCRIPTIONS))
def test_page(code: str) -> None:
    page = import_module(f"catlearn.theory.rules.{code.replace('-', '_')}").__doc__
    assert page is not None
    parts = ("What it catches:", "Why:", "Example:", "Repair:")
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


def test_no_page_without_code() -> None:
    pages = {path.stem.replace("_", "-") for path in FOLDER.glob("*.py")} - {"--init--"}
    assert pages == set(DESCRIPTIONS)

"""Theories as values that can be compared whatever the order of the text: places left out, maps as dictionaries."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from catlearn.diagnostics import errors
from catlearn.source import Source, Span
from catlearn.syntax.parse import parse
from catlearn.theory.check import Checked, check
from catlearn.theory.theory import Theory

QUICKSTART = Path(__file__).with_name("quickstart.cat").read_text("utf-8")


def checked(text: str) -> Checked:
    """What the checker says of a text."""
    return check(parse(Source("test.cat", text)))


def theory_of(text: str) -> Theory:
    """The theory of a text without errors."""
    found = checked(text)
    assert found.theory is not None, errors(found.diagnostics)
    return found.theory


def placeless(value: Any) -> Any:
    """A value with all places in the text left out."""
    if isinstance(value, Span | Source):
        return None
    if is_dataclass(value):
        parts = {field.name: placeless(getattr(value, field.name)) for field in fields(value)}
        return type(value).__name__, parts
    if isinstance(value, Mapping):
        return {key: placeless(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(placeless(inner) for inner in value)
    return value

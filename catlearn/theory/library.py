"""The standard library: the shipped update rules, in the notation of the language and read by its parser."""

import re
from collections.abc import Mapping
from functools import cache
from pkgutil import get_data

from catlearn.source import Source
from catlearn.syntax import tree
from catlearn.syntax.parse import parse


@cache
def declarations() -> Mapping[str, str]:
    """The text of each shipped rule, by name; a rule is parsed when it is used."""
    data = get_data("catlearn.theory", "std/optimisers.cat")
    assert data is not None
    text = data.decode("utf-8")
    starts = [(found[1], found.start()) for found in re.finditer(r"^optimiser +(\w+)", text, re.MULTILINE)]
    ends = [start for _, start in starts[1:]] + [len(text)]
    return {name: text[start:end] for (name, start), end in zip(starts, ends, strict=True)}


@cache
def shipped(name: str) -> tree.Optimiser:
    """The tree of a shipped rule. Raises `KeyError` for any other name."""
    (node,) = parse(Source(f"std/{name}.cat", declarations()[name])).tree.declarations
    assert isinstance(node, tree.Optimiser)
    return node

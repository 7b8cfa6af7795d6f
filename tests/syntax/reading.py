"""What the syntax tests share: trees without their places, and walks over them."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from catlearn.source import Source, Span
from catlearn.syntax import tree
from catlearn.syntax.parse import Parsed, parse

DESIGN = (Path(__file__).parent / "design.cat").read_text("utf-8")


def parsed(text: str) -> Parsed:
    return parse(Source("test.cat", text))


def only(text: str) -> Any:
    """The only declaration of a text that is in order."""
    result = parsed(text)
    assert not result.diagnostics, result.diagnostics[0].message
    (declaration,) = result.tree.declarations
    return declaration


def expression(text: str) -> tree.Expression:
    """The expression that a text spells."""
    return only(f"map f : A -> B = {text}").body  # type: ignore[no-any-return]


def value(text: str) -> tree.Expression:
    """The value of a field that a text spells."""
    (field,) = only(f"dataset d {{ key = {text} }}").fields
    return field.value  # type: ignore[no-any-return]


def bare(node: object) -> object:
    """A tree without its spans, as nested tuples."""
    if isinstance(node, tuple):
        return tuple(map(bare, node))
    if not is_dataclass(node):
        return node
    parts = (getattr(node, field.name) for field in fields(node) if field.name != "span")
    return (type(node).__name__, *map(bare, parts))


def children(node: object) -> Iterator[Any]:
    """The nodes directly below a node."""
    for field in fields(node):  # type: ignore[arg-type]
        inner = getattr(node, field.name)
        for child in inner if isinstance(inner, tuple) else (inner,):
            if is_dataclass(child) and not isinstance(child, Span):
                yield child


def nodes(node: Any) -> Iterator[Any]:
    """A node and all nodes below it."""
    yield node
    for child in children(node):
        yield from nodes(child)


def expressions(node: Any) -> Iterator[tree.Expression]:
    """All expressions in a tree; a `*` of a functor is none by itself."""
    kinds = tree.Expression.__args__
    return (inner for inner in nodes(node) if isinstance(inner, kinds) and not isinstance(inner, tree.Star))

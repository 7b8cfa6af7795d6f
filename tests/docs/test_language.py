"""docs/language.md: every example checks, or fails with exactly the code that it names, and the tables are current.

The words after a fence's ``cat`` say how its block is read: `name=N` remembers it, `after=N` checks it below what is
remembered, `file=F` makes it importable under that name, and `error=CODE` says what is wrong with it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from catlearn.diagnostics import DESCRIPTIONS, errors, render
from catlearn.theory.check import check_texts
from grammar.highlight import KEYWORDS
from tests.docs.tables import DOCUMENT, TABLES, with_tables

TEXT = DOCUMENT.read_text("utf-8")


@dataclass(frozen=True)
class Block:
    """A fenced block with the line that it begins at and what its fence says."""

    line: int
    says: Mapping[str, str]
    text: str


def blocks(text: str) -> Iterator[Block]:
    """The blocks of the language."""
    for found in re.finditer(r"^```cat\b([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        says = dict(word.split("=", 1) for word in found[1].split())
        yield Block(text.count("\n", 0, found.start()) + 1, says, found[2])


BLOCKS = list(blocks(TEXT))
FILES = {block.says["file"]: block.text for block in BLOCKS if "file" in block.says}


def whole(block: Block) -> str:
    """A block below what it is said to come after."""
    named = {other.says["name"]: other for other in BLOCKS if "name" in other.says}
    before = whole(named[block.says["after"]]) if "after" in block.says else ""
    return before + block.text


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block.line}")
def test_example(block: Block) -> None:
    found = errors(check_texts("example.cat", whole(block), FILES).diagnostics)
    expected = {block.says["error"]} if "error" in block.says else set()
    assert {diagnostic.code for diagnostic in found} == expected, "\n\n".join(map(render, found))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block.line}")
def test_the_fence_says_only_what_is_read(block: Block) -> None:
    assert block.says.keys() <= {"name", "after", "file", "error"}
    assert block.says.get("error", "syntax") in DESCRIPTIONS


def test_saboteur_a_misspelt_name_fails() -> None:
    block = next(block for block in BLOCKS if "error" not in block.says and "params(" in block.text)
    broken = whole(block).replace("params(", "parms(")
    assert errors(check_texts("example.cat", broken, FILES).diagnostics)


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_current(name: str) -> None:
    assert f"<!-- table: {name} -->" in TEXT
    assert with_tables(TEXT) == TEXT, "python -m tests.docs.tables"


def test_every_word_of_the_language_stands_in_an_example() -> None:
    shown = set(re.findall(r"\w+", "\n".join(block.text for block in BLOCKS)))
    assert set(KEYWORDS) - {"optimizer"} <= shown


def test_the_picture_is_there() -> None:
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT):
        assert (DOCUMENT.parent / path).is_file()

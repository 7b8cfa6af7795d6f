"""Editors colour the language: their grammars have the words of the one grammar, and read the examples whole."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pygments.token import Error, Keyword

from grammar.highlight import KEYWORDS, CatLexer

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.cat"))


def words_of_the_language() -> set[str]:
    """The terminals of `cat.lark` that are words, both spellings of `optimiser` among them."""
    text = (ROOT / "grammar" / "cat.lark").read_text("utf-8")
    plain = re.findall(r'^_[A-Z]+\.2: "(\w+)" _WORD_END', text, re.MULTILINE)
    assert "_OPTIMISER.2: /optimi[sz]er/ _WORD_END" in text
    return {*plain, "optimiser", "optimizer"}


@pytest.fixture(scope="module")
def textmate() -> Any:
    return json.loads((ROOT / "grammar" / "cat.tmLanguage.json").read_text("utf-8"))


def test_pygments_knows_every_word() -> None:
    assert set(KEYWORDS) == words_of_the_language()


def test_textmate_knows_every_word_and_no_other(textmate: Any) -> None:
    keyword = re.compile(textmate["repository"]["keyword"]["match"])
    assert [word for word in sorted(words_of_the_language()) if not keyword.fullmatch(word)] == []
    for word in ("on", "with", "params", "maps", "runs", "epochs"):
        assert not keyword.fullmatch(word)
    assert keyword.match("on [-2, 2]^2")


def test_a_word_before_its_value_is_a_field(textmate: Any) -> None:
    keyword = re.compile(textmate["repository"]["keyword"]["match"])
    assert not keyword.match("map = 3")
    assert keyword.match("map f : X -> Y = project")


def patterns(textmate: Any) -> Iterator[str]:
    for pattern in textmate["patterns"]:
        yield textmate["repository"][pattern["include"].removeprefix("#")]["match"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_textmate_leaves_only_names_and_brackets(path: Path, textmate: Any) -> None:
    rest = path.read_text("utf-8")
    for pattern in patterns(textmate):
        rest = re.sub(pattern, " ", rest, flags=re.MULTILINE)
    assert re.fullmatch(r"[\w\s.,(){}\[\]]*", rest)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_pygments_reads_every_letter(path: Path) -> None:
    text = path.read_text("utf-8")
    tokens = list(CatLexer().get_tokens(text))
    assert "".join(word for _, word in tokens) == text
    assert not [word for kind, word in tokens if kind is Error]
    assert {word for kind, word in tokens if kind is Keyword} <= {*words_of_the_language(), "on"}
    assert {"category", "claim"} <= {word for kind, word in tokens if kind is Keyword}

"""Formatting changes the layout alone, and twice is once."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given

from catlearn.source import Source
from catlearn.syntax.format import format
from catlearn.syntax.tables import tables
from tests.syntax.reading import DESIGN, bare, parsed
from tests.syntax.writing import EXAMPLES, ROOT, SPECIFICATIONS, edited, sentences, written

UNTIDY = (Path(__file__).parent / "untidy.cat").read_text("utf-8")
TIDY = (Path(__file__).parent / "tidy.cat").read_text("utf-8")


def formatted(text: str) -> str:
    result, diagnostics = format(Source("test.cat", text))
    assert [found.message for found in diagnostics] == [found.message for found in parsed(text).diagnostics]
    return result


def comments(text: str) -> list[str]:
    found = (match.group() for match in tables().terminals.finditer(text) if match.lastgroup in tables().ignored)
    return [comment.rstrip() for comment in found if comment.startswith("#")]


def lawful(text: str) -> bool:
    """Whether a text keeps its tree and its comments when it is formatted, and formatting it again changes nothing."""
    result = formatted(text)
    if parsed(text).diagnostics:
        return result == text
    tidy = not any(line != line.rstrip() and not line.endswith('"') for line in result.split("\n"))
    kept = bare(parsed(result).tree) == bare(parsed(text).tree) and comments(result) == comments(text)
    return kept and tidy and formatted(result) == result and result.endswith("\n") and "\n\n\n" not in result


@pytest.mark.parametrize("text", [*EXAMPLES, DESIGN], ids=range(len(EXAMPLES) + 1))
def test_the_examples_are_in_canonical_layout(text: str) -> None:
    assert formatted(text) == text


@pytest.mark.parametrize(
    "path", sorted((ROOT / "catlearn" / "theory" / "std").glob("*.cat")), ids=lambda path: path.name
)
def test_shipped_files(path: Path) -> None:
    assert lawful(path.read_text("utf-8"))


def test_specifications() -> None:
    assert not [text for text in SPECIFICATIONS if not lawful(text)]


@given(sentences)
def test_sentences_of_the_grammar(text: str) -> None:
    assert lawful(text)


def test_comments_that_stand_in_a_column_do_not_wander() -> None:
    """The nightly run found it: each formatting moved them on by two."""
    assert lawful(written(Random(205_211_473_635)))


@given(edited)
def test_edited_examples(text: str) -> None:
    assert lawful(text)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_untidy_text(ending: str) -> None:
    assert formatted(UNTIDY.replace("\n", ending)) == TIDY


def test_text_in_one_line_and_text_in_as_many_as_there_are_words() -> None:
    words = [match.group() for match in tables().terminals.finditer(DESIGN) if match.lastgroup not in tables().ignored]
    assert lawful(" ".join(words))
    assert lawful("\n".join(words))
    assert lawful("\n\n\n".join(words))


def test_a_lost_comment_and_a_lost_word_are_noticed() -> None:
    assert comments(DESIGN) != comments(DESIGN.replace("# a", "#"))
    assert bare(parsed(DESIGN).tree) != bare(parsed(DESIGN.replace("+ ball", "")).tree)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("claim a:x", "claim a : x\n"),
        ("claim a : - x ^ - 2 .. -(3)", "claim a : -x^-2..-(3)\n"),
        ("claim a : f( x , y=1 )[ ]", "claim a : f( x , y=1 )[ ]"),
        ("map f : R [ 1,8 ]->R[2]= linear ( 2 )", "map f : R[1, 8] -> R[2] = linear(2)\n"),
        ("dataset d{a=1epochs b=2 % c=[-1,2]}", "dataset d { a = 1 epochs b = 2% c = [-1, 2] }\n"),
        ("dataset d{}", "dataset d { }\n"),
        ("optimizer o(lr){theta'=theta}", "optimizer o(lr) { theta' = theta }\n"),
        ("claim a : x#why\n\n\n\n#then\nclaim b : y", "claim a : x  #why\n\n#then\nclaim b : y\n"),
        ("claim a   : x\nclaim bcd : y", "claim a   : x\nclaim bcd : y\n"),
        ("claim a   : x\nclaim bcde : y", "claim a : x\nclaim bcde : y\n"),
        ("claim a   : x\n\nclaim bcd : y", "claim a : x\n\nclaim bcd : y\n"),
        ("  claim a   : x\n  claim bcd : y", "claim a   : x\nclaim bcd : y\n"),
        (
            "claim a  : x  expect exact\nclaim b  : yz expect exact",
            "claim a  : x  expect exact\nclaim b  : yz expect exact\n",
        ),
    ],
)
def test_small_texts(text: str, result: str) -> None:
    assert formatted(text) == result

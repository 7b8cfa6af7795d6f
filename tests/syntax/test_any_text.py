"""Parsing is total: any text gives a tree and diagnostics, never an exception, in bounded time and memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.diagnostics import document, render
from catlearn.syntax.parse import Parsed
from catlearn.syntax.read import read
from tests.syntax.reading import DESIGN, bare, parsed

MANY = 1_000_000


def sound(result: Parsed) -> bool:
    """Whether every diagnostic has the code of syntax errors, a place inside the text, and can be shown."""
    length = len(result.tree.span.text)
    places = all(0 <= found.span.start <= found.span.end <= length for found in result.diagnostics)
    shown = all(render(found) for found in result.diagnostics) and document(result.diagnostics)
    return places and bool(shown) and {found.code for found in result.diagnostics} <= {"syntax"}


@given(st.text())
def test_any_text(text: str) -> None:
    assert sound(parsed(text))


@given(st.lists(st.sampled_from(DESIGN.split()), max_size=60).map(" ".join))
def test_any_words(text: str) -> None:
    assert sound(parsed(text))


edits = st.tuples(
    st.integers(0, len(DESIGN.encode())),
    st.sampled_from([0, 1, 30]),
    st.one_of(st.binary(max_size=3), st.sampled_from([b"{", b"}", b"(", b"=", b"\n"])),
)


@settings(max_examples=300)
@given(changes=st.lists(edits, min_size=1, max_size=4))
def test_the_design_example_with_some_bytes_changed(
    changes: list[tuple[int, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(DESIGN.encode())
    for start, length, written in changes:
        content[start : start + length] = written
    path = tmp_path_factory.getbasetemp() / "changed.cat"
    path.write_bytes(content)
    source, diagnostics = read(path)
    assert [found.code for found in diagnostics] == ([] if source else ["unreadable"])
    assert source is None or sound(parsed(source.text))


@pytest.mark.parametrize(
    "text",
    [
        "x" * MANY,
        "x " * (MANY // 2),
        "claim c : " + "(" * MANY,
        "claim c : " + "f(" * (MANY // 8),
        "{" * MANY,
        "}" * MANY,
        "\0" * MANY,
        '"' * MANY,
        " " * MANY,
        "#" * MANY,
        "1\n" + "#\n" * (MANY // 4),
        "claim c : " + "9" * MANY,
        "claim c : 1e" + "9" * MANY,
        "claim c : " + "-" * (MANY // 50) + "x",
        "claim c : " + "+".join("x" * (MANY // 100)),
        "claim c : " + "^".join("x" * (MANY // 100)),
        "claim \n" * (MANY // 100),
        "run a : b -> c { " * (MANY // 100),
        "categroy C {\n" * (MANY // 100),
        "\u05d0\u202e" * (MANY // 16),
    ],
    ids=lambda text: f"{text[:14]!r}",
)
def test_hostile_text(text: str) -> None:
    result = parsed(text)
    assert result.diagnostics
    assert sound(result)
    assert len(result.diagnostics) <= 101


def test_expressions_are_nested_a_hundred_levels_deep_at_most() -> None:
    assert not parsed("claim c : " + "f(" * 99 + "x" + ")" * 99).diagnostics
    for text in ("f(" * 100 + "x" + ")" * 100, "x + " * 100 + "x", "-" * 100 + "x", "x ^ " * 100 + "x"):
        result = parsed(f"dataset d {{ }}\nclaim c : {text}")
        assert [found.message for found in result.diagnostics] == ["found an expression nested deeper than 100 levels"]
        assert [entry.name.name for entry in result.tree.declarations] == ["d"]
        assert result.incomplete == {"c"}


def test_numbers_stay_small() -> None:
    for number in ("1e301", "1e-301", "1e999999999", "1" * 401):
        assert len(parsed(f"claim c : {number} <= x").diagnostics) == 1
    assert not parsed(f"claim c : 1e300 <= 1e-300 within {'1' * 400}").diagnostics


def test_many_mistakes_are_cut_and_counted() -> None:
    result = parsed("claim : x\n" * 250)
    assert len(result.diagnostics) == 101
    assert result.diagnostics[-1].message == "found 150 more syntax errors from here on"
    assert result.diagnostics[-1].span.source.position(result.diagnostics[-1].span.start) == (101, 7)


def test_what_cannot_be_shown_is_named() -> None:
    result = parsed("claim c : \u202e")
    assert result.diagnostics[0].message == "found the character U+202E, required an expression"


def test_line_ends_of_other_systems() -> None:
    unix = parsed(DESIGN)
    for ending in ("\r\n", "\r"):
        other = parsed(DESIGN.replace("\n", ending))
        assert other.diagnostics == ()
        assert bare(other.tree) == bare(unix.tree)

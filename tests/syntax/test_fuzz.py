"""Whatever a file holds, reading, parsing, checking and formatting it give diagnostics and no exception.

500 texts in all by default, 20,000 in the nightly profile."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from catlearn.diagnostics import document, render
from catlearn.source import Source
from catlearn.syntax.parse import Parsed, parse
from catlearn.syntax.read import read
from catlearn.theory.check import Checked, check
from tests.syntax.test_format import lawful
from tests.syntax.writing import WHOLE, damaged, edited, sentences

EACH = settings.default.max_examples


def sound(checked: Checked) -> bool:
    """Whether there is a theory or an error, and every diagnostic has a place and can be shown."""
    shown = [render(found) for found in checked.diagnostics]
    document(checked.diagnostics)
    inside = all(
        0 <= found.span.start <= found.span.end <= len(found.span.source.text) for found in checked.diagnostics
    )
    return all(shown) and inside and (checked.theory is not None or bool(shown))


def parsed(text: str) -> Parsed:
    return parse(Source("fuzzed.cat", text))


@settings(max_examples=3 * EACH)
@given(sentences)
def test_sentences_of_the_grammar(text: str) -> None:
    assert sound(check(parsed(text)))


@settings(max_examples=4 * EACH)
@given(edited)
def test_examples_with_some_words_changed(text: str) -> None:
    assert sound(check(parsed(text)))
    assert lawful(text)


@settings(max_examples=3 * EACH)
@given(content=damaged)
def test_examples_with_some_bytes_changed(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "damaged.cat"
    path.write_bytes(content)
    source, diagnostics = read(path)
    assert [found.code for found in diagnostics] == ([] if source else ["unreadable"])
    assert source is None or sound(check(parse(source)))


DEEP = 60
HOSTILE = {
    "nested calls": "claim c : " + "f(" * DEEP + "x" + ")" * DEEP,
    "nested lists": "claim c : f(" + "[" * DEEP + "1" + "]" * DEEP + ") <= 1",
    "powers of powers": "landscape l(x) on [0, 1] = " + "^".join(["9"] * DEEP),
    "huge power": "landscape l(x) on [-1, 1]^1e300 = 9^1e300",
    "huge exponent in a rule": "optimiser o(lr) { theta' = theta - lr * g ^ 1e300 }\nclaim c : o",
    "huge product in a rule": "optimiser o(lr) { theta' = theta - 1e300 ^ 1e300 * g }\ncell c : o(1) => o(1) strict",
    "huge shape": "map f : R[1e300] -> R[1e300] = linear(1e300)",
    "huge seeds": "run r : A@init -> A@a { seeds = 0..1e300, epochs = 1e300 }",
    "much of one sum": "claim c : " + " + ".join(["x"] * 99) + " <= 1",
    "much of one law": "category C { object A map f : A -> A law l : " + " >> ".join(["f"] * 2000) + " == f }",
    "many propositions": "claim c : " + " and ".join(["x"] * 2000),
    "an import of itself": 'import "fuzzed.cat"',
    "a functor of itself": "functor F = F >> F",
    "a cell of itself": "cell c = c >> c\nclaim k : c",
    "functors of one another": "functor F = G >> G\nfunctor G = F >> F",
    "right to left": "map \u202e : R[1] -> R[2] = linear(2) # \u202e\nclaim c : \u05d0",
    "a byte order mark inside": "claim c : x\ufeff",
    "nothing": "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_specifications(name: str) -> None:
    assert sound(check(parsed(HOSTILE[name])))


def test_the_whole_language_is_checked() -> None:
    assert not parsed(WHOLE).diagnostics
    assert sound(check(parsed(WHOLE)))


@pytest.mark.parametrize("word", ["objectobject", "objet"])
def test_a_misspelt_kind_of_image_is_read_as_what_it_is_like(word: str) -> None:
    text = "category C { object U }\nfunctor F : C -> C { object U |-> U }\n".replace(
        "{ object U |->", f"{{ {word} U |->"
    )
    found = check(parsed(text))
    assert [each.code for each in found.diagnostics if "did you mean `object`" in str(each)] == ["syntax"]
    assert sound(found)

"""The shipped tables are those of the shipped grammar, and the automaton reads as lark does."""

import subprocess
import sys

import lark
import pytest

from catlearn.syntax.automaton import Node, parse
from catlearn.syntax.generate import generate
from catlearn.syntax.tables import STARTS, decode, encode, of_grammar, resource, tables
from catlearn.syntax.tokens import Token, tokenise
from catlearn.syntax.words import required
from tests.syntax.reading import DESIGN

GRAMMAR = resource("cat.lark") or ""


def test_the_shipped_tables_are_what_regeneration_gives() -> None:
    assert resource("cat.json") == encode(generate(GRAMMAR))


def test_tables_of_another_grammar_are_computed_anew() -> None:
    changed = GRAMMAR.replace('"dataset" _WORD_END', '"datensatz" _WORD_END')
    shipped = resource("cat.json")
    assert of_grammar(GRAMMAR, shipped) == tables()
    assert of_grammar(GRAMMAR, None) == tables()
    assert of_grammar(changed, shipped) == decode(generate(changed)) != tables()


def strict(grammar: str) -> lark.Lark:
    return lark.Lark(grammar, parser="lalr", lexer="contextual", start=list(STARTS), strict=True)


def test_the_grammar_has_no_conflicts_and_its_terminals_no_collisions() -> None:
    strict(GRAMMAR)


def test_a_collision_and_a_conflict_are_noticed() -> None:
    with pytest.raises(lark.exceptions.LexError, match="NUMBER"):
        strict(GRAMMAR.replace(r"NUMBER: _DIGITS /(?!\w)/", r"NUMBER: /\w+/"))
    with pytest.raises(lark.exceptions.GrammarError, match="conflict"):
        strict(GRAMMAR.replace("category_item* ", 'category_item* ("," category_item)* '))


def shape(node: Node | Token | None) -> object:
    """A parse tree without its places."""
    return (node.kind, *map(shape, node.children)) if isinstance(node, Node) else node and node.text


def lark_shape(node: lark.Tree[lark.Token] | lark.Token | None) -> object:
    """The same of a tree that lark has read."""
    return (str(node.data), *map(lark_shape, node.children)) if isinstance(node, lark.Tree) else node and str(node)


@pytest.mark.parametrize("lexer", ["basic", "contextual"])
def test_the_automaton_reads_the_design_example_as_lark_does(lexer: str) -> None:
    parser = lark.Lark(GRAMMAR, parser="lalr", lexer=lexer, start=list(STARTS))
    ours = parse(list(tokenise(DESIGN)), "start")
    assert isinstance(ours, Node)
    assert shape(ours) == lark_shape(parser.parse(DESIGN, start="start"))


def test_every_terminal_has_words_of_its_own() -> None:
    kinds = set(tables().terminals.groupindex) - tables().ignored - {"FOREIGN", "UNKNOWN"}
    named = {kind: required({kind}, "start") for kind in kinds}
    assert len(set(named.values())) == len(kinds)
    assert not [words for words in named.values() if "_" in words]


def test_reading_a_specification_does_not_import_lark() -> None:
    program = (
        "import sys; from catlearn.source import Source; from catlearn.syntax.parse import parse\n"
        "assert not parse(Source('x', 'dataset d { }')).diagnostics; print('lark' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"

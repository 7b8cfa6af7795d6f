"""Text to tree, with every syntax error of the text in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from catlearn.diagnostics import Diagnostic, in_order
from catlearn.source import Source, Span
from catlearn.syntax import automaton
from catlearn.syntax.automaton import Node
from catlearn.syntax.build import DEEPEST, Builder
from catlearn.syntax.spelling import respelt
from catlearn.syntax.tokens import Token, tokenise
from catlearn.syntax.tree import Declaration, Import, Specification

MOST_TOKENS = 400_000
MOST_DIAGNOSTICS = 100


@dataclass(frozen=True)
class Parsed:
    """The tree of what did parse, the syntax errors, and the names of declarations that are missing from the tree or
    stand in it without some of their items."""

    tree: Specification
    diagnostics: tuple[Diagnostic, ...]
    incomplete: frozenset[str] = frozenset()


def parse(source: Source) -> Parsed:
    """The syntax tree of a source. Total: text that is wrong becomes diagnostics of code `syntax`, never an exception.

    A mistake in one declaration, or in one item of a block, hides nothing in the others."""
    tokens = list(islice(tokenise(source.text), MOST_TOKENS + 1))
    if len(tokens) > MOST_TOKENS:
        surplus = Span(source, tokens[-1].start, tokens[-1].end)
        return _parsed(source, (), [Diagnostic("syntax", f"found more than {MOST_TOKENS} words and signs", surplus)])
    kept, diagnostics = respelt(source, tokens)
    if not tokens:
        diagnostics = [Diagnostic("syntax", "found no declarations, required at least one", Span(source, 0, 0))]
    declarations, mistakes, incomplete = _declarations(source, kept)
    return _parsed(source, declarations, [*diagnostics, *mistakes], incomplete)


def _parsed(
    source: Source,
    declarations: Sequence[Declaration],
    diagnostics: Sequence[Diagnostic],
    incomplete: frozenset[str] = frozenset(),
) -> Parsed:
    tree = Specification(tuple(declarations), Span(source, 0, len(source.text)))
    shown = in_order(diagnostics)
    if len(shown) > MOST_DIAGNOSTICS:
        rest = f"found {len(shown) - MOST_DIAGNOSTICS} more syntax errors from here on"
        shown = (*shown[:MOST_DIAGNOSTICS], Diagnostic("syntax", rest, shown[MOST_DIAGNOSTICS].span))
    return Parsed(tree, shown, incomplete)


def _declarations(source: Source, tokens: list[Token]) -> tuple[list[Declaration], list[Diagnostic], frozenset[str]]:
    root = automaton.parse(tokens, "start")
    if isinstance(root, Node):
        return _built(source, root, frozenset())
    from catlearn.syntax.mend import Mender  # not loaded for text that is in order: `check` has 0.3 s

    mender = Mender(source, tokens[-1])
    root = automaton.parse(mender.specification(tokens), "start")
    assert isinstance(root, Node)
    declarations, too_deep, incomplete = _built(source, root, frozenset(mender.incomplete))
    return declarations, [*mender.diagnostics, *too_deep], incomplete


def _built(
    source: Source, root: Node, incomplete: frozenset[str]
) -> tuple[list[Declaration], list[Diagnostic], frozenset[str]]:
    builder = Builder(source)
    declarations = []
    for child in root.children:
        assert isinstance(child, Node)
        known = len(builder.too_deep)
        declaration = builder.declaration(child)
        if len(builder.too_deep) == known:
            declarations.append(declaration)
        else:
            assert not isinstance(declaration, Import)
            del builder.too_deep[known + 1 :]
            incomplete |= {declaration.name.name}
    message = f"found an expression nested deeper than {DEEPEST} levels"
    hints = ("name a part of it, and use the name",)
    return declarations, [Diagnostic("syntax", message, span, hints=hints) for span in builder.too_deep], incomplete

"""Where declarations and their items begin and end in text that does not parse, told by words, braces and layout.

The words of the language are reserved, so that they tell more than braces do: a missing brace is felt no further
than the next word that begins a declaration at the margin, or an item in a block.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from catlearn.source import Source
from catlearn.syntax.tokens import Token
from catlearn.syntax.words import DECLARATIONS

ITEMS = {
    "_DATASET": "field",
    "_PROBE": "field",
    "_RUN": "field",
    "_RELATION": "field",
    "_CLAIM": "field",
    "_FREEZE": "field",
    "_OPTIMISER": "rule_item",
    "_CATEGORY": "category_item",
    "_FUNCTOR": "image",
    "_TRANSFORMATION": "component",
    "_PULLBACK": "pullback_item",
    "_CELL": "cell_item",
}
WORDS = {
    "category_item": frozenset({"_OBJECT", "_MAP", "_RUN", "_LAW"}),
    "image": frozenset({"_OBJECT", "_MAP", "_RUN"}),
    "pullback_item": frozenset({"_LEG", "_FREEZE"}),
    "rule_item": frozenset({"_STATE"}),
    "cell_item": frozenset({"_ASSUME"}),
    "field": frozenset[str](),
    "component": frozenset[str](),
}
HEADS = DECLARATIONS.union(*WORDS.values())
UNNESTED = DECLARATIONS - WORDS["category_item"]
NAMES = frozenset({"NAME", "DOTTED"})
NAMED = NAMES | {"STAR"}

_OPERANDS = NAMES | {"PRIMED", "NUMBER", "QUANTITY", "STRING", "RPAR", "RSQB"}
_KEYED = frozenset({"field", "rule_item", "cell_item", "component"})
_KEY_SIGNS = frozenset({"EQUAL", "EQUALS", "COLON", "MAPS_TO", "ARROW", "DOUBLE_ARROW"})


class Block(NamedTuple):
    """The items of a block as slices of tokens, and the position where it ends: that of the brace which closes it,
    where one does."""

    items: tuple[slice, ...]
    end: int
    closed: bool


@dataclass(frozen=True)
class Outline:
    """The layout of one source: which tokens stand first on their lines, and at which columns."""

    source: Source

    def first(self, tokens: Sequence[Token], position: int) -> bool:
        """Whether a token is the first of a sequence on its line."""
        return position == 0 or "\n" in self.source.text[tokens[position - 1].end : tokens[position].start]

    def column(self, token: Token) -> int:
        """The 1-based column of a token."""
        return self.source.position(token.start)[1]

    def declarations(self, tokens: Sequence[Token]) -> Iterator[slice]:
        """The declarations of a file as slices that cover all tokens."""
        balanced = _balanced(tokens)
        begins, depth = [0], 0
        for position, token in enumerate(tokens):
            if position and self._declares(tokens, position, depth, tokens[begins[-1]], balanced):
                begins.append(position)
                depth = 0
            depth = max(0, depth + step(token))
        return (slice(*ends) for ends in pairwise([*begins, len(tokens)]))

    def _declares(self, tokens: Sequence[Token], position: int, depth: int, opening: Token, balanced: bool) -> bool:
        token, named = tokens[position], _named(tokens, position)
        if token.kind not in DECLARATIONS:
            return depth == 0 and token.kind == "NAME" and named and self.first(tokens, position)
        if depth == 0:
            return named or self.first(tokens, position)
        if not (named and self.first(tokens, position)):
            return False
        outdented = self.column(token) <= self.column(opening)
        item = opening.kind in ITEMS and token.kind in WORDS[ITEMS[opening.kind]]
        return outdented and not balanced if item else outdented or not balanced

    def block(self, tokens: Sequence[Token], opened: int, kind: str) -> Block:
        """The items of the block whose brace stands at a position."""
        balanced = _balanced_brackets(tokens)
        begins, braces, brackets = [opened + 1], 0, 0
        end, closed = len(tokens), False
        for position in range(opened + 1, len(tokens)):
            token = tokens[position]
            nested = braces > 0 or (brackets > 0 and balanced)
            if position > opened + 1 and self._begins(tokens, position, begins[-1], kind, nested, brackets > 0):
                begins.append(position)
                braces = brackets = 0
            if braces == 0 and token.kind in ("RBRACE", "_EXPECT"):
                end, closed = position, token.kind == "RBRACE"
                break
            braces += step(token)
            brackets = max(0, brackets + (token.kind in ("LPAR", "LSQB")) - (token.kind in ("RPAR", "RSQB")))
        return Block(tuple(slice(*ends) for ends in pairwise([*begins, end]) if ends[0] < ends[1]), end, closed)

    def _begins(
        self, tokens: Sequence[Token], position: int, begun: int, kind: str, nested: bool, bracketed: bool
    ) -> bool:
        token, after = tokens[position], _kind(tokens, position + 1)
        if token.kind in WORDS[kind]:
            return (kind in _KEYED and not nested) or after in NAMED
        if nested:
            return False
        if kind in _KEYED:
            if tokens[position - 1].kind == "COMMA" and not bracketed:
                return token.kind != "COMMA"
            inside = position == begun + 1 and not self.first(tokens, position)
            return (
                token.kind in ("NAME", "DOTTED", "PRIMED")
                and not inside
                and self._keys(tokens, position, after, bracketed)
            )
        opens = token.kind in DECLARATIONS or token.kind == "NAME"
        return opens and after in NAMED and self.first(tokens, position)

    def _keys(self, tokens: Sequence[Token], position: int, after: str | None, bracketed: bool) -> bool:
        before = tokens[position - 1].kind
        if bracketed:
            return after in _KEY_SIGNS and self.first(tokens, position)
        if after in _KEY_SIGNS:
            return before in _OPERANDS or self.first(tokens, position)
        return before in _OPERANDS and self.first(tokens, position)


def segments(tokens: Sequence[Token]) -> Iterator[slice]:
    """The stretches from each word that heads a declaration or an item to the next such word."""
    heads = [position for position, token in enumerate(tokens) if token.kind in HEADS]
    return (slice(*ends) for ends in pairwise([*heads, len(tokens)]))


def declared(tokens: Sequence[Token]) -> Iterator[str]:
    """The names that tokens declare or would declare: `object A, B`, `law resume`, `transformation n`."""
    for position, token in enumerate(tokens):
        if token.kind in HEADS or (position == 0 and token.kind == "NAME"):
            yield from _names(tokens, position + 1)


def _names(tokens: Sequence[Token], position: int) -> Iterator[str]:
    while _kind(tokens, position) == "NAME":
        yield tokens[position].text
        position += 2 if _kind(tokens, position + 1) == "COMMA" else len(tokens)


def _named(tokens: Sequence[Token], position: int) -> bool:
    """Whether what names a declaration follows its word: a name, or the path of an import."""
    following = _kind(tokens, position + 1)
    return following in NAMES or (following == "STRING" and tokens[position].kind in ("_IMPORT", "NAME"))


def _kind(tokens: Sequence[Token], position: int) -> str | None:
    return tokens[position].kind if position < len(tokens) else None


def step(token: Token) -> int:
    """By how much a token changes the depth of braces."""
    return (token.kind == "LBRACE") - (token.kind == "RBRACE")


def _balanced(tokens: Sequence[Token]) -> bool:
    depth = 0
    for token in tokens:
        depth += step(token)
        if depth < 0:
            return False
    return depth == 0


def _balanced_brackets(tokens: Sequence[Token]) -> bool:
    kinds = [token.kind for token in tokens]
    return kinds.count("LPAR") == kinds.count("RPAR") and kinds.count("LSQB") == kinds.count("RSQB")

"""The canonical layout of a text, from its tokens: same words, same order, same comments, same line breaks.

- An item of a block is indented by two spaces more than the line that opens the block; where the block begins on that
  line (`{ net = encoder,`), its further lines stand below the first item. The same holds in `(…)` and `[…]`. A line
  that continues an item is indented by two more.
- One space stands between words and signs; none inside brackets, before commas, and around `@`, `^` and `..`; two
  at least before a comment.
- Line breaks are the author's, and so are blank lines, two and more of them being one.
- Columns that the author made are kept: where signs or words of one kind (any two operands are) stand below each other
  in consecutive lines of one block, a blank line ending the stretch, and one of them has more space before it than it
  needs, they stand below each other in the result too, and the longest line has as much space there as it had. Lines
  of inner blocks do not interrupt a stretch. A comment behind a line keeps its column where the line leaves it room.
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from catlearn.diagnostics import Diagnostic
from catlearn.source import Source
from catlearn.syntax import automaton
from catlearn.syntax.automaton import Node
from catlearn.syntax.parse import parse
from catlearn.syntax.tables import tables
from catlearn.syntax.tokens import Token, tokenise

COMMENT = "COMMENT"
OUTSIDE = -1
STEP = 2

_ITEMS = frozenset({"field", "state", "equation", "object", "generator", "run", "law", "image"}) | {
    "component",
    "leg",
    "freeze",
    "assignment",
    "assumption",
}
_OPENERS = frozenset({"LBRACE", "LPAR", "LSQB"})
_CLOSERS = frozenset({"RBRACE", "RPAR", "RSQB"})
_OPERANDS = frozenset({"NAME", "DOTTED", "PRIMED", "NUMBER", "QUANTITY", "STRING"})
_TIGHT_BEFORE = frozenset({"COMMA", "RPAR", "RSQB", "AT", "CARET", "RANGE"})
_TIGHT_AFTER = frozenset({"LPAR", "LSQB", "AT", "CARET", "RANGE", "UNARY"})
_LINE_BREAK = re.compile(r"\r\n?|\n")
_QUANTITY = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(.*)")


class Element(NamedTuple):
    """A token or a comment: `text` as it is to be written, from where to where it stands in the source, its column
    there counted from 0, and the least space before it. A minus sign before an operand has the kind UNARY."""

    kind: str
    text: str
    start: int
    end: int
    column: int
    gap: int


class Line(NamedTuple):
    """The elements of a line, the place of the bracket that is open where it begins, and whether a blank line is
    before it."""

    elements: tuple[Element, ...]
    context: int
    blank: bool


class Bracket(NamedTuple):
    """An opening bracket: the line that it stands on, and its position there."""

    line: Line
    position: int


def format(source: Source) -> tuple[str, tuple[Diagnostic, ...]]:
    """The text of a source in canonical layout; with syntax errors, the text as it is and its diagnostics.

    Idempotent. The result has the same tree but for its spans, and the same comments in the same order."""
    found = parse(source).diagnostics
    if found:
        return source.text, found
    tokens = list(tokenise(source.text))
    lines = list(_lines(source.text))
    columns = _columns(lines, _item_starts(tokens))
    text = "".join(_written(line, columns) for line in lines).lstrip("\n")
    assert [_bare(token) for token in tokenise(text)] == list(map(_bare, tokens))
    return text, ()


def _bare(token: Token) -> tuple[str, str]:
    return token.kind, _spelt(token.kind, token.text)


def _spelt(kind: str, text: str) -> str:
    if kind == COMMENT:
        return text.rstrip()
    parts = _QUANTITY.fullmatch(text) if kind == "QUANTITY" else None
    return f"{parts[1]}{'' if parts[2] == '%' else ' '}{parts[2]}" if parts else text


def _written(line: Line, columns: Mapping[int, int]) -> str:
    parts, width = ["\n"] if line.blank else [], 0
    for element in line.elements:
        column = columns[element.start]
        parts.append(" " * (column - width) + element.text)
        width = column + len(element.text)
    return "".join([*parts, "\n"])


def _lines(text: str) -> Iterator[Line]:
    """The lines of a text that hold anything."""
    brackets, current, breaks = [OUTSIDE], list[Element](), 0
    context, blank = OUTSIDE, False
    for element, before in _elements(text):
        breaks = before
        if breaks and current:
            yield Line(tuple(current), context, blank)
            current = []
        if not current:
            context, blank = brackets[-1], breaks > 1
        if element.kind in _OPENERS:
            brackets.append(element.start)
        elif element.kind in _CLOSERS:
            brackets.pop()
        current.append(element)
    yield Line(tuple(current), context, blank)


def _elements(text: str) -> Iterator[tuple[Element, int]]:
    """The elements of a text, each with the number of line breaks before it."""
    ignored, before, begun, breaks = tables().ignored, "", 0, 0
    for match in tables().terminals.finditer(text):
        kind, content = match.lastgroup or "", match.group()
        if kind in ignored and not content.startswith("#"):
            ends = [begin.end() for begin in _LINE_BREAK.finditer(content)]
            breaks = len(ends)
            begun = match.start() + ends[-1] if ends else begun
            continue
        kind = COMMENT if kind in ignored else kind
        if kind == "MINUS" and before not in _OPERANDS | _CLOSERS:
            kind = "UNARY"
        gap = _gap(before, kind)
        yield Element(kind, _spelt(kind, content), *match.span(), match.start() - begun, gap), breaks
        before, breaks = (before if kind == COMMENT else kind), 0


def _gap(before: str, kind: str) -> int:
    """The least space between two elements of a line."""
    if kind == COMMENT:
        return 2
    called = kind in ("LPAR", "LSQB") and before in ("NAME", "DOTTED")
    return 0 if called or kind in _TIGHT_BEFORE or before in _TIGHT_AFTER else 1


def _item_starts(tokens: Sequence[Token]) -> frozenset[int]:
    """Where declarations and the items of their blocks begin."""
    root = automaton.parse(tokens, "start")
    assert isinstance(root, Node)
    starts, waiting = set[int](), [child for child in root.children if isinstance(child, Node)]
    starts.update(child.start for child in waiting)
    while waiting:
        node = waiting.pop()
        if node.kind in _ITEMS:
            starts.add(node.start)
        waiting.extend(child for child in node.children if isinstance(child, Node))
    return frozenset(starts)


def _columns(lines: Sequence[Line], starts: frozenset[int]) -> Mapping[int, int]:
    """The column of each element. Lines inside a bracket are placed after the line that it stands on."""
    placed: dict[int, int] = {}
    blocks: dict[int, list[Line]] = {}
    brackets: dict[int, Bracket] = {}
    for line in lines:
        blocks.setdefault(line.context, []).append(line)
        for position, element in enumerate(line.elements):
            if element.kind in _OPENERS:
                brackets[element.start] = Bracket(line, position)
    for context, block in sorted(blocks.items()):
        bracket = brackets.get(context)
        for line in block:
            placed[line.elements[0].start] = _indent(line, bracket, starts, placed)
        _align(block, placed)
    return placed


def _indent(line: Line, bracket: Bracket | None, starts: frozenset[int], placed: Mapping[int, int]) -> int:
    """The column of the first element of a line inside a bracket."""
    first = line.elements[0]
    outer = 0 if bracket is None else placed[bracket.line.elements[0].start]
    if first.kind in _CLOSERS:
        return outer
    inner = 0 if bracket is None else _below(bracket, placed, outer + STEP)
    listed = bracket is not None and bracket.line.elements[bracket.position].kind != "LBRACE"
    stands = listed or first.start in starts or first.kind in (COMMENT, "COMMA", "LBRACE")
    return inner if stands else inner + STEP


def _below(bracket: Bracket, placed: Mapping[int, int], otherwise: int) -> int:
    """The column of what follows a bracket on its line, if something does."""
    following = bracket.line.elements[bracket.position + 1 :]
    return otherwise if not following or following[0].kind == COMMENT else placed[following[0].start]


def _align(block: Sequence[Line], placed: MutableMapping[int, int]) -> None:
    """Places all elements of lines whose first elements are placed, keeping columns."""
    for column in sorted(_author_columns(block), key=lambda column: column[0][0].elements[column[0][1]].column):
        line, position = column[0]
        comments = line.elements[position].kind == COMMENT  # whose natural columns are the author's already
        kept = 0 if comments else max(0, min(map(_surplus, column)))
        furthest = max(_natural(line, position, placed) for line, position in column)
        for line, position in column:
            placed[line.elements[position].start] = furthest + kept
    for line in block:
        _natural(line, len(line.elements), placed)


def _natural(line: Line, position: int, placed: MutableMapping[int, int]) -> int:
    """The first column that an element may have, all before it on its line being placed then."""
    placing = position
    while line.elements[placing - 1].start not in placed:
        placing -= 1
    for before, element in pairwise(line.elements[placing - 1 : position]):
        placed[element.start] = _after(before, element, placed)
    if position == len(line.elements):
        return 0
    return _after(line.elements[position - 1], line.elements[position], placed)


def _after(before: Element, element: Element, placed: Mapping[int, int]) -> int:
    column = placed[before.start] + len(before.text) + element.gap
    return max(column, element.column) if element.kind == COMMENT else column


def _author_columns(block: Sequence[Line]) -> list[list[tuple[Line, int]]]:
    """The columns that stand in the source: lines, and the positions of the elements in them."""
    columns: list[list[tuple[Line, int]]] = []
    above: dict[tuple[str, int], list[tuple[Line, int]]] = {}
    for line in block:
        if line.blank:
            above = {}
        if line.elements[0].kind == COMMENT:
            continue
        here: dict[tuple[str, int], list[tuple[Line, int]]] = {}
        for key, member in _members(line):
            here[key] = above.get(key) or []
            here[key].append(member)
            if len(here[key]) == 2:
                columns.append(here[key])
        above = here
    return [column for column in columns if max(map(_surplus, column)) > 0]


def _surplus(member: tuple[Line, int]) -> int:
    """How much more space is before an element in the source than it needs."""
    line, position = member
    before, element = line.elements[position - 1], line.elements[position]
    return element.start - before.end - element.gap


def _members(line: Line) -> Iterator[tuple[tuple[str, int], tuple[Line, int]]]:
    for position, element in enumerate(line.elements[1:], 1):
        if element.gap:
            kind = "operand" if element.kind in _OPERANDS | {"UNARY"} else element.kind
            yield (kind, element.column), (line, position)

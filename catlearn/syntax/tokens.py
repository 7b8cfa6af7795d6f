"""Text to tokens. Every text is a sequence of tokens: what belongs to no terminal becomes FOREIGN or UNKNOWN."""

from collections.abc import Iterator
from typing import NamedTuple

from catlearn.syntax.tables import tables

END = "$END"


class Token(NamedTuple):
    """One terminal of the grammar where it occurs, at the offsets [start, end)."""

    kind: str
    text: str
    start: int
    end: int


def tokenise(text: str) -> Iterator[Token]:
    """The tokens of a text in order, spaces and comments left out."""
    ignored = tables().ignored
    for match in tables().terminals.finditer(text):
        kind = match.lastgroup
        if kind is not None and kind not in ignored:
            yield Token(kind, match.group(), match.start(), match.end())

"""A source text and the places in it: the ground on which every diagnostic stands.

Offsets count Unicode code points from 0; lines and columns count from 1, as people and editors do.
"""

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class Source:
    """One text with the path under which the user knows it. Two sources are equal only when identical."""

    path: str
    text: str
    line_starts: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0] + [offset + 1 for offset, character in enumerate(self.text) if character == "\n"]
        object.__setattr__(self, "line_starts", tuple(starts))

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based (line, column) of an offset; offsets past the end belong to the last line."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a 1-based line, without its line break."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open interval of offsets [start, end) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The source text inside the span."""
        return self.source.text[self.start : self.end]

    def until(self, other: "Span") -> "Span":
        """The smallest span of the same source that holds both."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))

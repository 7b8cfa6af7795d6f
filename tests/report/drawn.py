"""What stands where in an SVG file: the boxes of its words."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

SIZES = {
    "category-name": 16,
    "object-name": 15,
    "definition": 12,
    "large": 16,
    "node": 14,
    "arrow-name": 13,
    "functor-name": 18,
    "law-name": 13,
    "cell-name": 13,
    "caption": 11.5,
}
NARROW = set("iljtf.,:;'|()[]{}! ")
WIDE = set("mwMWABCDEFGHJKLNOPQRSTUVXYZ@=>+×⇒")


@dataclass(frozen=True)
class Words:
    """Some words with their box."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: "Words") -> bool:
        """Whether two boxes share more than a hair."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0.5 and down > 0.5


def width(text: str, size: float) -> float:
    """The width of words in a serif face, letter by letter."""
    return size * sum(0.3 if letter in NARROW else 0.75 if letter in WIDE else 0.5 for letter in text)


def _box(node: ElementTree.Element, x: float, y: float) -> Words:
    size = next(size for kind, size in SIZES.items() if kind in (node.get("class") or "").split())
    if "large" in (node.get("class") or "").split():
        size = SIZES["large"]
    text = node.text or ""
    x, y, across = x + float(node.get("x", "0")), y + float(node.get("y", "0")), width(text, size)
    left = x - {"start": 0.0, "middle": across / 2, "end": across}[node.get("text-anchor", "start")]
    return Words(text, left, y - 0.72 * size, left + across, y + 0.22 * size)


def words(svg: str) -> Iterator[Words]:
    """All words of a file, where nested groups have moved them."""

    def visit(node: ElementTree.Element, x: float, y: float) -> Iterator[Words]:
        moved = re.fullmatch(r"translate\(([\d.-]+) ([\d.-]+)\)", node.get("transform", ""))
        if moved:
            x, y = x + float(moved[1]), y + float(moved[2])
        if node.tag.endswith("text") and node.text:
            yield _box(node, x, y)
        for child in node:
            yield from visit(child, x, y)

    yield from visit(ElementTree.fromstring(svg), 0.0, 0.0)


def collisions(svg: str) -> list[tuple[str, str]]:
    """The pairs of words that cover each other."""
    return [(one.text, other.text) for one, other in combinations(words(svg), 2) if one.covers(other)]

"""A theory as one SVG file that needs nothing else: its categories, and below them squares and 2-cells."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from textwrap import wrap

from markupsafe import Markup

from catlearn.plan.theory_document import TheoryDocument
from catlearn.report.diagram import categories
from catlearn.report.figure import WIDE, Figure
from catlearn.report.globes import strict_cells, transformations
from catlearn.report.graph.selection import Selection
from catlearn.report.squares import naturality_squares, pullback_squares
from catlearn.report.svg import coordinate, element, rectangle, text

_RIM, _GAP, _LINE, _LETTER = 24.0, 32.0, 17.0, 6.0


@dataclass(frozen=True)
class _Measured:
    """A figure with the size of its picture and its caption in lines."""

    figure: Figure
    width: float
    height: float
    caption: Sequence[str]

    @property
    def bottom(self) -> float:
        """The height with the caption."""
        return self.height + 10 + _LINE * len(self.caption)


def _measured(figure: Figure) -> _Measured:
    root = ElementTree.fromstring(str(figure.picture))
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    return _Measured(figure, width, height, wrap(figure.caption, int(max(width, 290) / _LETTER)))


def _shelves(figures: Sequence[_Measured], room: float) -> Iterator[list[_Measured]]:
    """Figures beside each other, as many as there is room for."""
    shelf: list[_Measured] = []
    for found in figures:
        if shelf and sum(other.width + _GAP for other in shelf) + found.width > room:
            yield shelf
            shelf = []
        shelf.append(found)
    if shelf:
        yield shelf


def _placed(found: _Measured, x: float, y: float) -> Markup:
    lines = [
        text(words, x, y + found.height + 22 + _LINE * index, "caption") for index, words in enumerate(found.caption)
    ]
    moved = element("g", found.figure.picture, transform=f"translate({coordinate(x)} {coordinate(y)})")
    return element("g", moved, *lines)


def _figures(selection: Selection) -> tuple[Figure | None, list[Figure]]:
    theory = selection.theory
    whole = categories(theory, {}) if selection.categories else None
    small = [
        *pullback_squares(theory),
        *transformations(theory),
        *naturality_squares(theory),
        *strict_cells(theory, {}),
    ]
    return whole, small


def _style() -> Markup:
    folder = files("catlearn.report")
    sheets = "".join((folder / name).read_text(encoding="utf-8") for name in ("palette.css", "diagram.css"))
    return element(
        "style", Markup(sheets + "svg .paper { fill: var(--paper); }\nsvg .caption { fill: var(--soft); }\n")
    )


def _title(theory: TheoryDocument) -> str:
    return ", ".join(category.name for category in theory.categories) or "no category"


def drawing(selection: Selection) -> str:
    """The picture of a selection as the text of an SVG file."""
    whole, small = _figures(selection)
    first = [_measured(whole)] if whole else []
    room = max([WIDE - 2 * _RIM, *(found.width for found in first)])
    children, y, widest = [], _RIM, 0.0
    for shelf in [found for found in (first,) if found] + list(_shelves([_measured(found) for found in small], room)):
        x = _RIM
        for found in shelf:
            children.append(_placed(found, x, y))
            x += found.width + _GAP
        widest = max(widest, x - _GAP + _RIM)
        y += max(found.bottom for found in shelf) + _GAP
    width, height = max(widest, 320.0), y - _GAP + _RIM
    return (
        str(
            element(
                "svg",
                element("title", f"Diagrams of {_title(selection.theory)}"),
                _style(),
                rectangle(0, 0, width, height, "paper"),
                *children,
                xmlns="http://www.w3.org/2000/svg",
                viewBox=f"0 0 {coordinate(width)} {coordinate(height)}",
                width=coordinate(width),
                height=coordinate(height),
                role="img",
            )
        )
        + "\n"
    )

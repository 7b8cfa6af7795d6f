"""Scalable vector graphics as text: escaped elements, paths, and images of cells. Units are CSS pixels.

Every picture carries a title and a description, takes its colours from the page's style sheet, and scales with the
width of its column.
"""

import base64
import struct
import zlib
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

Point = tuple[float, float]


def coordinate(value: float) -> str:
    """A length to a tenth of a pixel, without trailing zeros."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if value != 0 else "0"


def _attribute(name: str, value: object) -> Markup:
    text = coordinate(value) if isinstance(value, float) else str(value)
    return Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), text)


def element(tag: str, /, *children: str, **attributes: object) -> Markup:
    """One element. Children that are plain text are escaped; `class_` is `class`, `stroke_width` `stroke-width`."""
    head = Markup("").join(_attribute(name, value) for name, value in attributes.items() if value is not None)
    body = Markup("").join(escape(child) for child in children)
    return Markup("<{}{}>{}</{}>").format(Markup(tag), head, body, Markup(tag))


def text(content: str, x: float, y: float, kind: str = "label", anchor: str = "start", **attributes: object) -> Markup:
    """A line of text of one of the kinds of the style sheet; `anchor` is `start`, `middle` or `end`."""
    return element("text", content, x=float(x), y=float(y), class_=kind, text_anchor=anchor, **attributes)


def line(start: Point, end: Point, kind: str, **attributes: object) -> Markup:
    """A segment."""
    ends = {"x1": float(start[0]), "y1": float(start[1]), "x2": float(end[0]), "y2": float(end[1])}
    return element("line", **ends, class_=kind, **attributes)


def rectangle(x: float, y: float, width: float, height: float, kind: str, **attributes: object) -> Markup:
    """An upright rectangle."""
    box = {"x": float(x), "y": float(y), "width": float(max(width, 0)), "height": float(max(height, 0))}
    return element("rect", **box, class_=kind, **attributes)


def circle(centre: Point, radius: float, kind: str, **attributes: object) -> Markup:
    """A disc."""
    return element("circle", cx=float(centre[0]), cy=float(centre[1]), r=float(radius), class_=kind, **attributes)


def trace(points: Iterable[Point]) -> str:
    """The path data of a polyline."""
    return "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in points)


def dots(points: Iterable[Point]) -> str:
    """The path data of points, to be stroked with a round cap."""
    return "".join(f"M{coordinate(x)} {coordinate(y)}h0" for x, y in points)


def path(data: str, kind: str, **attributes: object) -> Markup:
    """A path from its data."""
    return element("path", d=data, class_=kind, **attributes)


def thinned(points: Sequence[Point], most: int = 2000) -> Sequence[Point]:
    """At most `most` of some points, evenly chosen, first and last kept."""
    if len(points) <= most:
        return points
    return [points[round(index * (len(points) - 1) / (most - 1))] for index in range(most)]


def picture(width: float, height: float, title: str, description: str, children: Iterable[str]) -> Markup:
    """A whole picture with what a reader hears in place of it."""
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *children,
        viewBox=f"0 0 {coordinate(width)} {coordinate(height)}",
        width=coordinate(width),
        height=coordinate(height),
        role="img",
        aria_label=f"{title}. {description}",
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def cells_image(indices: Sequence[Sequence[int]], palette: Sequence[tuple[int, int, int]]) -> str:
    """A data URI of a PNG with one pixel a cell: `indices` are rows, top first, of places in a palette of at most 256
    colours (Portable Network Graphics, W3C, third edition, 11.2)."""
    header = struct.pack(">IIBBBBB", len(indices[0]), len(indices), 8, 3, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(row) for row in indices)
    colours = b"".join(bytes(colour) for colour in palette)
    chunks = ((b"IHDR", header), (b"PLTE", colours), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    content = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")

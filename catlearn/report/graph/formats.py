"""The forms in which diagrams are written."""

from collections.abc import Callable, Mapping

from catlearn.report.graph.dot import dot
from catlearn.report.graph.drawing import drawing
from catlearn.report.graph.mermaid import mermaid
from catlearn.report.graph.selection import Selection
from catlearn.report.graph.shapes import diagrams
from catlearn.report.graph.tikz import tikz

FORMATS: Mapping[str, Callable[[Selection], str]] = {
    "svg": drawing,
    "dot": lambda selection: dot(diagrams(selection)),
    "mermaid": lambda selection: mermaid(diagrams(selection)),
    "tikz-cd": lambda selection: tikz(diagrams(selection)),
}

"""Diagrams in the language of Graphviz: each diagram a cluster, 2-cells as doubled edges between the names of arrows.

An edge of Graphviz cannot end at an edge: an arrow at which a 2-cell ends passes through a node that holds its name.
Source: E. Gansner, E. Koutsofios, S. North, Drawing graphs with dot, 2015.
"""

from collections.abc import Iterator, Sequence

from catlearn.report.graph.shapes import Arrow, Diagram

_STYLES = {"arrow": "", "structural": ", color=gray40", "functor": ", penwidth=2"}


def quoted(text: str) -> str:
    """A string of the language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\l")
    return f'"{escaped}"'


def _identifier(index: int, key: str) -> str:
    return quoted(f"{index}/{key}")


def _through(index: int, arrow: Arrow) -> Iterator[str]:
    source, target = _identifier(index, arrow.source), _identifier(index, arrow.target)
    name, style = _identifier(index, f"arrow {arrow.name}"), _STYLES[arrow.kind]
    yield f"{name} [label={quoted(arrow.name)}, fontsize=11, margin=0.03, height=0];"
    yield f"{source} -> {name} [dir=none{style}];"
    yield f"{name} -> {target} [arrowhead=vee{style}];"


def _arrows(index: int, diagram: Diagram) -> Iterator[str]:
    joined = {end for cell in diagram.cells for end in (cell.source, cell.target)}
    for arrow in diagram.arrows:
        if arrow.name in joined:
            yield from _through(index, arrow)
        else:
            source, target = _identifier(index, arrow.source), _identifier(index, arrow.target)
            label = f"label={quoted(arrow.name)}" if arrow.name else "arrowhead=vee"
            yield f"{source} -> {target} [{label}{_STYLES[arrow.kind]}];"
    for cell in diagram.cells:
        source, target = (_identifier(index, f"arrow {end}") for end in (cell.source, cell.target))
        look = 'color="black:invis:black", constraint=false'
        yield f"{source} -> {target} [label={quoted(cell.name)}, {look}];"


def _cluster(index: int, diagram: Diagram) -> Iterator[str]:
    mark = {diagram.corner: " ⌟"} if diagram.corner else {}
    yield f"  subgraph {quoted(f'cluster {index}')} {{"
    title = "\n".join([diagram.title, *diagram.equations])
    yield f"    label={quoted(title)};"
    for node in diagram.nodes:
        yield f"    {_identifier(index, node.key)} [label={quoted(node.name + mark.get(node.key, ''))}];"
    for column in sorted({column for column, _ in diagram.upright.values()}):
        same = [key for key, place in diagram.upright.items() if place[0] == column]
        yield f"    {{ rank=same; {' '.join(f'{_identifier(index, key)};' for key in same)} }}"
    yield from (f"    {line}" for line in _arrows(index, diagram))
    yield "  }"


def dot(diagrams: Sequence[Diagram]) -> str:
    """One directed graph with a cluster for each diagram."""
    body = [line for index, diagram in enumerate(diagrams) for line in _cluster(index, diagram)]
    head = [
        "digraph catlearn {",
        "  rankdir=LR; fontname=serif; labeljust=l; newrank=true;",
        "  node [shape=plaintext, fontname=serif, height=0.3];",
        "  edge [arrowhead=vee, arrowsize=0.7, fontname=serif, fontsize=11];",
    ]
    return "\n".join([*head, *body, "}"]) + "\n"

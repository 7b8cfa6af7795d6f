"""Diagrams in the language of Mermaid: each diagram a subgraph, 2-cells as thick arrows between the names of arrows.

Source: the Mermaid documentation, Flowcharts.
"""

from collections.abc import Iterator, Sequence

from catlearn.report.graph.shapes import Arrow, Diagram

_LINES = {"arrow": ("-->", "---"), "structural": ("-->", "---"), "functor": ("==>", "===")}


def quoted(text: str) -> str:
    """A label: what the language would read is written as an entity."""
    escaped = "".join(f"#{ord(letter)};" if letter in '"#<>&`|\\{}[]' else letter for letter in text)
    return f'"{escaped}"'


def _through(name: str, arrow: Arrow, source: str, target: str) -> Iterator[str]:
    with_head, without = _LINES[arrow.kind]
    yield f"{name}([{quoted(arrow.name)}])"
    yield f"{source} {without} {name}"
    yield f"{name} {with_head} {target}"


def _lines(index: int, diagram: Diagram) -> Iterator[str]:
    keys = {node.key: f"n{index}_{place}" for place, node in enumerate(diagram.nodes)}
    joined = dict.fromkeys(end for cell in diagram.cells for end in (cell.source, cell.target))
    arrows = {name: f"a{index}_{place}" for place, name in enumerate(joined)}
    mark = {diagram.corner: " ⌟"} if diagram.corner else {}
    for node in diagram.nodes:
        yield f"{keys[node.key]}[{quoted(node.name + mark.get(node.key, ''))}]"
    for arrow in diagram.arrows:
        source, target = keys[arrow.source], keys[arrow.target]
        if arrow.name in arrows:
            yield from _through(arrows[arrow.name], arrow, source, target)
        else:
            label = f"|{quoted(arrow.name)}|" if arrow.name else ""
            yield f"{source} {_LINES[arrow.kind][0]}{label} {target}"
    for cell in diagram.cells:
        yield f"{arrows[cell.source]} ==>|{quoted('⇒ ' + cell.name)}| {arrows[cell.target]}"


def mermaid(diagrams: Sequence[Diagram]) -> str:
    """One flowchart with a subgraph for each diagram."""
    lines = ["flowchart LR"]
    for index, diagram in enumerate(diagrams):
        lines.append(f"  subgraph d{index}[{quoted(', '.join([diagram.title, *diagram.equations]))}]")
        lines += [f"    {line}" for line in _lines(index, diagram)]
        lines.append("  end")
    return "\n".join(lines) + "\n"

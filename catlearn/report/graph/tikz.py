"""Diagrams for TeX: one environment `tikzcd` each, 2-cells between named arrows.

Source: A. Neves, The tikz-cd package, 2021.
"""

from collections.abc import Iterator, Mapping, Sequence

from catlearn.report.graph.shapes import Arrow, Diagram

_SPECIAL = {
    "\\": r"\backslash ",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "^": r"\hat{}",
    "~": r"\sim ",
    "×": r"\times ",
    " ": r"\ ",
}
_BEND = 22
_LOOPS = ("above", "right", "below", "left")
"""Where the loops at one node go, one after the other; further ones go round the first."""


def name(text: str) -> str:
    """A name in mathematics, upright."""
    return r"\mathrm{" + "".join(_SPECIAL.get(letter, letter) for letter in text) + "}" if text else ""


def _loop(number: int) -> str:
    """The options of the loop of that number at its node."""
    further, place = divmod(number, len(_LOOPS))
    return f"loop {_LOOPS[place]}" + (f", looseness={8 + 6 * further}" if further else "")


def _bends(diagram: Diagram) -> Iterator[tuple[Arrow, int]]:
    """Each arrow with how far it bends to its left: parallel arrows bend apart. Of a loop it is its number."""
    ends = [frozenset((arrow.source, arrow.target)) for arrow in diagram.arrows]
    met: dict[frozenset[str], list[str]] = {}
    for arrow, pair in zip(diagram.arrows, ends, strict=True):
        sources = met.setdefault(pair, [])
        sources.append(arrow.source)
        if len(pair) == 1:
            yield arrow, len(sources) - 1
            continue
        bend = _BEND * (ends.count(pair) + 1 - 2 * len(sources))
        yield arrow, bend if arrow.source == sources[0] else -bend


def _options(arrow: Arrow, bend: int, label: int | None) -> Iterator[str]:
    if label is not None:
        yield f'""{{name={label}, anchor=center, inner sep=0}}'
    if arrow.name:
        yield f'"{{{name(arrow.name)}}}"' + ("'" if bend < 0 else "")
    if arrow.source == arrow.target:
        yield _loop(bend)
    elif bend:
        yield f"bend {'left' if bend > 0 else 'right'}={abs(bend)}"
    if arrow.kind == "functor":
        yield "very thick"


def _arrows(diagram: Diagram, places: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    labels: dict[str, int] = {}
    for cell in diagram.cells:
        for end in (cell.source, cell.target):
            labels.setdefault(end, len(labels))
    for arrow, bend in _bends(diagram):
        source, target = (f"{places[end][1] + 1}-{places[end][0] + 1}" for end in (arrow.source, arrow.target))
        options = [*_options(arrow, bend, labels.get(arrow.name)), f"from={source}", f"to={target}"]
        yield rf"\arrow[{', '.join(options)}]"
    for cell in diagram.cells:
        ends = f"from={labels[cell.source]}, to={labels[cell.target]}"
        yield rf'\arrow["{{{name(cell.name)}}}", Rightarrow, shorten <=5pt, shorten >=5pt, {ends}]'
    if diagram.corner is not None:
        column, row = places[diagram.corner]
        mark = r'"\lrcorner"{anchor=center, pos=0.125}, draw=none'
        yield rf"\arrow[{mark}, from={row + 1}-{column + 1}, to={row + 2}-{column + 2}]"


def _rows(diagram: Diagram, places: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    names = {places[node.key]: node.name for node in diagram.nodes}
    columns = range(max((column for column, _ in names), default=0) + 1)
    for row in range(max((row for _, row in names), default=0) + 1):
        yield " & ".join(f"{{{name(names.get((column, row), ''))}}}" for column in columns)


def _environment(diagram: Diagram) -> Iterator[str]:
    places = diagram.places
    yield from (f"% {line}" for line in (diagram.title, *diagram.equations))
    yield r"\begin{tikzcd}"
    yield " \\\\\n".join(f"  {row}" for row in _rows(diagram, places))
    yield from (f"  {line}" for line in _arrows(diagram, places))
    yield r"\end{tikzcd}"


def tikz(diagrams: Sequence[Diagram]) -> str:
    """One environment for each diagram, for a document with the packages that the first line names."""
    return "\n\n".join((_PACKAGES, *("\n".join(_environment(diagram)) for diagram in diagrams))) + "\n"


_PACKAGES = r"% \usepackage{amssymb, tikz-cd}"

"""The dendrogram of runs under a relation: at which height they were seen to join, coloured by class."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from catlearn.evidence.documents import Member, RunBarcodeEvidence
from catlearn.report.axes import Frame, Scale, finite, from_zero, horizontal_axis, threshold
from catlearn.report.barcode import HUES, in_order, spacing_of
from catlearn.report.figure import WIDE, Figure
from catlearn.report.numbers import plural, significant
from catlearn.report.svg import line, picture, text


@dataclass(frozen=True)
class Branch:
    """Runs that are one from a height on; `row` is where they stand among the runs, top first."""

    members: frozenset[Member]
    height: float
    row: float


@dataclass(frozen=True)
class Fork:
    """Two branches that join at a height, by a straight sheet or by a relaxed one."""

    left: Branch
    right: Branch
    height: float
    relaxed: bool


def forks(evidence: RunBarcodeEvidence) -> tuple[Fork, ...]:
    """The joins that unite two branches, lowest first (single linkage)."""
    births = {bar.member: bar.birth for bar in evidence.bars}
    rows = {bar.member: float(row) for row, bar in enumerate(in_order(evidence.bars))}
    branch = {member: Branch(frozenset({member}), births[member], rows[member]) for member in births}
    found = []
    heights = ((max(join.height, births[join.left], births[join.right]), join) for join in evidence.joins)
    for height, join in sorted(heights, key=lambda pair: pair[0]):
        left, right = branch[join.left], branch[join.right]
        if left is right:
            continue
        found.append(Fork(left, right, max(height, left.height, right.height), join.relaxed))
        joined = Branch(left.members | right.members, found[-1].height, (left.row + right.row) / 2)
        branch.update(dict.fromkeys(joined.members, joined))
    return tuple(found)


def _marks(evidence: RunBarcodeEvidence, spacing: float, height: float) -> Iterator[Markup]:
    every = forks(evidence)
    heights = finite([*(fork.height for fork in every), evidence.slack])
    frame = Frame(from_zero(heights, 110, WIDE - 60), Scale(0, 1, height - 44, 30))
    group = {bar.member: bar.group for bar in evidence.bars}

    def y(row: float) -> float:
        return frame.top + (row + 0.75) * spacing

    for fork in every:
        hue = f"hue-{group[min(fork.left.members, key=lambda run: (run.name, run.seed))] % HUES}"
        kind = f"branch {'relaxed ' if fork.relaxed else ''}{hue}"
        for side in (fork.left, fork.right):
            yield line((frame.x(side.height), y(side.row)), (frame.x(fork.height), y(side.row)), f"branch {hue}")
        yield line((frame.x(fork.height), y(fork.left.row)), (frame.x(fork.height), y(fork.right.row)), kind)
    if spacing >= 10:
        for row, bar in enumerate(in_order(evidence.bars)):
            yield text(f"{bar.member.name} {bar.member.seed}", frame.left - 10, y(row) + 3.5, "tick", "end")
    yield from threshold(frame, evidence.slack, f"slack {significant(evidence.slack, 3)}")
    yield from horizontal_axis(frame, "height (nats)", 8)


def dendrogram(evidence: RunBarcodeEvidence) -> tuple[Figure, ...]:
    """The joins of runs as a tree; nothing where none are joined."""
    if not evidence.joins:
        return ()
    spacing = spacing_of(len(evidence.bars))
    height = 80.0 + spacing * (len(evidence.bars) + 0.5)
    described = f"{plural(len(evidence.bars), 'run')} joined {len(forks(evidence))} times by sheets of bounded height."
    caption = (
        f"Dendrogram of the runs under {evidence.relation}: two branches meet at the bound of the height at which a "
        "sheet was seen to join them, dashed where the sheet is relaxed. Colours are classes, as in the run barcode."
    )
    return (Figure(picture(WIDE, height, "Dendrogram of runs", described, _marks(evidence, spacing, height)), caption),)

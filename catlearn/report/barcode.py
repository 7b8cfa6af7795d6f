"""The run barcode: the elder-rule barcode of runs under a relation, coloured by class."""

import math
from collections.abc import Iterator

from markupsafe import Markup

from catlearn.evidence.documents import RunBar, RunBarcodeEvidence
from catlearn.report.axes import Frame, Scale, finite, from_zero, horizontal_axis, threshold
from catlearn.report.figure import WIDE, Figure
from catlearn.report.numbers import plural, significant
from catlearn.report.svg import circle, line, path, picture, text

HUES = 7
"""The number of colours of the style sheet; the name of a class stands beside its bars as well."""


def spacing_of(count: int) -> float:
    """The distance of the rows of so many runs, in pixels."""
    return 14.0 if count <= 48 else max(3.0, 672.0 / count)


def _bar(frame: Frame, bar: RunBar, y: float) -> Iterator[Markup]:
    hue = f"hue-{bar.group % HUES}"
    start = frame.x(bar.birth)
    stop = frame.right + 10 if bar.death is None else frame.x(bar.death)
    yield line((start, y), (stop, y), f"bar {hue}")
    yield line((start, y - 4), (start, y + 4), f"birth {hue}")
    if bar.death is None:
        yield path(f"M{stop - 1:.1f} {y - 4.5:.1f}l8 4.5-8 4.5z", f"arrowhead {hue}")
    else:
        yield circle((stop, y), 2.6, f"death {hue}")


def _label(frame: Frame, bar: RunBar, y: float, first: bool) -> Iterator[Markup]:
    yield text(f"{bar.member.name} {bar.member.seed}", frame.left - 10, y + 3.5, "tick", "end")
    if first:
        yield text(f"class {bar.group}", frame.right + 24, y + 3.5, f"class-name hue-{bar.group % HUES}")


def in_order(bars: tuple[RunBar, ...]) -> list[RunBar]:
    """The bars class by class, the longest first."""

    def place(bar: RunBar) -> tuple[int, float, float, str, int]:
        death = math.inf if bar.death is None else bar.death
        return bar.group, -death, bar.birth, bar.member.name, bar.member.seed

    return sorted(bars, key=place)


def _marks(evidence: RunBarcodeEvidence, spacing: float, height: float) -> Iterator[Markup]:
    ends = [bar.death for bar in evidence.bars if bar.death is not None]
    values = finite([*(bar.birth for bar in evidence.bars), *ends, evidence.slack])
    frame = Frame(from_zero(values, 110, WIDE - 110), Scale(0, 1, height - 44, 30))
    previous = None
    for index, bar in enumerate(in_order(evidence.bars)):
        y = frame.top + (index + 0.75) * spacing
        yield from _bar(frame, bar, y)
        if spacing >= 10:
            yield from _label(frame, bar, y, first=bar.group != previous)
        previous = bar.group
    yield from threshold(frame, evidence.slack, f"slack {significant(evidence.slack, 3)}")
    yield from horizontal_axis(frame, "height (nats)", 8)


def run_barcode(evidence: RunBarcodeEvidence) -> Figure:
    """A bar a run, from its width to the height at which it joins an older class; open where none was seen to."""
    spacing = spacing_of(len(evidence.bars))
    height = 80.0 + spacing * (len(evidence.bars) + 0.5)
    known = evidence.fewest == evidence.most
    between = f"{evidence.most}" if known else f"between {evidence.fewest} and {evidence.most}"
    described = f"{plural(len(evidence.bars), 'bar')}; the number of classes at the slack is {between}."
    caption = (
        f"Run barcode under {evidence.relation}, levels {significant(evidence.high)} to {significant(evidence.low)}. "
        "A bar is born at the run's width and ends at the height at which it was seen to join an older class; "
        "an arrow means that no witness joined it. "
        f"Classes at the slack: {between}, from {plural(evidence.comparisons, 'comparison')}."
    )
    return Figure(picture(WIDE, height, "Run barcode", described, _marks(evidence, spacing, height)), caption)

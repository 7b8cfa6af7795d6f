"""The loss barcode of the ends of runs: a bar an end, from its loss to the level at which it joins a lower one."""

from collections.abc import Iterator

from markupsafe import Markup

from catlearn.evidence.documents import EndBar, EndsEvidence
from catlearn.report.axes import Frame, Scale, finite, from_zero, horizontal_axis, threshold
from catlearn.report.barcode import spacing_of
from catlearn.report.figure import WIDE, Figure
from catlearn.report.numbers import plural, significant
from catlearn.report.svg import circle, line, path, picture, text


def _bar(frame: Frame, bar: EndBar, y: float) -> Iterator[Markup]:
    start, never = frame.x(bar.birth), frame.right + 10
    least = never if bar.least is None else frame.x(bar.least)
    most = never if bar.most is None else frame.x(bar.most)
    yield line((start, y - 4), (start, y + 4), "birth hue-0")
    yield line((start, y), (least, y), "bar hue-0")
    yield line((least, y), (most, y), "bar uncertain hue-0")
    if bar.most is None:
        yield path(f"M{never - 1:.1f} {y - 4.5:.1f}l8 4.5-8 4.5z", "arrowhead hue-0")
    else:
        yield circle((most, y), 2.6, "death hue-0")


def _marks(evidence: EndsEvidence, spacing: float, height: float) -> Iterator[Markup]:
    known = [value for bar in evidence.bars for value in (bar.birth, bar.least, bar.most) if value is not None]
    frame = Frame(from_zero(finite([*known, evidence.level]), 110, WIDE - 110), Scale(0, 1, height - 44, 30))
    for index, bar in enumerate(evidence.bars):
        y = frame.top + (index + 0.75) * spacing
        yield from _bar(frame, bar, y)
        if spacing >= 10:
            yield text(f"{bar.member.name} {bar.member.seed}", frame.left - 10, y + 3.5, "tick", "end")
    yield from threshold(frame, evidence.level, f"level {significant(evidence.level, 3)}")
    yield from horizontal_axis(frame, "loss", 8)


def loss_barcode(evidence: EndsEvidence) -> Figure:
    """A bar an end, dashed where it is not known how far it goes; the lowest end's never stops."""
    spacing = spacing_of(len(evidence.bars))
    height = 80.0 + spacing * (len(evidence.bars) + 0.5)
    beyond = sum(bar.least is not None and bar.least > evidence.level for bar in evidence.bars)
    bounds = (
        "Where bars stop is bounded on both sides by the cells of a grid; between the bounds a bar is dashed."
        if evidence.certified
        else "Where bars stop is bounded from above by the paths that were found; a dashed bar may stop anywhere."
    )
    caption = (
        f"Loss barcode of the ends under {evidence.relation}. A bar is born at the loss of an end and stops at the "
        f"level at which it joins a lower end; that of the lowest never stops. {bounds}"
    )
    described = f"{plural(len(evidence.bars), 'bar')}; {beyond} of them surely go on beyond the level."
    return Figure(picture(WIDE, height, "Loss barcode", described, _marks(evidence, spacing, height)), caption)

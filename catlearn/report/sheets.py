"""Sheets between runs: the loss over (s, level), where a row rises most, and the width of each pair against the slack.

A sheet is read from left to right as both runs descend from the high level to the low one, and from top to bottom as
the left run is deformed into the right one. Along every row the loss may rise by at most the width.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from catlearn.evidence.documents import SheetPicture, SheetsEvidence
from catlearn.report.axes import Frame, Scale, decades, vertical_axis
from catlearn.report.figure import WIDE, Figure
from catlearn.report.numbers import significant
from catlearn.report.ranked import Ranked, ranked_picture
from catlearn.report.svg import Point, cells_image, circle, element, line, path, picture, text, thinned, trace

Palette = Sequence[tuple[int, int, int]]

_VIRIDIS = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
"""Viridis (S. van der Walt, N. Smith, 2015): readable in grey and without colour vision."""

_DIVERGING = ((0, 80, 140), (86, 160, 211), (244, 244, 240), (240, 150, 80), (190, 70, 0))

_SHADES = 64
_MOST_COLUMNS, _MOST_ROWS = 480, 64
_SMALL = 10
_CONTOURS = 14

Grid = Sequence[Sequence[float]]


def _blend(anchors: Palette, share: float) -> tuple[int, int, int]:
    place = share * (len(anchors) - 1)
    index = min(int(place), len(anchors) - 2)
    first, second, rest = anchors[index], anchors[index + 1], place - index
    red, green, blue = (round(a + (b - a) * rest) for a, b in zip(first, second, strict=True))
    return red, green, blue


LOSSES = tuple(_blend(_VIRIDIS, shade / (_SHADES - 1)) for shade in range(_SHADES))
"""The colours of losses, lowest first."""

_DIFFERENCES = tuple(_blend(_DIVERGING, shade / (_SHADES - 1)) for shade in range(_SHADES))


def _chosen(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return [round(index * (count - 1) / (most - 1)) for index in range(most)]


def _shown(values: Grid) -> Grid:
    columns = _chosen(len(values[0]), _MOST_COLUMNS)
    return [[values[row][column] for column in columns] for row in _chosen(len(values), _MOST_ROWS)]


def _shades(values: Grid) -> Scale:
    return decades([loss for row in values for loss in row], 0.0, _SHADES - 1.0)


def _image(values: Grid, scale: Scale, palette: Palette, box: tuple[float, float, float, float]) -> Markup:
    """One cell a value, coloured by the palette's place that a scale gives it, stretched over (x, y, width, height)."""
    indices = [[round(scale(value)) for value in row] for row in _shown(values)]
    x, y, width, height = box
    place = {"x": x, "y": y, "width": width, "height": height, "preserveAspectRatio": "none"}
    return element("image", href=cells_image(indices, palette), **place)


def _crossing(first: float, second: float, level: float) -> float | None:
    if (first < level) == (second < level):
        return None
    return (level - first) / (second - first)


def _edges(corners: Sequence[tuple[float, float, float]], level: float) -> list[Point]:
    found = []
    for (x, y, loss), (to_x, to_y, to_loss) in pairwise([*corners, corners[0]]):
        share = _crossing(loss, to_loss, level)
        if share is not None:
            found.append((x + (to_x - x) * share, y + (to_y - y) * share))
    return found


def contour(values: Grid, level: float, frame: Frame) -> str:
    """The level set by marching squares, cell by cell."""
    pieces: list[str] = []
    for row, (upper, lower) in enumerate(pairwise(values)):
        for column in range(len(upper) - 1):
            corners = [
                (*frame.at(column, row), upper[column]),
                (*frame.at(column + 1, row), upper[column + 1]),
                (*frame.at(column + 1, row + 1), lower[column + 1]),
                (*frame.at(column, row + 1), lower[column]),
            ]
            crossed = _edges(corners, level)
            pieces.extend(trace(pair) for pair in zip(crossed[::2], crossed[1::2], strict=True))
    return "".join(pieces)


def _contour_levels(levels: Sequence[float]) -> list[float]:
    """Levels at evenly spaced columns, so that the contours of a sheet that only descends are evenly spaced."""
    return sorted({levels[round(index * (len(levels) - 1) / _CONTOURS)] for index in range(1, _CONTOURS)})


def _contours(values: Grid, levels: Sequence[float], frame: Frame) -> Iterator[Markup]:
    shown = _shown(values)
    scaled = Frame(
        Scale(0, len(shown[0]) - 1, frame.left, frame.right), Scale(0, max(len(shown) - 1, 1), frame.top, frame.bottom)
    )
    for level in levels:
        data = contour(shown, level, scaled)
        if data:
            yield path(data, "contour")


@dataclass(frozen=True)
class _Rise:
    """The row of a sheet that rises most, with the columns of its trough and crest."""

    row: int
    trough: int
    crest: int
    height: float


def _rise(row: Sequence[float], index: int) -> _Rise:
    lowest, found = 0, _Rise(index, 0, 0, 0.0)
    for column, loss in enumerate(row):
        if loss < row[lowest]:
            lowest = column
        if loss - row[lowest] > found.height:
            found = _Rise(index, lowest, column, loss - row[lowest])
    return found


def _steepest(values: Grid) -> _Rise:
    return max((_rise(row, index) for index, row in enumerate(values)), key=lambda found: found.height)


def _above_minimum(row: Sequence[float]) -> list[float]:
    lowest, rises = row[0], []
    for loss in row:
        lowest = min(lowest, loss)
        rises.append(loss - lowest)
    return rises


def _level_ticks(sheet: SheetPicture, frame: Frame, about: int) -> Iterator[tuple[float, str]]:
    """Places of round levels: the first column that has fallen to them. Ticks that would touch are left out."""
    falling = [-level for level in sheet.levels]
    last = frame.left - 100.0
    for level in sorted(decades(sheet.levels, 0, 1).ticks(about), reverse=True):
        place = frame.x(bisect_left(falling, -level))
        if place - last >= 34:
            last = place
            yield place, significant(level, 2)


def _level_axis(sheet: SheetPicture, frame: Frame) -> Iterator[Markup]:
    yield line((frame.left, frame.bottom), (frame.right, frame.bottom), "axis")
    for place, name in _level_ticks(sheet, frame, 8):
        yield line((place, frame.bottom), (place, frame.bottom + 4), "axis")
        yield text(name, place, frame.bottom + 16, "tick", "middle")
    middle = (frame.left + frame.right) / 2
    yield text("level that both runs have reached (nats), falling", middle, frame.bottom + 32, "axis-title", "middle")


def _legend(values: Grid, x: float, top: float, height: float) -> Iterator[Markup]:
    scale = _shades(values)
    bar = [[shade] for shade in reversed(range(_SHADES))]
    yield _image(bar, Scale(0, _SHADES - 1, 0, _SHADES - 1), LOSSES, (x, top, 10.0, height))
    upright = Scale(scale.low, scale.high, top + height, top, scale.logarithmic)
    for value in upright.ticks(3):
        yield text(significant(value, 2), x + 14, upright(value) + 3.5, "tick")
    yield text("loss", x, top - 9, "axis-title")


def _name(sheet: SheetPicture, side: str) -> str:
    member = sheet.left if side == "left" else sheet.right
    return f"{member.name} {member.seed}"


def _pair(sheet: SheetPicture) -> str:
    if sheet.left.seed == sheet.right.seed:
        return f"seed {sheet.left.seed}"
    return f"{_name(sheet, 'left')}, {_name(sheet, 'right')}"


def _loss_panel(sheet: SheetPicture, frame: Frame) -> Iterator[Markup]:
    box = (frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top)
    yield _image(sheet.values, _shades(sheet.values), LOSSES, box)
    yield from _contours(sheet.values, _contour_levels(sheet.levels), frame)
    yield text(_name(sheet, "left"), frame.left - 8, frame.top + 10, "tick strong", "end")
    yield text(_name(sheet, "right"), frame.left - 8, frame.bottom - 2, "tick strong", "end")
    yield text("s", frame.left - 8, (frame.top + frame.bottom) / 2 + 4, "axis-title math", "end")
    rise = _steepest(sheet.values)
    if rise.height > 0:
        trough, crest = frame.at(rise.trough, rise.row), frame.at(rise.crest, rise.row)
        yield line(trough, crest, "rise-halo")
        yield line(trough, crest, "rise")
        yield circle(trough, 3.5, "trough")
        yield circle(crest, 3.5, "crest")


def _guides(frame: Frame, sheet: SheetPicture) -> Iterator[Markup]:
    marks = [(sheet.slack, "threshold", "slack"), (sheet.width, "width", "width")]
    marks.sort(reverse=True)
    apart = frame.y(marks[1][0]) - frame.y(marks[0][0])
    shifts = (0.0, 0.0) if apart >= 13 else (-(13 - apart) / 2, (13 - apart) / 2)
    for (value, kind, name), shift in zip(marks, shifts, strict=True):
        y = frame.y(value)
        yield line((frame.left, y), (frame.right, y), kind)
        yield text(f"{name} {significant(value, 3)}", frame.right + 8, y + 3.5 + shift, f"{kind}-label")


def _rise_panel(sheet: SheetPicture, frame: Frame) -> Iterator[Markup]:
    yield from vertical_axis(frame, "rise above the running minimum of the row (nats)", 3)
    steepest = _steepest(sheet.values)
    for index in _chosen(len(sheet.values), _MOST_ROWS):
        points = [frame.at(column, rise) for column, rise in enumerate(_above_minimum(sheet.values[index]))]
        yield path(trace(thinned(points)), "row")
    worst = _above_minimum(sheet.values[steepest.row])
    yield path(trace(thinned([frame.at(column, rise) for column, rise in enumerate(worst)])), "row worst")
    yield circle(frame.at(steepest.crest, steepest.height), 3.5, "crest")
    yield from _guides(frame, sheet)


def _large(sheet: SheetPicture) -> Iterator[Markup]:
    columns = Scale(0, max(len(sheet.levels) - 1, 1), 76, WIDE - 96)
    rows = Scale(0, max(len(sheet.rows) - 1, 1), 24, 204)
    loss = Frame(columns, rows)
    top = max(sheet.slack, sheet.width) * 1.15
    rises = Frame(columns, Scale(0, top, 352, 244))
    yield from _loss_panel(sheet, loss)
    yield from _legend(sheet.values, WIDE - 84, 24, 180)
    yield from _rise_panel(sheet, rises)
    yield from _level_axis(sheet, rises)


def _worst(sheet: SheetPicture, relation: str) -> Figure:
    names = f"{_name(sheet, 'left')} and {_name(sheet, 'right')}"
    described = (
        f"Loss over the deformation s and the level, from {significant(sheet.high)} to {significant(sheet.low)} nats; "
        f"the width is {significant(sheet.width)} against a slack of {significant(sheet.slack)}."
    )
    caption = (
        f"The sheet of greatest width, between {names}, under {relation}. Above, its loss with contours, and the row "
        "that rises most from its trough (open mark) to its crest (full mark). Below, how far each row stands above "
        f"its running minimum: {significant(sheet.raw_width, 3)} at the mesh points, and with the remainder between "
        f"them the width {significant(sheet.width, 3)}."
    )
    return Figure(picture(WIDE, 394, f"Sheet between {names}", described, _large(sheet)), caption)


def _miniature(sheet: SheetPicture) -> Figure:
    names = f"{_name(sheet, 'left')} and {_name(sheet, 'right')}"
    above = [[loss - level for loss, level in zip(row, sheet.levels, strict=True)] for row in sheet.values]
    scale = Scale(-sheet.slack, sheet.slack, 0.0, _SHADES - 1.0)
    image = picture(
        168,
        84,
        f"Loss less level on the sheet between {names}",
        f"Its width is {significant(sheet.width)} nats.",
        (_image(above, scale, _DIFFERENCES, (0.0, 0.0, 168.0, 84.0)),),
    )
    return Figure(image, f"{_pair(sheet)}: {significant(sheet.width, 3)}", small=True)


def _widths(evidence: SheetsEvidence) -> Figure:
    slack = evidence.pictures[0].slack
    rows = [(_pair(sheet), sheet.width) for sheet in evidence.pictures]
    ranked = Ranked(
        rows=rows,
        axis="width (nats)",
        zone=(0.0, slack),
        thresholds=((slack, f"slack {significant(slack, 3)}"),),
        zero=True,
    )
    return Figure(
        ranked_picture(ranked, "Widths of sheets", f"The width of each of {len(rows)} sheets against the slack."),
        "The width of each pair's sheet, worst first. A sheet within the slack is a witness. Below, the loss "
        "less the level on the next ones: pale where they are equal, orange above, blue below, full at the slack.",
    )


def sheets(evidence: SheetsEvidence) -> tuple[Figure, ...]:
    """The worst sheet large, the widths of all, and the others small."""
    if not evidence.pictures:
        return ()
    first, *others = evidence.pictures
    widths = (_widths(evidence),) if others else ()
    return (_worst(first, evidence.relation), *widths, *(_miniature(sheet) for sheet in others[:_SMALL]))

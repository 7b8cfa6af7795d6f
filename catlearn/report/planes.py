"""Planar landscapes: level sets, the tube of two runs or the region, the runs coloured by class, and the loop or the
path on which a verdict rests."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from catlearn.evidence.documents import PlaneEvidence
from catlearn.report.axes import Frame, Scale, horizontal_axis, vertical_axis
from catlearn.report.barcode import HUES
from catlearn.report.figure import WIDE, Figure
from catlearn.report.numbers import significant
from catlearn.report.sheets import LOSSES, contour
from catlearn.report.svg import cells_image, circle, element, path, picture, rectangle, text, trace

_LEFT, _TOP, _KEY = 64.0, 30.0, 236.0
"""Where the frame begins, and the width that is kept for the key, in CSS pixels."""

_TALLEST = 560.0
_CONTOURS = 16
_SHADES = len(LOSSES)

_PIECES: Mapping[str, Mapping[str, str]] = {
    "dihomotopy": {"t": "the tube", "s": "its piece at the start", "e": "its piece at the end"},
    "connected": {"t": "losses up to the level"},
    "homotopy": {"t": "the region"},
}


def _frame(evidence: PlaneEvidence) -> Frame:
    """The box with one length for both variables, as large as fits."""
    (left, right), (bottom, top) = evidence.box
    unit = min((WIDE - _LEFT - _KEY) / (right - left), _TALLEST / (top - bottom))
    return Frame(
        Scale(left, right, _LEFT, _LEFT + unit * (right - left)),
        Scale(bottom, top, _TOP + unit * (top - bottom), _TOP),
    )


def _upright(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """Values by first and second variable as rows of a picture, the second variable growing upwards."""
    return [list(row) for row in zip(*rows, strict=True)][::-1]


def _ranked(values: Sequence[Sequence[float]]) -> list[float]:
    return sorted(value for row in values for value in row)


def _levels(evidence: PlaneEvidence) -> list[float]:
    """Levels between which the box is cut into equal areas: steep walls take no more of them than flat ground."""
    ranked = _ranked(evidence.values)
    return sorted({ranked[round(index * (len(ranked) - 1) / (_CONTOURS + 1))] for index in range(1, _CONTOURS + 1)})


def _shaded(evidence: PlaneEvidence, frame: Frame) -> Markup:
    """The losses as colours, as much of the palette as of the box."""
    ranked = _ranked(evidence.values)
    steps = [ranked[round(index * (len(ranked) - 1) / _SHADES)] for index in range(1, _SHADES)]
    indices = [[sum(value > step for step in steps) for value in row] for row in _upright(evidence.values)]
    size = {"width": frame.right - frame.left, "height": frame.bottom - frame.top}
    place = {"x": frame.left, "y": frame.top, **size, "preserveAspectRatio": "none", "class_": "plane-loss"}
    return element("image", href=cells_image(indices, LOSSES), **place)


def _grid_frame(evidence: PlaneEvidence, frame: Frame) -> Frame:
    """The frame by the numbers of columns and rows of the values, rows from the top."""
    columns, rows = len(evidence.values) - 1, len(evidence.values[0]) - 1
    return Frame(Scale(0, columns, frame.left, frame.right), Scale(0, rows, frame.top, frame.bottom))


def _level_sets(evidence: PlaneEvidence, frame: Frame) -> Iterator[Markup]:
    rows, grid = _upright(evidence.values), _grid_frame(evidence, frame)
    for level in _levels(evidence):
        yield path(contour(rows, level, grid), "level-set")
    for _, level in evidence.levels:
        data = contour(rows, level, grid)
        if data:
            yield path(data, "marked-level")


def _area(evidence: PlaneEvidence, letter: str, frame: Frame) -> str:
    """The cells of a piece as rectangles, one for each run of cells along the second variable."""
    wide = (frame.right - frame.left) / len(evidence.cells)
    high = (frame.bottom - frame.top) / len(evidence.cells[0])
    pieces = []
    for column, letters in enumerate(evidence.cells):
        row = 0
        for found, same in groupby(letters):
            count = len(list(same))
            if found == letter:
                x, y = frame.left + column * wide, frame.bottom - (row + count) * high
                pieces.append(f"M{x:.2f} {y:.2f}h{wide:.2f}v{count * high:.2f}h-{wide:.2f}z")
            row += count
    return "".join(pieces)


def _pieces(evidence: PlaneEvidence, frame: Frame) -> Iterator[Markup]:
    for letter in _PIECES[evidence.kind] if evidence.cells else ():
        data = _area(evidence, letter, frame)
        if data:
            yield path(data, f"piece piece-{letter}")


def _runs(evidence: PlaneEvidence, frame: Frame) -> Iterator[Markup]:
    for run in evidence.paths:
        data, hue = trace(frame.at(*point) for point in run.points), f"hue-{run.group % HUES}"
        yield path(data, "run-halo")
        yield path(data, f"run-line {hue}")
    for run in evidence.paths:
        hue = f"hue-{run.group % HUES}"
        yield circle(frame.at(*run.points[0]), 4.0, f"run-start {hue}")
        yield circle(frame.at(*run.points[-1]), 4.6, f"death {hue}")


def _witness(evidence: PlaneEvidence, frame: Frame) -> Iterator[Markup]:
    if evidence.loop:
        yield path(trace(frame.at(*point) for point in evidence.loop) + "Z", "witness-loop")
    if evidence.way:
        yield path(trace(frame.at(*point) for point in evidence.way), "witness-way")
    for name, place in evidence.points:
        x, y = frame.at(*place)
        yield path(f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10", "witness-point")
        if evidence.kind == "homotopy":
            yield text(name, x + 8, y + 4, "tick strong math")


Sample = tuple[Markup, str]


def _samples(evidence: PlaneEvidence, x: float, y: Sequence[float]) -> Iterator[Sample]:
    """What the key shows, each with its words, at the given heights."""
    heights = iter(y)

    def stroke(kind: str) -> Markup:
        return path(f"M{x:.1f} {next(heights):.1f}h26", kind)

    for run in evidence.paths:
        yield stroke(f"run-line hue-{run.group % HUES}"), f"{run.member.name}, seed {run.member.seed}"
    for name, level in evidence.levels:
        yield stroke("marked-level"), f"{name} {significant(level, 4)}"
    for letter, words in _PIECES[evidence.kind].items():
        if any(letter in row for row in evidence.cells):
            yield rectangle(x, next(heights) - 6, 26, 12, f"piece piece-{letter}"), words
    if evidence.loop:
        yield stroke("witness-loop"), "the loop of both runs"
    if evidence.way:
        yield stroke("witness-way"), "a path that joins the ends"
    for name, _ in evidence.points if evidence.kind == "dihomotopy" else ():
        middle = next(heights)
        yield path(f"M{x + 8:.1f} {middle - 5:.1f}l10 10m0 -10l-10 10", "witness-point"), name


def _key(evidence: PlaneEvidence, frame: Frame) -> Iterator[Markup]:
    x = frame.right + 26
    for place, (sample, words) in enumerate(_samples(evidence, x, [frame.top + 10 + 22 * row for row in range(40)])):
        yield sample
        yield text(words, x + 34, frame.top + 14 + 22 * place, "tick")


def _marks(evidence: PlaneEvidence, frame: Frame) -> Iterator[Markup]:
    yield from vertical_axis(frame, evidence.variables[1])
    yield _shaded(evidence, frame)
    yield from _pieces(evidence, frame)
    yield from _level_sets(evidence, frame)
    yield from _runs(evidence, frame)
    yield from _witness(evidence, frame)
    yield from horizontal_axis(frame, evidence.variables[0])
    yield from _key(evidence, frame)


_SAID = {
    "dihomotopy": "Within the slack no deformation leaves the tube, and its ends stay in the two end pieces. ",
    "connected": "Cells that may reach below the level are shown: what they do not join is not joined. ",
    "homotopy": "Cells that may reach below the level are shown; letters name the holes that words are spelled by. ",
}


def planes(evidence: PlaneEvidence) -> tuple[Figure, ...]:
    """The landscape with the two runs and what was found of them."""
    frame = _frame(evidence)
    names = " and ".join(f"{run.member.name} {run.member.seed}" for run in evidence.paths)
    caption = (
        f"The landscape with {names} under {evidence.relation}, from open to full dots, a colour a class. Between two "
        "neighbouring thin level sets lie equal parts of the box; thick ones are those that the relation speaks of. "
        f"{_SAID[evidence.kind] if evidence.cells else ''}"
    )
    wound = "; ".join(name for name, _ in evidence.points)
    described = f"Level sets of the loss over {' and '.join(evidence.variables)} with the runs on them. {wound}".strip()
    drawn = picture(WIDE, frame.bottom + 44, f"The plane of {names}", described, _marks(evidence, frame))
    return (Figure(drawn, caption.strip()),)

"""Runs in the plane of their first two principal components, coloured by class."""

from collections.abc import Iterator

from markupsafe import Markup

from catlearn.evidence.documents import RunBarcodeEvidence
from catlearn.report.axes import Frame, around, horizontal_axis, vertical_axis
from catlearn.report.barcode import HUES
from catlearn.report.figure import WIDE, Figure
from catlearn.report.numbers import plural, significant
from catlearn.report.svg import circle, path, picture, trace

_HEIGHT = 420.0


def _marks(evidence: RunBarcodeEvidence) -> Iterator[Markup]:
    points = [point for run in evidence.paths for point in run.points]
    frame = Frame(around((x for x, _ in points), 70, WIDE - 40), around((y for _, y in points), _HEIGHT - 50, 34))
    yield from vertical_axis(frame, "second component")
    yield from horizontal_axis(frame, "first component")
    for run in evidence.paths:
        drawn = [frame.at(*point) for point in run.points]
        hue = f"hue-{run.group % HUES}"
        yield path(trace(drawn), f"run-path {hue}")
        yield circle(drawn[0], 2.2, f"start {hue}")
        yield circle(drawn[-1], 3.2, f"death {hue}")


def run_paths(evidence: RunBarcodeEvidence) -> tuple[Figure, ...]:
    """The runs as curves from start to end; nothing where they span no plane."""
    if not evidence.paths or evidence.explained is None:
        return ()
    drawn = plural(len(evidence.paths), "run")
    share = f"{significant(100 * evidence.explained, 3)} %"
    caption = (
        f"{drawn} in the plane of their first two principal components, aligned to one reference where the relation "
        f"allows a symmetry; it holds {share} of their variance, so what crosses here need not meet. Full dots are "
        "ends, colours are classes."
    )
    described = f"{drawn} from their starts to their ends, in a plane with {share} of their variance."
    return (Figure(picture(WIDE, _HEIGHT, "Runs in a plane", described, _marks(evidence)), caption),)

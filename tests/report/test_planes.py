"""Planar landscapes in the report: level sets, the tube, the runs coloured by class, and what a verdict rests on."""

from xml.etree import ElementTree

import numpy as np
import pytest

from catlearn import verbs
from catlearn.evidence.documents import PlaneEvidence
from catlearn.report.material import gather
from catlearn.report.planes import planes
from catlearn.store.store import Store

SPECIFICATION = """
landscape bump(x, y) on [-2, 2]^2 = 0.8 * exp(-4 * (x^2 + y^2)) + 0.15 * y^2 - x / 2
landscape hill(x, y) on [-3, 3] * [-2, 2] = exp(-4 * (x^2 + y^2))
category Bump {
  object A = params(bump)
  run over  : A@west -> A@east { path = [[-1.8, 0], [-0.6, 0.9], [0, 1], [0.6, 0.9], [1.8, 0]] }
  run under : A@west -> A@east { path = [[-1.8, 0], [-0.6, -0.9], [0, -1], [0.6, -0.9], [1.8, 0]] }
}
category Hill {
  object B = params(hill)
  run turn  : B@o -> B@p { path = [[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0]] }
  run still : B@o -> B@p { path = [[1, 0], [1, 0]] }
}
relation tight = dihomotopy { slack = 0.2 }
relation loose = dihomotopy { slack = 0.4 }
relation valley = homotopy { region = sublevel(0.3), ends = rel }
relation ground = connected { level = 0.1 }
cell across : over => under by tight
cell through : over => under by loose
cell wound : turn => still by valley
cell joined : turn => still by ground
claim apart : across expect refuted
claim together : through
claim wound : wound expect refuted
claim joined : joined
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> dict[str, PlaneEvidence]:
    """The planes of the claims, by name."""
    directory = tmp_path_factory.mktemp("planes")
    path, store = directory / "planes.cat", directory / "store"
    path.write_text(SPECIFICATION)
    assert all(row.met for row in verbs.verify(path, store=store).claims)
    found = gather(Store(store)).evidence
    return {name: next(one for one in drawn if isinstance(one, PlaneEvidence)) for name, drawn in found.items()}


def drawn(evidence: PlaneEvidence) -> ElementTree.Element:
    (figure,) = planes(evidence)
    return ElementTree.fromstring(figure.picture)


def kinds(root: ElementTree.Element) -> list[str]:
    """The kinds of all elements, in order, by their first word."""
    return [node.get("class", "").split(" ")[0] for node in root.iter()]


def test_the_tube_holds_both_runs_and_leaves_out_the_peak_between_them(pictures):
    plane = pictures["apart"]
    side = len(plane.cells)

    def cell(x: float, y: float) -> str:
        return plane.cells[min(int((x + 2) / 4 * side), side - 1)][min(int((y + 2) / 4 * side), side - 1)]

    for run in plane.paths:
        assert cell(*run.points[2]) == "t"
        assert cell(*run.points[0]) == "s"
        assert cell(*run.points[-1]) == "e"
    assert cell(-0.1, 0.0) == "."
    ((name, place),) = plane.points
    assert name in ("winding number 1", "winding number -1")
    assert np.hypot(*place) < 0.4


def test_losses_are_those_of_the_landscape_on_an_even_grid(pictures):
    values = np.array(pictures["apart"].values)
    x, y = np.meshgrid(*[np.linspace(-2, 2, len(values))] * 2, indexing="ij")
    np.testing.assert_allclose(values, 0.8 * np.exp(-4 * (x**2 + y**2)) + 0.15 * y**2 - x / 2, atol=1e-4)


def test_runs_have_the_colours_of_their_classes(pictures):
    assert [run.group for run in pictures["apart"].paths] == [0, 1]
    assert [run.group for run in pictures["together"].paths] == [0, 0]
    lines = [
        node.get("class") for node in drawn(pictures["apart"]).iter() if node.get("class", "").startswith("run-line")
    ]
    assert lines == ["run-line hue-0", "run-line hue-1"] * 2  # on the landscape and in the key


def test_a_loop_is_drawn_where_a_verdict_rests_on_it(pictures):
    assert "witness-loop" in kinds(drawn(pictures["apart"]))
    assert "witness-loop" not in kinds(drawn(pictures["together"]))
    wound = pictures["wound"]
    assert wound.points[0][0] == "a"
    assert np.hypot(*wound.points[0][1]) < 0.3
    assert np.allclose(wound.loop[:5], wound.paths[0].points)
    assert "witness-way" in kinds(drawn(pictures["joined"]))


def test_level_sets_lie_where_the_loss_has_their_level(pictures):
    """The marked levels of the bump are parabolas far from it: x = 0.3 y^2 - 2 level."""
    plane, root = pictures["apart"], drawn(pictures["apart"])
    frame = next(node for node in root.iter() if node.tag.endswith("image"))
    left, top, size = (float(frame.get(name)) for name in ("x", "y", "width"))
    level = dict(plane.levels)["high"]
    data = next(node.get("d") for node in root.iter() if node.get("class") == "marked-level")
    for pair in data.replace("M", "L").split("L")[1:]:
        x, y = (float(number) for number in pair.split(" "))
        x, y = (x - left) / size * 4 - 2, 2 - (y - top) / size * 4
        assert x == pytest.approx(0.3 * y**2 - 2 * level, abs=0.03)


def test_the_picture_needs_nothing_from_elsewhere_(pictures):
    for plane in pictures.values():
        (figure,) = planes(plane)
        assert "<script" not in figure.picture
        assert "http" not in figure.picture.replace("http://www.w3.org", "")

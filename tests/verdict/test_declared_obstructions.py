"""Obstructions that are declared: a function without zeros below a level keeps its signs apart, in any dimension."""

import json

import numpy as np
import pytest

from catlearn import verbs
from catlearn.category.expression import Apply, Constant, Symbol
from catlearn.evidence import wall
from catlearn.evidence.barrier import bars, opposite
from tests.calibration.checker import verdicts

PRODUCT = "(1 - a * b)^2 + c^2 + d^2"


def specified(level, obstruction, loss=PRODUCT, right="[-1, -1, 0, 0]"):
    declared = f", obstruct = {obstruction}" if obstruction else ""
    return f"""
landscape l(a, b, c, d) on [-2, 2]^4 = {loss}
category C {{
  object A = params(l)
  run left  : A@o -> A@left  {{ path = [[1, -1, 0, 0], [1, 1, 0, 0]] }}
  run right : A@p -> A@right {{ path = [[1, -1, 0, 0], {right}] }}
}}
relation r = connected {{ level = {level}{declared}, effort = low }}
cell c : left => right by r
claim k : c
"""


def verdict(*given, **more):
    return verdicts(specified(*given, **more))["k"]


@pytest.mark.parametrize(
    ("level", "obstruction", "expected"),
    [
        (0.9, "a + b", "refuted"),  # on a = -b the loss is (1 + a^2)^2, at least 1
        (
            0.9,
            "a * (2 - b)",
            "undecided",
        ),  # it has zeros below: b = 2, a = 1/2
        (0.9, "a", "refuted"),  # a = 0 forces the loss 1
        (0.9, "", "undecided"),  # in four dimensions there is no grid
        (0.9, "c + 1", "undecided"),  # it has one sign at both ends
        (0.9, "a - c", "undecided"),  # it has zeros below: a = c = 0.6, b = 1.6
        (4.5, "a", "supported"),  # above the pass nothing keeps the ends apart
    ],
)
def test_what_a_declared_function_keeps_apart(level, obstruction, expected):
    assert verdict(level, obstruction) == expected


def test_ends_on_one_side_are_joined():
    assert verdict(0.9, "a", right="[1, 0.9, 0.1, 0]") == "supported"


def test_it_is_said_and_found_again_by_recheck(tmp_path):
    path = tmp_path / "declared.cat"
    path.write_text(specified(0.9, "a"))
    (row,) = verbs.verify(path, store=tmp_path / "store").claims
    assert row.verdict == "refuted"
    assert "the declared obstruction has different signs at the ends" in " ".join(row.evidence)
    assert verbs.recheck(tmp_path / "store").ok
    certificate = tmp_path / "store" / "certificates" / "k.json"
    document = json.loads(certificate.read_text())
    document["finding"]["pairs"][0]["barred"] = False
    certificate.write_text(json.dumps(document))
    assert not verbs.recheck(tmp_path / "store").ok


# Dihomotopy: the bands that runs cross, their starts and their ends.


def descending(slack, obstruction, right="[[1, -1, 0, 0], [-1, -1, 0, 0]]", claim="c", half=2):
    declared = f", obstruct = {obstruction}" if obstruction else ""
    return f"""
landscape l(a, b, c, d) on [-{half}, {half}]^2 * [-0.2, 0.2]^2 = {PRODUCT}
category C {{
  object A = params(l)
  run left  : A@o -> A@left  {{ path = [[1, -1, 0, 0], [1, 1, 0, 0]] }}
  run right : A@p -> A@right {{ path = {right} }}
}}
relation r = dihomotopy {{ slack = {slack}, levels = 0.01..3.9{declared}, effort = low }}
cell c : left => right by r
claim k : {claim}
"""


@pytest.mark.parametrize(
    ("slack", "obstruction", "expected"),
    [
        (0.9, "a + b", "refuted"),  # on a = -b the loss is at least 1, and below 0.91 the runs lie on either side
        (0.98, "a + b", "refuted"),
        (1.05, "a + b", "supported"),
        (0.9, "a", "refuted"),
        (0.9, "", "undecided"),
        (0.9, "a + b + 3", "undecided"),  # it has one sign on both runs
        (0.9, "a - b", "undecided"),  # it has zeros below: a = b = 1
    ],
)
def test_which_descents_a_declared_function_keeps_apart(slack, obstruction, expected):
    assert verdicts(descending(slack, obstruction))["k"] == expected


MIRRORED = "[[-1, 1, 0, 0], [1, 1, 0, 0]]"
"""The other start, and the same end."""


@pytest.mark.parametrize(
    ("slack", "half", "expected"),
    [
        (1.8, 1.3, "refuted"),  # on a = b, |a| <= 1.3, the loss is at most 1.08: no starts between 2.1 and 3.9
        (1.8, 2, "undecided"),  # at a = b = 2 the loss is 9
    ],
)
def test_starts_are_kept_apart_by_a_wall_below_them(slack, half, expected):
    assert verdicts(descending(slack, "a - b", MIRRORED, half=half))["k"] == expected


def test_a_wall_that_all_losses_pass_keeps_nothing_apart():
    text = """
landscape l(x, y, z, w) on [-2, 2] * [-1, 1]^3 = 1 - x / 2 + z^2 + w^2
category C {
  object A = params(l)
  run left  : A@s -> A@e { path = [[-2, 0, 0, 0], [0, 0.8, 0, 0], [2, 0, 0, 0]] }
  run right : A@s -> A@e { path = [[-2, 0, 0, 0], [0, -0.8, 0, 0], [2, 0, 0, 0]] }
}
relation r = dihomotopy { slack = 0.1, levels = 0.1..1.9, obstruct = y, effort = low }
cell c : left => right by r
claim k : c
"""
    assert verdicts(text)["k"] == "supported"  # y has zeros at all levels, and nothing is in the way


def test_classes_are_told_apart_by_a_declared_function():
    claim = "classes(left + right, by = r) == 2"
    assert verdicts(descending(0.9, "a + b", claim=claim))["k"] == "supported"
    assert verdicts(descending(0.9, "", claim=claim))["k"] == "undecided"


@pytest.mark.parametrize("edit", [{"level": 0.5}, {"kind": "starts"}, {"slack": 0.8}, {"cells": 64}])
def test_an_edited_wall_is_seen_by_recheck(tmp_path, edit):
    path = tmp_path / "declared.cat"
    path.write_text(descending(0.9, "a + b"))
    (row,) = verbs.verify(path, store=tmp_path / "store").claims
    assert row.verdict == "refuted"
    assert "told apart by the declared obstruction: it has different signs at their ends" in " ".join(row.evidence)
    assert verbs.recheck(tmp_path / "store").ok
    certificate = tmp_path / "store" / "certificates" / "k.json"
    document = json.loads(certificate.read_text())
    document["finding"]["pairs"][0]["obstruction"].update(edit)
    certificate.write_text(json.dumps(document))
    assert not verbs.recheck(tmp_path / "store").ok


X, Y = Symbol("x"), Symbol("y")
SQUARES = Apply("add", (Apply("multiply", (X, X)), Apply("multiply", (Y, Y))))
SHIFTED = Apply("subtract", (X, Constant(1)))
BOX = np.array([[-2.0, 2.0], [-2.0, 2.0]])


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99, 1.0, 1.01, 2.0])
def test_a_line_bars_below_its_lowest_loss_and_never_from_there_on(level):
    """On x = 1 the least of x^2 + y^2 is 1."""
    assert bars(SQUARES, SHIFTED, ("x", "y"), BOX, level) is (level < 1)


def test_signs_are_those_of_both_ends():
    assert opposite(SHIFTED, ("x", "y"), np.array([[0.0, 0], [2, 0]]))
    assert not opposite(SHIFTED, ("x", "y"), np.array([[0.0, 0], [1, 0]]))
    assert not opposite(SHIFTED, ("x", "y"), np.array([[0.0, 0], [0.5, 0]]))


def test_a_line_bars_a_range_that_it_never_reaches():
    """On x = 1 and |y| <= 2 the losses go from 1 to 5."""
    assert bars(SQUARES, SHIFTED, ("x", "y"), BOX, 9.0, 5.1)
    assert not bars(SQUARES, SHIFTED, ("x", "y"), BOX, 9.0, 4.9)
    assert not bars(SQUARES, SHIFTED, ("x", "y"), BOX, 3.0, 2.0)


def test_a_strand_bounds_what_it_passes():
    """Bounds of the loss and signs of the function on each part, against many samples of the run."""
    points = np.array([[-2.0, -1], [0.5, 1], [1.7, -0.3], [1.7, 2]])
    strand = wall.strand(wall.Wall(SQUARES, SHIFTED, ("x", "y"), BOX), points)
    times = np.linspace(0, 3, 30 * wall.PARTS * 3 + 1)[:-1]
    x, y = (np.interp(times, range(4), axis) for axis in points.T)
    losses, values = (x**2 + y**2).reshape(-1, 30), (x - 1).reshape(-1, 30)
    assert (strand.low <= losses.min(1)).all()
    assert (strand.high >= losses.max(1)).all()
    assert set(strand.signs.tolist()) == {-1, 0, 1}
    assert ((strand.signs > 0) <= (values > 0).all(1)).all()
    assert ((strand.signs < 0) <= (values < 0).all(1)).all()

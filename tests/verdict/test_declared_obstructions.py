"""Obstructions that are declared: a function without zeros below a level keeps its signs apart, in any dimension."""

import json

import numpy as np
import pytest

from catlearn import verbs
from catlearn.category.expression import Apply, Constant, Symbol
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

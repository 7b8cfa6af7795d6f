"""Pairs that are declared in a dihomotopy: descents on either side of a hill of codimension 2, in any dimension."""

import dataclasses
import json
from fractions import Fraction

import numpy as np
import pytest

from catlearn import verbs
from catlearn.category.expression import Apply, Constant, Symbol
from catlearn.evidence import declared_winding
from catlearn.evidence.barrier import Condition, excluded, gap
from catlearn.evidence.declared_winding import DeclaredPair
from catlearn.plan.expressions import from_node
from tests.calibration import landscapes
from tests.calibration.checker import opened, verdicts

SLOPE, TOP, SHARP = 0.5, 0.9, 4.0
WAY = [[-1.8, 0], [-0.6, 0.9], [0, 1], [0.6, 0.9], [1.8, 0]]


def profile(sign=1):
    """The pass and the peak of the hill along its slope; of a pit its bottom and the pass below it."""
    places = np.linspace(-1, 1, 200001)
    losses = -SLOPE * places + sign * TOP * np.exp(-SHARP * places**2)
    turns = np.flatnonzero(np.diff(np.sign(np.diff(losses)))) + 1
    return float(losses[turns[0]]), float(losses[turns[1]])


PASS, PEAK = profile()
HEIGHT = min(PEAK - PASS, 0.9 - PASS, PASS + 0.9)


def turned(sides, axes):
    """A way down the slope past the hill, on one side or the other, with a wandering of the other coordinates."""
    return [
        [x, sides * y, *(0.02 * ((number + axis) % 2) for axis in range(axes - 2))] for number, (x, y) in enumerate(WAY)
    ]


def specified(slack, obstruct="[x, y]", axes=4, right=-1, sign="+", claim="c", left=None):
    names = ("x", "y", "z", "w", "u", "v")[:axes]
    squares = "".join(f" + {name}^2" for name in names[2:])
    thin = f" * [-0.05, 0.05]{f'^{axes - 2}' if axes > 3 else ''}" if axes > 2 else ""
    declared = f", obstruct = {obstruct}" if obstruct else ""
    loss = f"0 {sign} {TOP} * exp(-{SHARP} * (x^2 + y^2)) + 0.1 * y^2 - x / 2{squares}"
    return f"""
landscape l({", ".join(names)}) on [-2, 2]^2{thin} = {loss}
category C {{
  object A = params(l)
  run left  : A@s -> A@e {{ path = {left or turned(1, axes)} }}
  run right : A@s -> A@e {{ path = {turned(right, axes)} }}
}}
relation r = dihomotopy {{ slack = {slack}, levels = -0.89..0.89{declared}, effort = low }}
cell c : left => right by r
claim k : {claim}
"""


@pytest.mark.parametrize(
    ("share", "more", "expected"),
    [
        (0.9, {}, "refuted"),
        (0.9, {"axes": 6}, "refuted"),
        (0.9, {"sign": "-"}, "refuted"),  # a pit
        pytest.param(0.9, {"obstruct": "[y, x]"}, "refuted", marks=pytest.mark.nightly),
        (0.6, {"obstruct": "[x + y, y - x / 2]"}, "refuted"),
        (0.9, {"obstruct": ""}, "undecided"),  # in four dimensions there is no grid
        (0.9, {"obstruct": "[x, y - 1/2]"}, "undecided"),  # its zeros lie where runs may pass
        (0.9, {"obstruct": "[x, y - 3]"}, "undecided"),  # it has no zeros, and does not wind
        (0.9, {"obstruct": "[x, y - 1]"}, "undecided"),  # one run passes a zero
        (0.9, {"obstruct": "[x, z]"}, "undecided"),
        (0.9, {"right": 0.95}, "supported"),  # both on one side
        (1.6, {}, "supported"),  # over the hill
    ],
)
def test_what_a_declared_pair_shows_of_two_descents(share, more, expected):
    assert verdicts(specified(share * HEIGHT, **more))["k"] == expected


def test_classes_are_told_apart_by_a_declared_pair():
    claim = "classes(left + right, by = r) == 2"
    assert verdicts(specified(0.9 * HEIGHT, claim=claim))["k"] == "supported"
    assert verdicts(specified(0.9 * HEIGHT, claim=claim, obstruct=""))["k"] == "undecided"


def test_it_is_said_and_found_again_by_recheck(tmp_path):
    path = tmp_path / "declared.cat"
    path.write_text(specified(0.9 * HEIGHT))
    (row,) = verbs.verify(path, store=tmp_path / "store").claims
    assert row.verdict == "refuted"
    assert "told apart by the declared pair: it winds 1 time along their loop" in " ".join(row.evidence)
    assert verbs.recheck(tmp_path / "store").ok
    certificate = tmp_path / "store" / "certificates" / "k.json"
    written = certificate.read_text()
    for edit in ({"number": 2}, {"radius": 0.1}, {"radius": None}, {"slack": 0.01}):
        document = json.loads(written)
        document["finding"]["pairs"][0]["obstruction"].update(edit)
        certificate.write_text(json.dumps(document))
        assert not verbs.recheck(tmp_path / "store").ok


# The pair by itself, where the tube on a grid would decide.


def told(case, slack, place):
    """What the pair (x - place, y) tells of a planar case at a slack, whatever else does."""
    model = opened(case.text)
    (job,) = model.plan.decide
    landscape = model.descent(job.question.left).landscape
    pair = Apply("subtract", (Symbol("x"), Constant(Fraction(round(place, 6))))), Symbol("y")
    declared = DeclaredPair(from_node(landscape.expression), pair, landscape.variables, np.array(landscape.box))
    runs = [declared_winding.strand(declared, np.array(path, dtype=float)) for path in (case.left, case.right)]
    return declared_winding.wound(declared, (runs[0], runs[1]), case.levels, slack)


def passed(seed, pit):
    """A bump or a pit in the plane with runs on either side, its height, and where its peak or bottom is."""
    drawn, place = landscapes._bump(np.random.default_rng([7, seed]), pit, "case")
    slope, bump, sharpness, _ = landscapes._slope(np.random.default_rng([7, seed]))
    places, losses = landscapes._profile(slope, -bump if pit else bump, sharpness)
    height, _ = landscapes._of_bump(losses, places, float(losses[0]), float(losses[-1]), pit)
    return dataclasses.replace(drawn, right=[[x, -y] for x, y in drawn.left]), height, place


BY_PASS, BY_END = (1, 13), (0, 5)
"""Seeds of which the height is the distance of peak or bottom from the pass, or that of the pass from a level."""


@pytest.mark.parametrize("pit", [False, True])
@pytest.mark.parametrize("seed", [BY_PASS[0], BY_END[0]])
def test_in_the_plane_a_pair_shows_the_height_itself(seed, pit):
    """A little below the height it tells the runs apart, a little above it does not."""
    case, height, place = passed(seed, pit)
    found = told(case, 0.98 * height, place)
    assert found is not None
    assert abs(found.number) == 1
    assert told(case, height + 0.002, place) is None


@pytest.mark.parametrize("pit", [False, True])
def test_zeros_that_nothing_keeps_apart_are_caught(pit, monkeypatch):
    """A saboteur that does not look at the losses about the zeros denies a family over the bump."""
    case, height, place = passed(BY_PASS[1], pit)
    assert told(case, height + 0.01, place) is None
    monkeypatch.setattr(declared_winding, "_clearing", lambda *_: 0.0)
    monkeypatch.setattr(declared_winding, "_end", lambda *_: True)
    assert told(case, height + 0.01, place) is not None


@pytest.mark.parametrize("pit", [False, True])
def test_ends_that_may_go_round_are_caught(pit, monkeypatch):
    """The pass lies within the slack from an end, by way of which a family goes round: the zeros are kept apart all the
    same, and a saboteur that does not look at the ends denies it."""
    case, height, place = passed(BY_END[1], pit)
    assert told(case, height + 0.01, place) is None
    monkeypatch.setattr(declared_winding, "_end", lambda *_: True)
    assert told(case, height + 0.01, place) is not None


def test_runs_on_one_side_do_not_wind():
    case, height, place = passed(BY_PASS[0], False)
    assert told(dataclasses.replace(case, right=case.left), height / 2, place) is None


# What it is made of.

X, Y = Symbol("x"), Symbol("y")
SQUARES = Apply("add", (Apply("multiply", (X, X)), Apply("multiply", (Y, Y))))
BOX = np.array([[-2.0, 2.0], [-2.0, 2.0]])


@pytest.mark.parametrize(
    ("least", "most", "conditions", "expected"),
    [
        (1, 2, (), False),
        (8.1, 9, (), True),  # no corner is so far off
        (1, 2, (Condition(X, 1.5, 2.0),), True),
        (1, 2, (Condition(X, 0.0, 2.0), Condition(Y, -2.0, -1.5)), True),
        (1, 2, (Condition(X, 0.0, 0.0), Condition(Y, -2.0, 0.0)), False),
        (1, 2, (Condition(X, 0.0, 0.0), Condition(Y, -0.9, 0.9)), True),
    ],
)
def test_what_no_point_fulfils(least, most, conditions, expected):
    assert excluded((Condition(SQUARES, least, most), *conditions), ("x", "y"), BOX) is expected


@pytest.mark.parametrize(
    ("least", "most", "within"),
    [(0.5, 2, (0, 0.5)), (0.01, 4, (0, 0.01)), (0, 1, (1, 2)), (0, 4, None), (3, 4, (0, 2))],
)
def test_a_value_that_is_left_out(least, most, within):
    """Of x^2 + y^2, up to 2, where x^2 + y^2 itself is from `least` to `most`."""
    found = gap(SQUARES, 2.0, Condition(SQUARES, least, most), ("x", "y"), BOX)
    if within is None:
        assert found is None
    else:
        assert found is not None
        assert within[0] < found < within[1]

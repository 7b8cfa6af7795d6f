"""Obstructions that are declared as pairs: functions that wind along a loop and have no common zero in its region."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catlearn import verbs
from catlearn.category.expression import Apply, Constant, Symbol
from catlearn.evidence import deformation, winding
from catlearn.evidence.barrier import lowest
from catlearn.evidence.planar import winding as planar_winding
from tests.calibration.checker import verdicts

NAMES = ("x", "y", "z", "w", "u", "v")
SQUARE = [(1, 0), (0, 1), (-1, 0), (0, -1)]


def times_round(count, axes):
    """A loop about the origin of the plane, in a space of more dimensions, where it wanders besides."""
    path = [*SQUARE * abs(count), SQUARE[0]] if count else [SQUARE[0], SQUARE[1], SQUARE[0]]
    path = path[::-1] if count < 0 else path
    return [[*point, *(0.1 * ((number + axis) % 2) for axis in range(axes - 2))] for number, point in enumerate(path)]


def hill(axes):
    """One hill of height 1 in the plane, and the squares of the other variables."""
    return "exp(-4 * (x^2 + y^2))" + "".join(f" + {name}^2" for name in NAMES[2:axes])


def specified(loop, level, obstruct, expression=None, box="[-2, 2]", close="segment"):
    axes = len(loop[0])
    declared = f", obstruct = {obstruct}" if obstruct else ""
    return f"""
landscape l({", ".join(NAMES[:axes])}) on {box}^{axes} = {expression or hill(axes)}
category C {{
  object A = params(l)
  run loop  : A@o -> A@p {{ path = {loop} }}
  run still : A@o -> A@q {{ path = {[loop[0], loop[0]]} }}
}}
relation r = homotopy {{ region = sublevel({level}), close = {close}{declared} }}
cell c : loop => still by r
claim k : c
"""


@pytest.mark.parametrize(
    ("axes", "count", "expected"),
    [
        *((2, 0, "supported"), (2, 1, "refuted"), (2, 2, "refuted"), (3, 2, "refuted")),
        *((4, 0, "supported"), (4, -1, "refuted"), (4, 1, "refuted"), (4, 2, "refuted")),
        *((6, 0, "supported"), (6, 1, "refuted")),
        pytest.param(6, 2, "refuted", marks=pytest.mark.nightly),
    ],
)
def test_loops_about_a_hill(axes, count, expected):
    assert verdicts(specified(times_round(count, axes), 0.9, "[x, y]"))["k"] == expected


@pytest.mark.parametrize(
    ("level", "obstruct", "expected"),
    [
        (0.9, "[x, y]", "refuted"),
        (0.9, "[y, x]", "refuted"),  # it winds the other way round
        (0.9, "[x + y, y - x / 2]", "refuted"),
        (0.9, "", "undecided"),  # in four dimensions there is no grid
        (0.999, "[x, y]", "refuted"),
        (1.001, "[x, y]", "undecided"),  # at the zeros the losses begin at 1
        (0.9, "[x, y - 1/2]", "undecided"),  # its zeros lie in the region
        (0.9, "[x, y - 3]", "undecided"),  # it has none in the box, and does not wind
        (0.9, "[x, y - 1]", "undecided"),  # it has one on the loop
        (0.9, "[x, x]", "undecided"),
        (0.9, "[x, z]", "undecided"),
        (2, "[x, y]", "supported"),  # over the hill the loop contracts
    ],
)
def test_what_a_declared_pair_shows_of_a_loop(level, obstruct, expected):
    assert verdicts(specified(times_round(1, 4), level, obstruct))["k"] == expected


def test_runs_are_followed_from_where_they_enter():
    text = specified([[0, 0, 0, 0], *times_round(1, 4)], 0.9, "[x, y]").replace("still : A@o", "still : A@s")
    entered = text.replace("sublevel", "entry").replace("[[0, 0, 0, 0], [0, 0, 0, 0]]", "[[1, 0, 0, 0], [1, 0, 0, 0]]")
    assert verdicts(entered)["k"] == "refuted"
    assert verdicts(entered.replace("[x, y]", "[x, y - 3]"))["k"] == "undecided"


TWO = "exp(-8 * ((x - 1)^2 + y^2)) + exp(-8 * ((x + 1)^2 + y^2)) + z^2 + w^2"
ABOUT = {1: [(0, -1), (2, -1), (2, 1), (0, 1), (0, 0)], 2: [(0, 1), (-2, 1), (-2, -1), (0, -1), (0, 0)]}
ROOTS = "[x^2 - y^2 - 1, 2 * x * y]"
"""The square of x + iy, less 1: its zeros lie below both hills."""


def spelling(*word):
    path = [(0, 0)]
    for letter in word:
        steps = [(0, 0), *ABOUT[abs(letter)]]
        path += steps[1:] if letter > 0 else steps[-2::-1]
    return [[*point, 0, 0] for point in path]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ((1,), "refuted"),
        ((1, 2), "refuted"),
        ((1, -2), "undecided"),  # the pair winds once and back
        ((1, 2, -1, -2), "undecided"),  # a commutator: no pair winds along it, and it does not contract
    ],
)
def test_loops_about_two_hills(word, expected):
    assert verdicts(specified(spelling(*word), 0.9, ROOTS, TWO, box="[-3, 3]"))["k"] == expected


def test_each_hill_has_a_pair_of_its_own():
    text = specified(spelling(1, -2), 0.9, "[x - 1, y]", TWO, box="[-3, 3]")
    assert verdicts(text)["k"] == "refuted"


RING = "exp(-8 * ((sqrt(x^2 + y^2) - 1)^2 + z^2)) + w^2"


@pytest.mark.parametrize(
    ("centre", "expected"),
    [(1, "refuted"), (0, "supported")],  # through the ring and round it, and inside
)
def test_a_loop_through_a_ring(centre, expected):
    turn = np.linspace(0, 2 * np.pi, 17)
    size = 0.8 if centre else 0.2
    loop = np.column_stack([centre + size * np.cos(turn), 0 * turn, size * np.sin(turn), 0 * turn]).round(6).tolist()
    assert verdicts(specified(loop, 0.9, "[x^2 + y^2 - 1, z]", RING))["k"] == expected


def test_what_was_seen_is_said(tmp_path):
    path = tmp_path / "said.cat"
    path.write_text(specified(times_round(2, 4), 0.9, "[x, y]"))
    (row,) = verbs.verify(path, store=tmp_path / "store").claims
    assert "the declared pair winds 2 times along the loop" in " ".join(row.evidence)
    assert "no zero with a loss below 1 inside the box" in " ".join(row.evidence)
    path.write_text(specified(spelling(1, 2, -1, -2), 0.9, ROOTS, TWO, box="[-3, 3]"))
    (row,) = verbs.verify(path, store=tmp_path / "store").claims
    assert "the declared pair does not wind along the loop, which shows nothing" in " ".join(row.evidence)


def test_an_edited_winding_is_seen_by_recheck(tmp_path):
    path = tmp_path / "declared.cat"
    path.write_text(specified(times_round(1, 4), 0.9, "[x, y]"))
    verbs.verify(path, store=tmp_path / "store")
    assert verbs.recheck(tmp_path / "store").ok
    certificate = tmp_path / "store" / "certificates" / "k.json"
    written = certificate.read_text()
    assert json.loads(written)["finding"]["pairs"][0]["winding"] == 1
    for edit in ({"winding": 2}, {"winding": 0}, {"zeros": 2.0}, {"winding": None}):
        document = json.loads(written)
        document["finding"]["pairs"][0].update(edit)
        certificate.write_text(json.dumps(document))
        assert not verbs.recheck(tmp_path / "store").ok


# The number by itself.

X, Y = Symbol("x"), Symbol("y")


def sum_of(left, right, sign=1):
    return Apply("add" if sign > 0 else "subtract", (left, right))


def product(*factors):
    return Apply("multiply", factors)


IDENTITY = (X, Y)
CUBE = (
    sum_of(product(X, product(X, X)), product(Constant(Fraction(3)), product(X, product(Y, Y))), -1),
    sum_of(product(Constant(Fraction(3)), product(X, product(X, Y))), product(Y, product(Y, Y)), -1),
)
"""The real and the imaginary part of (x + iy)^3."""


def coarse(pair, points):
    """The number as the vertices alone would have it."""
    values = (points[:, 0] + 1j * points[:, 1]) ** (3 if pair == CUBE else 1)
    return round(float(np.angle(np.roll(values, -1) / values).sum()) / (2 * np.pi))


def test_a_number_that_samples_of_the_vertices_miss():
    triangle = np.array([[np.cos(turn), np.sin(turn)] for turn in (0, 2 * np.pi / 3, 4 * np.pi / 3)])
    assert winding.winding_number(CUBE, ("x", "y"), triangle) == 3
    assert coarse(CUBE, triangle) == 0


def test_vertices_that_miss_a_turn_are_caught(monkeypatch):
    """A saboteur: beside the loop and a run that stays, the number of a triangle's vertices under (x + iy)^3."""
    loop = [[*np.round([np.cos(turn), np.sin(turn)], 6).tolist(), 0, 0] for turn in np.linspace(0, 2 * np.pi, 4)]
    cubes = "[x^3 - 3 * x * y^2, 3 * x^2 * y - y^3]"
    text = specified(loop, 0.9, cubes)
    assert verdicts(text)["k"] == "refuted"
    monkeypatch.setattr(deformation, "winding_number", lambda _pair, _names, points: coarse(CUBE, points))
    assert verdicts(text)["k"] == "undecided"


def test_a_zero_anywhere_on_a_loop_leaves_its_number_unknown():
    for loop in ([[1, 0], [-1, 0], [0, 1]], [[0, 0], [1, 0]], [[0, 0]]):
        assert winding.winding_number(IDENTITY, ("x", "y"), np.array(loop, dtype=float)) is None
    assert winding.winding_number(IDENTITY, ("x", "y"), np.array([[1.0, 0]])) == 0


@given(st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=1, max_size=12))
def test_numbers_are_those_of_crossed_rays(vertices):
    """Against the crossings of a ray and the angles at many samples, of polygons some way off the origin."""
    loop = np.array(vertices, dtype=float) + 0.5
    found = winding.winding_number(IDENTITY, ("x", "y"), loop)
    closed = np.concatenate([loop, loop[:1]])
    times = np.linspace(0, len(loop), 400 * len(loop) + 1)
    values = np.interp(times, range(len(closed)), closed[:, 0]) + 1j * np.interp(
        times, range(len(closed)), closed[:, 1]
    )
    if np.abs(values).min() < 0.05:
        return
    assert found == planar_winding(loop, np.zeros((1, 2)))[0]
    assert found == round(float(np.angle(values[1:] / values[:-1]).sum()) / (2 * np.pi))


def test_opposite_neighbours_are_an_error():
    with pytest.raises(ValueError, match="no value in common"):
        winding.turns(np.array([0, 1, 3]))


BOX = np.array([[-2.0, 2.0], [-2.0, 2.0]])


@pytest.mark.parametrize(
    ("zeros", "known"),
    [
        ((X, Y), 0.0),
        ((sum_of(X, Constant(Fraction(1)), -1), Y), 1.0),
        ((sum_of(X, Y), sum_of(X, Constant(Fraction(1)), -1)), 2.0),
        ((sum_of(X, Constant(Fraction(1)), -1),), 1.0),
        ((sum_of(X, Constant(Fraction(3)), -1), Y), np.inf),
        ((sum_of(product(X, X), Constant(Fraction(2)), -1), sum_of(X, Y, -1)), 4.0),
    ],
)
def test_the_lowest_loss_at_zeros(zeros, known):
    """Of x^2 + y^2: never above the true one, and close below it."""
    found = lowest(sum_of(product(X, X), product(Y, Y)), zeros, ("x", "y"), BOX)
    assert found <= known
    assert found == known or found > known - 2e-3 * max(known, 1)


def test_a_loss_that_is_not_bounded_on_the_whole_box():
    """1 / x^2, of which nothing is known where x may be 0, at x = 1."""
    loss = Apply("divide", (Constant(Fraction(1)), product(X, X)))
    zeros = sum_of(X, Constant(Fraction(1)), -1), Y
    assert lowest(loss, zeros, ("x", "y"), BOX) == pytest.approx(1, rel=2e-3)

"""Obstructions on cells against answers that are known otherwise."""

from itertools import pairwise, product

import numpy as np
import pytest
from scipy import ndimage

from catlearn.evidence.cells import Cells, cells, merge_level, touching, trail, way
from catlearn.evidence.cycles import FIELDS, fill_level
from catlearn.evidence.intervals import enclosed
from catlearn.evidence.planar import crossing_word, winding
from catlearn.evidence.tube import told_apart
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check


def landscape(text):
    checked = check(parse(Source("l.cat", f"landscape l{text}")))
    assert checked.theory is not None, checked.diagnostics
    return checked.theory.landscapes["l"]


def domain(text, count):
    found = landscape(text)
    return cells(found.expression, found.variables, tuple((float(a), float(b)) for a, b in found.box), count)


BUMP = "(x, y) on [-2, 2]^2 = 0.8 * exp(-4 * (x^2 + y^2)) + 0.15 * y^2 - x / 2"
SLAB = "(x, y, z) on [-2, 2]^2 * [-0.3, 0.3] = 0.8 * exp(-4 * (x^2 + y^2)) + 0.15 * y^2 + z^2 - x / 2"
BALL = "(x, y, z) on [-2, 2]^3 = 0.8 * exp(-4 * (x^2 + y^2 + z^2)) + 0.15 * (y^2 + z^2) - x / 2"
OVER = np.array([[-1.8, 0], [-0.6, 0.9], [0, 1], [0.6, 0.9], [1.8, 0]])
UNDER = OVER * [1, -1]
LEVELS = (0.8, -0.8)
HEIGHT = 0.3405  # high - S, with the pass S = 0.4593 in front of the bump: DESIGN 4


@pytest.mark.parametrize(
    "text",
    [
        "(x, y) on [-2, 2]^2 = exp(x * y) - x^3 / (y + 3) + sin(3 * x) * cos(y)",
        "(x, y) on [-2, 2]^2 = abs(x - y) + max(x, y^2) * min(x, 1) + sqrt(x + 3) - log(y + 3)",
        "(x, y) on [-2, 2]^2 = (x - 1)^2 * (y + 1)^4 - (x * y)^(3 / 2) + sign(x) * y",
    ],
)
def test_bounds_hold_the_values_at_every_point_of_their_boxes(text):
    random, found = np.random.default_rng(0), landscape(text)
    low = random.uniform(-2, 1.5, (300, 2))
    high = low + random.uniform(0, 0.5, (300, 2))
    bounds = enclosed(found.expression, found.variables, low, high)
    for share in random.uniform(0, 1, (40, 300, 2)):
        point = low + share * (high - low)
        value = enclosed(found.expression, found.variables, point, point)
        known = np.isfinite(value.low) & np.isfinite(value.high)
        assert (bounds.low[known] <= value.high[known]).all()
        assert (value.low[known] <= bounds.high[known]).all()


def told(text, count, left, right, slack):
    cut = domain(text, count)
    return told_apart(cut, trail(cut, left), trail(cut, right), LEVELS, slack)


def test_runs_on_either_side_of_a_bump_are_told_apart_below_its_height_and_never_above():
    for slack in (0.02, 0.1, 0.2, 0.3):
        found = told(BUMP, 256, OVER, UNDER, slack)
        assert found is not None
        assert found.kind == "winding"
        assert np.hypot(*found.point) < 0.4
    for slack in (HEIGHT + 0.001, 0.4, 0.6):
        assert told(BUMP, 256, OVER, UNDER, slack) is None


def test_runs_on_one_side_are_never_told_apart():
    assert all(told(BUMP, 128, OVER, OVER * [1, 1.3], slack) is None for slack in (0.02, 0.1, 0.3))


def test_in_three_dimensions_a_line_obstructs_and_a_ball_does_not():
    lifted = [np.column_stack([path, np.zeros(len(path))]) for path in (OVER, UNDER)]
    found = told(SLAB, 32, *lifted, 0.02)
    assert found is not None
    assert found.kind == "cycle"
    assert told(BALL, 20, *lifted, 0.05) is None


def test_the_sign_symmetry_of_a_product_changes_no_height():
    """(1 - ab)^2 from (1, -1) to (1, 1) and to (-1, -1): the height is 1, with the symmetry (a, b) -> (-a, -b) too."""
    cut = domain("(a, b) on [-2, 2]^2 = (1 - a * b)^2", 256)
    left = trail(cut, np.array([[1.0, -1.0], [1.0, 1.0]]))
    right = np.array([[1.0, -1.0], [-1.0, -1.0]])
    for symmetry in (1.0, -1.0):
        assert told_apart(cut, left, trail(cut, symmetry * right), (4.0, 0.0), 0.9) is not None
    assert told_apart(cut, left, trail(cut, right), (4.0, 0.0), 1.05) is None


def test_merge_levels_are_those_of_the_passes():
    cut = domain("(x, y) on [-2, 2]^2 = (x^2 - 1)^2 + y^2", 256)
    ends = [tuple(trail(cut, np.array([[x, 0.0]])).cells[0]) for x in (-1.0, 1.0)]
    assert 1 - cut.margin < merge_level(cut.low, *ends) <= 1 <= merge_level(cut.high, *ends) < 1 + cut.margin


def test_the_word_sees_the_commutator_and_the_winding_numbers_do_not():
    around = np.array([[0.0, 0.01], [1, -1], [2, 0.02], [1, 1]])
    loops = {1: around, -1: around[::-1], 2: -around, -2: -around[::-1]}
    points = np.array([[1.0, 0.0], [-1.0, 0.001]])
    commutator = np.concatenate([loops[letter] for letter in (1, 2, -1, -2)])
    assert winding(commutator, points).tolist() == [0, 0]
    assert len(crossing_word(commutator, points)) == 4
    there_and_back = np.concatenate([loops[letter] for letter in (1, 2, -2, -1)])
    assert crossing_word(there_and_back, points) == ()


# Fill levels.

WALL = "(x, y, z) on [-2, 2]^3 = exp(-4 * (x^2 + y^2))"
PILLARS = "(x, y, z) on [-3, 3]^2 * [-1, 1] = exp(-3 * ((x - 1)^2 + y^2)) + 0.4 * exp(-3 * ((x + 1)^2 + y^2))"
TURN = np.array([[1.5, 0, 0], [0, 1.5, 0], [-1.5, 0, 0], [0, -1.5, 0]])


def filled(text, count, loop, fields=FIELDS):
    """The fill level of a closed polyline, and the margin of its grid."""
    cut = domain(text, count)
    run = trail(cut, np.concatenate([loop, loop[:1]]))
    return fill_level(cut.low, (run.points, run.cells), fields), cut.margin


@pytest.mark.parametrize(("text", "truth", "least"), [(WALL, 1.0, 1.0), (BALL.replace("- x / 2", ""), 0.0, 0.4)])
def test_a_loop_round_a_line_is_filled_at_its_top_and_one_round_a_ball_at_once(text, truth, least):
    level, margin = filled(text, 24, TURN)
    assert truth - margin < level <= max(truth, least)


def test_a_loop_round_both_pillars_is_filled_at_the_higher_and_one_round_neither_at_once():
    for loop, truth in ((TURN * [1.8, 1, 1], 1.0), (TURN * [0.5, 0.7, 1] - [1.1, 0, 0], 0.4)):
        level, margin = filled(PILLARS, 30, loop)
        assert truth - margin < level < truth + 0.01
        assert margin < 0.45
    assert filled(PILLARS, 30, TURN * [0.3, 0.3, 1] + [0, -2, 0])[0] < 0.05


def test_a_winding_that_a_field_divides_is_seen_over_another():
    """Twice round a line is nothing over the field with two elements; each of several fields is asked."""
    twice = np.concatenate([TURN, TURN])
    low, high = (filled(WALL, 24, twice, fields)[0] for fields in ((2,), (3,)))
    assert low < 0.2 < 0.8 < high
    assert filled(WALL, 24, twice)[0] == high


def test_in_the_plane_the_fill_level_is_that_at_which_no_point_outside_is_wound_about():
    """Oracle: the least level at which the winding numbers about all cells above it are 0, by plain labelling."""
    random = np.random.default_rng(0)
    for _ in range(12):
        levels = random.random((9, 9))
        loop = np.array([[1.5, 1.5], [7.5, 1.5], [7.5, 7.5], [1.5, 7.5], [1.5, 1.5]])
        cut = Cells(None, ("x", "y"), np.array([[0.0, 9.0]] * 2), levels, levels)
        points, where = squares_along(loop)
        top = max(levels[tuple(cell)] for cell in where)
        inner = np.indices((9, 9)).reshape(2, -1).T + 0.5
        wound = winding(loop[:-1], inner + np.array([0, 1e-3])).reshape(9, 9) != 0
        expected = min(level for level in np.sort(levels.ravel()) if level >= top and not hole(levels > level, wound))
        assert fill_level(cut.low, (points, where)) == pytest.approx(expected)


def squares_along(loop):
    """A polyline along the centres of unit squares, cut where it passes from one to the next."""
    cells = [
        start + step * np.sign(end - start)
        for start, end in pairwise(loop)
        for step in range(int(abs(end - start).max()))
    ]
    middles = np.array([*cells, loop[-1]])
    points = np.concatenate([middles[:1], (middles[:-1] + middles[1:]) / 2, middles[-1:]])
    return points, np.floor(middles).astype(np.int64)


def hole(above, wound):
    """Whether a component of the squares above a level, by their sides, is shut in by the others and wound about."""
    labels, count = ndimage.label(np.pad(above, 1, constant_values=True))
    inner = labels[1:-1, 1:-1]
    return any((wound & (inner == number)).any() for number in range(1, count + 1) if number != labels[0, 0])


def lies_in(mask, point):
    """Whether a point lies in a closed cell of a set."""
    nearest = [{int(np.floor(at - 1e-9)), int(np.floor(at + 1e-9))} for at in point]
    return any(mask[cell] for cell in product(*nearest))


@pytest.mark.parametrize("shape", [(12, 9), (6, 5, 7)])
@pytest.mark.parametrize("share", [0.5, 0.8, 1.0])
def test_a_way_joins_two_cells_inside_the_set(shape, share):
    random = np.random.default_rng(int(10 * share))
    mask = random.random(shape) <= share
    labels, _ = touching(mask)
    cells = np.argwhere(labels == labels[tuple(np.argwhere(mask)[0])])
    for start, end in zip(random.permutation(cells)[:12], random.permutation(cells)[:12], strict=True):
        found = way(mask, tuple(start.tolist()), tuple(end.tolist()))
        assert (found[0] == start + 0.5).all()
        assert (found[-1] == end + 0.5).all()
        assert len(found) <= 2 or share < 1
        for before, after in pairwise(found):
            assert all(lies_in(mask, before + part * (after - before)) for part in np.linspace(0, 1, 41))


def test_there_is_no_way_between_components():
    mask = np.ones((5, 5), dtype=bool)
    mask[2] = False
    with pytest.raises(ValueError, match="does not join"):
        way(mask, (0, 0), (4, 4))

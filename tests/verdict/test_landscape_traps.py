"""Traps for a checker of paths, each by its name, on landscapes: what looks like a yes and is none, and the reverse."""

import numpy as np
import pytest

from catlearn.evidence import dihomotopy
from catlearn.evidence.cells import cells, trail
from catlearn.evidence.cycles import fill_level
from catlearn.evidence.deformation import sheet_top
from catlearn.evidence.documents import IDENTITY, SheetWitness
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check
from tests.calibration.checker import verdicts
from tests.evidence.oracles import AnalyticModel, Case, Field, Slope, dome

ROUNDING = 1e-9


def specified(landscape, runs, relation, cells, claims):
    """A specification of runs along paths, by name, on a landscape; the relation is `r`."""
    lines = [f"  run {name} : A@{name}_start -> A@{name}_end {{ path = {path} }}" for name, path in runs.items()]
    return "\n".join(
        [f"landscape l{landscape}", "category C {", "  object A = params(l)", *lines, "}", f"relation r = {relation}"]
        + [f"cell {name} {cell}" for name, cell in cells.items()]
        + [f"claim {claim} : {claim}" for claim in claims]
    )


def of_pair(landscape, left, right, relation):
    """The verdict on two runs."""
    text = specified(landscape, {"a": left, "b": right}, relation, {"c": ": a => b by r"}, ["c"])
    return verdicts(text)["c"]


# Composites.


CONSTANT = {"left": [[-1], [-1]], "top": [[0], [0]], "right": [[1], [1]]}
UP_AND_DOWN = {"up": ": left => top by r", "down": ": top => right by r", "across": "= up >> down"}


@pytest.mark.parametrize("slack", [0.05, 0.2, 0.45])
def test_constant_runs_in_two_wells_and_on_the_pass_compose_to_nothing(slack):
    """Of (x^2 - 1)^2 at -1, 0 and 1: excesses would be 0, 0 and 1. Widths are not: constant runs are no descents."""
    text = specified(
        "(x) on [-2, 2] = (x^2 - 1)^2",
        CONSTANT,
        f"dihomotopy {{ slack = {slack}, levels = 0.05..0.96 }}",
        UP_AND_DOWN,
        UP_AND_DOWN,
    )
    found = verdicts(text)
    assert found["up"] == found["down"] == "refuted"
    assert found["across"] in ("refuted", "undecided")


def test_descents_in_one_well_compose():
    """The sibling: three descents into one well."""
    runs = {name: [[start], [-1]] for name, start in (("left", -0.1), ("top", -0.12), ("right", -0.14))}
    levels = "levels = 0.05..0.95"
    text = specified(
        "(x) on [-2, 2] = (x^2 - 1)^2", runs, f"dihomotopy {{ slack = 0.2, {levels} }}", UP_AND_DOWN, UP_AND_DOWN
    )
    assert set(verdicts(text).values()) == {"supported"}


# Between mesh points.


def kinked(points):
    """(1 - relu(a) - relu(b))^2: its second derivatives are 0 at every vertex of a mesh, and its maximum is 1."""
    return (1 - np.maximum(points, 0).sum(axis=1)) ** 2


@pytest.mark.parametrize("far", [1.0, 0.8, 2**0.5, 1.9])
def test_the_kink_between_mesh_points_is_paid_for(far):
    """From (-1, 1) to (far, -far), across the kink at the origin."""
    ends = {"a": np.array([[-1.0, 1], [-1, 1]]), "b": np.array([[far, -far]] * 2)}
    model = AnalyticModel(Field(kinked), ends)
    columns = ((0.0, 0.0), (1.0, 1.0))
    for rows in range(9, 34):
        witness = SheetWitness(
            left=model.member("a"), right=model.member("b"), alignment=IDENTITY, rows=rows, columns=columns
        )
        assert sheet_top(model, witness).bound >= 1 - ROUNDING
    fine = cells_of("(a, b) on [-2, 2]^2 = (1 - max(a, 0) - max(b, 0))^2", 9)
    assert trail(fine, np.array([[-1.0, 1], [far, -far]])).high.max() >= 1


def cells_of(text, count):
    """The cells of a landscape, so many along each axis."""
    checked = check(parse(Source("l.cat", f"landscape l{text}")))
    assert checked.theory is not None, checked.diagnostics
    found = checked.theory.landscapes["l"]
    return cells(found.expression, found.variables, tuple((float(a), float(b)) for a, b in found.box), count)


# Slices.


OVER = [[-1.8, 0], [-0.6, 0.9], [0, 1], [0.6, 0.9], [1.8, 0]]
UNDER = [[x, -y] for x, y in OVER]


def ball(axes):
    """A compact bump on a slope, whose every planar slice through the centre has a hole."""
    names = [f"x{axis}" for axis in range(axes)]
    squares = " + ".join(f"{name}^2" for name in names)
    return f"({', '.join(names)}) on [-2, 2]^{axes} = 0.8 * exp(-4 * ({squares})) - x0 / 2"


def embedded(path, axes):
    return [[*point, *[0] * (axes - 2)] for point in path]


@pytest.mark.parametrize(("axes", "slack"), [(3, 0.2), (4, 0.02), (10, 0.02), (10, 0.2)])
def test_the_slice_trap_a_bump_with_room_to_go_round_refutes_nothing(axes, slack):
    runs = embedded(OVER, axes), embedded(UNDER, axes)
    assert of_pair(ball(axes), *runs, f"dihomotopy {{ slack = {slack} }}") != "refuted"
    assert of_pair(ball(2), OVER, UNDER, f"dihomotopy {{ slack = {slack} }}") == "refuted"


# Homology and homotopy.


HILLS = "exp(-9 * ((x - 1)^2 + y^2)) + 0.7 * exp(-9 * ((x + 1)^2 + y^2))"
EAST = [[0, -1], [2, -1], [2, 1], [0, 1], [0, 0]]
WEST = [[0, 1], [-2, 1], [-2, -1], [0, -1], [0, 0]]


def around(loop):
    return [[0, 0], *loop[-2::-1], [0, 0]]


COMMUTATOR = [[0, 0], *EAST, *WEST, *around(EAST)[1:], *around(WEST)[1:]]


@pytest.mark.parametrize(("level", "expected"), [(0.05, "refuted"), (0.68, "refuted"), (0.72, "supported")])
def test_the_commutator_bounds_at_once_and_contracts_above_the_lower_hill(level, expected):
    relation = f"homotopy {{ region = sublevel({level}), close = segment }}"
    assert of_pair(f"(x, y) on [-3, 3]^2 = {HILLS}", COMMUTATOR, [[0, 0], [0, 0]], relation) == expected


def test_homology_does_not_see_the_commutator():
    grid = cells_of(f"(x, y) on [-3, 3]^2 = {HILLS}", 192)
    loop, once = (trail(grid, np.array(path, dtype=float)) for path in (COMMUTATOR, [[0, 0], *EAST]))
    assert fill_level(grid.low, (loop.points, loop.cells)) < 0.01
    assert fill_level(grid.low, (once.points, once.cells)) == pytest.approx(1, abs=grid.margin)


# The company of others.


def test_a_bystander_changes_no_verdict_about_the_others():
    """At given levels: with a wild run beside them, with one that joins nothing, and without."""
    landscape = "(x, y) on [-2, 2]^2 = 0.8 * exp(-4 * (x^2 + y^2)) + 0.15 * y^2 - x / 2"
    high = [[-1.8, 0], [-0.6, 1], [0, 1.2], [0.6, 1], [1.8, 0]]
    bystanders = {"wild": [[1.9, 1.9], [-1.9, 1.9], [1.9, -1.9]], "still": [[0, 0], [0, 0]]}
    pairs = {"beside": ": over => above by r", "across": ": over => under by r"}
    found = []
    for others in ({}, bystanders):
        runs = {"over": OVER, "under": UNDER, "above": high, **others}
        cells = pairs | {name: f": over => {name} by r" for name in others}
        relation = "dihomotopy { slack = 0.2, levels = -0.8..0.8 }"
        found.append(verdicts(specified(landscape, runs, relation, cells, cells)))
    alone, together = found
    assert alone == {"beside": "supported", "across": "refuted"}
    assert {name: together[name] for name in alone} == alone
    assert together["wild"] == "refuted"


def test_no_sliding_to_the_end():
    """Both runs end at one point, and every path slides to its end; the height is that of the bump all the same."""
    landscape = "(x, y) on [-2, 2]^2 = 0.8 * exp(-4 * (x^2 + y^2)) + 0.15 * y^2 - x / 2"
    assert OVER[-1] == UNDER[-1]
    assert of_pair(landscape, OVER, UNDER, "dihomotopy { slack = 0.3, levels = -0.8..0.8 }") == "refuted"
    assert of_pair(landscape, OVER, UNDER, "dihomotopy { slack = 0.4, levels = -0.85..0.85 }") == "supported"


@pytest.mark.parametrize(("slack", "expected"), [(0.29, "refuted"), (0.31, "supported")])
def test_the_skipped_excursion_is_paid_for(slack, expected):
    """One curve, once with a way back up by 0.3 that first passages of levels would leave out."""
    back = [[-1.8, 0], [0.2, 0], [-0.1, 0], [1.8, 0]]
    landscape = "(x, y) on [-2, 2] * [-1, 1] = y^2 - x"
    assert of_pair(landscape, [[-1.8, 0], [1.8, 0]], back, f"dihomotopy {{ slack = {slack} }}") == expected


def test_inverted_levels_say_nothing():
    """The lower start lies below the higher end: no level is between them."""
    landscape = "(x, y) on [-2, 2] * [-1, 1] = y^2 - x"
    runs = [[-1.8, 0], [-1, 0]], [[-0.5, 0], [0.5, 0]]
    assert of_pair(landscape, *runs, "dihomotopy { slack = 0.05 }") == "vacuous"
    assert of_pair(landscape, runs[0], [[-1.7, 0], [-1.1, 0]], "dihomotopy { slack = 0.05 }") == "supported"


def test_the_mesh_slip_a_bump_between_sample_points_is_paid_for():
    """At the points of some meshes a sheet over a bump is lower than any can be: the remainder makes up for it."""
    terrain = Slope(1.0, ((0.013, 0.021, 0.3, 0.8),), dome, np.eye(2))
    x = np.linspace(-1, 1, 6)
    runs = [np.stack([x, np.full(6, y)], axis=1) for y in (-0.5, 0.5)]
    case = Case(terrain, runs[0], runs[1], lambda high, low: terrain.height(0, high, low))
    finding = case.finding(0.05)
    truth = case.height(finding)
    levels = finding.levels.high, finding.levels.low
    columns = tuple((float(place), float(place)) for place in range(6))
    slipped = 0
    for rows in range(9, 34):
        witness = finding.witness.model_copy(update={"rows": rows, "columns": columns})
        height = dihomotopy.height_of(case.model, witness, *levels)
        assert height.bound >= truth
        slipped += height.raw < truth - 0.01
    assert slipped > 0

"""Relaxed sheets go round what can be gone round, never through what cannot, and are measured from what is stored."""

import numpy as np
import pytest
import torch

from catlearn.evidence import dihomotopy, relaxation, relaxed
from catlearn.evidence.documents import Bend
from catlearn.evidence.losses import profile_of
from catlearn.network.landscape import AnalyticLandscape
from catlearn.plan.ir import RelationPlan
from catlearn.source import Source
from catlearn.store.store import CorruptFile, Store
from catlearn.syntax.parse import parse
from catlearn.theory.check import check
from tests.evidence.oracles import Ball, Case, obstacle, reported

SHEETS, ROWS, COLUMNS = 5, 4, 9
AUTOMATIC = RelationPlan(name="basin", kind="dihomotopy", slack=1.0, levels=None, modulo="none")


def widths(losses, high, low):
    """The width of every row by a plain loop."""
    found = []
    for row in losses.reshape(-1, losses.shape[-1]):
        rises = [row[after] - row[before] for before in range(len(row)) for after in range(before, len(row))]
        found.append(max(0.0, *rises, high - row[0], row[-1] - low))
    return np.array(found).reshape(losses.shape[:-1])


@pytest.mark.parametrize("temperature", [0.5, 0.05, 0.002])
def test_the_soft_width_is_no_less_than_the_width_and_little_more(temperature):
    losses = np.random.default_rng(0).normal(size=(SHEETS, ROWS, COLUMNS))
    high, low = 1.0, -0.5
    soft = relaxation.soft_width(
        torch.from_numpy(losses), torch.full((SHEETS,), high), torch.full((SHEETS,), low), temperature
    ).numpy()
    true = widths(losses, high, low).max(1)
    above = temperature * np.log(ROWS * (COLUMNS * (COLUMNS + 1) / 2 + 2))
    assert (soft >= true - 1e-6).all()
    assert (soft <= true + above + 1e-6).all()


def round_a_ball(seed):
    """Two monotone runs on either side of a ball in three to six dimensions."""
    generator = np.random.default_rng(seed)
    dimension = int(generator.integers(3, 7))
    x = np.linspace(-1, 1, 8)
    sides = [np.stack([x, np.full(8, y), *np.zeros((dimension - 2, 8))], axis=1) for y in (-0.5, 0.5)]
    centre = np.zeros(dimension)
    centre[:3] = generator.uniform(-0.2, 0.2), generator.uniform(-0.1, 0.1), generator.uniform(0.05, 0.1)
    return Case(Ball(centre, generator.uniform(0.25, 0.35), generator.uniform(0.5, 1.5)), *sides, lambda *_: 0.0)


def test_a_ball_is_gone_round():
    joined = 0
    for seed in range(8):
        case = round_a_ball(seed)
        assert reported(case.finding(0.1)) > 0.1
        finding = case.relaxed(0.1, 300)
        if reported(finding) <= 0.1:
            joined += 1
            assert finding.witness.bend is not None
            assert dihomotopy.flaw(case.model, finding.witness, (3.0, 1.0), "none") is None
    assert joined >= 6


def symmetric(axes):
    """Two runs on either side of a ball in the middle of both, in so many dimensions."""
    names = ("x", "y", "z", "w", "u", "v")[:axes]
    squares = " + ".join(f"{name}^2" for name in names)
    text = f"ball({', '.join(names)}) on [-1.2, 1.2]^{axes} = exp(-12 * ({squares})) - x"
    found = check(parse(Source("ball.cat", f"landscape {text}"))).theory.landscapes["ball"]
    box = tuple((float(low), float(high)) for low, high in found.box)
    sides = [np.array([[x, y, *[0.0] * (axes - 2)] for x, y in ((-1, 0), (0, side), (1, 0))]) for side in (-0.5, 0.5)]
    return Case(AnalyticLandscape(found.variables, box, found.expression), *sides, lambda *_: 0.0)


@pytest.mark.parametrize("axes", [3, 4, 6])
def test_a_ball_that_a_symmetry_maps_to_itself_is_gone_round(axes):
    assert reported(symmetric(axes).finding(0.1)) > 0.5
    assert reported(symmetric(axes).relaxed(0.1, 200)) <= 0.1


def test_the_symmetric_ball_is_not_gone_round_in_the_plane():
    assert reported(symmetric(2).relaxed(0.1, 200)) > 0.5


def test_from_the_straight_sheet_itself_a_symmetric_ball_is_never_left(monkeypatch):
    """A saboteur: the gradient vanishes across the symmetry, so that it takes the step beside."""
    monkeypatch.setattr(torch, "randn", lambda *shape, **given: torch.zeros(*shape, dtype=given["dtype"]))
    assert reported(symmetric(4).relaxed(0.1, 200)) > 0.5


def in_a_box(half):
    """A ball to be gone round, in a box of this half height."""
    text = f"ball(x, y, z) on [-1.2, 1.2] * [-0.8, 0.8] * [-{half}, {half}] = exp(-12 * (x^2 + y^2 + (z - 0.1)^2)) - x"
    found = check(parse(Source("ball.cat", f"landscape {text}"))).theory.landscapes["ball"]
    box = tuple((float(low), float(high)) for low, high in found.box)
    sides = [np.array([[-1, 0, 0], [0, y, 0], [1, y, 0]], dtype=float) for y in (-0.5, 0.5)]
    return Case(AnalyticLandscape(found.variables, box, found.expression), *sides, lambda *_: 0.0)


@pytest.mark.parametrize(("half", "joined"), [(0.5, True), (0.1, False)])
def test_a_sheet_goes_round_inside_the_box_alone(half, joined):
    assert (reported(in_a_box(half).relaxed(0.2, 200)) <= 0.2) is joined


def test_a_sheet_is_bent_inside_the_box_alone():
    """Also where it would rather leave it: one that did would have no bound, and the straight one would be all."""
    case = in_a_box(0.1)
    draft = relaxed.Draft(case.model.member("left"), case.model.member("right"), dihomotopy.IDENTITY, (0.8, -0.8))
    (found,) = relaxed.sheets(case.model, [draft], 0.2, 200)
    assert np.abs(case.model.bend(found[0].bend)).max() > 0.05
    assert found[1].bound < 10


def test_a_sheet_that_leaves_the_box_has_no_bound():
    """The sheet of the high box, measured anew in this box and in the thin one."""
    case = in_a_box(0.5)
    found = case.relaxed(0.2, 200)
    bend = found.witness.bend

    def bound(half):
        model = in_a_box(half).model
        assert model.new_bend(bend.knots, case.model.bend(bend)) == bend
        return dihomotopy.height_of(model, found.witness, found.levels.high, found.levels.low).bound

    assert bound(0.5) == found.height.bound <= 0.2
    assert bound(0.1) > 1e100


def test_a_bump_in_the_plane_is_paid_for_all_the_same():
    """Its height is known and no bending lowers it; the mesh alone would have it lower, which is why it is no bound."""
    slipped = asked = 0
    for seed in range(40):
        case = obstacle(seed, 0.2, 0.45)
        levels = dihomotopy.levels_of_pair(
            *(profile_of(case.model, case.model.member(name)) for name in ("left", "right")),
            AUTOMATIC,
        )
        truth = case.truth(*levels)
        slack = truth * (0.4, 0.7, 0.95)[seed % 3]
        if truth < 1e-3:
            continue
        asked += 1
        finding = case.relaxed(slack, 60)
        slipped += finding.height.raw < truth - 1e-5
        assert reported(finding) > slack, seed
    assert asked > 30
    assert slipped > 0


def test_without_effort_nothing_is_bent():
    case = round_a_ball(0)
    assert case.relaxed(0.1, 0) == case.finding(0.1)


def test_the_same_relaxation_gives_the_same_sheet():
    assert round_a_ball(1).relaxed(0.1, 40) == round_a_ball(1).relaxed(0.1, 40)


def test_a_sheet_does_not_depend_on_those_relaxed_beside_it():
    case = round_a_ball(2)
    members = case.model.member("left"), case.model.member("right")
    draft = relaxed.Draft(*members, dihomotopy.IDENTITY, (3.0, 1.0))
    back = relaxed.Draft(*members[::-1], dihomotopy.IDENTITY, (3.0, 1.0))
    (alone,) = relaxed.sheets(case.model, [draft], 0.1, 40)
    assert relaxed.sheets(case.model, [back, draft], 0.1, 40)[1] == alone


@pytest.mark.parametrize(
    ("knots", "shape"),
    [((0.0, 0.0), (2, 3)), ((1.0, 0.0), (2, 3)), ((0.0, 1.0), (2, 4)), ((0.0, 1.0), (1, 3)), ((), (0, 3))],
)
def test_displacements_that_are_none(knots, shape):
    case = next(case for case in map(round_a_ball, range(20)) if case.left.shape[1] == 3)
    witness = case.finding(0.1).witness
    bent = witness.model_copy(update={"bend": case.model.new_bend(knots, np.zeros(shape, dtype=np.float32))})
    assert "displacements" in dihomotopy.flaw(case.model, bent, (3.0, 1.0), "none")
    good = witness.model_copy(update={"bend": case.model.new_bend((0.0, 1.0), np.zeros((2, 3), dtype=np.float32))})
    assert dihomotopy.flaw(case.model, good, (3.0, 1.0), "none") is None


def test_displacements_that_are_not_finite():
    case = round_a_ball(0)
    witness = case.finding(0.1).witness
    broken = np.full((2, case.left.shape[1]), np.nan, dtype=np.float32)
    bent = witness.model_copy(update={"bend": case.model.new_bend((0.0, 1.0), broken)})
    assert "displacements" in dihomotopy.flaw(case.model, bent, (3.0, 1.0), "none")


def test_stored_displacements_are_read_back_and_a_changed_byte_is_refused(tmp_path):
    store = Store.open(tmp_path)
    arrays = {"displacements": np.random.default_rng(0).normal(size=(6, 11)).astype(np.float32)}
    bend = Bend(knots=tuple(range(6)), sha256=store.commit_witness(arrays))
    assert np.array_equal(store.witness(bend.sha256)["displacements"], arrays["displacements"])
    (path,) = tmp_path.rglob("*.safetensors")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptFile):
        store.witness(bend.sha256)
    path.unlink()
    with pytest.raises(CorruptFile, match="missing"):
        store.witness(bend.sha256)

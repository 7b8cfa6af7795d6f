"""What a straight sheet may not do: go back in time, skip an excursion, slide to the end, or say yes to everything."""

from dataclasses import replace

import numpy as np
import pytest

from catlearn.evidence import dihomotopy
from catlearn.evidence.documents import IDENTITY, Alignment, PairFindings, SheetWitness
from catlearn.evidence.losses import profile_of
from catlearn.plan.ir import RelationCellQuestion, RelationPlan
from catlearn.verdict.procedure import Rejected
from catlearn.verdict.questions import relation_cell
from catlearn.verdict.verdict import Verdict
from catlearn.verdict.witnesses import remeasured_height, remeasured_pair
from tests.evidence.oracles import Case, Field, Slope, cone, reported

ROUNDING = 1e-5
SLOPE = Field(lambda points: -points[:, 0])
"""A linear loss: no sheet has a remainder."""

VALLEY = Field(lambda points: -points[:, 0] + 3 * (points[:, 1] - np.sin(2 * points[:, 0])) ** 2)
"""A winding valley: a sheet that leaves it climbs."""


def relation(slack, levels=None):
    return RelationPlan(name="basin", kind="dihomotopy", slack=slack, levels=levels, modulo="none")


def pair(left, right, landscape=SLOPE, levels=None):
    """Two runs of which no height is known beforehand."""
    return Case(landscape, np.asarray(left, dtype=float), np.asarray(right, dtype=float), lambda *_: 0.0, levels)


def own_width(run, high, low):
    """The width of a run on the linear loss, where every extreme is at a checkpoint."""
    losses = -np.asarray(run, dtype=np.float32)[:, 0].astype(float)
    return max(0.0, (losses - np.minimum.accumulate(losses)).max(), high - losses[0], losses[-1] - low)


def wander(generator, count):
    """A descent with excursions, on the linear loss."""
    steps = generator.normal(0.25, 0.2, count)
    return np.stack([np.cumsum(steps), generator.normal(size=count)], axis=1)


# Heights.


def test_a_run_is_at_its_own_width_from_itself():
    for seed in range(30):
        run = wander(np.random.default_rng(seed), 20)
        finding = pair(run, run).finding(0.9)
        truth = own_width(run, finding.levels.high, finding.levels.low)
        assert all(p == q for p, q in finding.witness.columns)
        assert finding.height.bound <= truth + ROUNDING
        assert reported(finding) == pytest.approx(truth, abs=ROUNDING)


def test_on_a_linear_loss_the_height_is_the_larger_width_whatever_the_excursions():
    measured = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        case = pair(wander(generator, 20), wander(generator, 16))
        finding = case.finding(1.0)
        ends = finding.levels.high, finding.levels.low
        truth = max(own_width(case.left, *ends), own_width(case.right, *ends))
        assert max(finding.left.width.raw, finding.right.width.raw) == pytest.approx(truth, abs=ROUNDING)
        if finding.height is not None:
            measured += 1
            assert reported(finding) == pytest.approx(truth, abs=ROUNDING)
            assert finding.height.bound <= truth + ROUNDING
    assert measured > 30


def two_speeds(seed):
    """One polyline along the valley, with checkpoints of its own for each of the runs."""
    generator = np.random.default_rng(seed)
    knots = np.linspace(0, 1, int(generator.integers(6, 14)))
    x = 2.5 * knots - 1

    def run(power):
        times = np.unique(np.concatenate([knots, generator.random(12) ** power]))
        return np.stack([np.interp(times, knots, x), np.interp(times, knots, np.sin(2 * x))], axis=1)

    return pair(run(4), run(0.25), VALLEY)


def proportional(case, finding):
    """A saboteur: runs paired by the number of their checkpoints and not by what they have reached."""
    shares = np.linspace(0, 1, len(case.left) + len(case.right))
    columns = tuple((share * (len(case.left) - 1), share * (len(case.right) - 1)) for share in shares)
    return finding.witness.model_copy(update={"columns": columns})


def test_the_same_curve_at_another_speed_costs_nothing():
    caught = 0
    for seed in range(40):
        case = two_speeds(seed)
        finding = case.finding(0.3)
        own = max(finding.left.width.raw, finding.right.width.raw)
        assert finding.height.raw <= own + ROUNDING
        ends = finding.levels.high, finding.levels.low
        caught += dihomotopy.height_of(case.model, proportional(case, finding), *ends).raw > own + 0.05
    assert caught > 10


def test_a_constant_run_is_no_descent_between_levels():
    still = np.array([[-1.0, 0.0]] * 4)
    finding = pair(still, still, levels=(1.5, 0.5)).finding(0.2)
    assert finding.left.width.raw == pytest.approx(0.5)
    assert outcome(finding, 0.2, (1.5, 0.5)) is Verdict.REFUTED


# Excursions.


STRAIGHT = np.stack([np.linspace(-1, 1, 9), np.zeros(9)], axis=1)
BESIDE = STRAIGHT + np.array([0, 1])
DETOUR = np.array([[-1.0, 1], [-0.5, 1], [0, 1], [-0.5, 1], [-0.25, 1], [0, 1], [0.5, 1], [1, 1]])
"""Reaches the loss 0, climbs back to 0.5 and comes down again."""


def test_an_excursion_is_paid_for():
    finding = pair(STRAIGHT, DETOUR).finding(0.6)
    assert finding.height.bound == pytest.approx(0.5, abs=ROUNDING)
    assert outcome(finding, 0.6) is Verdict.SUPPORTED
    assert outcome(pair(STRAIGHT, DETOUR).finding(0.49), 0.49) is Verdict.REFUTED


def test_first_passages_alone_would_skip_it_and_are_refused():
    """Joining the moments at which each level is first reached says yes wrongly: its width is 0."""
    case = pair(STRAIGHT, DETOUR)
    finding = case.finding(0.6)
    skipping = tuple((float(p), float(q)) for p, q in zip(range(0, 9, 2), (0, 1, 2, 6, 7), strict=True))
    witness = finding.witness.model_copy(update={"columns": skipping})
    ends = finding.levels.high, finding.levels.low
    assert dihomotopy.height_of(case.model, witness, *ends).raw < 0.3
    assert "pass over a checkpoint" in dihomotopy.flaw(case.model, witness, ends, "none")


def staircase(generator):
    """A run of up to 13 checkpoints, one at the least: it may stand still, rise, and meet levels in several places."""
    count, kind = int(generator.integers(1, 14)), generator.integers(3)
    steps = (generator.integers(-1, 3, count) / 4, generator.normal(0.3, 0.4, count), generator.choice([0, 0.5], count))
    return np.stack([np.cumsum(steps[kind]) - 1, generator.normal(size=count)], axis=1)


def staircases(seed):
    """A straight sheet of two such runs, at levels of their own or given ones, whatever their widths."""
    generator = np.random.default_rng(seed)
    case = pair(staircase(generator), staircase(generator))
    members = case.model.member("left"), case.model.member("right")
    given = tuple(float(level) for level in np.sort(generator.integers(-8, 8, 2))[::-1] / 4)
    levels = dihomotopy.levels_of_pair(
        *(profile_of(case.model, member) for member in members),
        relation(0.5, given if generator.random() < 0.5 else None),
    )
    return case, levels, dihomotopy.straight_sheet(case.model, *members, IDENTITY, levels, 0.5)


def test_no_excursion_tie_or_level_changes_the_height_on_a_linear_loss():
    for seed in range(200):
        case, levels, (_, height) = staircases(seed)
        if levels[0] >= levels[1]:
            widths = [own_width(run, *levels) for run in (case.left, case.right)]
            profiles = [profile_of(case.model, case.model.member(name)) for name in ("left", "right")]
            assert [dihomotopy.own_width(run, *levels).bound for run in profiles] == pytest.approx(widths, abs=ROUNDING)
            assert height.bound <= max(widths) + ROUNDING


def test_every_sheet_found_is_a_sheet():
    found = [(case, levels, witness) for case, levels, (witness, _) in map(staircases, range(100))]
    sheets = [(case, levels, witness) for case, levels, witness in found if levels[0] >= levels[1]]
    assert {dihomotopy.flaw(case.model, witness, levels, "none") for case, levels, witness in sheets} == {None}


# Sheets that are none.


def good():
    case = pair(STRAIGHT, DETOUR)
    return case, case.finding(0.6)


@pytest.mark.parametrize(
    ("columns", "flaw"),
    [
        (((8.0, 7.0), (8.0, 7.0)), "begins after"),
        (((8.0, 7.0),), "begins after"),
        (((0.0, 0.0),), "ends before"),
        ((), "empty"),
        (((0.0, 0.0), (np.nan, 1.0), (8.0, 7.0)), "empty"),
        (tuple((float(p), min(float(p), 7.0)) for p in [0, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8]), "back in time"),
        (tuple((float(p), min(float(p), 7.0)) for p in range(-1, 9)), "outside"),
        (tuple((float(p), min(float(p), 7.0)) for p in range(10)), "outside"),
        (tuple((float(p), min(float(p), 7.0)) for p in range(1, 9)), "begins after"),
        (tuple((float(p), min(float(p), 6.0)) for p in range(9)), "ends before"),
        (tuple((float(p), min(float(p), 7.0)) for p in range(9) if p != 3), "pass over"),
        (tuple((min(p + 0.5, 8.0), min(float(p), 7.0)) for p in range(9)), "begins after|pass over"),
    ],
)
def test_a_mesh_that_is_no_sheet_between_the_runs_is_rejected(columns, flaw):
    case, finding = good()
    witness = finding.witness.model_copy(update={"columns": columns})
    ends = finding.levels.high, finding.levels.low
    with pytest.raises(Rejected, match=flaw):
        remeasured_height(case.model, witness, ends, relation(0.6))


SWAP = Alignment(blocks=(("encoder.0", (1, 0)),))


@pytest.mark.parametrize("change", [{"rows": 1}, {"rows": 0}, {"alignment": SWAP}])
def test_rows_and_symmetries_are_checked_too(change):
    case, finding = good()
    ends = finding.levels.high, finding.levels.low
    with pytest.raises(Rejected):
        remeasured_height(case.model, finding.witness.model_copy(update=change), ends, relation(0.6))


def test_sliding_to_the_end_has_the_width_of_the_levels():
    """Every path slides to its end point, where it no longer starts at high: the width says so, unasked."""
    case, finding = good()
    slid = finding.witness.model_copy(update={"columns": ((8.0, 7.0), (8.0, 7.0))})
    ends = finding.levels.high, finding.levels.low
    assert dihomotopy.height_of(case.model, slid, *ends).raw == pytest.approx(ends[0] - ends[1], abs=ROUNDING)


def test_the_sheet_that_was_found_is_measured_the_same_again():
    case, finding = good()
    assert remeasured_pair(case.model, finding, relation(0.6)) == finding


def test_an_edited_height_is_measured_away():
    case, finding = good()
    lowered = finding.model_copy(update={"height": finding.height.model_copy(update={"bound": 0.0, "raw": 0.0})})
    widened = finding.model_copy(update={"levels": finding.levels.model_copy(update={"high": 0.1})})
    assert remeasured_pair(case.model, lowered, relation(0.6)) == finding
    assert remeasured_pair(case.model, widened, relation(0.6)) == finding


def test_a_coarser_mesh_hides_nothing_that_the_first_one_saw():
    bump = Slope(1.0, ((0.0, 0.25, 0.2, 0.8),), cone, np.eye(2))
    case = pair(STRAIGHT, BESIDE, bump)
    finding = case.finding(0.1)
    assert outcome(finding, 0.1) is Verdict.UNDECIDED
    coarser = finding.model_copy(update={"witness": finding.witness.model_copy(update={"rows": 2})})
    try:
        assert outcome(remeasured_pair(case.model, coarser, relation(0.1)), 0.1) is Verdict.UNDECIDED
    except Rejected:
        return


def test_a_sheet_between_other_runs_is_rejected():
    case, finding = good()
    swapped = SheetWitness(**{**dict(finding.witness), "left": finding.witness.right, "right": finding.witness.left})
    with pytest.raises(Rejected, match="other runs"):
        remeasured_pair(case.model, finding.model_copy(update={"witness": swapped}), relation(0.6))


# Verdicts of a pair.


def outcome(finding, slack, levels=None):
    return relation_cell.outcome(finding, relation(slack, levels))


def test_a_witness_within_the_slack_supports():
    finding = pair(STRAIGHT, BESIDE).finding(0.1)
    assert outcome(finding, 0.1) is Verdict.SUPPORTED
    assert reported(finding) == pytest.approx(0.0, abs=ROUNDING)


@pytest.mark.parametrize(
    ("levels", "slack"),
    [
        ((-0.9, 0.9), 0.1),  # inverted
        ((0.1, 0.1), 0.05),  # equal
        ((0.1, -0.1), 0.1),  # no further apart than twice the slack
        ((0.4, -0.4), 0.1),  # under half of the fall
        (None, 1.0),  # the slack covers all levels
    ],
)
def test_a_relation_that_any_two_runs_meet_is_vacuous(levels, slack):
    case = replace(pair(STRAIGHT, BESIDE), levels=levels)
    finding = case.finding(slack)
    assert finding.witness is None
    assert outcome(finding, slack, levels) is Verdict.VACUOUS


def test_a_slack_a_little_smaller_is_not_vacuous():
    levels = (0.6, -0.6)
    case = replace(pair(STRAIGHT, BESIDE), levels=levels)
    assert outcome(case.finding(0.1), 0.1, levels) is Verdict.SUPPORTED


def judged(finding, slack):
    question = RelationCellQuestion(
        cell="slide", left="left", right="right", relation=relation(slack), holds_for=None, confidence=0.95
    )
    return relation_cell.judge(question, PairFindings(missing=(), pairs=(finding,)))


def test_a_run_wider_than_the_slack_is_refuted_as_no_descent():
    for left, right in ((STRAIGHT, DETOUR), (DETOUR, STRAIGHT), (DETOUR, DETOUR)):
        finding = pair(left, right).finding(0.3)
        assert finding.witness is None
        judgement = judged(finding, 0.3)
        assert judgement.verdict == "refuted"
        assert "not a descent" in judgement.evidence[0]
        assert "apart" not in judgement.evidence[0]


def test_a_pair_without_a_witness_is_undecided_and_never_refuted():
    wall = Field(lambda points: -points[:, 0] + 2 * np.exp(-20 * (points[:, 1] - 0.5) ** 2))
    finding = pair(STRAIGHT, BESIDE, wall).finding(0.1)
    assert finding.height.raw > 0.1
    judgement = judged(finding, 0.1)
    assert judgement.verdict == "undecided"


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_between_the_runs_is_no_agreement(broken):
    """No evidence: the paths between the runs have no loss, or an infinite one."""
    wall = Field(lambda points: np.where(np.abs(points[:, 1] - 0.5) < 0.3, broken, -points[:, 0]))
    with np.errstate(invalid="ignore"):
        finding = pair(STRAIGHT, BESIDE, wall).finding(0.1)
    assert outcome(finding, 0.1) is Verdict.UNDECIDED

"""Dihomotopy of runs by straight and relaxed sheets: levels, own widths, and witnesses (DESIGN 4).

A witness bounds the height from above. Nothing here bounds it from below but the runs' own widths, so a pair without
a witness is undecided, never told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from catlearn.evidence import pairing, relaxation, sheet
from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import (
    IDENTITY,
    Alignment,
    Bend,
    Height,
    Levels,
    Member,
    PairFinding,
    ProfileEvidence,
    RunWidth,
    SheetPicture,
    SheetWitness,
    five_digits,
)
from catlearn.evidence.model import Model
from catlearn.evidence.profile import (
    FINE_SAMPLES,
    SAMPLES,
    Profile,
    first_passage,
    own_width,
    profile,
    running_minimum,
    sample_times,
)
from catlearn.evidence.symmetry import is_symmetry, permuted
from catlearn.network.landscape import AnalyticLandscape, Landscape
from catlearn.network.randomness import generator
from catlearn.network.threads import single_threaded
from catlearn.plan.document import digest
from catlearn.plan.ir import VERSIONS, RelationPlan

REACHED = 0.9
"""The share of runs that reach the automatic low level of a family."""

LEAST_COVERAGE = 0.5
"""A comparison over less of a run's fall than this is vacuous."""

WALL = 1e300
"""What a loss that is not finite is taken to be: no path descends through it."""

ROUNDING = 1e-6
"""How far, in checkpoints, recomputed passages of levels may lie from stored ones, and, as a share of a side of the
box, points of sheets beyond it."""

ROUNDS = 7
SPARED = 1 / 8
"""The error of a cell, as a share of what the slack leaves over, up to which it is not refined: twice the error on
either side of a rise takes half of it."""
FINEST = 1 / 40
"""The error of a cell of a network's sheet, as a share of the slack, up to which it is never refined."""
FINEST_FREE = 1 / 400
"""The same on a landscape, where losses are all but free."""
POINTS_AT_ONCE = 16384


def profile_of(model: Model, member: Member) -> Profile:
    """The loss along a run, sampled between its checkpoints."""

    def found() -> Profile:
        points = model.points(member)
        times = sample_times(len(points), _samples(model, member))

        def compute() -> ProfileEvidence:
            losses = losses_of(model, member.job, sheet.along(times, len(points)), points)
            return ProfileEvidence(losses=tuple(losses.tolist()))

        key = {"job": member.job, "seed": member.seed, "on": written(model), "version": VERSIONS["sheet"]}
        return profile(times, np.array(model.remembered(key, ProfileEvidence, compute).losses))

    return model.once(f"profile {member.job} {member.seed} {model.evaluation}", found)


def _samples(model: Model, member: Member) -> int:
    return FINE_SAMPLES if _is_analytic(model, member.job) else SAMPLES


def _is_analytic(model: Model, job: str) -> bool:
    return isinstance(model.landscape(job), AnalyticLandscape)


def written(model: Model) -> object:
    """Where a model's losses are taken, as a part of a key."""
    return None if model.evaluation is None else model.evaluation.model_dump()


def losses_of(model: Model, job: str, weights: Floats, points: torch.Tensor) -> Floats:
    """The loss (...) at weighted sums (..., points) of points (points, parameters); `WALL` where it is not finite or
    beyond the box of a landscape."""
    flat = torch.from_numpy(weights.reshape(-1, weights.shape[-1])).to(points.dtype)
    landscape = model.landscape(job)
    parts = [_walled(landscape, part @ points) for part in torch.split(flat, POINTS_AT_ONCE)]
    losses: NDArray[np.float64] = np.nan_to_num(torch.cat(parts).numpy(), nan=WALL, posinf=WALL, neginf=WALL)
    return losses.reshape(weights.shape[:-1])


def _walled(landscape: Landscape, points: torch.Tensor) -> torch.Tensor:
    """The losses (n,) at points (n, P): infinite beyond the box of a landscape, which no bent sheet may leave."""
    losses = landscape.loss(points)
    if isinstance(landscape, AnalyticLandscape):
        return losses.where(landscape.inside(points, ROUNDING), torch.inf)
    return losses


def levels_of_pair(left: Profile, right: Profile, relation: RelationPlan) -> tuple[float, float]:
    """(high, low): as given, or the lower start and the higher of the two lowest losses."""
    if relation.levels is not None:
        return relation.levels
    return min(left.start, right.start), max(left.lowest, right.lowest)


def levels_of_family(profiles: Sequence[Profile]) -> tuple[float, float]:
    """(high, low): the lowest start, and the least loss that a share `REACHED` of the runs reach."""
    lowest = sorted(run.lowest for run in profiles)
    return min(run.start for run in profiles), lowest[int(np.ceil(REACHED * len(lowest))) - 1]


def run_width(member: Member, run: Profile, high: float, low: float) -> RunWidth:
    """The run's own width at two levels, and how much of its fall they cover."""
    fall = run.start - run.lowest
    coverage = (high - low) / fall if fall > 0 else 0.0
    return RunWidth(
        member=member,
        width=own_width(run, high, low),
        start=run.start,
        lowest=run.lowest,
        coverage=coverage,
    )


def checkpoints_of(model: Model, left: Member, right: Member, alignment: Alignment) -> torch.Tensor:
    """The checkpoints (left's, then right's; parameters) of two runs, the right one under a symmetry."""
    if alignment == IDENTITY:
        return torch.cat([model.points(left), model.points(right)])
    moved = permuted(model.weights(right), model.layers(right.job), alignment)
    return torch.cat([model.points(left), model.landscape(left.job).flatten(moved)])


def columns_of(model: Model, left: Member, right: Member, levels: tuple[float, float]) -> Floats:
    """The columns (p, q, level) of the straight sheet between two runs, whatever the symmetry."""
    return model.once(
        f"columns {left.job} {left.seed} {right.job} {right.seed} {levels} {model.evaluation}",
        lambda: pairing.pairing(profile_of(model, left), profile_of(model, right), *levels),
    )


def mesh_values(model: Model, witness: SheetWitness) -> Floats:
    """The losses (2 rows - 1, 2 columns - 1) of a sheet on its halved mesh."""

    def compute() -> Floats:
        points = checkpoints_of(model, witness.left, witness.right, witness.alignment)
        columns = np.array([(p, q, 0.0) for p, q in witness.columns])
        count = len(model.points(witness.left))
        knots = witness.bend.knots if witness.bend else ()
        mesh = sheet.halved(sheet.mesh_of(columns, witness.rows, count, len(points) - count, knots))
        if witness.bend:
            points = torch.cat([points, torch.from_numpy(model.bend(witness.bend))])
        return losses_of(model, witness.left.job, mesh.weights, points)

    return model.once(f"mesh {digest(witness.model_dump(mode='json'))} {model.evaluation}", compute)


def measured(model: Model, witness: SheetWitness, high: float, low: float) -> Height:
    """The height of a sheet from the weights and the stored displacements alone."""
    return sheet.sheet_height(mesh_values(model, witness), high, low)


def straight_sheet(
    model: Model, left: Member, right: Member, alignment: Alignment, levels: tuple[float, float], slack: float
) -> tuple[SheetWitness, Height]:
    """A straight sheet between two runs, refined while refinement can still bring its bound under `slack`."""
    columns = columns_of(model, left, right, levels)
    return _refined(model, _witness(left, right, alignment, columns, sheet.FIRST_ROWS), columns, levels, slack)


def _refined(
    model: Model, witness: SheetWitness, columns: Floats, levels: tuple[float, float], slack: float
) -> tuple[SheetWitness, Height]:
    """A sheet on finer and finer meshes, while that can still bring its bound under `slack`."""
    rows, finest = witness.rows, slack * (FINEST_FREE if _is_analytic(model, witness.left.job) else FINEST)
    for _ in range(ROUNDS):
        witness = witness.model_copy(update={"rows": rows, "columns": _times(columns)})
        values = mesh_values(model, witness)
        found = sheet.sheet_height(values, *levels)
        finer = sheet.refined(columns, rows, values, max(finest, (slack - found.raw) * SPARED))
        finer = finer[0], max(finer[1], sheet.LEAST_ROWS)
        if joins(witness, found, slack) or found.raw > slack or (len(finer[0]), finer[1]) == (len(columns), rows):
            break
        columns, rows = finer if found.bound > slack else (columns, finer[1])
    return witness, found


def _witness(left: Member, right: Member, alignment: Alignment, columns: Floats, rows: int) -> SheetWitness:
    return SheetWitness(left=left, right=right, alignment=alignment, rows=rows, columns=_times(columns))


def _times(columns: Floats) -> tuple[tuple[float, float], ...]:
    return tuple((float(p), float(q)) for p, q in columns[:, :2])


MOST_BYTES = 1 << 26
"""No relaxed sheet stores more: 64 MB."""


@dataclass(frozen=True)
class Draft:
    """Two runs, a symmetry and levels between which a straight sheet is to be bent."""

    left: Member
    right: Member
    alignment: Alignment
    levels: tuple[float, float]


def relaxed_sheets(
    model: Model, drafts: Sequence[Draft], slack: float, steps: int
) -> list[tuple[SheetWitness, Height] | None]:
    """Relaxed sheets with their heights, all drafts at once: after a quarter of the steps, and, where that is not
    within the slack, after all. None where a sheet would take more than `MOST_BYTES`."""
    found: list[tuple[SheetWitness, Height] | None] = [None] * len(drafts)
    for budget in (steps // 4, steps):
        left = [place for place, best in enumerate(found) if best is None or not joins(*best, slack)]
        if budget == 0 or not left:
            continue
        bent = _bent(model, [drafts[place] for place in left], slack, budget)
        for place, sheet_found in zip(left, bent, strict=True):
            best = found[place]
            if best is None or (sheet_found and sheet_found[1].bound < best[1].bound):
                found[place] = sheet_found
    return found


def _bent(model: Model, drafts: Sequence[Draft], slack: float, steps: int) -> list[tuple[SheetWitness, Height] | None]:
    """One relaxation of some drafts, as many side by side as fit."""
    dimension = model.points(drafts[0].left).shape[1]
    if relaxation.KNOTS * dimension * 4 > MOST_BYTES:
        return [None] * len(drafts)
    found: list[tuple[SheetWitness, Height] | None] = []
    landscape, size = model.landscape(drafts[0].left.job), relaxation.at_once(dimension)
    for some in (drafts[first : first + size] for first in range(0, len(drafts), size)):
        knots = [_knots(columns_of(model, draft.left, draft.right, draft.levels)) for draft in some]
        with single_threaded():
            bends = relaxation.relaxed(
                _chords(model, some, knots), landscape.sampled_loss, slack, steps, generator("rows of a relaxation")
            )
        found += [_bound(model, *bent, slack) for bent in zip(some, knots, bends, strict=True)]
    return found


def _knots(columns: Floats) -> tuple[float, ...]:
    """Places p + q along a sheet, as many columns apart from each other as can be."""
    places = np.linspace(0, len(columns) - 1, relaxation.KNOTS)
    along_sheet = np.interp(places, np.arange(len(columns)), columns[:, 0] + columns[:, 1])
    return tuple(np.unique(along_sheet).tolist())


def _chords(model: Model, drafts: Sequence[Draft], knots: Sequence[tuple[float, ...]]) -> relaxation.Chords:
    ends, shares = [], []
    for draft, places in zip(drafts, knots, strict=True):
        columns = _looked_at(columns_of(model, draft.left, draft.right, draft.levels))
        ends.append(_across(model, draft, columns))
        shares.append(_shares(columns, places))
    left, right = torch.stack(ends).unbind(1)
    highs, lows = zip(*(draft.levels for draft in drafts), strict=True)
    landscape = model.landscape(drafts[0].left.job)
    strides, room = torch.full(left.shape[-1:], relaxation.RATE), None
    if isinstance(landscape, AnalyticLandscape):
        box = torch.tensor(landscape.box, dtype=left.dtype)
        strides = relaxation.SHARE * (box[:, 1] - box[:, 0])
        room = torch.stack([_room(model, *bent, box) for bent in zip(drafts, knots, strict=True)], dim=1)
    return relaxation.Chords(
        left, right, torch.stack(shares).to(left.dtype), torch.tensor(highs), torch.tensor(lows), strides, room
    )


def _across(model: Model, draft: Draft, columns: Floats) -> torch.Tensor:
    """The ends (2, columns, P) of the paths across a straight sheet."""
    points = checkpoints_of(model, draft.left, draft.right, draft.alignment)
    count = len(model.points(draft.left))
    mesh = sheet.mesh_of(columns, 2, count, len(points) - count)
    return torch.from_numpy(mesh.weights).to(points.dtype) @ points


def _shares(columns: Floats, knots: tuple[float, ...]) -> torch.Tensor:
    """The share (columns, `KNOTS`) of each knot in each column; knots that a short sheet lacks have none."""
    hats = sheet.hats(columns[:, 0] + columns[:, 1], knots)
    return torch.from_numpy(np.pad(hats, ((0, 0), (0, relaxation.KNOTS - len(knots)))))


def _room(model: Model, draft: Draft, knots: tuple[float, ...], box: torch.Tensor) -> torch.Tensor:
    """The least and largest displacements (2, `KNOTS`, P) under which a sheet stays in a box (P, 2)."""
    columns = columns_of(model, draft.left, draft.right, draft.levels)
    own = columns[:, 0] + columns[:, 1]
    places = np.union1d(own, knots)
    bends = np.stack([np.interp(places, own, column) for column in columns.T], axis=1)
    return relaxation.room(_across(model, draft, bends).mean(0), _shares(bends, knots), box)


def _looked_at(columns: Floats) -> Floats:
    """The columns, spread over a sheet, at which its relaxation looks."""
    places = np.linspace(0, len(columns) - 1, relaxation.COLUMNS)
    return np.stack([np.interp(places, np.arange(len(columns)), column) for column in columns.T], axis=1)


def _bound(
    model: Model, draft: Draft, knots: tuple[float, ...], bend: torch.Tensor, slack: float
) -> tuple[SheetWitness, Height]:
    """A relaxed sheet as a witness, its displacements stored, with its height on a mesh refined as need be."""
    columns = columns_of(model, draft.left, draft.right, draft.levels)
    straight = _witness(draft.left, draft.right, draft.alignment, columns, sheet.LEAST_ROWS)
    proposed = model.new_bend(knots, np.ascontiguousarray(bend[: len(knots)].numpy()))
    return _refined(model, straight.model_copy(update={"bend": proposed}), columns, draft.levels, slack)


def joins(witness: SheetWitness, height: Height, slack: float) -> bool:
    """Whether a sheet joins its runs within the slack, on a mesh fine enough to be believed."""
    return height.bound <= slack and witness.rows >= sheet.LEAST_ROWS


def is_descent(run: RunWidth, slack: float) -> bool:
    """Whether a run's own width is known to be at most `slack`."""
    return run.width.bound <= slack


def is_no_descent(run: RunWidth, slack: float) -> bool:
    """Whether a run's own width is known to exceed `slack`."""
    return run.width.raw > slack


def is_vacuous(levels: Levels, runs: Sequence[RunWidth], slack: float) -> bool:
    """Whether a witness would say nothing: levels within 2 slack or inverted, or less than half of a run's fall."""
    narrow = levels.high - levels.low <= 2 * slack
    return narrow or any(run.coverage < LEAST_COVERAGE for run in runs)


def pair_finding(
    model: Model, left: Member, right: Member, alignments: Sequence[Alignment], relation: RelationPlan
) -> PairFinding:
    """What straight sheets show of two runs, trying the symmetries in order and stopping at the first witness."""
    profiles = profile_of(model, left), profile_of(model, right)
    high, low = levels_of_pair(*profiles, relation)
    levels = Levels(high=high, low=low, fixed_over=() if relation.levels else (left, right))
    own = run_width(left, profiles[0], high, low), run_width(right, profiles[1], high, low)
    best: tuple[SheetWitness, Height] | None = None
    hopeless = any(is_no_descent(run, relation.slack) for run in own)
    for alignment in () if hopeless or is_vacuous(levels, own, relation.slack) else alignments:
        found = straight_sheet(model, left, right, alignment, (high, low), relation.slack)
        best = found if best is None or found[1].bound < best[1].bound else best
        if joins(*best, relation.slack):
            break
    witness, height = best or (None, None)
    return PairFinding(levels=levels, left=own[0], right=own[1], witness=witness, height=height)


def relaxed_findings(model: Model, findings: Sequence[PairFinding], relation: RelationPlan) -> tuple[PairFinding, ...]:
    """The findings, with relaxed sheets where straight ones left the heights of two descents open."""
    slack = relation.slack
    drafts = {
        place: Draft(found.left.member, found.right.member, found.witness.alignment, _ends(found.levels))
        for place, found in enumerate(findings)
        if found.witness
        and found.height
        and not joins(found.witness, found.height, slack)
        and all(is_descent(run, slack) for run in (found.left, found.right))
    }
    if not drafts or relation.effort == 0:
        return tuple(findings)
    bent = dict(zip(drafts, relaxed_sheets(model, list(drafts.values()), slack, relation.effort), strict=True))
    return tuple(_better(model, found, bent.get(place)) for place, found in enumerate(findings))


def _better(model: Model, finding: PairFinding, bent: tuple[SheetWitness, Height] | None) -> PairFinding:
    if bent is None or finding.height is None or bent[1].bound >= finding.height.bound:
        return finding
    model.keep_bend(bent[0].bend)
    return finding.model_copy(update={"witness": bent[0], "height": bent[1]})


def _ends(levels: Levels) -> tuple[float, float]:
    return levels.high, levels.low


def sheet_picture(model: Model, finding: PairFinding, slack: float) -> SheetPicture:
    """The loss on a finding's sheet, for drawing; five significant digits."""
    if finding.witness is None or finding.height is None:
        raise ValueError("a finding without a sheet has no picture")
    values = mesh_values(model, finding.witness)
    columns = [p for p, _ in finding.witness.columns]
    moments = np.interp(np.arange(values.shape[1]) / 2, np.arange(len(columns)), columns)
    run = profile_of(model, finding.left.member)
    levels = np.interp(moments, *running_minimum(run, finding.levels.high, finding.levels.low))
    return SheetPicture(
        left=finding.left.member,
        right=finding.right.member,
        high=finding.levels.high,
        low=finding.levels.low,
        slack=slack,
        raw_width=finding.height.raw,
        width=finding.height.bound,
        rows=tuple(np.linspace(0.0, 1.0, len(values)).tolist()),
        levels=tuple(map(five_digits, levels)),
        values=tuple(tuple(map(five_digits, row)) for row in values),
    )


def flaw(model: Model, witness: SheetWitness, levels: tuple[float, float], modulo: str) -> str | None:
    """Why a mesh is not a sheet between its two runs at two levels, None where it is one.

    Its columns must not go back in time, must hold every checkpoint that they pass, must begin no later than the
    first passage of high and end no earlier than that of low; its symmetry must permute hidden units."""
    columns = np.array(witness.columns, dtype=float).reshape(-1, 2)
    if witness.rows < 2 or len(columns) == 0 or not np.isfinite(columns).all() or (np.diff(columns, axis=0) < 0).any():
        return "its mesh goes back in time or is empty"
    if witness.alignment != IDENTITY and modulo == "none":
        return "its relation allows no symmetry"
    if witness.alignment.scales and modulo != "permutations + scale":
        return "its relation allows no rescaling"
    if witness.bend and _misplaced(model, witness.left, witness.bend):
        return "its displacements are not those of a sheet"
    if not is_symmetry(model.layers(witness.right.job), witness.alignment):
        return "its symmetry does not permute hidden units"
    for member, times in ((witness.left, columns[:, 0]), (witness.right, columns[:, 1])):
        run = profile_of(model, member)
        begin, end = first_passage(run, levels[0]), first_passage(run, levels[1])
        if times[0] > (begin or 0.0) + ROUNDING or times[0] < 0 or times[-1] > run.times[-1]:
            return f"it begins after {member.name} has passed the high level, or lies outside the run"
        if times[-1] < (run.times[-1] if end is None else end) - ROUNDING:
            return f"it ends before {member.name} has passed the low level"
        passed = np.arange(np.ceil(times[0]), np.floor(times[-1]) + 1)
        if not np.isin(passed, times).all():
            return f"its columns pass over a checkpoint of {member.name}"
    return None


def _misplaced(model: Model, member: Member, bend: Bend) -> bool:
    """Whether displacements do not belong to increasing knots and the run's parameters, or are not finite."""
    displacements = model.bend(bend)
    fitting = displacements.shape == (len(bend.knots), model.points(member).shape[1])
    return not (fitting and np.isfinite(displacements).all() and (np.diff(bend.knots) > 0).all() and bend.knots)

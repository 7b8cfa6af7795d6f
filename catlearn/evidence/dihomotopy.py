"""Dihomotopy of runs by straight sheets: levels, own widths, and witnesses (DESIGN 4).

A witness bounds the height from above. Nothing here bounds it from below but the runs' own widths, so a pair without
a witness is undecided, never told apart.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from catlearn.evidence import pairing, sheet
from catlearn.evidence.descent import Floats, width
from catlearn.evidence.documents import (
    Alignment,
    Height,
    Levels,
    Member,
    PairFinding,
    ProfileEvidence,
    RunWidth,
    SheetPicture,
    SheetWitness,
)
from catlearn.evidence.model import Model
from catlearn.evidence.profile import SAMPLES, Profile, first_passage, own_width, profile, running_minimum, sample_times
from catlearn.evidence.symmetry import is_symmetry, permuted
from catlearn.plan.document import digest
from catlearn.plan.ir import VERSIONS, RelationPlan

REACHED = 0.9
"""The share of runs that reach the automatic low level of a family."""

LEAST_COVERAGE = 0.5
"""A comparison over less of a run's fall than this is vacuous."""

WALL = 1e300
"""What a loss that is not finite is taken to be: no path descends through it."""

ROUNDING = 1e-6
"""How far, in checkpoints, recomputed passages of levels may lie from stored ones."""

ROUNDS = 5
POINTS_AT_ONCE = 4096


def profile_of(model: Model, member: Member) -> Profile:
    """The loss along a run, sampled between its checkpoints."""

    def compute() -> ProfileEvidence:
        points = model.points(member)
        weights = sheet.along(sample_times(len(points)), len(points))
        return ProfileEvidence(losses=tuple(_losses(model, member.job, weights, points).tolist()))

    def found() -> Profile:
        key = {"job": member.job, "seed": member.seed, "version": VERSIONS["sheet"]}
        losses = np.array(model.remembered(key, ProfileEvidence, compute).losses)
        return profile((len(losses) - 1) // SAMPLES + 1, losses)

    return model.once(f"profile {member.job} {member.seed}", found)


def _losses(model: Model, job: str, weights: Floats, points: torch.Tensor) -> Floats:
    """The loss (...) at barycentric weights (..., checkpoints) of points (checkpoints, parameters)."""
    flat = torch.from_numpy(weights.reshape(-1, weights.shape[-1])).to(points.dtype)
    landscape = model.landscape(job)
    parts = [landscape.loss(part @ points) for part in torch.split(flat, POINTS_AT_ONCE)]
    losses: NDArray[np.float64] = np.nan_to_num(torch.cat(parts).numpy(), nan=WALL, posinf=WALL, neginf=WALL)
    return losses.reshape(weights.shape[:-1])


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
    if not alignment.blocks:
        return torch.cat([model.points(left), model.points(right)])
    moved = permuted(model.weights(right), model.layers(right.job), alignment)
    return torch.cat([model.points(left), model.landscape(left.job).flatten(moved)])


def columns_of(model: Model, left: Member, right: Member, levels: tuple[float, float]) -> Floats:
    """The columns (p, q, level) of the straight sheet between two runs, whatever the symmetry."""
    return model.once(
        f"columns {left.job} {left.seed} {right.job} {right.seed} {levels}",
        lambda: pairing.pairing(profile_of(model, left), profile_of(model, right), *levels),
    )


def mesh_values(model: Model, witness: SheetWitness) -> Floats:
    """The losses (2 rows - 1, 2 columns - 1) of a sheet on its halved mesh."""

    def compute() -> Floats:
        points = checkpoints_of(model, witness.left, witness.right, witness.alignment)
        columns = np.array([(p, q, 0.0) for p, q in witness.columns])
        count = len(model.points(witness.left))
        mesh = sheet.halved(sheet.straight_mesh(columns, witness.rows, count, len(points) - count))
        return _losses(model, witness.left.job, mesh.weights, points)

    return model.once(f"mesh {digest(witness.model_dump(mode='json'))}", compute)


def measured(model: Model, witness: SheetWitness, high: float, low: float) -> Height:
    """The height of a sheet from the weights alone."""
    return sheet.sheet_height(mesh_values(model, witness), high, low)


def straight_sheet(
    model: Model, left: Member, right: Member, alignment: Alignment, levels: tuple[float, float], slack: float
) -> tuple[SheetWitness, Height]:
    """A straight sheet between two runs, refined while refinement can still bring its bound under `slack`."""
    high, low = levels
    columns, rows = columns_of(model, left, right, levels), sheet.FIRST_ROWS
    for _ in range(ROUNDS):
        witness = _witness(left, right, alignment, columns, rows)
        values = mesh_values(model, witness)
        found = sheet.sheet_height(values, high, low)
        finer = sheet.refined(columns, rows, values, slack / 40)
        finer = finer[0], max(finer[1], sheet.LEAST_ROWS)
        if joins(witness, found, slack) or found.raw > slack or (len(finer[0]), finer[1]) == (len(columns), rows):
            break
        columns, rows = finer if found.bound > slack else (columns, finer[1])
    return witness, found


def _witness(left: Member, right: Member, alignment: Alignment, columns: Floats, rows: int) -> SheetWitness:
    pairs = tuple((float(p), float(q)) for p, q in columns[:, :2])
    return SheetWitness(left=left, right=right, alignment=alignment, rows=rows, columns=pairs)


def screened(
    model: Model, left: Member, right: Member, alignment: Alignment, levels: tuple[float, float], slack: float
) -> bool:
    """Whether the middle path of the straight sheet, at its coarse columns alone, is within `slack`.

    Where it is not, neither is the sheet: its width is at least that of any of its paths at any of their points."""
    columns = columns_of(model, left, right, levels)
    points = checkpoints_of(model, left, right, alignment)
    count = len(model.points(left))
    middle = sheet.straight_mesh(columns, 3, count, len(points) - count).weights[1:2]
    values = _losses(model, left.job, middle, points)
    return width(values, np.zeros(len(columns)), *levels) <= slack


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
        levels=tuple(float(f"{level:.5g}") for level in levels),
        values=tuple(tuple(float(f"{value:.5g}") for value in row) for row in values),
    )


def flaw(model: Model, witness: SheetWitness, levels: tuple[float, float], modulo: str) -> str | None:
    """Why a mesh is not a sheet between its two runs at two levels, None where it is one.

    Its columns must not go back in time, must hold every checkpoint that they pass, must begin no later than the
    first passage of high and end no earlier than that of low; its symmetry must permute hidden units."""
    columns = np.array(witness.columns, dtype=float).reshape(-1, 2)
    if witness.rows < 2 or len(columns) == 0 or not np.isfinite(columns).all() or (np.diff(columns, axis=0) < 0).any():
        return "its mesh goes back in time or is empty"
    if witness.alignment.blocks and modulo == "none":
        return "its relation allows no symmetry"
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

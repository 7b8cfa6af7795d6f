"""Dihomotopy of stored runs by sheets: levels, own widths, and straight sheets as witnesses (DESIGN 4).

A witness bounds the height from above. Nothing here bounds it from below but the runs' own widths, so a pair without
a witness is undecided, never told apart.
"""

from collections.abc import Sequence

import numpy as np
import torch

from catlearn.evidence import pairing, sheet
from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import (
    IDENTITY,
    Alignment,
    Bend,
    Height,
    Levels,
    Member,
    PairFinding,
    RunWidth,
    SheetPicture,
    SheetWitness,
    five_digits,
)
from catlearn.evidence.losses import is_analytic, losses_of, profile_of
from catlearn.evidence.model import Model
from catlearn.evidence.profile import Profile, first_passage, own_width, running_minimum
from catlearn.evidence.symmetry import is_symmetry, permuted
from catlearn.plan.document import digest
from catlearn.plan.ir import RelationPlan

REACHED = 0.9
"""The share of runs that reach the automatic low level of a family."""

LEAST_COVERAGE = 0.5
"""A comparison over less of a run's fall than this is vacuous."""

ROUNDING = 1e-6
"""How far, in checkpoints, recomputed passages of levels may lie from stored ones."""

ROUNDS = 7
"""How often a sheet is refined at the most."""
SPARED = 1 / 8
"""The error of a cell, as a share of what the slack leaves over, up to which it is not refined: twice the error on
either side of a rise takes half of it."""
FINEST = 1 / 40
"""The error of a cell of a network's sheet, as a share of the slack, up to which it is never refined."""
FINEST_FREE = 1 / 400
"""The same on a landscape, where losses are all but free."""

Measured = tuple[SheetWitness, Height]
"""A sheet with its height."""


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


def height_of(model: Model, witness: SheetWitness, high: float, low: float) -> Height:
    """The height of a sheet from the weights and the stored displacements alone."""
    return sheet.sheet_height(mesh_values(model, witness), high, low)


def straight_sheet(
    model: Model, left: Member, right: Member, alignment: Alignment, levels: tuple[float, float], slack: float
) -> Measured:
    """A straight sheet between two runs, refined while refinement can still bring its bound under `slack`."""
    columns = columns_of(model, left, right, levels)
    return refined(model, witness_of(left, right, alignment, columns, sheet.FIRST_ROWS), columns, levels, slack)


def refined(
    model: Model, witness: SheetWitness, columns: Floats, levels: tuple[float, float], slack: float
) -> Measured:
    """A sheet on finer and finer meshes, while that can still bring its bound under `slack`. One whose bound is there
    already is only given the rows without which it is not believed."""
    rows, finest = witness.rows, slack * (FINEST_FREE if is_analytic(model, witness.left.job) else FINEST)
    for _ in range(ROUNDS):
        witness = witness.model_copy(update={"rows": rows, "columns": _times(columns)})
        values = mesh_values(model, witness)
        found = sheet.sheet_height(values, *levels)
        if joins(witness, found, slack) or found.raw > slack:
            break
        finer, more = sheet.refined(columns, rows, values, max(finest, (slack - found.raw) * SPARED))
        before = len(columns), rows
        columns, rows = finer if found.bound > slack else columns, max(more, sheet.LEAST_ROWS)
        if (len(columns), rows) == before:
            break
    return witness, found


def witness_of(left: Member, right: Member, alignment: Alignment, columns: Floats, rows: int) -> SheetWitness:
    """The straight sheet on a mesh of some rows and columns (p, q, level)."""
    return SheetWitness(left=left, right=right, alignment=alignment, rows=rows, columns=_times(columns))


def _times(columns: Floats) -> tuple[tuple[float, float], ...]:
    return tuple((float(p), float(q)) for p, q in columns[:, :2])


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
    best: Measured | None = None
    hopeless = any(is_no_descent(run, relation.slack) for run in own)
    for alignment in () if hopeless or is_vacuous(levels, own, relation.slack) else alignments:
        found = straight_sheet(model, left, right, alignment, (high, low), relation.slack)
        best = found if best is None or found[1].bound < best[1].bound else best
        if joins(*best, relation.slack):
            break
    witness, height = best or (None, None)
    return PairFinding(levels=levels, left=own[0], right=own[1], witness=witness, height=height)


def sheet_picture(model: Model, finding: PairFinding, slack: float) -> SheetPicture:
    """The loss on a finding's sheet, for drawing; five significant digits.

    Raises `ValueError` for a finding without a sheet."""
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
        found = _flaw_along(profile_of(model, member), member.name, times, levels)
        if found is not None:
            return found
    return None


def _flaw_along(run: Profile, name: str, times: Floats, levels: tuple[float, float]) -> str | None:
    """Why the times (columns,) of a mesh along one of its runs do not lead it from the high level to the low one, with
    every checkpoint between; None where they do."""
    begin, end = first_passage(run, levels[0]), first_passage(run, levels[1])
    if times[0] > (begin or 0.0) + ROUNDING or times[0] < 0 or times[-1] > run.times[-1]:
        return f"it begins after {name} has passed the high level, or lies outside the run"
    if times[-1] < (run.times[-1] if end is None else end) - ROUNDING:
        return f"it ends before {name} has passed the low level"
    passed = np.arange(np.ceil(times[0]), np.floor(times[-1]) + 1)
    return None if np.isin(passed, times).all() else f"its columns pass over a checkpoint of {name}"


def _misplaced(model: Model, member: Member, bend: Bend) -> bool:
    """Whether displacements do not belong to increasing knots and the run's parameters, or are not finite."""
    displacements = model.bend(bend)
    fitting = displacements.shape == (len(bend.knots), model.points(member).shape[1])
    return not (fitting and np.isfinite(displacements).all() and (np.diff(bend.knots) > 0).all() and bend.knots)

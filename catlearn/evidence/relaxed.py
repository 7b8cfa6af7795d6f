"""Relaxed sheets: straight ones of two descents, bent where that brings their width down, and stored with the bend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from catlearn.evidence import relaxation, sheet
from catlearn.evidence.descent import Floats
from catlearn.evidence.dihomotopy import Measured, checkpoints_of, columns_of, is_descent, joins, refined, witness_of
from catlearn.evidence.documents import Alignment, Member, PairFinding
from catlearn.evidence.model import Model
from catlearn.network.landscape import AnalyticLandscape
from catlearn.network.randomness import generator
from catlearn.network.threads import single_threaded
from catlearn.plan.ir import RelationPlan

MOST_BYTES = 1 << 26
"""No relaxed sheet stores more: 64 MB."""


@dataclass(frozen=True)
class Draft:
    """Two runs, a symmetry and levels between which a straight sheet is to be bent."""

    left: Member
    right: Member
    alignment: Alignment
    levels: tuple[float, float]


def sheets(model: Model, drafts: Sequence[Draft], slack: float, steps: int) -> list[Measured | None]:
    """Relaxed sheets with their heights, all drafts at once: after a quarter of the steps, and, where that is not
    within the slack, after all. None where a sheet would take more than `MOST_BYTES`."""
    found: list[Measured | None] = [None] * len(drafts)
    for budget in (steps // 4, steps):
        open_still = [place for place, best in enumerate(found) if best is None or not joins(*best, slack)]
        if budget == 0 or not open_still:
            continue
        bent = _bent(model, [drafts[place] for place in open_still], slack, budget)
        for place, other in zip(open_still, bent, strict=True):
            best = found[place]
            if best is None or (other and other[1].bound < best[1].bound):
                found[place] = other
    return found


def findings(model: Model, straight: Sequence[PairFinding], relation: RelationPlan) -> tuple[PairFinding, ...]:
    """Some findings, with relaxed sheets where straight ones left the heights of two descents open."""
    slack = relation.slack
    drafts = {
        place: Draft(found.left.member, found.right.member, found.witness.alignment, found.levels.ends)
        for place, found in enumerate(straight)
        if found.witness
        and found.height
        and not joins(found.witness, found.height, slack)
        and all(is_descent(run, slack) for run in (found.left, found.right))
    }
    if not drafts or relation.effort == 0:
        return tuple(straight)
    bent = dict(zip(drafts, sheets(model, list(drafts.values()), slack, relation.effort), strict=True))
    return tuple(_better(model, found, bent.get(place)) for place, found in enumerate(straight))


def _better(model: Model, finding: PairFinding, bent: Measured | None) -> PairFinding:
    """A finding with a bent sheet where that is lower than its own."""
    if bent is None or finding.height is None or bent[1].bound >= finding.height.bound:
        return finding
    model.keep_bend(bent[0].bend)
    return finding.model_copy(update={"witness": bent[0], "height": bent[1]})


def _bent(model: Model, drafts: Sequence[Draft], slack: float, steps: int) -> list[Measured | None]:
    """The relaxed sheets of some drafts, as many relaxed side by side as fit."""
    dimension = model.points(drafts[0].left).shape[1]
    if relaxation.KNOTS * dimension * 4 > MOST_BYTES:
        return [None] * len(drafts)
    found: list[Measured | None] = []
    landscape, size = model.landscape(drafts[0].left.job), relaxation.at_once(dimension)
    for batch in (drafts[first : first + size] for first in range(0, len(drafts), size)):
        knots = [_knots(columns_of(model, draft.left, draft.right, draft.levels)) for draft in batch]
        with single_threaded():
            bends = relaxation.relaxed(
                _chords(model, batch, knots), landscape.sampled_loss, slack, steps, generator("rows of a relaxation")
            )
        found += [_stored(model, *bent, slack) for bent in zip(batch, knots, bends, strict=True)]
    return found


def _stored(model: Model, draft: Draft, knots: tuple[float, ...], bend: torch.Tensor, slack: float) -> Measured:
    """A relaxed sheet as a witness, its displacements stored, with its height on a mesh refined as need be."""
    columns = columns_of(model, draft.left, draft.right, draft.levels)
    straight = witness_of(draft.left, draft.right, draft.alignment, columns, sheet.LEAST_ROWS)
    proposed = model.new_bend(knots, np.ascontiguousarray(bend[: len(knots)].numpy()))
    return refined(model, straight.model_copy(update={"bend": proposed}), columns, draft.levels, slack)


def _knots(columns: Floats) -> tuple[float, ...]:
    """Places p + q along a sheet, as many columns apart from each other as can be."""
    places = np.linspace(0, len(columns) - 1, relaxation.KNOTS)
    along_sheet = np.interp(places, np.arange(len(columns)), columns[:, 0] + columns[:, 1])
    return tuple(np.unique(along_sheet).tolist())


def _chords(model: Model, drafts: Sequence[Draft], knots: Sequence[tuple[float, ...]]) -> relaxation.Chords:
    """What a relaxation needs of some drafts, by the knots at which each is bent."""
    ends, shares = [], []
    for draft, places in zip(drafts, knots, strict=True):
        columns = _spread(columns_of(model, draft.left, draft.right, draft.levels))
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


def _spread(columns: Floats) -> Floats:
    """The columns, spread over a sheet, at which its relaxation looks."""
    places = np.linspace(0, len(columns) - 1, relaxation.COLUMNS)
    return np.stack([np.interp(places, np.arange(len(columns)), column) for column in columns.T], axis=1)


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

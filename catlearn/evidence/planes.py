"""Planar landscapes with two runs on them, for drawing: losses, the tube or the region, and what a verdict rests on."""

from collections.abc import Sequence

import numpy as np
import torch

from catlearn.evidence.cells import Cells, Mask
from catlearn.evidence.deformation import closed_loop
from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import (
    ConnectionFinding,
    HomotopyFinding,
    Member,
    Pair,
    PairFinding,
    PlaneEvidence,
    PlanePath,
    five_digits,
)
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import domain_of, trail_of
from catlearn.evidence.planar import holes
from catlearn.evidence.tube import Tube, loop_of, tube_of
from catlearn.plan.ir import ConnectedQuestion, HomotopyQuestion, RelationPlan

SIDE = 97
"""Values of each variable at which the loss is drawn."""

BLOCK = 2
"""Cells along each axis that are drawn as one."""

MOST_POINTS = 400
"""Points of a run that are drawn, evenly chosen."""

Members = tuple[Member, Member]


def of_dihomotopy(model: Model, finding: PairFinding, relation: RelationPlan, joined: bool) -> PlaneEvidence | None:
    """The tube of two runs at the slack, and the loop that winds where they are told apart by one; None but in the
    plane."""
    members = finding.left.member, finding.right.member
    domain = _planar(model, members[0])
    if domain is None:
        return None
    high, low = finding.levels.high, finding.levels.low
    runs = trail_of(model, members[0], domain), trail_of(model, members[1], domain)
    tube = tube_of(domain, runs, (high, low), relation.slack)
    plane = _plane(model, members, domain, joined, (("high", high), ("low", low)))
    plane = plane.model_copy(update={"relation": relation.name, "kind": "dihomotopy"})
    if not isinstance(tube, Tube):
        return plane
    plane = plane.model_copy(update={"cells": _drawn(t=tube.cells, s=tube.top, e=tube.bottom)})
    found = finding.obstruction
    if found is None or found.kind != "winding" or found.cells is None:
        return plane
    winding = f"winding number {found.number}", (found.point[0], found.point[1])
    return plane.model_copy(update={"loop": _pairs(_placed(domain, loop_of(runs, tube))), "points": (winding,)})


def of_connection(
    model: Model, finding: ConnectionFinding, question: ConnectedQuestion, joined: bool
) -> PlaneEvidence | None:
    """The losses up to a level, and the path between the ends where it joins them; None but in the plane."""
    members = finding.left, finding.right
    domain = _planar(model, members[0])
    if domain is None:
        return None
    plane = _plane(model, members, domain, joined, (("level", question.ceiling),))
    ends = [model.points(member)[-1:].numpy() for member in members]
    way = np.concatenate([ends[0], np.array(finding.nodes).reshape(-1, 2), ends[1]])
    return plane.model_copy(
        update={
            "relation": question.relation,
            "kind": "connected",
            "cells": _drawn(t=domain.low <= question.ceiling),
            "way": _pairs(way) if joined else (),
        }
    )


def of_homotopy(
    model: Model, finding: HomotopyFinding, question: HomotopyQuestion, joined: bool
) -> PlaneEvidence | None:
    """The region with its holes, named by the letters of words, and the loop of two runs; None but in the plane."""
    members = finding.left, finding.right
    domain = _planar(model, members[0])
    if domain is None:
        return None
    region: Mask = domain.low <= question.level
    loop = closed_loop(model, question, domain, finding)
    named = enumerate(_pairs(_placed(domain, holes(region))))
    return _plane(model, members, domain, joined, (("level", question.level),)).model_copy(
        update={
            "relation": question.relation,
            "kind": "homotopy",
            "cells": _drawn(t=region),
            "loop": () if loop is None else _pairs(loop),
            "points": tuple((chr(ord("a") + number % 26), place) for number, place in named),
        }
    )


def _planar(model: Model, member: Member) -> Cells | None:
    domain = domain_of(model, member.job)
    return domain if domain is not None and len(domain.shape) == 2 else None


def _plane(
    model: Model, members: Members, domain: Cells, joined: bool, levels: Sequence[tuple[str, float]]
) -> PlaneEvidence:
    """The landscape with its two runs and the levels that are marked."""
    sides = [np.linspace(low, high, SIDE) for low, high in domain.box]
    points = torch.from_numpy(np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2))
    losses = model.landscape(members[0].job).loss(points).numpy().reshape(SIDE, SIDE)
    known = losses[np.isfinite(losses)]
    losses = np.nan_to_num(losses, nan=known.max(initial=0.0), posinf=known.max(initial=0.0), neginf=0.0)
    paths = (
        PlanePath(member=member, group=group, points=_pairs(_thinned(model.points(member).numpy())))
        for member, group in zip(members, (0, 0 if joined else 1), strict=True)
    )
    return PlaneEvidence(
        relation="",
        kind="dihomotopy",
        variables=(domain.variables[0], domain.variables[1]),
        box=((float(domain.box[0, 0]), float(domain.box[0, 1])), (float(domain.box[1, 0]), float(domain.box[1, 1]))),
        values=tuple(tuple(map(five_digits, row)) for row in losses.tolist()),
        levels=tuple((name, five_digits(level)) for name, level in levels),
        cells=(),
        paths=tuple(paths),
    )


def _thinned(points: Floats) -> Floats:
    chosen: Floats = points[np.unique(np.linspace(0, len(points) - 1, MOST_POINTS).round().astype(int))]
    return chosen


def _placed(domain: Cells, points: Floats) -> Floats:
    """Points (k, 2) in units of cells as points of the box."""
    placed: Floats = domain.box[:, 0] + points * (domain.box[:, 1] - domain.box[:, 0]) / np.array(domain.shape)
    return placed


def _pairs(points: Floats) -> tuple[Pair, ...]:
    return tuple((five_digits(x), five_digits(y)) for x, y in points.tolist())


def _drawn(**sets: Mask) -> tuple[str, ...]:
    """For each block of cells the letter of the last set that meets it."""
    found = np.full([size // BLOCK for size in next(iter(sets.values())).shape], ".")
    for letter, mask in sets.items():
        blocks = mask.reshape(found.shape[0], BLOCK, found.shape[1], BLOCK).any(axis=(1, 3))
        found[blocks] = letter
    return tuple("".join(row) for row in found.tolist())

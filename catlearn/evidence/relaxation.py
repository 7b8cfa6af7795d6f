"""Relaxed sheets: straight sheets bent until their width falls, many at once (DESIGN 4, rung 3 of the ladder).

A sheet is bent by displacements at a few knots, so that each of its paths across is a quadratic Bézier curve between
the two runs. What is descended is the soft width F_τ, with τ annealed; where the loss is a mean over examples, each
step takes it over a fresh batch. The result is only a proposal: the bound of its width is taken as that of any sheet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

KNOTS = 6
"""Control points of a sheet along the runs."""

ROWS = 4
"""Paths of a sheet that one step looks at, at random places."""

COLUMNS = 32
"""Points of each path that one step looks at."""

RATE = 5e-3
"""The step size of Adam (Kingma and Ba 2015) on a network, in units of the parameters."""

SHARE = 1 / 80
"""The same on a landscape, as a share of each side of its box."""

SLOWEST = 1 / 10
"""The step size at the last step, as a share of that at the first."""

COOLEST = 1 / 25
"""The temperature at the last step, as a share of that at the first, the slack: F_τ is then at most a third of the
slack above the width of what a step looks at."""

Loss = Callable[[Tensor, int], Tensor]
"""The losses (n,) at points (n, P), to be differentiated; the whole number is the step, which may choose a batch."""


@dataclass(frozen=True)
class Chords:
    """Straight sheets to be bent: the ends (sheets, columns, P) of the paths across, on the left and the right run, the
    share (sheets, columns, knots) that each knot has in each column, and the levels (sheets,). `strides` (P,) are the
    step sizes; `room` holds the least and the largest displacements (2, sheets, knots, P) that keep a sheet inside a
    box, None where there is none."""

    left: Tensor
    right: Tensor
    shares: Tensor
    high: Tensor
    low: Tensor
    strides: Tensor
    room: Tensor | None = None


def soft_width(losses: Tensor, high: Tensor, low: Tensor, temperature: float) -> Tensor:
    """F_τ (sheets,) of losses (sheets, rows, columns) and levels (sheets,): at least the width of each row, and at most
    τ·log(rows·(columns·(columns + 1) / 2 + 2)) above the largest."""
    scaled = losses / temperature
    rises = scaled + torch.logcumsumexp(-scaled, -1)
    starts = high[:, None, None] / temperature - scaled[..., :1]
    ends = scaled[..., -1:] - low[:, None, None] / temperature
    every = torch.cat([rises, starts, ends], -1).flatten(-2)
    return temperature * torch.logsumexp(every, -1)


def relaxed(chords: Chords, loss: Loss, slack: float, steps: int, generator: torch.Generator) -> Tensor:
    """Displacements (sheets, knots, P) after some steps; a sheet's own do not depend on the sheets beside it. It begins
    a step beside the straight sheet, which a symmetry may hold fast."""
    sheets, columns, dimension = chords.left.shape
    begin = torch.randn(chords.shares.shape[2], dimension, generator=generator, dtype=chords.strides.dtype)
    moved = begin.expand(sheets, -1, -1).clone().requires_grad_()
    descent = torch.optim.Adam([moved], lr=1.0)
    slower = torch.optim.lr_scheduler.LinearLR(descent, 1.0, SLOWEST, steps)
    for step in range(steps):
        across = (torch.arange(ROWS) + torch.rand(ROWS, generator=generator)) / ROWS
        points = _points(chords, moved * chords.strides, across)
        losses = loss(points.flatten(0, 2), step).view(sheets, ROWS, columns)
        temperature = slack * COOLEST ** (step / max(1, steps - 1))
        descent.zero_grad()
        soft_width(losses, chords.high, chords.low, temperature).sum().backward()  # type: ignore[no-untyped-call]
        descent.step()
        slower.step()
        if chords.room is not None:
            with torch.no_grad():
                moved.clamp_(*(chords.room / chords.strides))
    return (moved * chords.strides).detach()


def room(middles: Tensor, shares: Tensor, box: Tensor) -> Tensor:
    """The least and largest displacements (2, knots, P) under which a sheet stays in a box (P, 2), from the middles
    (columns, P) of its straight paths and the shares (columns, knots) at all columns where it or its displacements
    turn: a Bézier curve lies in the convex hull of its ends and its control point."""
    near = (shares > 0)[..., None]  # (columns, knots, 1)
    least = (box[:, 0] - middles)[:, None].expand(-1, shares.shape[1], -1)
    most = (box[:, 1] - middles)[:, None].expand(-1, shares.shape[1], -1)
    return torch.stack([least.where(near, -torch.inf).amax(0), most.where(near, torch.inf).amin(0)])


def _points(chords: Chords, bend: Tensor, across: Tensor) -> Tensor:
    """The points (sheets, rows, columns, P) of the bent sheets at some heights of rows."""
    row = across.view(1, -1, 1, 1)
    bent = (chords.shares @ bend).unsqueeze(1)
    return (1 - row) * chords.left.unsqueeze(1) + row * chords.right.unsqueeze(1) + 2 * row * (1 - row) * bent


MOST_NUMBERS = 1 << 26
"""Numbers that the points of one step may hold: 256 MB in single precision, and their gradient as much again."""


def at_once(dimension: int) -> int:
    """How many sheets are relaxed side by side."""
    return max(1, MOST_NUMBERS // prod((ROWS, COLUMNS, dimension)))

"""Curves that join two points below a level: segments bent until their highest loss falls (DESIGN 4).

A quadratic Bézier curve is the segment with one displacement, a chain the segment with several, linear between them.
What is descended is the soft maximum of the loss along the curve: a level bounds the highest loss, not the mean that
Garipov et al. descend ("Loss surfaces, mode connectivity, and fast ensembling of DNNs", 2018). The result is only a
proposal: its highest loss is bounded as that of any path.
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import Curve
from catlearn.evidence.sheet import hats

KNOTS: Mapping[Curve, tuple[float, ...]] = {"bezier": (0.5,), "chain": (0.25, 0.5, 0.75)}
"""The curves in the order in which they are tried, and where their displacements stand between the ends, 0 and 1."""

POINTS = 16
"""Points of a curve that one step looks at, at random places."""

RATE = 5e-3
"""The step size of Adam (Kingma and Ba 2015), in units of the parameters."""

COOLEST = 1 / 25
"""The temperature at the last step, as a share of that at the first."""

Loss = Callable[[Tensor, int], Tensor]
"""The losses (n,) at points (n, P), to be differentiated; the whole number is the step, which may choose a batch."""


def shares(curve: Curve, times: Floats, knots: tuple[float, ...]) -> Floats:
    """The weights (times, 2 + knots) of the ends and the displacements in the points of a curve at times in [0, 1]."""
    if curve == "bezier":
        bent = (2 * times * (1 - times))[:, None] * hats(times, knots)
    else:
        bent = hats(times, (0.0, *knots, 1.0))[:, 1:-1]
    return np.concatenate([np.stack([1 - times, times], axis=1), bent], axis=1)


def bent(ends: Tensor, curve: Curve, loss: Loss, excess: float, steps: int, generator: torch.Generator) -> Tensor:
    """Displacements (knots, P) of a curve between two ends (2, P) after some steps; `excess` is how far the highest
    loss has to fall, the first temperature. It begins a step beside the segment, which a symmetry may hold fast."""
    knots = KNOTS[curve]
    bend = RATE * torch.randn(len(knots), ends.shape[1], dtype=ends.dtype, generator=generator)
    bend.requires_grad_()
    descent = torch.optim.Adam([bend], lr=RATE)
    for step in range(steps):
        times = (np.arange(POINTS) + torch.rand(POINTS, generator=generator).numpy()) / POINTS
        weights = torch.from_numpy(shares(curve, times, knots)).to(ends.dtype)
        losses = loss(weights @ torch.cat([ends, bend]), step)
        temperature = excess * COOLEST ** (step / max(1, steps - 1))
        descent.zero_grad()
        torch.logsumexp(losses / temperature, 0).mul(temperature).backward()  # type: ignore[no-untyped-call]
        descent.step()
    return bend.detach()

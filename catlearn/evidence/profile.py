"""The loss along one run: sampled between its checkpoints, its running minimum, its passages of levels.

Times count checkpoints from 0: time 2.5 is the middle of the segment from checkpoint 2 to checkpoint 3.
"""

from dataclasses import dataclass

import numpy as np

from catlearn.evidence.descent import SAFETY, Floats, columns_of_cells, height
from catlearn.evidence.documents import Height

SAMPLES = 8
"""Samples a segment between checkpoints of a network; even, so that every other sample is a coarser profile."""

FINE_SAMPLES = 64
"""The same on a landscape, where a loss costs little and checkpoints may lie far apart. With 8, the bound of the width
of a run alone kept one pair in four of those on a product open."""


@dataclass(frozen=True)
class Profile:
    """Losses at increasing times, checkpoints included, with the remainder of linear interpolation at each."""

    times: Floats
    losses: Floats
    remainders: Floats

    @property
    def start(self) -> float:
        """The loss at the run's start."""
        return float(self.losses[0])

    @property
    def lowest(self) -> float:
        """The lowest loss at a sample."""
        return float(np.min(self.losses))


def sample_times(checkpoints: int, samples: int) -> Floats:
    """The times at which a run of that many checkpoints is sampled, so many in each segment."""
    return np.linspace(0.0, checkpoints - 1.0, (checkpoints - 1) * samples + 1)


def profile(times: Floats, losses: Floats) -> Profile:
    """A profile from the losses at some `sample_times`.

    The remainder is estimated from the errors of the profile with every other sample left out."""
    if len(times) == 1:
        return Profile(times, losses, np.zeros(1))
    errors = np.abs(losses[1::2] - (losses[:-1:2] + losses[2::2]) / 2)
    return Profile(times, losses, columns_of_cells(np.repeat(SAFETY * errors, 2)))


def own_width(run: Profile, high: float, low: float) -> Height:
    """The width of the run itself at two levels."""
    return height(run.losses[None, :], run.remainders, high, low)


def first_passage(run: Profile, level: float) -> float | None:
    """The first time at which the interpolated loss is at most `level`; None where it never is."""
    reached = np.flatnonzero(run.losses <= level)
    if reached.size == 0:
        return None
    index = int(reached[0])
    if index == 0:
        return float(run.times[0])
    before, after = run.losses[index - 1], run.losses[index]
    share = (before - level) / (before - after)
    return float(run.times[index - 1] + share * (run.times[index] - run.times[index - 1]))


def running_minimum(run: Profile, high: float, low: float) -> tuple[Floats, Floats]:
    """The running minimum, clipped to [low, high], of the run cut at its first passages of `high` and of `low`.

    Returns the vertices (times, levels) of a piecewise linear function: times increase, levels do not."""
    begin = first_passage(run, high)
    begin = float(run.times[0]) if begin is None else begin
    end = first_passage(run, low)
    end = float(run.times[-1]) if end is None else max(end, begin)
    inside = (run.times > begin) & (run.times < end)
    times = np.concatenate([[begin], run.times[inside], [end]])
    losses = np.interp(times, run.times, run.losses)
    vertices = [(times[0], losses[0])]
    for before, after, loss_before, loss_after in zip(times, times[1:], losses, losses[1:], strict=False):
        least = vertices[-1][1]
        if loss_after < least:
            if loss_before > least:
                share = (loss_before - least) / (loss_before - loss_after)
                vertices.append((before + share * (after - before), least))
            vertices.append((after, loss_after))
        else:
            vertices.append((after, least))
    array = np.array(vertices)
    return array[:, 0], np.clip(array[:, 1], low, high)

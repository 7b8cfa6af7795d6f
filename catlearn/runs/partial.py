"""Partial progress kept and taken up again: the paths of lanes as snapshots in the store.

Bits do not depend on when a snapshot is taken: training continues from exactly what it would have gone on with.
"""

import time
from collections.abc import Sequence

import numpy as np
import torch

from catlearn.runs.program import Lane
from catlearn.runs.train import Path, Point, Training
from catlearn.store import snapshots
from catlearn.store.snapshots import Arrays, Snapshots
from catlearn.store.store import Store

_SHARE = 0.01
"""The share of the wall time that snapshots may take: half of what writing may, since the ends are written too."""

_FLUSH, _RATE = 0.01, 1e8
"""What the first snapshot of a lane is taken to cost: seconds for a file, and bytes a second."""


def read(store: Store, lane: Lane) -> tuple[Snapshots, Path | None]:
    """What is stored of a lane's progress, and the path that it is; None where there is none."""
    found = snapshots.read(store, lane.job.digest, lane.seed)
    return found, _path(found.segments) if found.segments else None


def append(store: Store, before: Snapshots, path: Path) -> Snapshots:
    """Store what a path has more than the segments before."""
    steps = sum(len(segment["steps"]) for segment in before.segments)
    losses = sum(len(segment["losses"]) for segment in before.segments)
    return snapshots.append(store, before, _arrays(path, steps, losses))


class Keeper:
    """Watches a program and snapshots its lanes, as often as their share of the time allows."""

    def __init__(self, store: Store, found: Sequence[Snapshots], size: int) -> None:
        """`found` is what is stored of each lane, `size` the bytes of one point with its states."""
        self._store = store
        self._found = {(each.job, each.seed): each for each in found}
        self._due = time.perf_counter() + len(found) * (_FLUSH + size / _RATE) / _SHARE

    def __call__(self, training: Training) -> None:
        """Take a snapshot where one is due."""
        begun = time.perf_counter()
        if begun < self._due:
            return
        for lane, path in zip(training.lanes, training.paths(), strict=True):
            key = (lane.job.digest, lane.seed)
            self._found[key] = append(self._store, self._found[key], path)
        ended = time.perf_counter()
        self._due = ended + (ended - begun) * (1 / _SHARE - 1)


def _arrays(path: Path, steps: int, losses: int) -> Arrays:
    """A path as arrays, without its first checkpoints and losses."""
    return {
        "steps": np.array(path.steps[steps:], dtype=np.int64),
        "checkpoints": path.checkpoints[steps:].numpy(),
        "losses": path.losses[losses:].numpy(),
        "seconds": np.array([path.seconds]),
        "clocks": np.array([path.before, path.end.clock], dtype=np.int64),
        "theta": path.end.theta.numpy().copy(),
        "buffers": path.end.buffers.numpy(),
        **{f"state-{number}": state.numpy().copy() for number, state in enumerate(path.end.states)},
    }


def _path(segments: Sequence[Arrays]) -> Path:
    """The path of which these are the arrays, in order."""
    last = segments[-1]
    before, clock = last["clocks"].tolist()
    states = [last[f"state-{number}"] for number in range(sum(name.startswith("state-") for name in last))]
    theta, buffers = (torch.from_numpy(last[name]) for name in ("theta", "buffers"))
    end = Point(theta, tuple(map(torch.from_numpy, states)), clock, buffers)
    return Path(
        before,
        end,
        tuple(np.concatenate([segment["steps"] for segment in segments]).tolist()),
        torch.from_numpy(np.concatenate([segment["checkpoints"] for segment in segments])),
        torch.from_numpy(np.concatenate([segment["losses"] for segment in segments])),
        float(last["seconds"][0]) if "seconds" in last else 0.0,
    )

"""The batches of an epoch: each lane reads the examples in the order of its own seed."""

import torch
from torch import Tensor

from catlearn.network.randomness import data_order
from catlearn.runs.program import Program, Task, batches_in

Batch = tuple[Tensor, Tensor]
"""Inputs (lanes, batch, d) and labels (lanes, batch)."""


class Batches:
    """The batches of a task that the lanes of a program train on, by the clock. The order of one epoch of its dataset
    is kept at a time; after it the dataset begins anew, in another order."""

    def __init__(self, program: Program, task: Task) -> None:
        features, job = task.train, program.job
        self._program, self._task = program, task
        self._size, self._epoch_steps = job.batch, batches_in(job, features)
        self._inputs = features.inputs.flatten(0, 1)  # (sources n, d)
        self._offsets = torch.tensor(features.source).unsqueeze(1) * features.examples  # (lanes, 1)
        self._epoch, self._rows, self._labels = -1, self._offsets, self._offsets
        self._gathered = self._inputs.new_empty(len(program.lanes) * job.batch, self._inputs.shape[1])

    def at(self, clock: int) -> Batch:
        """The batch of the step after so many. The inputs are overwritten by those of the next step: memory that is new
        at every step costs as much as a sixth of the step."""
        epoch, position = divmod(clock, self._epoch_steps)
        if epoch != self._epoch:
            self._begin(epoch)
        start, end = position * self._size, (position + 1) * self._size
        rows = self._rows[:, start:end]
        gathered = self._gathered[: rows.numel()]
        torch.index_select(self._inputs, 0, rows.reshape(-1), out=gathered)
        return gathered.view(*rows.shape, -1), self._labels[:, start:end]

    def _begin(self, epoch: int) -> None:
        """Draw the order (lanes, n) of an epoch, once for each seed."""
        lanes, features = self._program.lanes, self._task.train
        seeds = {lane.seed for lane in lanes}
        orders = {seed: data_order(self._task.dataset, seed, epoch, features.examples) for seed in seeds}
        order = torch.stack([orders[lane.seed] for lane in lanes])
        self._epoch, self._rows, self._labels = epoch, order + self._offsets, features.labels[order]
